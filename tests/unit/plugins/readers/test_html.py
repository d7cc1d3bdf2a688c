"""HTML: main text, headings, lists, tables; title, language, date and author from what the page declares."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plumbline.plugins.readers import Document, read_file

PAGE = """<!DOCTYPE html><html lang="fr-CA"><head><title>Saisie au port</title>
<meta property="article:published_time" content="2012-05-06T10:00:00Z"><meta name="author" content="A. Auteur">
</head><body><header><nav><a href="/">Accueil</a></nav></header><main>
<h1>Saisie</h1><p>Douze tonnes <b>saisies</b> à <i>Gênes</i>.<br>Trois hommes arrêtés par la police du port.</p>
<h2>Détails</h2><ul><li>Un</li><li><p>Deux</p> et demi</li></ul>
<table><tr><th>Lieu</th><th>Quantité</th></tr><tr><td>Gênes</td><td>12 t</td></tr></table>
<h2>Suite</h2>Texte nu.<div>40. Paragraphe numéroté.</div>
<p>Le reste du texte suit ici, assez long pour que la partie principale de la page compte plus de deux cents lettres.</p>
</main><aside>Publicité</aside><footer>Mentions</footer></body></html>"""


def read(tmp_path: Path, page: str | bytes, name: str = "a.html") -> Document:
    (tmp_path / name).write_bytes(page.encode() if isinstance(page, str) else page)
    return read_file(tmp_path / name, name=name)


def test_page_gives_its_main_text_with_headings_lists_and_rows(tmp_path: Path) -> None:
    document = read(tmp_path, PAGE)
    assert (document.title, document.language) == ("Saisie au port", "fr")
    assert (document.published, document.author) == (date(2012, 5, 6), "A. Auteur")
    details, more = ("Saisie", "Détails"), ("Saisie", "Suite")
    assert [(b.kind, b.label, b.heading_path, b.text) for b in document.blocks][:-1] == [
        ("heading", None, (), "Saisie"),
        ("paragraph", None, ("Saisie",), "Douze tonnes saisies à Gênes. Trois hommes arrêtés par la police du port."),
        ("heading", None, ("Saisie",), "Détails"),
        ("list-item", None, details, "Un"),
        ("list-item", None, details, "Deux"),
        ("list-item", None, details, "et demi"),
        ("row", "1", details, "Lieu | Quantité"),
        ("row", "2", details, "Gênes | 12 t"),
        ("heading", None, ("Saisie",), "Suite"),
        ("paragraph", None, more, "Texte nu."),
        ("paragraph", "40", more, "40. Paragraphe numéroté."),
    ]
    assert "Publicité" not in document.text


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "koi8-r"])
def test_declared_encoding_is_followed(tmp_path: Path, encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>Полиция изъяла отходы.</p></body></html>'
    assert read(tmp_path, page.encode(encoding)).text == "Полиция изъяла отходы."


def test_wrongly_declared_encoding_is_repaired_with_a_warning(tmp_path: Path) -> None:
    page = "<html><head><meta charset='ascii'></head><body><p>Полиция изъяла отходы.</p></body></html>"
    document = read(tmp_path, page.encode())
    assert document.text == "Полиция изъяла отходы."
    assert [warning.code for warning in document.warnings] == ["text.encoding_wrong"]


def test_layout_table_is_read_as_text(tmp_path: Path) -> None:
    page = "<html><body><table><tr><td><table><tr><td>A</td><td>B</td></tr></table></td><td><p>One.</p><p>Two.</p></td></tr></table></body></html>"
    assert [(block.kind, block.text) for block in read(tmp_path, page).blocks] == [
        ("row", "A | B"),
        ("paragraph", "One."),
        ("paragraph", "Two."),
    ]


def test_impossible_date_is_left_out(tmp_path: Path) -> None:
    page = '<html><head><meta name="date" content="2012-13-45"></head><body><p>Text.</p></body></html>'
    assert read(tmp_path, page).published is None
