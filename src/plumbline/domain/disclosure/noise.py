"""Noisy counts: differential privacy through IBM's diffprivlib, an optional part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.errors import Unavailable, unfit


def add_noise(counts: NDArray[np.float64], epsilon: float, *, seed: int, sensitivity: int = 1) -> NDArray[np.float64]:
    """Add two-sided geometric noise to whole counts (Ghosh et al. 2009); each count costs `epsilon`."""
    if epsilon <= 0:
        raise unfit("noise", "epsilon", "a number above zero is needed here", epsilon)
    try:
        from diffprivlib.mechanisms import Geometric
    except ImportError as error:
        raise Unavailable(
            "part.absent",
            "{part} is not installed. Run: {command}",
            part="diffprivlib",
            command="pip install diffprivlib",
        ) from error
    mechanism = Geometric(epsilon=epsilon, sensitivity=sensitivity, random_state=seed)
    return np.array([mechanism.randomise(int(count)) for count in counts], dtype=np.float64)
