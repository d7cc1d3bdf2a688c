"""Differencing: what two releases of nested populations tell together.

A release of everybody and a release of a part of them give, by subtraction, a table of the others. That table must be as
safe as one that is published; all three are attacked jointly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plumbline.domain.disclosure.attack import Audit, audit
from plumbline.domain.disclosure.rules import Primary, find_primary
from plumbline.domain.disclosure.table import Policy, Table
from plumbline.domain.errors import InvalidInput


@dataclass(frozen=True)
class Differencing:
    """Hold the joint audit; `exposed` names (release, cell labels) that the releases give away together."""

    audit: Audit
    exposed: tuple[tuple[str, tuple[str, ...]], ...]


def audit_releases(
    outer: Table, inner: Table, outer_hidden: frozenset[int], inner_hidden: frozenset[int], policy: Policy
) -> Differencing:
    """Attack two releases jointly, the population of `inner` lying within that of `outer`; cells are matched by label.

    The rest (outer less inner) is judged by the threshold only, for its largest contributors are not known.
    """
    where = {label: cell for cell, label in enumerate(inner.labels)}
    shared = [(cell, where[label]) for cell, label in enumerate(outer.labels) if label in where]
    first, second = np.array([a for a, _ in shared], dtype=int), np.array([b for _, b in shared], dtype=int)
    rest = outer.values[first] - inner.values[second]
    heads = outer.contributors[first] - inner.contributors[second]
    if len(rest) and (rest.min() < 0 or heads.min() < 0):
        cell = int(np.argmin(np.minimum(rest, heads)))
        raise InvalidInput(
            "release.not-nested",
            "{name}: the cell {cell} is larger than in {other}, so it is no part of it. Name the wider release first.",
            name=inner.name,
            cell=" / ".join(outer.labels[first[cell]]),
            other=outer.name,
        )
    joint, primary = _joined(outer, inner, first, second, policy)
    start = len(outer.values) + len(inner.values)
    hidden = (
        set(outer_hidden) | {len(outer.values) + cell for cell in inner_hidden} | set(range(start, start + len(rest)))
    )
    found = audit(joint, primary, hidden)
    names = [outer.name] * len(outer.values) + [inner.name] * len(inner.values) + ["difference"] * len(rest)
    return Differencing(found, tuple((names[cell], joint.labels[cell]) for cell in found.exposed))


def _joined(outer: Table, inner: Table, first: np.ndarray, second: np.ndarray, policy: Policy) -> tuple[Table, Primary]:
    """Put outer, inner and their difference into one system of sums, with the primary cells of each."""
    width = len(outer.values)
    start = width + len(inner.values)
    relations = list(outer.relations)
    relations += [(top + width, tuple(part + width for part in parts)) for top, parts in inner.relations]
    relations += [(int(a), (int(b) + width, start + i)) for i, (a, b) in enumerate(zip(first, second, strict=True))]
    spare = np.full((len(first), outer.largest.shape[1]), 0.0)
    joint = Table(
        f"{outer.name} and {inner.name}",
        outer.labels + inner.labels + tuple(outer.labels[a] for a in first),
        np.concatenate([outer.values, inner.values, outer.values[first] - inner.values[second]]),
        np.concatenate(
            [outer.contributors, inner.contributors, outer.contributors[first] - inner.contributors[second]]
        ),
        np.vstack([outer.largest, inner.largest, spare]),
        tuple(relations),
    )
    return joint, find_primary(joint, policy)
