"""What calibrated weights do to variances: linearised values become residuals on the auxiliary variables.

J.-C. Deville and C.-E. Sarndal, Journal of the American Statistical Association 87 (1992) 376-382.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """Hold the auxiliary variables (rows x p), the weights before and those after, and how it went.

    `worst` is the largest relative miss of a total, after trimming where there was any; `cut` weights were trimmed, and all lie in their
    bounds where `settled`.
    """

    auxiliaries: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    converged: bool
    rounds: int
    worst: float
    method: str
    cut: int = 0
    settled: bool = True

    def residuals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take what the auxiliaries explain from weighted linearised values (rows x k)."""
        plain = values / self.after[:, None]
        weighted = self.auxiliaries * self.before[:, None]
        slopes = np.linalg.lstsq(weighted.T @ self.auxiliaries, weighted.T @ plain, rcond=1e-12)[0]
        out: NDArray[np.float64] = (plain - self.auxiliaries @ slopes) * self.after[:, None]
        return out
