"""tools/messages.py finds what people read, and notices what a translation lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import messages


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two modules and a template."""
    package = tmp_path / "src/plumbline"
    (package / "jinja2").mkdir(parents=True)
    (package / "errors.py").write_text(
        "class PlumblineError(Exception): ...\n"
        "class FileRefused(PlumblineError): ...\n"
        "raise FileRefused('file.empty', 'The file {name} '\n    'is empty.', name='x')\n"
    )
    (package / "views.py").write_text("title = _('Incidents')\ncount = ngettext('one hit', '%(n)s hits', n)\n")
    (package / "jinja2/page.html").write_text(
        "<h1>{% trans name=n %}Hello %(name)s{% endtrans %} {{ _('Search') }}</h1>"
    )
    for name, value in {"ROOT": tmp_path, "PACKAGE": package, "LOCALE": package / "locale"}.items():
        monkeypatch.setattr(messages, name, value)
    monkeypatch.setattr(messages, "languages", lambda kind: ("ar",) if kind == "complete" else ())
    forget()
    yield package
    forget()


def forget() -> None:
    """Forget what was found in the sources of another package."""
    messages.error_classes.cache_clear()
    messages.sentence_takers.cache_clear()


def translate(package: Path, sentence: str, translation: str) -> None:
    path = package / "locale/ar/LC_MESSAGES/django.po"
    path.write_text(
        path.read_text().replace(f'msgid "{sentence}"\nmsgstr ""', f'msgid "{sentence}"\nmsgstr "{translation}"')
    )


def test_extraction_finds_python_templates_and_errors(source: Path) -> None:
    found = {text for _, text in messages.identities(messages.extracted())}
    assert found == {"The file {name} is empty.", "Incidents", "one hit", "Hello %(name)s", "Search"} or found == {
        "The file {name} is empty.", "Incidents", "one hit", "Hello %%(name)s", "Search",
    }  # fmt: skip


def test_extraction_finds_sentences_handed_to_what_builds_errors(source: Path) -> None:
    (source / "reading.py").write_text(
        "class Reading:\n"
        "    def refuse(self, code, template, **params): ...\n"
        "class Warned:\n    code: str\n    template: str\n"
        "def refuse(field, template): ...\n"
        "def read(reading, field):\n"
        "    reading.refuse('file.torn', '{name} is torn.')\n"
        "    reading.refuse('years', 'is no code, so no sentence of ours')\n"
        "    Warned('page.blank', 'Page {page} is blank.')\n"
        "    template = 'Only {count} are read.'\n"
        "    refuse(field, 'the text is empty.')\n"
    )
    found = {text for _, text in messages.identities(messages.extracted())}
    expected = {"{name} is torn.", "Page {page} is blank.", "Only {count} are read.", "{field}: the text is empty."}
    assert expected <= found
    assert not any("no sentence of ours" in text for text in found)


def test_check_of_complete_language_with_holes_fails(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.update()
    assert messages.check() == 1
    assert "not translated: 'Incidents'" in capsys.readouterr().out
    translate(source, "Incidents", "حوادث")
    messages.check()
    assert "not translated: 'Incidents'" not in capsys.readouterr().out


def test_check_of_stale_catalogue_fails(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.update()
    (source / "views.py").write_text("title = _('Signals')\n")
    assert messages.check() == 1
    out = capsys.readouterr().out
    assert "not in the catalogue yet, run `make messages`: 'Signals'" in out
    assert "no longer in the source, run `make messages`: 'Incidents'" in out


def test_check_of_lost_placeholder_fails(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.update()
    translate(source, "The file {name} is empty.", "الملف {nom} فارغ.")
    assert messages.check() == 1
    assert "fields differ: name, nom" in capsys.readouterr().out


def test_update_keeps_translations_and_compile_writes_them(source: Path) -> None:
    import gettext

    messages.update()
    translate(source, "Incidents", "حوادث")
    messages.update()
    messages.compile_all()
    with (source / "locale/ar/LC_MESSAGES/django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Incidents") == "حوادث"


def test_review_of_a_sentence_ends_when_its_translation_changes(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages.update()
    translate(source, "Incidents", "حوادث")
    messages.reviewed("ar", "A. Reader")
    messages.update()
    catalogue = messages.read_catalogue("ar")
    assert messages.is_reviewed(catalogue.get("Incidents"))
    path = source / "locale/ar/LC_MESSAGES/django.po"
    path.write_text(path.read_text().replace("حوادث", "وقائع"))
    assert not messages.is_reviewed(messages.read_catalogue("ar").get("Incidents"))
    capsys.readouterr()
    messages.unreviewed("ar")
    assert "وقائع" in capsys.readouterr().out


def test_catalogues_of_the_platform_are_current_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    forget()
    code = messages.check()
    assert code == 0, capsys.readouterr().out
