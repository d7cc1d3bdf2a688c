"""One stage of a sampling design, and the variance that its units bring.

With units u of stratum h, n of N sampled, and T the weighted total of a unit, a stage adds
`share (1 - n/N) n/(n-1) sum (T - mean T)^2`; share is the product of n/N of the stages above (W. G. Cochran, Sampling
Techniques, 3rd ed., 1977, chapters 5, 10 and 11). Linearised values make it the variance of any smooth statistic (D. A. Binder,
International Statistical Review 51, 1983). A stratum of one unit adds nothing (`remove`, `certainty`), the square of its total (`adjust`:
linearised values are expected to be about zero) or the average of the other strata (`average`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys.cells import Cells, tally

DENSE = 6_000_000


@dataclass(frozen=True)
class Stage:
    """Hold one stage.

    `units` is the unit of each row, numbered stratum by stratum; `stratum` that of each unit, `starts` the first unit of each
    stratum; `sampled`, `population` (inf where not known) and `share` go with the strata.
    """

    number: int
    units: NDArray[np.int64]
    stratum: NDArray[np.int64]
    starts: NDArray[np.int64]
    sampled: NDArray[np.float64]
    population: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def counts(self) -> bool:
        """Tell whether the stage adds to variances: the one above is a sample from a population of known size."""
        return bool((self.share > 0).any())

    @property
    def scale(self) -> NDArray[np.float64]:
        """Give each stratum's factor of its squares, 0 for a stratum of one unit."""
        fraction = self.sampled / self.population
        out: NDArray[np.float64] = (
            self.share * np.maximum(1 - fraction, 0) * self.sampled / np.maximum(self.sampled - 1, 1)
        )
        return out

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Tell which strata have one unit that stands for others."""
        found: NDArray[np.bool_] = (self.sampled == 1) & (self.population > 1) & (self.share > 0)
        return found

    @property
    def share_of_units(self) -> NDArray[np.float64]:
        """Give the share that the next stage's units start from, by unit."""
        fraction = np.where(np.isinf(self.population), 0, self.sampled / self.population)
        out: NDArray[np.float64] = (self.share * fraction)[self.stratum]
        return out

    def df(self, inside: NDArray[np.bool_] | None) -> int:
        """Count the units less the strata with rows inside."""
        if inside is None or inside.all():
            return len(self.stratum) - len(self.starts)
        present = np.bincount(self.units[inside], minlength=len(self.stratum)) > 0
        return int(present.sum()) - len(np.unique(self.stratum[present]))

    def check_lonely(self, columns: Columns, policy: str, column: str, units: str) -> None:
        """Refuse a stratum of one unit where the policy is `fail`; `column` tells strata apart ('': there is one), `units` units."""
        if policy != "fail" or not self.lonely.any():
            return
        stratum = int(np.argmax(self.lonely))
        row = int(np.argmax(self.units == self.starts[stratum]))
        raise InvalidInput(
            "design.lonely",
            "{name}, row {row}, column '{column}': the stratum {stratum} has only one unit at stage {stage}, so its variance is"
            " not known. Join strata, or set lonely_psu to remove, certainty, adjust or average.",
            name=columns.name, row=row + columns.first_row, column=column or units, stage=self.number,
            stratum=columns.text(column)[row] if column else "that is the whole sample",
        )  # fmt: skip

    def variances(self, values: NDArray[np.float64], cells: Cells, lonely: str) -> NDArray[np.float64]:
        """Give the part of each cell's variance that this stage brings; `values` are weighted and linearised, a row each."""
        if len(cells) * len(self.stratum) <= DENSE:
            weighted = self.centred(self.unit_totals(values, cells), lonely)
            out: NDArray[np.float64] = np.einsum("cu,cu->c", weighted, weighted)
        else:
            out = self._sparse(values, cells, lonely)
        if lonely == "average" and self.lonely.any():
            out = out * np.array([self.average_factor(cells.codes == cell) for cell in range(len(cells))])
        return out

    def unit_totals(self, values: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
        """Add values up by cell and unit: cells x units."""
        units = len(self.stratum)
        if len(cells) == 1 and bool((cells.codes == 0).all()):
            return tally(self.units, values, units)[None, :]
        key = (cells.codes + 1) * units + self.units
        return tally(key, values, (len(cells) + 1) * units)[units:].reshape(len(cells), units)

    def centred(self, totals: NDArray[np.float64], lonely: str) -> NDArray[np.float64]:
        """Centre unit totals within strata and scale them, so that their cross-products are covariances."""
        means = np.add.reduceat(totals, self.starts, axis=1) / self.sampled
        out: NDArray[np.float64] = totals - means[:, self.stratum]
        scale = self.scale
        alone = self.lonely
        if alone.any() and lonely == "adjust":
            single = self.starts[alone]
            out[:, single] = totals[:, single]
            scale = self._scale_alone(scale)
        out *= np.sqrt(scale)[self.stratum]
        return out

    def _scale_alone(self, scale: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(self.lonely, self.share * (1 - self.sampled / self.population), scale)

    def average_factor(self, inside: NDArray[np.bool_]) -> float:
        """Give the factor by which strata that are not lonely stand for those that are, among those with rows inside; nan where all are."""
        present = np.bincount(self.stratum[self.units[inside]], minlength=len(self.starts)) > 0
        known = int((present & ~self.lonely).sum())
        if not present.any():
            return 1.0
        return int(present.sum()) / known if known else float("nan")

    def _sparse(self, values: NDArray[np.float64], cells: Cells, lonely: str) -> NDArray[np.float64]:
        """Do the same where most units have no row of a cell: only pairs that occur are held."""
        units, strata = len(self.stratum), len(self.starts)
        inside = cells.codes >= 0
        keys, inverse = np.unique(cells.codes[inside] * units + self.units[inside], return_inverse=True)
        totals = np.bincount(inverse, weights=values[inside])
        cell, unit = keys // units, keys % units
        group = cell * strata + self.stratum[unit]
        groups, place = np.unique(group, return_inverse=True)
        stratum = groups % strata
        means = np.bincount(place, weights=totals) / self.sampled[stratum]
        squares = np.bincount(place, weights=(totals - means[place]) ** 2)
        squares += (self.sampled[stratum] - np.bincount(place)) * means**2
        scale = self.scale
        if lonely == "adjust" and self.lonely.any():
            scale, alone = self._scale_alone(scale), self.lonely[stratum]
            squares[alone] = means[alone] ** 2
        return tally(groups // strata, squares * scale[stratum], len(cells))


def stage_of(
    columns: Columns,
    unit: NDArray[np.int64],
    stratum: NDArray[np.int64],
    parent: NDArray[np.int64],
    share: NDArray[np.float64],
    number: int,
    fpc: str | None,
) -> Stage:
    """Make a stage of the unit, stratum and parent unit of each row, and the parents' share; units come numbered by stratum."""
    units = int(unit.max()) + 1
    row = np.empty(units, dtype=np.int64)
    row[unit[::-1]] = np.arange(len(unit) - 1, -1, -1)
    of_unit = stratum[row]
    if (of_unit[1:] < of_unit[:-1]).any():
        order = np.argsort(of_unit, kind="stable")
        position = np.empty(units, dtype=np.int64)
        position[order] = np.arange(units)
        unit, row, of_unit = position[unit], row[order], of_unit[order]
    starts = np.flatnonzero(np.diff(of_unit, prepend=-1))
    sampled = np.diff(np.append(starts, units)).astype(np.float64)
    of_unit = np.repeat(np.arange(len(starts)), sampled.astype(np.int64))
    first = row[starts]
    population = np.full(len(starts), np.inf)
    if fpc is not None:
        population = _population(columns, fpc, of_unit[unit], sampled, first)
    return Stage(number, unit, of_unit, starts, sampled, population, share[parent[first]])


def _population(
    columns: Columns, fpc: str, stratum: NDArray[np.int64], sampled: NDArray[np.float64], first: NDArray[np.int64]
) -> NDArray[np.float64]:
    values = columns.numbers(fpc)
    if (wrong := values <= 0).any():
        columns.refuse(int(np.argmax(wrong)), fpc, "a population or sampled share above zero is needed here")
    if (wrong := values != values[first][stratum]).any():
        columns.refuse(int(np.argmax(wrong)), fpc, "the same population throughout a stratum is needed here")
    if values.max() <= 1:
        return sampled / values[first]
    if (wrong := values[first] < sampled).any():
        columns.refuse(
            int(first[np.argmax(wrong)]), fpc, f"a population of at least the {int(sampled[np.argmax(wrong)])} sampled is needed here"
        )  # fmt: skip
    return values[first]
