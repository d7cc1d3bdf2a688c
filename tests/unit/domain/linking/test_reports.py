"""Grouping reports by incident: what decides, what is no evidence, what stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from plumbline.domain.extraction import Place
from plumbline.domain.linking import Corpus, Told, group_reports, read_report
from plumbline.domain.linking import reports as reports_module

TOWNS = {
    "toledo": Place("Toledo", 41.66, -83.56, "US", "locality", 280_000, 1, "OH"),
    "fresno": Place("Fresno", 36.75, -119.77, "US", "locality", 520_000, 2, "CA"),
}


class Few:
    """Knows two towns."""

    def find(self, name: str) -> tuple[Place, ...]:
        return (TOWNS[name],) if name in TOWNS else ()

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        return {name: self.find(name) for name in names if name in TOWNS}


def told(text: str, published: str | None = "2016-05-10", title: str = "") -> Told:
    return read_report(text, title=title, published=published, gazetteer=Few())


def grouped(*reports: Told, known: Any = ()) -> list[Any]:
    return group_reports(Corpus(reports), ids=[f"r{i}" for i in range(len(reports))], known=known)


MAPLE = "Maria Walker, 34, was shot dead on Monday outside a bar on Maple Avenue in Toledo, police said."
MAPLE_TOO = "Toledo police named the woman killed at the bar as Maria Walker, a 34-year-old teacher. She died Monday."
OAK = "Daniel Ortiz, 61, was shot dead on Thursday outside a bar on Oak Street in Toledo, police said."
FILL = tuple(told(f"The council of ward {i} met and spoke about budget item {i * 7}.", "2016-03-01") for i in range(12))


def test_two_words_of_one_event_are_one_incident_and_its_twin_another() -> None:
    found = grouped(told(MAPLE), told(OAK, "2016-05-13"), told(MAPLE_TOO, "2016-05-11"), *FILL)
    assert found[:3] == ["r0", "r1", "r0"]


def test_reasons_name_what_speaks_for_and_against() -> None:
    corpus = Corpus([told(MAPLE), told(MAPLE_TOO, "2016-05-11"), told(OAK, "2016-05-13"), *FILL])
    same, because = corpus.weigh(0, 1)
    other, against = corpus.weigh(0, 2)
    assert same > 0 > other
    assert {reason.kind: reason.detail for reason in because}["names"] == "maria walker"
    assert {reason.kind for reason in against if reason.weight < 0} >= {"ages", "day"}
    assert corpus.weigh(1, 0)[0] == pytest.approx(same)


def test_known_incidents_stay_and_a_new_report_joins_or_founds() -> None:
    reports = (told(MAPLE), told(OAK, "2016-05-13"), told(MAPLE_TOO, "2016-05-11"), *FILL)
    before = grouped(*reports)
    again = grouped(*reports, told(MAPLE + " A vigil is planned.", "2016-05-12"), known=["old", *before[1:], None])
    assert again == ["old", *before[1:], again[-1]]
    assert again[-1] in ("old", "r0")
    fresh = grouped(*reports, told("A dam broke at Fresno.", "2016-06-01"), known=[*before, None])
    assert fresh == [*before, f"r{len(reports)}"]


def test_two_known_incidents_never_become_one() -> None:
    assert grouped(told(MAPLE), told(MAPLE), told(MAPLE), known=["a", "b", None])[:2] == ["a", "b"]
    assert grouped(told(MAPLE), told(OAK, "2016-05-13"), known=["a", "a"]) == ["a", "a"]


def test_order_changes_no_partition() -> None:
    reports = [told(MAPLE), told(OAK, "2016-05-13"), told(MAPLE_TOO, "2016-05-11"), *FILL]
    ahead, back = grouped(*reports), grouped(*reversed(reports))[::-1]
    pairs = [(i, j) for i in range(len(reports)) for j in range(i)]
    assert [ahead[i] == ahead[j] for i, j in pairs] == [back[i] == back[j] for i, j in pairs]


@pytest.mark.parametrize("published", [None, "", "yesterday", "9999-99-99", "2316-05-10", "1816-05-10"])
def test_dates_that_lie_are_no_evidence_of_a_day(published: str | None) -> None:
    text = "On 3 May 1712 and 4 May 2999 Maria Walker, 34, was shot."
    report = told(text, published)
    assert published in (None, "", "yesterday", "9999-99-99") or report.days == frozenset()
    assert grouped(report, told(text, "2016-05-10")) is not None


def test_empty_and_odd_texts_are_alone() -> None:
    assert grouped() == []
    assert grouped(told(""), told(""), told("?!"), told("\ud800 \x00")) == ["r0", "r1", "r2", "r3"]


def test_thousands_of_near_copies_are_compared_with_few_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed = []
    alike = Corpus.alike
    monkeypatch.setattr(Corpus, "alike", lambda self, pairs: weighed.append(len(pairs)) or alike(self, pairs))
    for size in (150, 300):
        weighed.append(-size)
        grouped(*[told(f"{MAPLE} Copy {i}.") for i in range(size)])
    first = sum(weighed[1 : weighed.index(-300)])
    assert sum(weighed[weighed.index(-300) + 1 :]) < 4.5 * first


def test_copies_beyond_the_largest_group_are_one_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports_module, "LARGEST_GROUP", 20)
    found = grouped(*[told(f"{MAPLE} Copy {i}.") for i in range(70)], known=[None] * 69 + ["old"])
    assert set(found) == {"old"}
