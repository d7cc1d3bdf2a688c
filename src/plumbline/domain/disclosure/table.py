"""Tables with margins and the policy they are judged by."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit

MOST_DIMENSIONS = 4
TOLERANCE = 1e-6
METHODS = ("auto", "exact", "heuristic")
ROUNDING = ("base", "adds_up", "seed")


@dataclass(frozen=True)
class Policy:
    """Say how a table is laid out and what makes a cell unsafe.

    `totals` maps a dimension to the label of its margin; `hierarchies` maps a dimension to {parent: [children]}, which
    replaces that margin. `dominance` is (n, k): the n largest contributors hold more than k percent. `p_percent`: the
    second largest may estimate the largest within p percent. `protection_percent` is how far, as a share of the cell, the
    attacker's bounds of a primary cell must reach to each side (at least 1 for tables of whole numbers).
    """

    dimensions: tuple[str, ...]
    value: str
    contributors: str | None = None
    largest: tuple[str, ...] = ()
    threshold: int = 3
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    totals: Mapping[str, str] = field(default_factory=dict)
    hierarchies: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    protection_percent: float = 10.0
    method: str = "auto"
    rounding: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, settings: Any, *, name: str = "policy") -> Policy:
        """Make a policy of a mapping of settings; what does not fit is refused by its key."""
        if not isinstance(settings, Mapping):
            raise unfit(name, "dimensions", "a mapping of settings is needed here", settings)
        known = cls.__dataclass_fields__
        for key in settings:
            if key not in known:
                raise unfit(name, str(key), "one of the keys " + ", ".join(known) + " is needed here", key)
        given = dict(settings)
        for key in ("dimensions", "value"):
            if not given.get(key):
                raise unfit(name, key, "a column is needed here", given.get(key))
        for key in ("dimensions", "largest"):
            entry = given.get(key, ())
            given[key] = (entry,) if isinstance(entry, str) else tuple(entry or ())
        if given.get("dominance"):
            given["dominance"] = _dominance(given["dominance"], name)
        policy = cls(**given)
        policy._check(name)
        return policy

    def _check(self, name: str) -> None:
        if not 1 <= len(self.dimensions) <= MOST_DIMENSIONS:
            raise unfit(name, "dimensions", f"1 to {MOST_DIMENSIONS} columns are needed here", list(self.dimensions))
        if self.method not in METHODS:
            raise unfit(name, "method", "one of " + ", ".join(METHODS) + " is needed here", self.method)
        _between(name, "threshold", self.threshold, 1, 1_000_000)
        _between(name, "protection_percent", self.protection_percent, 0, 1_000)
        if self.p_percent is not None:
            _between(name, "p_percent", self.p_percent, 0, 100)
        needed = 2 if self.p_percent is not None else 0
        needed = max(needed, self.dominance[0] if self.dominance else 0)
        if len(self.largest) < needed:
            raise unfit(
                name, "largest", f"{needed} columns of the largest contributors are needed here", list(self.largest)
            )
        if self.rounding is not None:
            if not isinstance(self.rounding, Mapping) or set(self.rounding) - set(ROUNDING):
                raise unfit(name, "rounding", "a mapping of base, adds_up and seed is needed here", self.rounding)
            _between(name, "rounding.base", self.rounding.get("base"), 1, 1_000_000)
            adds_up = self.rounding.get("adds_up", False)
            if not isinstance(adds_up, bool):
                raise unfit(name, "rounding.adds_up", "true or false is needed here", adds_up)
            seed = self.rounding.get("seed")
            if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
                raise unfit(name, "rounding.seed", "a whole number of zero or more is needed here", seed)


@dataclass(frozen=True)
class Table:
    """Hold the cells of a table, margins among them, and the sums that bind them.

    `relations` are (index of the total, indices of its parts). `contributors` is a count a cell; `largest` is cells x n.
    """

    name: str
    labels: tuple[tuple[str, ...], ...]
    values: NDArray[np.float64]
    contributors: NDArray[np.float64]
    largest: NDArray[np.float64]
    relations: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def whole(self) -> bool:
        """Tell whether every value is a whole number."""
        return bool(np.all(self.values == np.round(self.values)))


def matrix(table: Table) -> csr_array:
    """Give the sums of a table as a sparse matrix: relations x cells, 1 at the total and -1 at its parts."""
    rows, cells, entries = [], [], []
    for row, (top, parts) in enumerate(table.relations):
        rows += [row] * (1 + len(parts))
        cells += [top, *parts]
        entries += [1.0] + [-1.0] * len(parts)
    return csr_array((entries, (rows, cells)), shape=(len(table.relations), len(table.values)))


def read_table(columns: Columns, policy: Policy) -> Table:
    """Read a table of one row a cell; negative or torn values, missing margins and sums that fail are refused."""
    columns.require(
        *policy.dimensions, policy.value, *policy.largest, *((policy.contributors,) if policy.contributors else ())
    )
    texts = [columns.text(dimension) for dimension in policy.dimensions]
    labels = tuple(zip(*(text.tolist() for text in texts), strict=True))
    for name in (policy.value, policy.contributors, *policy.largest):
        if name and (wrong := columns.numbers(name) < 0).any():
            columns.refuse(int(np.argmax(wrong)), name, "a number of zero or more is needed here")
    index: dict[tuple[str, ...], int] = {}
    for row, label in enumerate(labels):
        if index.setdefault(label, row) != row:
            columns.refuse(row, policy.dimensions[0], "a cell that was not given before is needed here")
    values = columns.numbers(policy.value)
    contributors = columns.numbers(policy.contributors) if policy.contributors else values
    largest = [columns.numbers(name) for name in policy.largest]
    relations = _relations(columns.name, labels, index, policy)
    table = Table(
        columns.name,
        labels,
        values,
        contributors,
        np.array(largest).reshape(len(largest), len(values)).T,
        tuple(relations),
    )
    _add_up(table)
    return table


def _relations(
    name: str, labels: tuple[tuple[str, ...], ...], index: dict[tuple[str, ...], int], policy: Policy
) -> list[tuple[int, tuple[int, ...]]]:
    found = []
    for axis, dimension in enumerate(policy.dimensions):
        present = list(dict.fromkeys(label[axis] for label in labels))
        tree = policy.hierarchies.get(dimension) or {}
        if not tree and dimension in policy.totals:
            total = str(policy.totals[dimension])
            tree = {total: [label for label in present if label != total]}
        rests = dict.fromkeys(label[:axis] + label[axis + 1 :] for label in labels)
        for (parent, children), rest in itertools.product(tree.items(), rests):
            parts = [index.get((*rest[:axis], str(child), *rest[axis:])) for child in children]
            kept = tuple(part for part in parts if part is not None)
            top = index.get((*rest[:axis], str(parent), *rest[axis:]))
            if top is None and kept:
                raise InvalidInput(
                    "table.margin-absent",
                    "{name} lacks the total '{label}' of {dimension} for {rest}. Add that row or leave {dimension} out of totals.",
                    name=name,
                    label=parent,
                    dimension=dimension,
                    rest=", ".join(rest) or dimension,
                )
            if top is not None and kept:
                found.append((top, kept))
    return found


def _add_up(table: Table) -> None:
    for top, parts in table.relations:
        total, summed = table.values[top], table.values[list(parts)].sum()
        if abs(total - summed) > TOLERANCE * max(1.0, abs(total)):
            raise InvalidInput(
                "table.sum-fails",
                "{name}: the cell {cell} is {total}, but its parts add up to {summed}. Mend the table and run it again.",
                name=table.name,
                cell=" / ".join(table.labels[top]),
                total=f"{total:g}",
                summed=f"{summed:g}",
            )


def _dominance(entry: Any, name: str) -> tuple[int, float]:
    if isinstance(entry, Mapping):
        entry = (entry.get("n"), entry.get("k"))
    try:
        n, k = int(entry[0]), float(entry[1])
    except (TypeError, ValueError, IndexError) as error:
        raise unfit(name, "dominance", "n and k are needed here", entry) from error
    _between(name, "dominance.n", n, 1, 10)
    _between(name, "dominance.k", k, 1, 100)
    return n, k


def _between(name: str, key: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name=name,
            key=key,
            low=low,
            high=high,
            value=value,
        )
