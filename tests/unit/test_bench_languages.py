"""The keyed reports in six languages hold together, and what was learned from them stays read."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest
from bench import languages
from bench.languages import DATA, LANGUAGES, Said, counted, keyed

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import extract
from plumbline.domain.extraction.numerals import read_number
from plumbline.domain.extraction.quantities import find_quantities, unit_names


@pytest.mark.parametrize(
    ("half", "texts"), [("open", 30), ("frozen", 30), ("second", 14), ("sealed", 14), ("third", 7), ("unseen", 7)]
)
def test_keys_stand_where_they_say(half: str, texts: int) -> None:
    for language in LANGUAGES:
        rows = [
            json.loads(line) for line in (DATA / half / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        assert len(rows) == texts
        for row in rows:
            assert keyed(row)["terms"] or keyed(row)["places"] or keyed(row)["dates"], row["id"]


@pytest.mark.parametrize("half", languages.HELD)
def test_what_is_held_out_is_as_it_was(half: str) -> None:
    listed = [line.split() for line in (DATA / half / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in listed} == {f"{half}/{language}.jsonl" for language in LANGUAGES}
    for wanted, name in listed:
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == wanted


@pytest.mark.parametrize("half", languages.HELD)
def test_misses_of_what_is_held_out_are_not_shown(
    half: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["languages", "--half", half, "--errors", "told"])
    with pytest.raises(SystemExit):
        languages.main()
    told = capsys.readouterr()
    assert f"the misses of the {half} part are not to be read" in told.err
    assert not told.out


def test_offsets_that_do_not_hold_are_refused() -> None:
    row = {"id": "x", "text": "two drums", "keys": dict.fromkeys(languages.KINDS, ())}
    row["keys"] = row["keys"] | {"quantities": [{"text": "drums", "start": 0, "end": 5, "value": 2, "unit": "drums"}]}
    with pytest.raises(ValueError, match="x: no 'drums' at 0"):
        keyed(row)


def test_mentions_count_one_to_one_and_values_once() -> None:
    keys = [Said(0, 3, "a"), Said(5, 8, "a")]
    given = [Said(0, 3, "a"), Said(1, 3, "a"), Said(5, 8, "b")]
    assert counted("terms", keys, given, distinct=False) == (1, 3, 2)
    assert counted("terms", keys, given, distinct=True) == (1, 2, 1)


@pytest.mark.parametrize(
    ("language", "written", "number"),
    [
        ("fr", "soixante-dix", 70), ("fr", "cent cinquante", 150), ("fr", "quatre-vingt-douze", 92), ("es", "treinta y cinco", 35),
        ("es", "cuatrocientos", 400), ("it", "trentotto", 38), ("it", "settecento", 700), ("ru", "двадцать две", 22),
        ("ru", "двухсот", 200), ("ru", "две тысячи триста пятьдесят", 2_350), ("ar", "خمسة آلاف وثلاثمئة", 5_300), ("es", "mil doscientos", 1_200),
        ("fr", "deux mille trois cents", 2_300),
        ("ar", "أربع عشرة", 14), ("ar", "مائة وثلاثين", 130), ("zh", "三万一千", 31_000), ("zh", "五十五", 55),
    ],
)  # fmt: skip
def test_spelled_numbers(language: str, written: str, number: int) -> None:
    assert read_number(written, language) == number


def test_a_range_of_spelled_numbers_stays_a_range() -> None:
    found = find_quantities("entre veinte y treinta toneladas", language="es", units=unit_names(["t"], {}))
    assert [span.value for span in found] == [{"low": 20.0, "high": 30.0, "unit": "t"}]


def _incidents(text: str) -> int:
    return len(
        extract(
            text, blueprint=load_shipped("hazardous-waste"), language="it", published=date(2023, 5, 20),
            gazetteer=languages.gazetteer_here(),
        )
    )  # fmt: skip


def test_a_short_report_of_what_lay_where_needs_no_word_for_an_act() -> None:
    assert _incidents("In una cava di Sassari c'erano 40 fusti di amianto. Il Comune pagherà 51.000 euro.") == 1


def test_statistics_of_countries_and_years_are_no_incident() -> None:
    assert _incidents("Nel 2019 l'Italia ha prodotto 10 milioni di tonnellate di rifiuti pericolosi.") == 0


def test_where_goods_came_from_is_told_by_the_fields_of_the_route() -> None:
    row = {
        "text": "Il 3 maggio 2023 a Bari la polizia ha sequestrato 12 tonnellate di amianto provenienti da Malta.",
        "language": "it", "published": "2023-05-04",
    }  # fmt: skip
    told = languages.read_told(row, load_shipped("hazardous-waste"), languages.gazetteer_here())
    assert {one.value for one in told["places"]} == {"IT", "MT"}


def _told(text: str) -> list[str]:
    found = extract(
        text, blueprint=load_shipped("hazardous-waste"), language="it", published=date(2023, 5, 4),
        gazetteer=languages.gazetteer_here(),
    )  # fmt: skip
    return [mention.value for record in found for mention in record.mentions if mention.field == "outcome"]


def test_an_english_word_is_no_term_of_an_italian_report() -> None:
    text = "Alla fine del 3 maggio 2023 a Bari la polizia ha sequestrato 12 tonnellate di rifiuti elettronici."
    assert "fined" not in _told(text)


def test_dates_and_places_around_the_incidents_own_are_kept_apart() -> None:
    text = (
        "Il 3 maggio 2023 a Bari la polizia ha sequestrato 12 tonnellate di amianto. "
        "Il carico era stato interrato a Lecce nel marzo 2021. L'udienza si terrà il 9 giugno 2023 a Foggia."
    )
    (found,) = extract(
        text, blueprint=load_shipped("hazardous-waste"), language="it", published=date(2023, 5, 4),
        gazetteer=languages.gazetteer_here(),
    )  # fmt: skip
    told: dict[str, list[str]] = {}
    for mention in found.mentions:
        told.setdefault(mention.field, []).append(mention.text)
    assert (told["date"], told["earlier"], told["later"]) == (["3 maggio 2023"], ["marzo 2021"], ["9 giugno 2023"])
    assert (told["place"], told["elsewhere"]) == (["Bari"], ["Lecce", "Foggia"])
