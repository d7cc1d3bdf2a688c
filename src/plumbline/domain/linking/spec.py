"""Say how rows of a table are matched: which pairs are compared, and how alike two values are, column by column.

One spec serves every engine. The model is that of Fellegi and Sunter (1969), 'A Theory for Record Linkage'; its probabilities are
estimated by expectation maximisation from the rows themselves, as Enamorado, Fifield and Imai (2019) have it (American Political
Science Review 113, 353-371).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plumbline.domain.errors import unfit

KINDS: Final[Mapping[str, tuple[float, ...]]] = {
    "exact": (), "name": (0.95, 0.85), "date": (1, 31, 366), "number": (0.001, 0.1, 0.3), "distance": (1, 10, 40),
}  # fmt: skip
"""Kinds of comparison with their usual levels, closest first.

`name`: Jaro-Winkler similarity; `date`: days apart; `number`: share of the greater by which two differ; `distance`: km apart.
"""
_KEY = re.compile(r"^(?P<column>.+?)(?:\[:(?P<letters>[1-9]\d?)\])?$")


@dataclass(frozen=True, slots=True)
class Compared:
    """Compare a column (for `distance` those of latitude and longitude) by levels of likeness, closest first."""

    columns: tuple[str, ...]
    kind: str
    levels: tuple[float, ...] = ()
    frequencies: bool = False

    @property
    def name(self) -> str:
        """The name of what is compared."""
        return " ".join(self.columns)


@dataclass(frozen=True, slots=True)
class Key:
    """A column on which two rows must agree, wholly or in its first letters."""

    column: str
    letters: int | None = None


Block = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class MatchSpec:
    """Hold a spec.

    Pairs that agree on all keys of one of the blocks are compared. `sure` are blocks whose pairs are almost all matches, with the
    share of matches that they find (`recall`); together they say how many matches there are. `learn` are the blocks that
    probabilities are estimated in, each for the columns that it does not hold equal.
    """

    id: str
    compare: tuple[Compared, ...]
    block: tuple[Block, ...]
    sure: tuple[Block, ...]
    recall: float
    learn: tuple[Block, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> kind of comparison that reads it; 'exact' for one of keys alone."""


def read_spec(data: Any, *, name: str) -> MatchSpec:
    """Read a spec from plain data; `name` is its file's, for refusals.

    >>> spec = read_spec({"compare": [{"column": "family", "kind": "name"}], "block": [["family[:3]"]], "recall": 0.5}, name="s")
    >>> spec.id, spec.compare[0].levels, spec.block
    ('id', (0.95, 0.85), ((Key(column='family', letters=3),),))
    """
    known = {"id", "compare", "block", "sure", "recall", "learn"}
    if not isinstance(data, Mapping):
        raise unfit(name, "compare", "settings by name are needed here", type(data).__name__)
    unknown = next((key for key in data if key not in known), None)
    if unknown is not None:
        raise unfit(name, str(unknown), f"one of {', '.join(sorted(known))} is needed here", unknown)
    compare = tuple(_compared(one, name, at) for at, one in enumerate(_items(data, "compare", name)))
    named = [column for one in compare for column in one.columns]
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise unfit(name, "compare", "each column once is needed here", twice[0])
    block = _blocks(data, "block", name)
    sure = _blocks(data, "sure", name) if "sure" in data else block
    recall = data.get("recall", 0.7)
    if isinstance(recall, bool) or not isinstance(recall, int | float) or not 0 < recall <= 1:
        raise unfit(name, "recall", "a share above 0 and up to 1 is needed here", recall)
    learn = _blocks(data, "learn", name) if "learn" in data else block
    columns = {key.column: "exact" for line in (*block, *sure, *learn) for key in line}
    columns |= {column: one.kind for one in compare for column in one.columns}
    cut = next(
        (
            key.column
            for line in (*block, *sure, *learn)
            for key in line
            if key.letters and columns[key.column] in ("number", "distance")
        ),
        None,
    )
    if cut is not None:
        raise unfit(name, "block", "a number has no first letters: a column of texts or dates is needed here", cut)
    identifier = data.get("id", "id")
    if not isinstance(identifier, str) or identifier in columns:
        raise unfit(name, "id", "a column that is not compared is needed here", identifier)
    _refuse_unlearnt(compare, learn, name)
    return MatchSpec(identifier, compare, block, sure, float(recall), learn, columns)


def _refuse_unlearnt(compare: Iterable[Compared], learn: tuple[Block, ...], name: str) -> None:
    for one in compare:
        if all({key.column for key in line} & set(one.columns) for line in learn):
            need = f"a line without {one.name} is needed here, or nothing is learnt about it"
            raise unfit(name, "learn", need, " and ".join(_shown(line) for line in learn))


def _shown(line: Block) -> str:
    return "[" + ", ".join(key.column + (f"[:{key.letters}]" if key.letters else "") for key in line) + "]"


def _items(data: Mapping[str, Any], key: str, name: str) -> list[Any]:
    items = data.get(key)
    if not isinstance(items, list) or not items:
        raise unfit(name, key, "a list with at least one entry is needed here", items)
    return items


def _compared(one: Any, name: str, at: int) -> Compared:
    where = f"compare, entry {at + 1}"
    if not isinstance(one, Mapping) or set(one) - {"column", "kind", "levels", "frequencies"}:
        raise unfit(name, where, "column, kind, levels and frequencies are known here", one)
    kind = one.get("kind", "exact")
    if not isinstance(kind, str) or kind not in KINDS:
        raise unfit(name, where, f"kind is one of {', '.join(KINDS)}", kind)
    given = one.get("column")
    columns = tuple(given) if isinstance(given, list) else (given,)
    if (
        len(set(map(str, columns))) != 1 + (kind == "distance")
        or len(columns) > 2
        or not all(isinstance(column, str) and column for column in columns)
    ):
        need = "the columns of latitude and longitude are needed" if kind == "distance" else "one column is needed"
        raise unfit(name, where, need, given)
    levels = one.get("levels", list(KINDS[kind]))
    low = kind != "name"
    if (
        not isinstance(levels, list)
        or not all(
            isinstance(level, int | float) and not isinstance(level, bool) and 0 <= level < math.inf for level in levels
        )
        or (kind == "name" and not all(0 < level <= 1 for level in levels))
        or levels != sorted(set(levels), reverse=not low)
        or bool(levels) == (kind == "exact")
    ):
        need = "no levels are known" if kind == "exact" else "levels from the closest to the farthest are needed"
        raise unfit(name, where, need, levels)
    frequencies = one.get("frequencies", False)
    if not isinstance(frequencies, bool) or (frequencies and kind not in ("exact", "name")):
        raise unfit(name, where, "frequencies is true or false, and goes with exact and name", frequencies)
    return Compared(columns, kind, tuple(float(level) for level in levels), frequencies)


def _blocks(data: Mapping[str, Any], key: str, name: str) -> tuple[Block, ...]:
    return tuple(_block(line, key, name) for line in _items(data, key, name))


def _block(line: Any, key: str, name: str) -> Block:
    columns = line if isinstance(line, list) else [line]
    found = [_KEY.match(one) if isinstance(one, str) else None for one in columns]
    if not columns or any(one is None for one in found):
        raise unfit(name, key, "columns such as [family, born] or [family[:3]] are needed here", line)
    return tuple(Key(one["column"], int(one["letters"]) if one["letters"] else None) for one in found if one)
