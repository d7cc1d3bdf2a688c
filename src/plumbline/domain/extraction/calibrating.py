"""Turn how sure a model says it is into the share that is right at that certainty, by texts that it had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Steps = tuple[Sequence[float], Sequence[float]]
"""A curve by points: certainties, rising, and the shares that are right there; straight in between."""
EDGE: Final = 1e-6
POINTS: Final = 1 / (1 + np.exp(-np.linspace(-9.0, 9.0, 61)))


def logit(sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give log odds of certainties, finite at 0 and 1."""
    kept = np.clip(sure, EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)))


def curves(sure: Sequence[float], right: Sequence[bool], groups: Sequence[str]) -> Mapping[str, Steps]:
    """Fit one logistic curve to the log odds (Platt 1999), with an offset for each group that is drawn to 0.

    Groups of few answers so borrow from the others. Where all answers are right, or all wrong, the curve is level at
    (right + 1) / (all + 2).
    """
    said, hit = np.asarray(sure, float), np.asarray(right, bool)
    names = sorted(set(groups))
    if not names:
        return {}
    if hit.all() or not hit.any():
        level = (float(hit.sum()) + 1) / (len(hit) + 2)
        return dict.fromkeys(names, ((0.0, 1.0), (level, level)))
    from sklearn.linear_model import LogisticRegression

    own = np.array([[float(one == name) for name in names] for one in groups])
    fitted = LogisticRegression(max_iter=1_000).fit(np.column_stack([logit(said), own]), hit)
    slope, offsets, base = max(0.0, float(fitted.coef_[0][0])), fitted.coef_[0][1:], float(fitted.intercept_[0])
    return {
        name: (
            [round(float(one), 6) for one in POINTS],
            [round(float(one), 5) for one in np.clip(1 / (1 + np.exp(-(slope * logit(POINTS) + base + offsets[n]))), 0.01, 0.99)],
        )
        for n, name in enumerate(names)
    }  # fmt: skip


def best_cut(
    scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: int, *, slack: float = 0.0
) -> tuple[float, float]:
    """Give the threshold of the best F1, half way to the next lower score (to 0 behind the last), and that F1.

    With `slack` the lowest threshold whose F1 is that much less at most: where the curve is level, more is told.

    1 and 0 where nothing was right: then nothing is proposed.
    """
    if not right.any():
        return 1.0, 0.0
    order = np.argsort(-scores, kind="stable")
    ranked = np.append(scores[order], 0.0)
    f1 = 2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + wanted)
    f1[ranked[:-1] == ranked[1:]] = -1.0  # a threshold takes all of one score or none
    best = int(np.flatnonzero(f1 >= f1.max() - slack)[-1]) if slack else int(np.argmax(f1))
    return float((ranked[best] + ranked[best + 1]) / 2), float(f1[best])
