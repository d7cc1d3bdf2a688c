"""Plans of estimates: a list of entries, each a statistic of a variable in cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import estimate
from plumbline.domain.surveys.conditions import rows_where
from plumbline.domain.surveys.design import Design
from plumbline.domain.surveys.estimate import Estimate, Frame, frame_of
from plumbline.domain.surveys.intervals import METHODS
from plumbline.domain.surveys.quantiles import RULES, quantiles
from plumbline.domain.surveys.settings import amount, choice, mapping, names, unfit

STATISTICS = ("mean", "total", "ratio", "proportion", "quantile", "median", "variance")
KEYS = ("statistic", "variable", "by", "domain", "denominator", "quantiles", "rule", "interval", "level")


def run_plan(columns: Columns, design: Design, plan: Any, *, name: str = "plan") -> list[Estimate]:
    """Estimate every entry of a plan, in its order, a list of cells for each one after the other.

    Refuses unknown keys, statistics and columns, a domain that holds no row and a variable without any value there.
    """
    entries = plan.get("estimates") if isinstance(plan, Mapping) and "estimates" in plan else plan
    if not isinstance(entries, list) or not entries:
        raise unfit(name, "estimates", "a list of estimates is needed here", entries)
    out: list[Estimate] = []
    for place, entry in enumerate(entries, start=1):
        out += _run_entry(columns, design, entry, f"{name}, estimate {place}")
    return out


def _run_entry(columns: Columns, design: Design, entry: Any, name: str) -> list[Estimate]:
    given = mapping(entry, KEYS, name=name)
    statistic = choice(given.get("statistic"), STATISTICS, name=name, key="statistic")
    inside = rows_where(columns, given.get("domain"), name=name)
    if not inside.any():
        raise unfit(name, "domain", "a domain with at least one row is needed here", given.get("domain"))
    by = names(given.get("by"), name=name, key="by")
    level = amount(given.get("level", 0.95), name=name, key="level", high=1, open_=True)
    normal = given.get("interval") == "z"
    frame = frame_of(columns, design, inside, by, level, normal=normal)
    if statistic not in ("proportion", "quantile", "median"):
        choice(given.get("interval") or "t", ("t", "z"), name=name, key="interval")
    variables: tuple[str | None, ...] = names(given.get("variable"), name=name, key="variable")
    if not variables and statistic == "total":
        variables = (None,)
    if not variables:
        raise unfit(name, "variable", "a column is needed here", given.get("variable"))
    out: list[Estimate] = []
    for variable in variables:
        found = _estimate(frame, statistic, variable or "", given, name)
        if not any(one.n for one in found):
            raise InvalidInput(
                "estimate.no-value",
                "{name}: the column '{column}' has no value in this domain. Choose another column or domain.",
                name=name,
                column=variable,
            )
        out += found
    return out


def _estimate(frame: Frame, statistic: str, variable: str, given: Mapping[str, Any], name: str) -> list[Estimate]:
    if statistic == "mean":
        return estimate.mean(frame, variable)
    if statistic == "total":
        return estimate.total(frame, variable or None)
    if statistic == "variance":
        return estimate.variance(frame, variable)
    if statistic == "ratio":
        below = given.get("denominator")
        if not isinstance(below, str):
            raise unfit(name, "denominator", "a column is needed here", below)
        return estimate.ratio(frame, variable, below)
    if statistic in ("quantile", "median"):
        return _quantiles(frame, statistic, variable, given, name)
    method = choice(given.get("interval") or "mean", ("t", "z", *METHODS), name=name, key="interval")
    return estimate.proportion(frame, variable, "mean" if method in ("t", "z") else method)


def _quantiles(frame: Frame, statistic: str, variable: str, given: Mapping[str, Any], name: str) -> list[Estimate]:
    asked = given.get("quantiles", 0.5 if statistic == "median" else None)
    listed = asked if isinstance(asked, list) else [asked]
    shares = [amount(one, name=name, key="quantiles", high=1, open_=True) for one in listed]
    rule = choice(given.get("rule") or "math", RULES, name=name, key="rule")
    method = choice(given.get("interval") or "mean", METHODS, name=name, key="interval")
    return quantiles(frame, variable, shares, rule=rule, method=method)
