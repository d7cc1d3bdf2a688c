"""A panel of trade in little memory: places as numbers, rows found by key, predictors that are laid out block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.quantities import Floats

Numbers = NDArray[np.int64]
BLOCK: Final = 65_536


@dataclass(frozen=True)
class Panel:
    """Hold who trades what when, by row, as numbers: `reporter` and `partner` in one sorted list of `places`, `year`, `commodity`.

    Years that follow one another have numbers that do.
    """

    places: tuple[str, ...]
    reporter: Numbers
    partner: Numbers
    year: Numbers
    commodity: Numbers

    @classmethod
    def of(cls, table: Columns) -> Panel:
        """Read the columns reporter, partner, year and, if there is one, commodity."""
        sides = [table.text(name) for name in ("reporter", "partner")]
        places, both = _numbered(sides)
        _, (goods,) = _numbered([table.text("commodity")]) if "commodity" in table.names else ((), [both[0] * 0])
        known, at = np.unique(table.integers("year"), return_inverse=True)
        steps = np.cumsum(np.r_[1, np.where(np.diff(known) == 1, 1, 2)])
        return cls(places, both[0], both[1], steps[at], goods)

    def keys(self, *, turned: bool = False, later: int = 0) -> Numbers:
        """Give one number a row: of itself, of the partner's row (`turned`), of its own row some years later."""
        first, second = (self.partner, self.reporter) if turned else (self.reporter, self.partner)
        years, goods = int(self.year.max()) + 2, int(self.commodity.max()) + 1
        found: Numbers = ((first * len(self.places) + second) * years + self.year + later) * goods + self.commodity
        return found

    def find(self, wanted: Numbers) -> Numbers:
        """Give the row of each key, -1 where there is none."""
        own = self.keys()
        order = np.argsort(own, kind="stable")
        at = np.minimum(np.searchsorted(own, wanted, sorter=order), len(own) - 1)
        rows: Numbers = np.where(own[order[at]] == wanted, order[at], -1)
        return rows

    def repeated(self) -> int | None:
        """Give the first row whose key stood before, if one did."""
        own = self.keys()
        order = np.argsort(own, kind="stable")
        again = order[1:][own[order[1:]] == own[order[:-1]]]
        return int(again.min()) if len(again) else None


def _numbered(columns: Sequence[NDArray[Any]]) -> tuple[tuple[str, ...], list[Numbers]]:
    """Give the sorted words of columns, and the columns as their numbers."""
    seen: dict[str, int] = {}
    read = [np.fromiter((seen.setdefault(one, len(seen)) for one in each), np.int64, len(each)) for each in columns]
    words = sorted(seen)
    rank = np.empty(len(words), np.int64)
    rank[[seen[word] for word in words]] = np.arange(len(words))
    return tuple(words), [rank[each] for each in read]


@dataclass(frozen=True)
class Design:
    """Hold predictors by column, of which a matrix is made block by block: a constant, `before`, levels of `kind` but one, `after`.

    `rows` are the rows of the columns that count. It knows of an array what a fit needs: shape, slices, `@`, selection.
    """

    before: tuple[Floats, ...]
    kind: Numbers
    levels: int
    after: tuple[Floats, ...]
    rows: Numbers

    @property
    def shape(self) -> tuple[int, int]:
        """Tell rows and columns."""
        return len(self.rows), 1 + len(self.before) + self.levels - 1 + len(self.after)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, wanted: Any) -> Any:
        """Give a matrix of a slice of rows, or the design of rows chosen by a mask."""
        rows = self.rows[wanted]
        if not isinstance(wanted, slice):
            return replace(self, rows=rows)
        out = np.zeros((len(rows), self.shape[1]))
        out[:, 0] = 1
        for place, column in enumerate(self.before, 1):
            out[:, place] = column[rows]
        kinds = self.kind[rows]
        dummy = kinds > 0
        out[np.flatnonzero(dummy), len(self.before) + kinds[dummy]] = 1
        for place, column in enumerate(self.after, len(self.before) + self.levels):
            out[:, place] = column[rows]
        return out

    def __matmul__(self, beta: Floats) -> Floats:
        """Multiply by coefficients."""
        first = len(self.before) + self.levels
        out = np.r_[beta[0], beta[0] + beta[1 + len(self.before) : first]][self.kind[self.rows]]
        for weight, column in zip(
            (*beta[1 : 1 + len(self.before)], *beta[first:]), (*self.before, *self.after), strict=True
        ):
            out += weight * column[self.rows]
        return np.asarray(out)

    def against(self, values: Floats) -> Floats:
        """Give its columns times values, summed over rows."""
        sums = np.bincount(self.kind[self.rows], values, self.levels)
        first, last = ([float(column[self.rows] @ values) for column in each] for each in (self.before, self.after))
        return np.asarray(np.r_[sums.sum(), first, sums[1:], last])


def blocks(design: Any) -> Iterator[tuple[slice, Floats]]:
    """Give a matrix or design in slices of rows."""
    for start in range(0, len(design), BLOCK):
        part = slice(start, start + BLOCK)
        yield part, design[part]


def triangle(design: Any, y: Floats) -> Floats:
    """Give R of the QR decomposition of (design | y), by blocks of rows."""
    found = np.zeros((0, design.shape[1] + 1))
    for part, matrix in blocks(design):
        found = np.asarray(np.linalg.qr(np.vstack([found, np.column_stack([matrix, y[part]])]), mode="r"))
    return found


@dataclass(frozen=True)
class Factors:
    """Hold a design taken apart: `basis` turns its rows into those of an orthonormal basis, `fitted` are y's parts in it.

    Columns are brought to length 1 first, so that units do not decide what is collinear.
    """

    basis: Floats
    fitted: Floats

    @classmethod
    def of(cls, design: Any, y: Floats, *, least: float = 1e-10) -> Factors:
        """Take it apart; directions shorter than `least` of the longest are left out."""
        k = design.shape[1]
        root = triangle(design, y)
        length = np.linalg.norm(root[:, :k], axis=0)
        length[length == 0] = 1
        turn, size, back = np.linalg.svd(root[:, :k] / length, full_matrices=False)
        rank = int(np.sum(size / size[0] > least))
        return cls(back[:rank].T / size[:rank] / length[:, None], turn[:, :rank].T @ root[:, k])

    @property
    def rank(self) -> int:
        """Count its directions."""
        return int(self.basis.shape[1])

    @property
    def coefficients(self) -> Floats:
        """Give the least squares coefficients of y."""
        return np.asarray(self.basis @ self.fitted)

    @property
    def inverse(self) -> Floats:
        """Give the inverse of its cross products, in the directions that it has."""
        return np.asarray(self.basis @ self.basis.T)
