"""How far the reports of places may be trusted: step 6 of the Atlas estimator (`plumbline.domain.flows.atlas`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.quantities import Floats

Places = NDArray[Any]
Gaps = Callable[[], Iterable[tuple[Floats, Mapping[str, Places]]]]


def quality_spread(gap: Floats, groups: Mapping[str, Places], *, clip: bool = False) -> dict[str, Floats]:
    """Take step 6: the spread of each reporter's and partner's reports, from |ln gap| on four effects, by row."""
    levels = {name: int(place.max()) + 1 for name, place in groups.items()}
    found = spread_by_level(lambda: [(gap, groups)], levels, clip)
    return {name: spread[groups[name]] for name, spread in found.items()}


def spread_by_level(read: Gaps, levels: Mapping[str, int], clip: bool) -> dict[str, Floats]:
    """Give the spread of each reporter and partner from gaps and their groups, read twice, block by block."""
    starts, at = {}, 1
    for name, many in levels.items():
        starts[name] = at
        at += many - 1
    gram, right = np.zeros((at, at)), np.zeros(at)
    for gap, groups in read():
        _add_cross_products(gram, right, gap, groups, starts, levels)
    inverse = np.linalg.pinv(gram, hermitian=True)
    beta = inverse @ right
    effects = {name: np.r_[0.0, beta[starts[name] : starts[name] + many - 1]] for name, many in levels.items()}
    squares = 0.0
    for gap, groups in read():
        left = gap - beta[0]
        for name, place in groups.items():
            left -= effects[name][place]
        squares += float(left @ left)
    noise = squares / max(int(gram[0, 0]) - at, 1)
    error = np.sqrt(noise * np.maximum(np.diag(inverse), 0))
    out = {}
    for name in ("reporter", "partner"):
        se = np.r_[0.0, error[starts[name] : starts[name] + levels[name] - 1]]
        spread = np.pi / 2 * (effects[name] - (effects[name].min() + 2 * se))
        out[name] = np.maximum(spread, 0) if clip else spread
    return out


def _add_cross_products(
    gram: Floats, right: Floats, gap: Floats, groups: Mapping[str, Places], starts: Mapping[str, int],
    levels: Mapping[str, int],
) -> None:  # fmt: skip
    """Add X'X and X'y of a constant and the levels of groups but their first, counted without laying X out."""
    gram[0, 0] += len(gap)
    right[0] += gap.sum()
    names = list(groups)
    for n, name in enumerate(names):
        place, many = groups[name], levels[name]
        rows = slice(starts[name], starts[name] + many - 1)
        counts = np.bincount(place, minlength=many)[1:]
        gram[rows, 0] += counts
        gram[0, rows] += counts
        gram[rows, rows][np.diag_indices(many - 1)] += counts
        right[rows] += np.bincount(place, gap, many)[1:]
        for other in names[:n]:
            wide = levels[other]
            columns = slice(starts[other], starts[other] + wide - 1)
            both = np.bincount(place * wide + groups[other], minlength=many * wide).reshape(many, wide)[1:, 1:]
            gram[rows, columns] += both
            gram[columns, rows] += both.T


def weigh_reports(reporter: Floats, partner: Floats) -> Floats:
    """Take the weights of step 6: the reporter's share, larger where the partner's reports spread more."""
    own, other = (np.exp(s2) * np.expm1(s2) for s2 in (np.minimum(each**2, 300.0) for each in (reporter, partner)))
    both = own + other
    return np.asarray(np.divide(other, both, out=np.full(len(both), 0.5), where=both > 0))
