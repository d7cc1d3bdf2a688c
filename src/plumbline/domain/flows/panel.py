"""A panel of trade in little memory: columns that are kept or read by blocks, rows found by key, predictors laid out block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.quantities import Floats

Numbers = NDArray[np.int64]
Column = Any  # of numbers by row, of which a slice is asked: an array, or what is kept elsewhere
Keep = Callable[[Iterable[tuple[NDArray[Any], ...]]], tuple[Column, ...]]
BLOCK: Final = 65_536
MOST_KEYS: Final = 2**62


def held(blocks: Iterable[tuple[NDArray[Any], ...]]) -> tuple[Column, ...]:
    """Keep columns, given block by block, in memory."""
    return tuple(np.concatenate(each) for each in zip(*blocks, strict=True))


def parts(rows: int) -> Iterator[slice]:
    """Part rows into slices; one that is empty where there are none."""
    for start in range(0, max(rows, 1), BLOCK):
        yield slice(start, min(start + BLOCK, rows))


def taken(column: Column, rows: NDArray[Any]) -> NDArray[Any]:
    """Give a column at rows in their order in the file."""
    if not len(rows):
        return np.asarray(column[0:0])
    first = int(rows[0])
    return np.asarray(column[first : int(rows[-1]) + 1][rows - first])


@dataclass(frozen=True)
class Panel:
    """Hold who trades what when, by row, as numbers: `reporter` and `partner` in sorted `places`, `year` in `years`, `commodity` in `goods`.

    `goods` is empty where the panel has no commodities. `key` is one number for the four, `size` its spans of place, year and
    commodity; the keys of years that follow one another do too.
    """

    name: str
    first_row: int
    places: tuple[str, ...]
    years: tuple[int, ...]
    goods: tuple[str, ...]
    reporter: Column
    partner: Column
    year: Column
    commodity: Column
    key: Column
    size: tuple[int, int, int]

    @classmethod
    def of(cls, table: Columns) -> Panel:
        """Read the columns reporter, partner, year and, if there is one, commodity, into memory."""
        return read_panel([table])[0]

    def __len__(self) -> int:
        return len(self.key)

    def keys(self, part: slice = slice(None), *, turned: bool = False, later: int = 0) -> Numbers:
        """Give the keys of rows: of themselves, of the partner's (`turned`), of their own some years `later`."""
        found: Numbers = np.asarray(self.key[part])
        places, years, goods = self.size
        if turned:
            far = self.partner[part].astype(np.int64) - self.reporter[part]
            found = found + far * (places - 1) * years * goods
        return found + later * goods if later else found

    def index(self) -> Index:
        """Sort the keys, to find rows by them."""
        key = np.asarray(self.key[:])
        order = np.argsort(key, kind="stable")
        return Index(key[order], order)

    def refuse_repeated(self, index: Index) -> None:
        """Refuse the first row whose key stood before."""
        again = index.order[1:][index.keys[1:] == index.keys[:-1]]
        if len(again):
            row = int(again.min())
            reporter = np.array([self.places[int(self.reporter[row : row + 1][0])]], dtype=object)
            shown = Columns(self.name, {"reporter": reporter}, self.first_row + row)
            shown.refuse(0, "reporter", "one row for each reporter, partner, commodity and year is needed here")

    def words(self, rows: NDArray[Any]) -> dict[str, list[str]]:
        """Name reporter, partner, year and commodity, if there is one, of rows in their order."""
        years = [str(year) for year in self.years]
        known = {"reporter": self.places, "partner": self.places, "year": years, "commodity": self.goods}
        return {
            name: [words[each] for each in taken(getattr(self, name), rows).tolist()]
            for name, words in known.items()
            if words
        }


@dataclass(frozen=True)
class Index:
    """Hold keys in their order, and the row of each."""

    keys: Numbers
    order: Numbers

    def find(self, wanted: Numbers) -> Numbers:
        """Give the row of each key, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        rows: Numbers = np.where(self.keys[at] == wanted, self.order[at], -1)
        return rows


def read_panel(
    tables: Iterable[Columns],
    keep: Keep = held,
    values: Callable[[Columns], Mapping[Any, NDArray[Any]]] = lambda _: {},
) -> tuple[Panel, dict[Any, Column]]:
    """Read a panel from tables that follow one another, and further columns of each table by name."""
    words: dict[str, dict[str, int]] = {"places": {}, "goods": {}}
    years: set[int] = set()
    about: dict[str, Any] = {}

    def read() -> Iterator[tuple[NDArray[Any], ...]]:
        for table in tables:
            sides = [_numbered(table.text(name), words["places"]) for name in ("reporter", "partner")]
            year, more = table.integers("year"), values(table)
            goods = _numbered(table.text("commodity"), words["goods"]) if "commodity" in table.names else sides[0] * 0
            years.update(np.unique(year).tolist())
            about.setdefault("table", table)
            about["more"] = tuple(more)
            yield (*sides, year, goods, *more.values())

    reporter, partner, year, commodity, *more = keep(read())
    known = np.array(sorted(years), dtype=np.int64)
    steps = np.cumsum(np.r_[1, np.where(np.diff(known) == 1, 1, 2)])
    places, of_place = _sorted(words["places"])
    goods, of_goods = _sorted(words["goods"])
    size = (len(places), int(steps[-1]) + 2, max(len(goods), 1))
    if size[0] ** 2 * size[1] * size[2] > MOST_KEYS:
        raise unfit(
            about["table"].name, "rows", "fewer places and commodities are needed here", f"{size[0]} and {size[2]}"
        )

    def number() -> Iterator[tuple[NDArray[Any], ...]]:
        for part in parts(len(year)):
            i, j, c = of_place[reporter[part]], of_place[partner[part]], of_goods[commodity[part]]
            t = np.searchsorted(known, year[part])
            key = ((i.astype(np.int64) * size[0] + j) * size[1] + steps[t]) * size[2] + c
            yield i, j, t.astype(np.int32), c, key

    table = about["table"]
    i, j, t, c, key = keep(number())
    found = Panel(table.name, table.first_row, places, tuple(known.tolist()), goods, i, j, t, c, key, size)
    return found, dict(zip(about["more"], more, strict=True))


def _numbered(texts: NDArray[Any], seen: dict[str, int]) -> NDArray[Any]:
    """Number texts as they come, and remember them."""
    return np.fromiter((seen.setdefault(one, len(seen)) for one in texts), np.int32, len(texts))


def _sorted(seen: Mapping[str, int]) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Give words in their order, and the place of each number in it."""
    words = sorted(seen)
    rank = np.zeros(max(len(words), 1), np.int32)
    rank[[seen[word] for word in words]] = np.arange(len(words))
    return tuple(words), rank


@dataclass(frozen=True)
class Design:
    """Hold predictors by column, of which a matrix is made block by block: a constant, `before`, levels of `kind` but one, `after`.

    `rows` are the rows of the columns that count, in their order. It knows of an array what a fit needs: shape, slices, `@`,
    selection.
    """

    before: tuple[Column, ...]
    kind: Column
    levels: int
    after: tuple[Column, ...]
    rows: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """Tell rows and columns."""
        return len(self.rows), 1 + len(self.before) + self.levels - 1 + len(self.after)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, wanted: Any) -> Any:
        """Give a matrix of a slice of rows, or the design of rows chosen by a mask."""
        rows = self.rows[wanted]
        return self.at(rows) if isinstance(wanted, slice) else replace(self, rows=rows)

    def at(self, rows: NDArray[Any]) -> Floats:
        """Give the matrix of rows of the columns."""
        out = np.zeros((len(rows), self.shape[1]))
        out[:, 0] = 1
        for place, column in enumerate(self.before, 1):
            out[:, place] = taken(column, rows)
        kinds = taken(self.kind, rows)
        dummy = kinds > 0
        out[np.flatnonzero(dummy), len(self.before) + kinds[dummy]] = 1
        for place, column in enumerate(self.after, len(self.before) + self.levels):
            out[:, place] = taken(column, rows)
        return out


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
