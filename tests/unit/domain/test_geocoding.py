"""Choosing among namesakes by what a text says around them, with a gazetteer of a few places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from plumbline.domain.extraction import Place
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.geocoding import locate

PLACES = [
    Place("Paris", 48.85, 2.35, "FR", "locality", 2_100_000, 1, "11"),
    Place("Paris", 33.66, -95.56, "US", "locality", 25_000, 2, "TX"),
    Place("Texas", 31.5, -99.7, "US", "admin1", 22_000_000, 3, "TX"),
    Place("Dallas", 32.78, -96.8, "US", "locality", 1_300_000, 4, "TX"),
    Place("France", 46.5, 2.2, "FR", "country", 67_000_000, 5),
    Place("Monroe County", 42.0, -83.5, "US", "admin2", 150_000, 6, "MI.115"),
    Place("Monroe", 32.5, -92.1, "US", "locality", 48_000, 7, "LA"),
    Place("Indiana", 40.0, -86.1, "US", "admin1", 5_000_000, 8, "IN"),
]


class Few:
    """Knows the places above, each by its own name."""

    asked = 0

    def find(self, name: str) -> tuple[Place, ...]:
        Few.asked += 1
        known = tuple(place for place in PLACES if fold_name(place.name) == name)
        return known or (tuple(place for place in PLACES if place.admin1 == "IN") if name == "in" else ())

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        return {name: self.find(name) for name in names if self.find(name)}


def meant(text: str, *names: str) -> list[int | None]:
    """Locate the first occurrence of each name; the identifiers of what is meant."""
    spans = [(text.index(name), text.index(name) + len(name)) for name in names]
    return [each.place.geonameid if each.place else None for each in locate(text, spans, gazetteer=Few())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A man died in Paris on Monday.", 1),
        ("A man died in Paris, Texas on Monday.", 2),
        ("A man died in Paris (Texas) on Monday.", 2),
        ("Paris, France, was calm.", 1),
        ("Paris, in short, was calm.", 1),
    ],
)
def test_what_stands_behind_a_name_decides(text: str, expected: int) -> None:
    assert meant(text, "Paris") == [expected]


def test_one_name_means_one_place_in_a_text() -> None:
    text = "Police in Paris, Texas said so. Later, Paris was calm; Dallas too."
    first, second = text.index("Paris"), text.rindex("Paris")
    found = locate(text, [(first, first + 5), (second, second + 5)], gazetteer=Few())
    assert [each.place and each.place.geonameid for each in found] == [2, 2]


def test_county_behind_a_name_asks_for_the_county() -> None:
    assert meant("Deputies of Monroe County came.", "Monroe County") == [6]
    assert meant("He lives in Monroe with his wife.", "Monroe") == [7]


def test_places_that_do_not_exist_stay_unknown_with_no_confidence() -> None:
    text = "They met in Xyzzyville and in Paris."
    unknown, known = locate(text, [(12, 22), (30, 35)], gazetteer=Few())
    assert (unknown.place, unknown.confidence) == (None, 0.0)
    assert known.place is not None and known.confidence > 0.5


@pytest.mark.parametrize("span", [(0, 0), (5, 3), (-1, 4), (90, 99), (0, 900)])
def test_spans_outside_the_text_are_unknown(span: tuple[int, int]) -> None:
    assert locate("Paris", [span], gazetteer=Few())[0].place is None
    assert locate("", [span], gazetteer=Few())[0].place is None


def test_a_span_shifted_by_a_letter_takes_its_word() -> None:
    text = "Police in Dallas said so."
    (found,) = locate(text, [(11, 17)], gazetteer=Few())
    assert found.place is not None and found.place.name == "Dallas"
    assert (found.start, found.end) == (11, 17)


def test_a_name_repeated_thousands_of_times_is_asked_once() -> None:
    text = "Paris. " * 20_000
    before = Few.asked
    found = locate(text, [(7 * i, 7 * i + 5) for i in range(20_000)], gazetteer=Few())
    assert {each.place and each.place.geonameid for each in found} == {1}
    assert Few.asked - before < 10
