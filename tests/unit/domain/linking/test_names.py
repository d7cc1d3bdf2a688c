"""Screening names: across scripts, spellings, typing errors, swaps and dropped parts."""

from __future__ import annotations

import pytest

from plumbline.domain.linking.names import NameIndex, compare_names, parts_of, skeleton

LIST = [
    "Mohammed Abdullah Hussein",
    "Vladimir Shcherbakov",
    "Xi Jinping",
    "John Smith",
    "Johan Smit",
    "Maria del Carmen O'Neil-Walker",
    "Ahmed Hassan",
    "Ivan Petrov",
    "Ivana Petrova",
    "Elisabeth Kowalczyk",
]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex(LIST)


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("محمد عبد الله حسين", 0),
        ("Muhamad Abdulla Husayn", 0),
        ("Щербаков Владимир", 1),
        ("Wladimir Schtscherbakow", 1),
        ("习近平", 2),
        ("Smith John", 3),
        ("Jonh Smith", 3),
        ("Walker, Maria", 5),
        ("MariaWalker", 5),
        ("أحمد حسن", 6),
        ("I. Petrov", 7),
        ("Иван Петров", 7),
        ("Elizabeth Kowalczyk", 9),
    ],
)
def test_changed_names_find_their_own_first(index: NameIndex, asked: str, row: int) -> None:
    assert [match.row for match in index.find(asked)][:1] == [row]


def test_same_name_scores_one_and_reasons_name_the_parts(index: NameIndex) -> None:
    (match, *_) = index.find("John Smith")
    assert match.score == 1.0
    assert {(reason.kind, reason.detail) for reason in match.reasons} == {
        ("same", "john john"),
        ("same", "smith smith"),
    }
    (match, *_) = index.find("Walker Maria")
    assert match.score < 1.0
    assert {"left out"} < {reason.kind for reason in match.reasons}


@pytest.mark.parametrize("asked", ["", "   ", "?!", "\ud800", "Qwrtzp Xkvbnm", "a" * 50_000])
def test_nothing_is_found_for_what_bears_no_name(index: NameIndex, asked: str) -> None:
    assert index.find(asked) == ()
    assert NameIndex([]).find(asked) == ()
    assert NameIndex(["", "?!"]).find(asked or "x") == ()


def test_a_part_twice_counts_twice() -> None:
    once, _ = compare_names(["ivan", "petrov"], ["ivan", "petrov"], [1.0, 1.0])
    twice, _ = compare_names(["ivan", "petrov"], ["ivan", "ivan", "petrov"], [1.0, 1.0, 1.0])
    assert (once, twice < 1.0) == (1.0, True)


def test_answers_do_not_depend_on_what_was_asked_before(index: NameIndex) -> None:
    fresh = NameIndex(LIST)
    assert [index.find(name) for name in LIST] == [fresh.find(name) for name in LIST]


def test_parts_and_skeletons() -> None:
    assert parts_of("Müller-Lüdenscheidt, Hans") == ["muller", "ludenscheidt", "hans"]
    assert skeleton("mohammed") == skeleton("mhmd")
    assert skeleton("li") == "li"
