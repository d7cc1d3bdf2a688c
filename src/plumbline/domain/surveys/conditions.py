"""Conditions that name a domain, such as `sex == 2 and age >= 18`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import levels_of

TOKEN = re.compile(
    r"""\s*(?:(?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.]))|(?P<text>"[^"]*"|'[^']*')|(?P<quoted>`[^`]+`)
    |(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,|&&?|\|\|?|!|=)|(?P<word>[^\W\d][\w.]*|\.[\w.]+))""",
    re.VERBOSE,
)
JOINTS = {"and": "and", "&": "and", "&&": "and", "or": "or", "|": "or", "||": "or", "not": "not", "!": "not"}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def rows_where(columns: Columns, condition: str | None, *, name: str = "plan") -> NDArray[np.bool_]:
    """Tell which rows meet a condition; a row whose value is missing meets no comparison.

    Columns stand by their names (in backquotes where these hold spaces), texts in quotes; `==`, `!=`, `<`, `<=`, `>`, `>=`,
    `in (…)`, `and`, `or`, `not` and parentheses. A condition that cannot be read is refused.
    """
    if condition is None:
        return np.ones(len(columns), dtype=bool)
    reader = _Reader(columns, condition, name)
    yes, _ = reader.either()
    if reader.at < len(reader.tokens):
        raise reader.wrong()
    return yes


Truth = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # rows of which it is known to hold, and known not to hold


class _Reader:
    def __init__(self, columns: Columns, condition: Any, name: str) -> None:
        self.columns, self.condition, self.name, self.at = columns, condition, name, 0
        if not isinstance(condition, str):
            raise self.wrong()
        self.tokens: list[tuple[str, str]] = []
        text, place = condition.strip(), 0
        while place < len(text):
            found = TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                raise self.wrong()
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()

    def wrong(self) -> Exception:
        return unfit(self.name, "domain", 'a condition such as "sex == 2" is needed here', self.condition)

    def joint(self) -> str | None:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return JOINTS.get(text) if kind in ("word", "sign") else None

    def either(self) -> Truth:
        yes, no = self.both()
        while self.joint() == "or":
            self.at += 1
            also, nor = self.both()
            yes, no = yes | also, no & nor
        return yes, no

    def both(self) -> Truth:
        yes, no = self.one()
        while self.joint() == "and":
            self.at += 1
            also, nor = self.one()
            yes, no = yes & also, no | nor
        return yes, no

    def one(self) -> Truth:
        if self.joint() == "not":
            self.at += 1
            yes, no = self.one()
            return no, yes
        if self.take(sign="("):
            truth = self.either()
            if not self.take(sign=")"):
                raise self.wrong()
            return truth
        return self.comparison()

    def take(self, **wanted: str) -> bool:
        ((kind, text),) = wanted.items()
        if self.at < len(self.tokens) and self.tokens[self.at] == (kind, text):
            self.at += 1
            return True
        return False

    def next(self, *kinds: str) -> tuple[str, str]:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] not in kinds:
            raise self.wrong()
        self.at += 1
        return self.tokens[self.at - 1]

    def comparison(self) -> Truth:
        _, column = self.next("word", "quoted")
        column = column.strip("`")
        self.columns.require(column)
        inverse = self.take(word="not")
        if self.take(word="in"):
            return self.matching(column, self.listed(), inverse)
        sign = self.next("sign")[1]
        sign = "==" if sign == "=" else sign
        if sign not in COMPARE or inverse:
            raise self.wrong()
        kind, text = self.next("number", "text", "word")
        if sign in ("==", "!="):
            return self.matching(column, [text.strip("\"'")], sign == "!=")
        if kind != "number":
            raise self.wrong()
        values = self.columns.numbers(column, missing=True)
        holds, present = COMPARE[sign](values, float(text)), ~np.isnan(values)
        return present & holds, present & ~holds

    def listed(self) -> list[str]:
        closing = ")" if self.take(sign="(") else "]" if self.take(sign="[") else ""
        wanted = [self.next("number", "text", "word")[1].strip("\"'")]
        while self.take(sign=","):
            wanted.append(self.next("number", "text", "word")[1].strip("\"'"))
        if not closing or not self.take(sign=closing):
            raise self.wrong()
        return wanted

    def matching(self, column: str, wanted: list[str], inverse: bool) -> Truth:
        levels = levels_of(self.columns, column)
        hits = np.array([any(_alike(label, one) for one in wanted) for label in levels.labels] + [False])
        present, found = levels.codes >= 0, hits[levels.codes]
        return present & (found != inverse), present & (found == inverse)


def _alike(label: Any, wanted: str) -> bool:
    """Tell whether a level is the value meant: numbers by value, codes such as 01 by their text."""
    if str(label) == wanted:
        return True
    if isinstance(label, str):
        return False
    try:
        return float(label) == float(wanted)
    except ValueError:
        return False
