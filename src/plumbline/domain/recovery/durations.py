"""How long things stay where they are, and where they go: Kaplan-Meier and Aalen-Johansen.

Sources: E. L. Kaplan and P. Meier, JASA 53 (1958) 457-481, with Greenwood's error; O. Aalen and S. Johansen, Scandinavian Journal of
Statistics 5 (1978) 141-150; E. Marubini and M. G. Valsecchi, Analysing Survival Data (1995), for the error of a cumulative
incidence by the delta method, as the documentation of SAS LIFETEST gives it. Intervals are on the log-log scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
OPEN = ""


@dataclass(frozen=True)
class Durations:
    """Hold estimates at the times at which something ended, all arrays (times,).

    `staying` is the share that is still there, `incidence` and `incidence_error` map a cause to the share that has left by it;
    `staying` and the incidences sum to 1. `median` is the first time at which half or fewer stay, nan where more do to the end.
    """

    times: Floats
    at_risk: NDArray[np.int64]
    ended: NDArray[np.int64]
    staying: Floats
    staying_error: Floats
    incidence: Mapping[str, Floats]
    incidence_error: Mapping[str, Floats]
    n: int

    @property
    def median(self) -> float:
        """Give the median duration."""
        reached = self.staying <= 0.5 + 1e-12
        return float(self.times[np.argmax(reached)]) if reached.any() else float("nan")


def durations(time: Floats, cause: NDArray[np.object_]) -> Durations:
    """Estimate from spells (spells,): how long each lasted, and what ended it, '' where it is still open.

    A spell that is open at a time counts as at risk then.

    >>> found = durations(np.array([1.0, 2, 3, 4]), np.array(["a", "b", "", "a"], dtype=object))
    >>> found.staying.tolist(), found.incidence["a"].tolist()
    ([0.75, 0.5, 0.0], [0.25, 0.25, 0.75])
    """
    over = cause != OPEN
    times = np.unique(time[over])
    at_risk = np.array([(time >= t).sum() for t in times], dtype=np.int64)
    ended = np.array([((time == t) & over).sum() for t in times], dtype=np.int64)
    staying: Floats = np.cumprod(1 - ended / at_risk, dtype=np.float64)
    before: Floats = np.concatenate([np.ones(1), staying])[: len(times)]
    causes = {
        each: np.array([((time == t) & (cause == each)).sum() for t in times], dtype=np.int64)
        for each in sorted(set(cause[over]))
    }
    incidence = {each: np.cumsum(before * d / at_risk) for each, d in causes.items()}
    errors = {each: _incidence_error(incidence[each], before, d, ended, at_risk) for each, d in causes.items()}
    error: Floats = staying * np.sqrt(np.cumsum(_parts(ended, at_risk)))
    return Durations(times, at_risk, ended, staying, error, incidence, errors, n=len(time))


def interval(share: Floats, error: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Give an interval of a share on the log-log scale; nan where the share is 0 or 1."""
    z = norm.ppf(0.5 + level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = z * error / (share * np.log(share))
        low, high = share ** np.exp(-reach), share ** np.exp(reach)
    inside = (share > 0) & (share < 1)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def _parts(ended: NDArray[np.int64], at_risk: NDArray[np.int64]) -> Floats:
    """Give d / (n (n - d)), 0 where all ended: the share is 0 from there on."""
    left = at_risk - ended
    return np.divide(ended, at_risk * left, out=np.zeros(len(ended)), where=left > 0)


def _incidence_error(
    incidence: Floats, before: Floats, of_cause: NDArray[np.int64], ended: NDArray[np.int64], at_risk: NDArray[np.int64]
) -> Floats:
    parts = _parts(ended, at_risk)
    own = before**2 * (at_risk - of_cause) / at_risk * of_cause / at_risk**2
    cross = before * of_cause / at_risk**2
    out = np.zeros(len(incidence))
    for n in range(len(incidence)):
        ahead = incidence[n] - incidence[: n + 1]
        out[n] = (ahead**2 * parts[: n + 1]).sum() + own[: n + 1].sum() - 2 * (ahead * cross[: n + 1]).sum()
    return np.sqrt(np.maximum(out, 0.0))
