"""Plans of estimates: a list of entries, each a statistic of a variable in cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.surveys import contrasts, estimate, models, tables
from plumbline.domain.surveys.conditions import rows_where
from plumbline.domain.surveys.design import Design
from plumbline.domain.surveys.estimate import Estimate, Frame, frame_of
from plumbline.domain.surveys.intervals import METHODS
from plumbline.domain.surveys.quantiles import RULES, quantiles
from plumbline.domain.surveys.settings import amount, choice, mapping, names

KEYS = (
    "statistic", "variable", "by", "domain", "denominator", "quantiles", "rule", "interval", "confidence",
    "coefficients", "over", "population", "terms", "test", "effect",
)  # fmt: skip
WALD = ("t", "z", "mean")


@dataclass(frozen=True)
class Entry:
    """Hold an entry of a plan, its name for messages and its columns."""

    name: str
    given: Mapping[str, Any]
    statistic: str
    by: tuple[str, ...]
    variables: tuple[str, ...]

    def columns(self, key: str) -> tuple[str, ...]:
        """Give the columns under a key, at least one."""
        found = names(self.given.get(key), name=self.name, key=key)
        if not found:
            raise unfit(self.name, key, "a column is needed here", self.given.get(key))
        return found

    def two(self) -> tuple[str, str]:
        """Give the two columns of a table."""
        if len(self.variables) != 2:
            raise unfit(self.name, "variable", "two columns are needed here", self.given.get("variable"))
        return self.variables[0], self.variables[1]

    def interval(self, among: tuple[str, ...], usual: str) -> str:
        """Give the interval asked for."""
        return choice(self.given.get("interval") or usual, among, name=self.name, key="interval")


def run_plan(columns: Columns, design: Design, plan: Any, *, name: str = "plan") -> list[Estimate]:
    """Estimate every entry of a plan, in its order, a list of cells for each one after the other.

    Refuses unknown keys, statistics and columns, a domain that holds no row and a variable without any value there.
    """
    out: list[Estimate] = []
    for entry in read_plan(plan, name=name):
        out += _run_entry(columns, design, entry)
    return out


def read_plan(plan: Any, *, name: str = "plan") -> list[Entry]:
    """Read the entries of a plan: a list, or a mapping that holds it as `estimates`."""
    listed = plan.get("estimates") if isinstance(plan, Mapping) and "estimates" in plan else plan
    if not isinstance(listed, list) or not listed:
        raise unfit(name, "estimates", "a list of estimates is needed here", listed)
    return [_entry(one, f"{name}, estimate {place}") for place, one in enumerate(listed, start=1)]


def _entry(settings: Any, name: str) -> Entry:
    given = mapping(settings, KEYS, name=name)
    statistic = choice(given.get("statistic"), STATISTICS, name=name, key="statistic")
    entry = Entry(
        name, given, statistic, names(given.get("by"), name=name, key="by"),
        names(given.get("variable"), name=name, key="variable"),
    )  # fmt: skip
    if not entry.variables and statistic != "total":
        entry.columns("variable")
    return entry


def columns_of_plan(plan: Any, *, name: str = "plan") -> set[str]:
    """Name the columns that a plan reads, those of conditions left out."""
    found: set[str] = set()
    for entry in read_plan(plan, name=name):
        found |= {*entry.by, *entry.variables, *names(entry.given.get("over"), name=name, key="over")}
        found |= {str(entry.given["denominator"])} if entry.given.get("denominator") else set()
        for term in names(entry.given.get("terms"), name=name, key="terms"):
            found |= {part.strip() for part in term.split(":")}
    return found


def _run_entry(columns: Columns, design: Design, entry: Entry) -> list[Estimate]:
    inside = rows_where(columns, entry.given.get("domain"), name=entry.name)
    if not inside.any():
        raise unfit(entry.name, "domain", "a domain with at least one row is needed here", entry.given.get("domain"))
    columns.require(*entry.by)
    level = amount(entry.given.get("confidence", 0.95), name=entry.name, key="confidence", high=1, open_=True)
    normal = entry.given.get("interval") == "z"
    frame = frame_of(columns, design, inside, entry.by, level, normal=normal)
    found = STATISTICS[entry.statistic](frame, entry)
    if not any(one.n for one in found):
        raise InvalidInput(
            "estimate.no-value",
            "{name}: the column '{column}' has no value in this domain. Choose another column or domain.",
            name=entry.name,
            column=", ".join(entry.variables) or ", ".join(entry.by),
        )
    return found


def _each(one: Callable[[Frame, str], list[Estimate]]) -> Callable[[Frame, Entry], list[Estimate]]:
    def run(frame: Frame, entry: Entry) -> list[Estimate]:
        entry.interval(WALD, "t")
        return [found for variable in entry.variables for found in one(frame, variable)]

    return run


def _totals(frame: Frame, entry: Entry) -> list[Estimate]:
    if not entry.variables:
        entry.interval(WALD, "t")
        return estimate.total(frame, None)
    return _each(estimate.total)(frame, entry)


def _ratios(frame: Frame, entry: Entry) -> list[Estimate]:
    below = entry.given.get("denominator")
    if not isinstance(below, str):
        raise unfit(entry.name, "denominator", "a column is needed here", below)
    return _each(lambda frame, variable: estimate.ratio(frame, variable, below))(frame, entry)


def _proportions(frame: Frame, entry: Entry) -> list[Estimate]:
    method = entry.interval(("t", "z", *METHODS), "mean")
    method = "mean" if method in WALD else method
    return [found for variable in entry.variables for found in estimate.proportion(frame, variable, method)]


def _quantiles(frame: Frame, entry: Entry) -> list[Estimate]:
    asked = entry.given.get("quantiles") or 0.5
    listed = asked if isinstance(asked, list) else [asked]
    shares = [amount(one, name=entry.name, key="quantiles", high=1, open_=True) for one in listed]
    rule = choice(entry.given.get("rule") or "math", RULES, name=entry.name, key="rule")
    method = entry.interval(METHODS, "mean")
    return [one for variable in entry.variables for one in quantiles(frame, variable, shares, rule=rule, method=method)]


def _independence(frame: Frame, entry: Entry) -> list[Estimate]:
    test = choice(entry.given.get("test") or "F", tables.TESTS, name=entry.name, key="test")
    return tables.independence(frame, *entry.two(), test=test, name=entry.name)


def _contrast(frame: Frame, entry: Entry) -> list[Estimate]:
    asked = entry.given.get("coefficients")
    listed = asked if isinstance(asked, list) else [asked]
    wanted = [amount(one, name=entry.name, key="coefficients", low=-float("inf")) for one in listed]
    return contrasts.contrast(frame, entry.variables, wanted, name=entry.name)


def _did(frame: Frame, entry: Entry) -> list[Estimate]:
    effect = entry.given.get("effect")
    planned = None if effect is None else amount(effect, name=entry.name, key="effect", low=-float("inf"))
    return [
        found
        for variable in entry.variables
        for found in contrasts.difference_in_differences(frame, variable, entry.by, effect=planned, name=entry.name)
    ]


def _standardised(frame: Frame, entry: Entry) -> list[Estimate]:
    over, population = entry.columns("over"), entry.given.get("population")
    return [
        found
        for variable in entry.variables
        for found in contrasts.standardised(frame, variable, over, population, name=entry.name)
    ]


def _models(frame: Frame, entry: Entry) -> list[Estimate]:
    terms = entry.columns("terms")
    return [
        found for one in entry.variables for found in models.model(frame, entry.statistic, one, terms, name=entry.name)
    ]


STATISTICS: dict[str, Callable[[Frame, Entry], list[Estimate]]] = {
    "mean": _each(estimate.mean),
    "total": _totals,
    "ratio": _ratios,
    "proportion": _proportions,
    "quantile": _quantiles,
    "median": _quantiles,
    "variance": _each(estimate.variance),
    "table": lambda frame, entry: tables.table(frame, *entry.two()),
    "independence": _independence,
    "difference": lambda frame, entry: [
        found for one in entry.variables for found in contrasts.difference(frame, one, name=entry.name)
    ],
    "contrast": _contrast,
    "did": _did,
    "standardised": _standardised,
    "linear": _models,
    "logistic": _models,
}
