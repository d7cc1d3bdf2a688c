"""Part values into the classes of a choropleth map: by quantiles or by equal steps.

Zero and what is not known are no part of a class; callers keep them apart. After Slocum, McMaster, Kessler and Howard,
"Thematic Cartography and Geovisualization", chapter on data classification.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from plumbline.domain.errors import InvalidInput

METHODS: Final = ("quantiles", "equal")
MOST: Final = 5


@dataclass(frozen=True, slots=True)
class ClassIntervals:
    """Hold classes, the lowest first: each from `low` up to and with `high`; the lows of all but the first are not in it.

    For whole numbers the lows are in the class as well: (1, 3), (4, 9).
    """

    method: str
    bounds: tuple[tuple[float, float], ...]

    def level(self, value: float) -> int:
        """Give the number of the class of a value, 1 the lowest; 0 for zero and less, or where there are no classes."""
        if value <= 0 or not self.bounds:
            return 0
        return min(bisect_left([high for _low, high in self.bounds], value), len(self.bounds) - 1) + 1


def class_intervals(values: Iterable[float], *, method: str = "quantiles", count: int = MOST) -> ClassIntervals:
    """Part the values above zero into at most `count` classes; fewer where values are few or equal.

    `quantiles`: about as many values in each class, equal values never parted. `equal`: steps of the same width from the
    least value to the greatest; a class may be empty. Refuses another method, and values that are not finite.

    >>> class_intervals([1, 1, 1, 2, 3, 8, 40], count=3).bounds
    ((1, 1), (2, 3), (4, 40))
    >>> class_intervals([0.5, 1.5, 2.5], method="equal", count=2).bounds
    ((0.5, 1.5), (1.5, 2.5))
    """
    if method not in METHODS:
        raise InvalidInput("classes.method", "There are no classes by {method}. Choose of {known}.",
                           method=method, known=", ".join(METHODS))  # fmt: skip
    numbers = sorted(value for value in values if not value <= 0)
    if not all(math.isfinite(value) for value in numbers):
        raise InvalidInput("classes.value", "Classes need finite numbers; leave out what is not known.")
    if not numbers:
        return ClassIntervals(method, ())
    whole = all(value == int(value) for value in numbers)
    uppers = _quantiles(numbers, count) if method == "quantiles" else _steps(numbers, count, whole)
    lows = [numbers[0], *(upper + 1 if whole else upper for upper in uppers[:-1])]
    return ClassIntervals(method, tuple(zip(lows, uppers, strict=True)))


def _quantiles(numbers: list[float], count: int) -> list[float]:
    """Upper ends: the values at the shares 1/count, 2/count, ... of the sorted ones, each once."""
    at = [math.ceil(len(numbers) * part / count) - 1 for part in range(1, count + 1)]
    return list(dict.fromkeys(numbers[max(0, place)] for place in at))


def _steps(numbers: list[float], count: int, whole: bool) -> list[float]:
    low, high = numbers[0], numbers[-1]
    raw = [low + (high - low) * part / count for part in range(1, count)]
    uppers = [math.floor(one) if whole else one for one in raw]
    return [*(one for one in dict.fromkeys(uppers) if low <= one < high), high]
