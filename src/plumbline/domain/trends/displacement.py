"""Before and after with control, and displacement to the neighbourhood.

Source: A. P. Wheeler and J. H. Ratcliffe, Crime Science 7:11 (2018), for the weighted displacement difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

ROLES = ("treated", "control", "displacement", "displacement-control")


@dataclass(frozen=True)
class Counted:
    """Hold an area's counts before and after, and its size (area, population), 1 where differences are of counts."""

    before: float
    after: float
    size: float = 1.0


@dataclass(frozen=True)
class Difference:
    """Hold a change less the control's change, its standard error, z, p of a two-sided test and its interval."""

    estimate: float
    error: float
    z: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Displaced:
    """Hold differences where treated (`local`), beside it (`displacement`) and of both (`total`).

    `ratio` is the treated area's after over before, over the control's, with its interval; None where a count is 0.
    """

    local: Difference
    displacement: Difference
    total: Difference
    ratio: tuple[float, float, float] | None


def displacement(
    areas: Mapping[str, Counted], *, periods: tuple[float, float] = (1.0, 1.0), level: float = 0.95
) -> Displaced:
    """Weigh a change against that of a control, counts taken for Poisson's, each per size and per length of its period.

    `areas` names treated and control, and those beside them where known; `periods` are lengths of before and after.

    >>> found = displacement({"treated": Counted(80, 20), "control": Counted(100, 50)}, periods=(2, 1))
    >>> found.local.estimate, round(found.local.error, 1)
    (-20.0, 10.7)
    """
    none = Counted(0, 0)
    local, beside = (
        _change(areas.get(name, none), areas.get(other, none), periods)
        for name, other in ((ROLES[0], ROLES[1]), (ROLES[2], ROLES[3]))
    )
    total = (local[0] + beside[0], local[1] + beside[1])
    treated, control = areas["treated"], areas["control"]
    counts = (treated.after, treated.before, control.before, control.after)
    ratio = None
    if min(counts) > 0:
        middle = float(np.log(counts[0] * counts[2] / counts[1] / counts[3]))
        reach = float(norm.ppf((1 + level) / 2)) * sum(1 / each for each in counts) ** 0.5
        ratio = (float(np.exp(middle)), float(np.exp(middle - reach)), float(np.exp(middle + reach)))
    return Displaced(
        _difference(*local, level), _difference(*beside, level), _difference(*total, level), ratio
    )  # fmt: skip


def _change(area: Counted, control: Counted, periods: tuple[float, float]) -> tuple[float, float]:
    """Give a change less the control's, and its variance."""
    estimate = variance = 0.0
    for sign, each in ((1, area), (-1, control)):
        estimate += sign * (each.after / periods[1] - each.before / periods[0]) / each.size
        variance += (each.after / periods[1] ** 2 + each.before / periods[0] ** 2) / each.size**2
    return estimate, variance


def _difference(estimate: float, variance: float, level: float) -> Difference:
    error = variance**0.5
    z = estimate / error if error > 0 else 0.0
    reach = float(norm.ppf((1 + level) / 2)) * error
    return Difference(estimate, error, z, 2 * float(norm.sf(abs(z))), estimate - reach, estimate + reach)
