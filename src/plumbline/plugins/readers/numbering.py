"""Print the automatic numbers of a Word document ('40.', '(a)', 'IV.'), which its text does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = W + "val"
PLACEHOLDER = re.compile(r"%(\d)")
NUMERALS = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


def roman(number: int) -> str:
    """Write a positive number in lower-case Roman numerals.

    >>> roman(49)
    'xlix'
    """
    written = ""
    for value, letters in NUMERALS:
        count, number = divmod(number, value)
        written += letters * count
    return written


def letters(number: int) -> str:
    """Write a positive number as Word letters lists: a..z, aa, bb.

    >>> letters(2), letters(27)
    ('b', 'aa')
    """
    return chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)


FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "lowerLetter": letters,
    "upperLetter": lambda number: letters(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
}


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    pattern: str
    start: int


class Numbering:
    """Count the numbered paragraphs of each list as they go by."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._counters: dict[str, list[int | None]] = {}
        if root is None:
            return
        for element in root.iter(W + "abstractNum"):
            self._abstract[element.get(W + "abstractNumId", "")] = dict(_levels(element))
        for element in root.iter(W + "num"):
            target = element.find(W + "abstractNumId")
            if target is not None:
                self._lists[element.get(W + "numId", "")] = target.get(VAL, "")

    def next(self, list_id: str, depth: int) -> str | None:
        """Give the printed number of the next paragraph of a list at a depth (0 outermost); None for bullets."""
        abstract = self._lists.get(list_id)
        levels = self._abstract.get(abstract or "", {})
        level = levels.get(depth)
        if level is None or abstract is None or depth > 8:
            return None
        counters = self._counters.setdefault(abstract, [None] * 9)
        now = counters[depth]
        counters[depth] = level.start if now is None else now + 1
        counters[depth + 1 :] = [None] * (8 - depth)
        if level.format not in FORMATS:
            return None
        return PLACEHOLDER.sub(lambda match: _written(int(match.group(1)) - 1, levels, counters), level.pattern)


def _written(depth: int, levels: dict[int, _Level], counters: list[int | None]) -> str:
    level = levels.get(depth)
    if level is None or not 0 <= depth < 9:
        return ""
    number = counters[depth]
    return FORMATS.get(level.format, str)(max(level.start if number is None else number, 1))


def _levels(element: Any) -> list[tuple[int, _Level]]:
    found = []
    for level in element.iter(W + "lvl"):
        found.append(
            (
                _number(level.get(W + "ilvl"), 0),
                _Level(
                    _child(level, "numFmt", "decimal"),
                    _child(level, "lvlText", ""),
                    _number(_child(level, "start", "1"), 1),
                ),
            )
        )
    return found


def _child(element: Any, tag: str, default: str) -> str:
    child = element.find(W + tag)
    return default if child is None else child.get(VAL, default)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default
