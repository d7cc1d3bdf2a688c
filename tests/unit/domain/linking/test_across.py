"""Linking across languages: what meaning adds, that one language pays nothing, and that all stands without the encoder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plumbline.domain.extraction import Place
from plumbline.domain.linking import Corpus, Told, across, compare, facts_of, group_reports, read_report
from plumbline.domain.vectors import WIDTH, encoder

needs = pytest.mark.skipif(encoder() is None, reason="this processor cannot run the encoder")
SET = Path(__file__).resolve().parents[4] / "bench" / "data" / "crosslingual" / "dev.jsonl"


class Nowhere:
    """Knows no town."""

    def find(self, name: str) -> tuple[Place, ...]:
        return ()

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        return {}


def rows(*events: str) -> list[dict[str, Any]]:
    found = map(json.loads, SET.read_text(encoding="utf-8").splitlines())
    return [row for row in found if row["event"] in events]


def told(some: Iterable[Mapping[str, Any]]) -> list[Told]:
    return [
        read_report(row["text"], title=row["title"], published=row["published"], language=row["language"], gazetteer=Nowhere())
        for row in some
    ]  # fmt: skip


@pytest.fixture
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across, "encoder", lambda: None)
    monkeypatch.setattr(across, "_vector_of", across._vector_of.__wrapped__)


@needs
def test_twins_told_in_two_languages_are_two_incidents_even_where_no_town_is_known() -> None:
    some = rows("e23", "e24")
    corpus = Corpus(told(some))
    found = group_reports(corpus, ids=list(range(len(some))))
    assert [found[i] == found[j] for i in range(len(some)) for j in range(i)] == [
        some[i]["event"] == some[j]["event"] for i in range(len(some)) for j in range(i)
    ]
    kinds = {reason.kind: reason.detail for reason in corpus.weigh(0, 1)[1]}
    assert (
        "words" not in kinds
        and float(kinds["meaning"]) > 0.5
        and kinds["numbers"] == "3.2"
        and kinds["day"] == "same day"
    )
    backwards = Corpus(told(some[::-1]))
    assert backwards.weigh(len(some) - 1, len(some) - 2)[0] == pytest.approx(corpus.weigh(0, 1)[0])


def test_reports_in_one_language_or_weeks_apart_ask_for_no_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise AssertionError("the encoder was asked for")

    monkeypatch.setattr(across, "encoder", refused)
    english = [row for row in rows("e01", "e02", "e11", "e12", "e23") if row["language"] == "en"]
    late = [row | {"published": "2025-03-05"} for row in rows("e01") if row["language"] == "fr"]
    corpus = Corpus(told([*english, *late]))
    assert (
        corpus.row == {}
        and len(group_reports(corpus, ids=[str(i) for i in range(len(english) + 1)])) == len(english) + 1
    )


def test_without_the_encoder_or_a_sure_language_words_are_compared(no_encoder: None) -> None:
    some = rows("e23", "e24")
    without = Corpus(told(some))
    unsure = Corpus([read_report(r["text"], title=r["title"], published=r["published"], language=r["language"], sure=False, gazetteer=Nowhere()) for r in some])  # fmt: skip
    for i in range(len(some)):
        for j in range(i):
            assert without.weigh(i, j) == unsure.weigh(i, j)
            assert "words" in {reason.kind for reason in without.weigh(i, j)[1]}
    ids = list(range(len(some)))
    assert group_reports(without, ids=ids) == group_reports(unsure, ids=ids)


def test_one_machine_without_the_encoder_leaves_vectors_out_for_all() -> None:
    def half(given: Any, job: Any) -> Any:
        given = list(given)
        return [across.Meant(np.ones(WIDTH, np.float32), frozenset())] + [None] * (len(given) - 1)

    assert Corpus(told(rows("e23")), over=half).row == {}


def test_the_nearest_of_other_languages_within_the_weeks_meet_and_those_without_a_day_meet_all() -> None:
    vectors = np.zeros((4, WIDTH), np.float32)
    vectors[:, 0] = 1
    languages = ["en", "fr", "fr", "en"]
    found = set(across.nearest(vectors, languages, [100, 100 + across.REACH_DAYS, 101 + across.REACH_DAYS, None]))
    assert found == {(0, 1), (1, 3), (2, 3)}
    assert set(across.nearest(vectors, ["en"] * 4, [1, 2, 3, None])) == set()


def test_numbers_are_read_in_words_and_figures_and_dates_are_none() -> None:
    assert across.numbers_told("On 4 March 2024 thirty-eight drums, 1,200 litres and two dogs", "en") == {38.0, 1200.0}
    assert across.numbers_told("On 12 March, police seized ten drums.", "en") == {10.0}
    assert across.numbers_told("3月12日，警方查获十桶废酸。", "zh") == {10.0}
    assert across.numbers_told("4 марта 2024 года изъято двенадцать тонн", "ru") == {12.0}
    assert across.weigh_numbers({12.0}, {12.0, 5.0}).weight > 0 > across.weigh_numbers({12.0}, {5.0}).weight  # type: ignore[union-attr]
    assert across.weigh_numbers(set(), {5.0}) is None


@needs
def test_records_behind_texts_in_two_languages_are_compared_by_meaning_and_its_reason_says_no_word() -> None:
    spanish, english, french = rows("e23")[:3]
    values = {"date": [{"start": "2024-06-30", "end": "2024-06-30", "precision": "day"}]}
    one, other = (
        facts_of(values, [row["text"]], languages=[row["language"]], type="case") for row in (spanish, english)
    )
    bare = [facts_of(values, [row["text"]], type="case") for row in (spanish, english)]
    found = compare(one, other)
    (meaning,) = [reason for reason in found.reasons if reason.kind == "meaning"]
    assert meaning.weight > 0 and set(meaning.detail) <= set("0123456789.") and found == compare(other, one)
    assert found.score > compare(*bare).score
    both = facts_of(values, [spanish["text"], french["text"]], languages=["es", "en-GB"], type="case")
    assert "meaning" not in {reason.kind for reason in compare(both, other).reasons}  # they share a language


def test_records_without_the_encoder_are_compared_as_before(no_encoder: None) -> None:
    texts = [(row["text"], row["language"]) for row in rows("e23")[:2]]
    one, other = (facts_of({}, [text], languages=[language], type="case") for text, language in texts)
    assert compare(one, other) == compare(*(facts_of({}, [text], type="case") for text, _ in texts))
