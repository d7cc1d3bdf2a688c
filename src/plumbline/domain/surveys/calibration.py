"""What calibrated weights do to variances: linearised values become residuals on the auxiliary variables.

J.-C. Deville and C.-E. Sarndal, Journal of the American Statistical Association 87 (1992) 376-382.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """Hold the auxiliary variables (rows x p), the weights before and those after, and how it went."""

    auxiliaries: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    converged: bool
    rounds: int
    worst: float
    method: str

    def residuals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take what the auxiliaries explain from weighted linearised values (rows x k)."""
        plain = values / self.after[:, None]
        weighted = self.auxiliaries * self.before[:, None]
        slopes = np.linalg.lstsq(weighted.T @ self.auxiliaries, weighted.T @ plain, rcond=1e-12)[0]
        out: NDArray[np.float64] = (plain - self.auxiliaries @ slopes) * self.after[:, None]
        return out
