"""Survey estimates of files larger than memory: DuckDB sums within units and cells, `domain.surveys.summed` does the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import Design, Estimate
from plumbline.domain.surveys.asked import asked_columns
from plumbline.domain.surveys.plan import Entry, read_plan
from plumbline.domain.surveys.settings import names as listed
from plumbline.domain.surveys.summed import Sums, can_be_summed, design_of_sums, estimate_sums
from plumbline.engines.tables.files import Grouping, column_names, quoted, read_grouped

MOST_GROUPS: Final = 3_000_000
NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
                  "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
PARTS: Final = ("cases", "weight", "y", "d", "squares", "products", "d_squares", "shift")


class _NotEnough(Exception):
    """Say that sums are not enough, or that something is to be refused by its row: the whole columns are needed."""


def estimate_streamed(
    path: Path, settings: Any, plan: Any, *, design: str, plan_name: str
) -> tuple[Design, list[Estimate]] | None:
    """Estimate a plan from sums made in one pass a set of cells; None where the rows themselves are needed.

    They are for other statistics, designs without clusters, replicates and calibration, for more than three million groups of
    unit and cell, and wherever something is to be refused, since a refusal names its row.
    """
    entries = read_plan(plan, name=plan_name)
    if not can_be_summed(settings, entries):
        return None
    names = column_names(path)
    found: dict[int, list[Estimate]] = {}
    made: Design | None = None
    try:
        for keys, asked in _by_keys(names, settings, entries, design).items():
            table = _sums(path, keys, str(settings["weights"]), asked)
            made = design_of_sums(table, settings, int(table.numbers("all").sum()), name=design)
            for place, variable, number in asked_of(asked):
                estimates = estimate_sums(table, made, entries[place], variable, _sums_of(table, number))
                if not estimates:
                    return None
                found.setdefault(place, []).extend(estimates)
    except (InvalidInput, _NotEnough):
        return None
    return (made, [one for place in range(len(entries)) for one in found[place]]) if made is not None else None


Asked = list[tuple[int, Entry]]


def asked_of(asked: Asked) -> list[tuple[int, str | None, int]]:
    """Number the variables of entries: place of the entry, variable (None: the cases themselves), number."""
    pairs = [(place, variable) for place, entry in asked for variable in (entry.variables or (None,))]
    return [(place, variable, number) for number, (place, variable) in enumerate(pairs)]


def _by_keys(names: tuple[str, ...], settings: Any, entries: list[Entry], design: str) -> dict[tuple[str, ...], Asked]:
    """Sort entries by the columns that their rows are grouped by: those of the design, of cells, domains and answers."""
    fixed = {one for key in ("strata", "clusters", "fpc") for one in listed(settings.get(key), name=design, key=key)}
    out: dict[tuple[str, ...], Asked] = {}
    for place, entry in enumerate(entries):
        domain = entry.given.get("domain")
        more = set(asked_columns(names, {}, domain)) if domain is not None else set()
        answers = set(entry.variables) if entry.statistic == "proportion" else set()
        keys = tuple(name for name in names if name in fixed | more | set(entry.by) | answers)
        out.setdefault(keys, []).append((place, entry))
    return out


def _sums(path: Path, keys: tuple[str, ...], weights: str, asked: Asked) -> Columns:
    variables = {name for _, entry in asked for name in entry.variables}
    variables |= {str(entry.given["denominator"]) for _, entry in asked if entry.statistic == "ratio"}

    def sums(kinds: Mapping[str, str], ask: Callable[[str], tuple[Any, ...]]) -> dict[str, str]:
        weight = _double(weights, kinds)
        out = {"all": "count(*)", "good": f"count(*) FILTER ({weight} > 0 AND {weight} < 'infinity'::DOUBLE)"}
        entries = dict(asked)
        for place, variable, number in asked_of(asked):
            out |= {
                f"{part} {number}": said for part, said in _parts(entries[place], variable, kinds, weight, ask).items()
            }
        return out

    wanted = list(dict.fromkeys([*keys, weights, *sorted(variables)]))
    table = read_grouped(path, Grouping(keys, sums, MOST_GROUPS + 1), columns=wanted)
    if not 0 < len(table) <= MOST_GROUPS or table.numbers("all").sum() != table.numbers("good").sum():
        raise _NotEnough
    return table


def _parts(
    entry: Entry, variable: str | None, kinds: Mapping[str, str], weight: str, ask: Callable[[str], tuple[Any, ...]]
) -> dict[str, str]:
    if variable is None or entry.statistic == "proportion":
        return {"cases": "count(*)", "weight": f"sum({weight})", "y": f"sum({weight})", "squares": f"sum({weight})"}
    y = _double(variable, kinds)
    if entry.statistic == "ratio":
        d = _double(str(entry.given["denominator"]), kinds)
        there = f"FILTER ({y} IS NOT NULL AND {d} IS NOT NULL)"
        pairs = {
            "weight": "1",
            "y": y,
            "d": d,
            "squares": f"{y} * {y}",
            "products": f"{y} * {d}",
            "d_squares": f"{d} * {d}",
        }
        return {"cases": f"count(*) {there}"} | {
            part: f"sum({weight} * {said}) {there}" for part, said in pairs.items()
        }
    shift = ask(f"avg({y})")[0] or 0.0
    there = f"FILTER ({y} IS NOT NULL)"
    away = f"({y} - {shift!r})"
    return {
        "cases": f"count(*) {there}", "weight": f"sum({weight}) {there}", "y": f"sum({weight} * {y})",
        "squares": f"sum({weight} * {away} * {away})", "shift": f"{shift!r}",
    }  # fmt: skip


def _double(name: str, kinds: Mapping[str, str]) -> str:
    if not kinds[name].startswith(NUMBERS):
        raise _NotEnough
    value = f"CAST({quoted(name)} AS DOUBLE)"
    return f"nullif({value}, 'nan'::DOUBLE)" if kinds[name] in ("FLOAT", "DOUBLE") else value


def _sums_of(table: Columns, number: int) -> Sums:
    nothing = np.zeros(len(table))
    parts = {
        part: np.nan_to_num(table.numbers(f"{part} {number}", missing=True), nan=0.0) if f"{part} {number}" in table.names else nothing
        for part in PARTS
    }  # fmt: skip
    shift = float(parts.pop("shift")[0])
    return Sums(**parts, shift=shift)
