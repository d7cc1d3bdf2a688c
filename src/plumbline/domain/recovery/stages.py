"""Assets on their way back: stages, reversals, amounts, conversion and time in each stage.

The stages are those of chapter V of the United Nations Convention against Corruption: an asset is traced, frozen or seized (article 2 f),
confiscated (article 2 g) and returned or disposed of (article 57); the articles are named from memory. No canon of rates exists; the definitions are stated where they
are computed. An asset counts once, at the stage where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.recovery.durations import OPEN, Durations, durations

STAGES = ("traced", "frozen", "confiscated", "returned")
FOLLOWING: Mapping[str, tuple[str, ...]] = {
    "": ("traced", "frozen", "confiscated"),
    "traced": ("frozen", "confiscated", "returned", "lost"),
    "frozen": ("confiscated", "returned", "released", "lost"),
    "confiscated": ("returned", "frozen", "released", "lost"),
    "released": ("traced", "frozen", "confiscated", "lost"),
    "returned": (),
    "lost": ("traced",),
}
REVERSALS = frozenset({("confiscated", "frozen"), ("frozen", "released"), ("confiscated", "released")})
ALSO = {"seized": "frozen", "forfeited": "confiscated", "repatriated": "returned"}
STANDINGS = (*STAGES, "released", "lost")


@dataclass(frozen=True)
class Value:
    """Hold an amount as recorded, in the common currency at its day's rate, and in money of the base year (nan: unknown)."""

    original: float
    currency: str
    common: float
    constant: float


@dataclass(frozen=True)
class Step:
    """Hold an asset's entry into a stage on a day, with its value there; an empty amount is that of the step before."""

    stage: str
    day: np.datetime64
    value: Value


@dataclass(frozen=True)
class Asset:
    """Hold an asset and its steps in time; repeated entries into one stage are one step, valued by the last of them."""

    name: str
    steps: tuple[Step, ...]

    @property
    def standing(self) -> Step:
        """Give the step where the asset stands, after all reversals."""
        return self.steps[-1]

    @property
    def furthest(self) -> int:
        """Give the place in STAGES of the furthest stage ever reached."""
        return max((STAGES.index(step.stage) for step in self.steps if step.stage in STAGES), default=0)

    def value_at(self, place: int) -> Value:
        """Give the value at the stage of that place; a stage that was jumped has the value of the next one reached."""
        reached = [step for step in self.steps if step.stage in STAGES and STAGES.index(step.stage) >= place]
        lowest = min(STAGES.index(step.stage) for step in reached)
        return [step for step in reached if step.stage == STAGES[lowest]][-1].value


@dataclass(frozen=True)
class Conversion:
    """Hold the way from one stage to the next: assets and value that reached each, a jumped stage counted as reached."""

    stage: str
    next_stage: str
    reached: int
    reached_next: int
    value: float
    value_next: float

    @property
    def share(self) -> float:
        """Give the share of assets, nan where none reached the stage."""
        return self.reached_next / self.reached if self.reached else float("nan")

    @property
    def value_share(self) -> float:
        """Give the share of value in the common currency: of what is valued at the next stage in what was at this one."""
        return self.value_next / self.value if self.value else float("nan")


@dataclass(frozen=True)
class Recovery:
    """Hold assets as they stood at the end of the day `as_of`."""

    assets: tuple[Asset, ...]
    as_of: np.datetime64

    def standing(self, stage: str) -> tuple[Asset, ...]:
        """Give the assets that stand at a stage; over all stages each asset comes once."""
        return tuple(asset for asset in self.assets if asset.standing.stage == stage)

    def furthest(self, stage: str) -> tuple[Asset, ...]:
        """Give the assets that got to a stage and no further, reversed or not; over all stages each asset comes once."""
        return tuple(asset for asset in self.assets if asset.furthest == STAGES.index(stage))

    def conversions(self) -> tuple[Conversion, ...]:
        """Tell how many assets and how much value went from each stage to the next, reversed or not."""
        out = []
        for place, (here, there) in enumerate(pairwise(STAGES)):
            at = [asset for asset in self.assets if asset.furthest >= place]
            beyond = [asset for asset in at if asset.furthest > place]
            value = sum(asset.value_at(place).common for asset in at)
            value_next = sum(asset.value_at(place + 1).common for asset in beyond)
            out.append(Conversion(here, there, len(at), len(beyond), value, value_next))
        return tuple(out)

    def reversals(self) -> dict[tuple[str, str], int]:
        """Count steps back: a freeze lifted, a confiscation quashed."""
        steps = [(a.stage, b.stage) for asset in self.assets for a, b in pairwise(asset.steps)]
        return {pair: steps.count(pair) for pair in sorted(REVERSALS)}

    def durations(self, stage: str) -> Durations:
        """Estimate days in a stage and what ends them; a stay that is open at `as_of` is censored there."""
        spells = [spell for asset in self.assets for spell in _spells(asset, stage, self.as_of)]
        days = np.array([each for each, _ in spells], dtype=np.float64)
        return durations(days, np.array([cause for _, cause in spells], dtype=object))


def read_cases(
    cases: Columns, *, as_of: np.datetime64 | None = None, deflators: Columns | None = None, base: int | None = None
) -> Recovery:
    """Read steps of assets in any order: columns asset, stage, date, amount, currency?, rate?.

    `rate` is the common currency's units for one unit of `currency` on that day; without it there can be one currency alone.
    An empty amount, with its rate, is that of the asset's step before. `deflators` (columns year, index) bring values to the
    prices of year `base`, left out the last. Stages may be called by their other names (`ALSO`). Steps after `as_of` (left out: the last day of the file) are not seen yet.
    Refuses by row an asset without a name, a stage that cannot follow the one before, a second return (an asset returned in parts is several
    assets), an amount below 0 and a missing first amount.
    """
    cases.require("asset", "stage", "date", "amount")
    days, stages, names = cases.dates("date"), cases.text("stage"), cases.text("asset")
    values = _values(cases, days, _prices(deflators, base))
    end = max(days, default=np.datetime64("NaT", "D")) if as_of is None else as_of
    seen = [int(row) for row in np.argsort(days, kind="stable") if days[row] <= end]
    if not seen:
        cases.refuse(0, "date", "a day that is not after the day of the summary is needed here")
    steps: dict[str, list[Step]] = {}
    for row in seen:
        if not names[row]:
            cases.refuse(row, "asset", "the name of an asset is needed here")
        before = steps.setdefault(str(names[row]), [])
        stage = ALSO.get(str(stages[row]).lower(), str(stages[row]).lower())
        _check_step(cases, row, before[-1].stage if before else "", stage)
        step = Step(stage, days[row], _carried(cases, row, values[row], before))
        if before and before[-1].stage == stage:
            before[-1] = Step(stage, before[-1].day, step.value)
        else:
            before.append(step)
    return Recovery(tuple(Asset(name, tuple(each)) for name, each in steps.items()), end)


def _check_step(cases: Columns, row: int, before: str, stage: str) -> None:
    if stage not in FOLLOWING or stage == "":
        cases.refuse(row, "stage", f"one of {', '.join(STANDINGS)} is needed here")
    if stage == before != "returned":
        return
    if stage not in FOLLOWING[before]:
        allowed = ", ".join(FOLLOWING[before]) or "nothing"
        after = f"after {before}" if before else "as the first stage"
        cases.refuse(row, "stage", f"{after} there can be {allowed}")


def _carried(cases: Columns, row: int, value: Value | None, before: Sequence[Step]) -> Value:
    if value is not None:
        return value
    if not before:
        cases.refuse(row, "amount", "an amount is needed at the first step of an asset")
    return before[-1].value


def _values(cases: Columns, days: NDArray[np.datetime64], prices: tuple[dict[int, float], float]) -> list[Value | None]:
    amounts = cases.numbers("amount", missing=True)
    if (amounts < 0).any():
        cases.refuse(int(np.argmax(amounts < 0)), "amount", "a value of 0 or more is needed here")
    currency = cases.text("currency") if "currency" in cases.names else np.full(len(cases), "", dtype=object)
    rates = _rates(cases, currency, np.isfinite(amounts))
    index, base = prices
    years = days.astype("datetime64[Y]").astype(int) + 1970
    out: list[Value | None] = []
    for row, amount in enumerate(amounts.tolist()):
        if np.isnan(amount):
            out.append(None)
            continue
        if index and int(years[row]) not in index:
            cases.refuse(row, "date", "a year that the deflators hold is needed here")
        common = amount * float(rates[row])
        real = common * base / index[int(years[row])] if index else float("nan")
        out.append(Value(amount, str(currency[row]), common, real))
    return out


def _rates(cases: Columns, currency: NDArray[np.object_], given: NDArray[np.bool_]) -> NDArray[np.float64]:
    if "rate" in cases.names:
        rates = cases.numbers("rate", missing=True)
        wrong = given & ~(rates > 0)
        if wrong.any():
            cases.refuse(int(np.argmax(wrong)), "rate", "a number above 0 is needed here")
        return rates
    other = given & (currency != (currency[int(np.argmax(given))] if len(currency) else ""))
    if other.any():
        cases.refuse(int(np.argmax(other)), "currency", "one currency throughout, or a column rate, is needed here")
    return np.ones(len(cases))


def _prices(deflators: Columns | None, base: int | None) -> tuple[dict[int, float], float]:
    if deflators is None:
        return {}, float("nan")
    years, index = deflators.integers("year"), deflators.numbers("index")
    if (index <= 0).any():
        deflators.refuse(int(np.argmax(index <= 0)), "index", "a number above 0 is needed here")
    found: dict[int, float] = {}
    for row, (year, value) in enumerate(zip(years.tolist(), index.tolist(), strict=True)):
        if year in found:
            deflators.refuse(row, "year", "a year that stands once is needed here")
        found[year] = value
    wanted = max(found, default=0) if base is None else base
    if wanted not in found:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name=deflators.name, key="base", low=min(found, default=""), high=max(found, default=""), value=wanted,
        )  # fmt: skip
    return found, found[wanted]


def _spells(asset: Asset, stage: str, end: np.datetime64) -> list[tuple[float, str]]:
    """Give days and cause of the stays of an asset in a stage."""
    out = []
    for step, after in zip(asset.steps, (*asset.steps[1:], None), strict=True):
        if step.stage == stage:
            until, cause = (after.day, after.stage) if after else (end, OPEN)
            out.append((float((until - step.day) / np.timedelta64(1, "D")), cause))
    return out
