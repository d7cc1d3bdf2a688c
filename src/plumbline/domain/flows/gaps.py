"""Trade gaps by the partner-country method: what an importer reports against what the exporter reports.

Source: Global Financial Integrity, Trade-Related Illicit Financial Flows in 135 Developing Countries: 2008-2017 (2020),
methodology, checked row by row against its published gaps; UNCTAD, Methodological Guidelines to Measure Tax and Commercial Illicit Financial
Flows (2021), method 1, whose wording could not be read: known causes come off first, what is left is a gap without explanation, never named illicit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]
KEYS = ("importer", "exporter", "year", "commodity")
NAMED = {"importer": "a name is needed here", "exporter": "a name is needed here", "year": "a year is needed here"}


@dataclass(frozen=True)
class TradeGaps:
    """Hold matched pairs and what stands outside them; all values in the unit of the file.

    `keys` maps importer, exporter, year (and commodity) to (pairs,). `imports_fob` is imports without freight,
    `exports` is exports with re-exports; `gap_import` = imports_fob - exports, `gap_export` is its opposite. The ledger
    `freight` + `reexports` + `gap_import` is the raw gap, reported imports less reported exports, row by row.
    `orphaned` (importer alone reports) and `lost` (exporter alone reports) are masks over the rows of the file; their
    values are counted and never imputed; `unreported` counts rows in which neither does. `repeated` counts rows whose pair, year and commodity stood before (a source may give
    the same imports on two bases): they are kept, and whoever sums must know.
    """

    keys: Mapping[str, NDArray[np.object_]]
    imports_fob: Floats
    exports: Floats
    gap_import: Floats
    freight: Floats
    reexports: Floats
    orphaned: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    repeated: int
    unreported: int
    orphaned_value: float
    lost_value: float

    @property
    def gap_export(self) -> Floats:
        """Give the exporter's view of each gap."""
        return -self.gap_import

    @property
    def raw_gap(self) -> Floats:
        """Give reported imports less reported exports of each pair."""
        return self.freight + self.reexports + self.gap_import

    @property
    def gross(self) -> float:
        """Give the sum of gaps regardless of sign."""
        return float(np.abs(self.gap_import).sum())

    @property
    def net(self) -> float:
        """Give the signed sum: above 0 where imports exceed exports."""
        return float(self.gap_import.sum())


def partner_gaps(trade: Columns, *, cif: float = 0.06, zero_is_missing: bool = False) -> TradeGaps:
    """Match imports with the partner's exports and take the difference.

    Columns: importer, exporter, year, commodity (if any), imports (CIF), exports (FOB), reexports (if any: goods that
    reached the importer through a third place; they are added once, to the export side, before differencing). An empty
    cell is 'not reported', but for a name or year, which is refused; a 0 is a report of nothing, unless `zero_is_missing`. `cif` is the share that freight and
    insurance add to the FOB value. Refuses a negative value by row.

    A positive import gap is over-invoicing of imports (outflow from the importer) and, seen by the exporter,
    under-invoicing of exports (outflow from the exporter); a negative one is the reverse.

    >>> import numpy as np
    >>> row = {"importer": ["A"], "exporter": ["B"], "year": [2017], "imports": [106.0], "exports": [90.0]}
    >>> gaps = partner_gaps(Columns("t.csv", {name: np.array(value) for name, value in row.items()}))
    >>> round(float(gaps.gap_import[0]), 9)
    10.0
    """
    if not 0 <= cif < 1:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name=trade.name, key="cif", low=0, high=1, value=cif,
        )  # fmt: skip
    trade.require("importer", "exporter", "year", "imports", "exports")
    keys = {name: trade.text(name) for name in KEYS if name in trade.names}
    for name, need in NAMED.items():
        if (blank := keys[name] == "").any():
            trade.refuse(int(np.argmax(blank)), name, need)
    imports, exports = _reported(trade, "imports", zero_is_missing), _reported(trade, "exports", zero_is_missing)
    again = np.nan_to_num(_reported(trade, "reexports", False)) if "reexports" in trade.names else np.zeros(len(trade))
    here, there = np.isfinite(imports), np.isfinite(exports)
    both, orphaned, lost = here & there, here & ~there, there & ~here
    fob = imports[both] / (1 + cif)
    adjusted = exports[both] + again[both]
    return TradeGaps(
        keys={name: values[both] for name, values in keys.items()},
        imports_fob=fob, exports=adjusted, gap_import=fob - adjusted,
        freight=imports[both] - fob, reexports=again[both],
        orphaned=orphaned, lost=lost, repeated=_repeated(keys), unreported=int((~here & ~there).sum()),
        orphaned_value=float((imports[orphaned] / (1 + cif)).sum()), lost_value=float(exports[lost].sum()),
    )  # fmt: skip


def _reported(trade: Columns, column: str, zero_is_missing: bool) -> Floats:
    values = trade.numbers(column, missing=True)
    negative = values < 0
    if negative.any():
        trade.refuse(int(np.argmax(negative)), column, "a value of 0 or more is needed here")
    return np.where(values == 0, np.nan, values) if zero_is_missing else values


def _repeated(keys: Mapping[str, NDArray[np.object_]]) -> int:
    """Count the rows whose pair, year and commodity stood in a row before."""
    rows = list(zip(*keys.values(), strict=True))
    return len(rows) - len(set(rows))
