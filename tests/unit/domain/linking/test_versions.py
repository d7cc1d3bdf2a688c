"""Near-duplicates found and told apart, versions and translations laid side by side."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.linking.versions import align_translation, align_versions, changes, near_texts

WORDS = [f"word{n}" for n in range(3_000)]


def a_text(seed: int, length: int = 120) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def test_edited_text_is_near_and_others_are_not() -> None:
    edited = a_text(1).replace(a_text(1).split()[60], "other")
    found = near_texts([a_text(1), a_text(2), edited, "", "  ", a_text(1)])
    assert [(one.first, one.second) for one in found] == [(0, 5), (0, 2), (2, 5)]
    assert found[0].resemblance == 1.0 and found[1].resemblance == pytest.approx(111 / 121)


def test_resemblance_and_containment_count_shingles_exactly() -> None:
    [pair] = near_texts(["a b c d e f g", "a b c d e f g h i"])
    assert (pair.resemblance, pair.first_within, pair.second_within) == (3 / 5, 1.0, 3 / 5)


@pytest.mark.parametrize("text", ["废物在港口被发现并运回原产国", "النفايات الخطرة في الميناء منذ سنة كاملة", "short"])
def test_scripts_and_short_texts_meet_themselves(text: str) -> None:
    assert [one.resemblance for one in near_texts([text, "something else", text])] == [1.0]


def test_many_same_texts_are_chained_and_not_all_paired() -> None:
    assert len(near_texts([a_text(3)] * 400)) == 399 + 398


def test_versions_are_laid_side_by_side_with_what_came_and_went() -> None:
    one = [a_text(n, 30) for n in range(6)]
    two = [one[0], "a wholly new passage", one[1] + " more", *one[3:]]
    rows = [(row.first, row.second) for row in align_versions(one, two)]
    assert rows == [((0,), (0,)), ((), (1,)), ((1,), (2,)), ((2,), ()), ((3,), (3,)), ((4,), (4,)), ((5,), (5,))]
    assert align_versions([], []) == [] and [row.second for row in align_versions([], ["x"])] == [(0,)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["a b", "b c d", "e", "", "..."]), max_size=8),
       st.lists(st.sampled_from(["a b", "c d", "e", "", "!"]), max_size=8))  # fmt: skip
def test_every_passage_stands_once_and_in_order(one: list[str], two: list[str]) -> None:
    for rows in (align_versions(one, two), align_translation(one, two)):
        assert [n for row in rows for n in row.first] == list(range(len(one)))
        assert [n for row in rows for n in row.second] == list(range(len(two)))


def test_translation_is_aligned_by_length_through_a_passage_that_was_split() -> None:
    lengths = [40, 310, 25, 150, 90]
    one = ["x" * n for n in lengths]
    two = ["y" * n for n in (44, 160, 178, 28, 160, 101)]
    rows = [(row.first, row.second) for row in align_translation(one, two)]
    assert rows == [((0,), (0,)), ((1,), (1, 2)), ((2,), (3,)), ((3,), (4,)), ((4,), (5,))]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_changes_give_both_texts_back(one: str, two: str) -> None:
    told = changes(one, two)
    assert "".join(text for kind, text in told if kind != "in") == one
    assert "".join(text for kind, text in told if kind != "out") == two
