"""A model of the costs of crime, read from plain values.

Source of the structure (anticipation, consequence, response; recorded cases times a multiplier times a unit cost):
Heeks, Reed, Tafsiri and Prince, The economic and social costs of crime, 2nd edition, Home Office Research Report 99 (2018), read in
summary. Fractions that sum to one at most, and transfers that count in the fiscal view only, follow Single and others (WHO, 2003) as
remembered; the guidelines could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from plumbline.domain.quantities import Entries, Quantity

STAGES: Final = ("anticipation", "consequence", "response")
VIEWS: Final = ("social", "fiscal")
PAYERS: Final = ("public", "private")
MAX_DRAWS: Final = 1_000_000


@dataclass(frozen=True)
class UnitCost:
    """Hold one cost of one case: `amount` times `price`, which brings it to the price base.

    A transfer (a benefit, a theft insured by others) moves money and uses nothing up: it is no social cost, and a fiscal
    one where the public pays it.
    """

    name: str
    stage: str
    amount: Quantity
    price: float
    public: bool
    transfer: bool

    def counts(self, view: str) -> bool:
        """Tell whether the cost is part of a view: social (no transfers), fiscal (paid by the public)."""
        return self.public if view == "fiscal" else not self.transfer


@dataclass(frozen=True)
class Offence:
    """Hold an offence: recorded cases, the multiplier to all cases, unit costs, and the share of each cause."""

    name: str
    cases: Quantity
    multiplier: Quantity
    costs: tuple[UnitCost, ...]
    attributable: Mapping[str, Quantity]


@dataclass(frozen=True)
class CostModel:
    """Hold a model: the name of its file, its title and currency, the year of its prices (None: as given), its offences, draws and seed."""

    name: str
    title: str
    currency: str
    price_base: int | None
    offences: tuple[Offence, ...]
    draws: int
    seed: int

    @classmethod
    def read(cls, values: Any, *, name: str) -> Self:
        """Read a model from plain values; a wrong key, number or sum is refused by file and key."""
        top = Entries(name, values)
        top.only("title", "currency", "price_base", "deflators", "draws", "seed", "offences")
        base = top.whole("price_base", low=1) if "price_base" in top.values else None
        if base is None and "deflators" in top.values:
            top.refuse("price_base", "the year of prices to which the deflators lead is needed here", None)
        prices = _prices(top, base)
        return cls(
            name=name,
            title=top.text("title", name),
            currency=top.text("currency"),
            price_base=base,
            offences=tuple(_offence(each, entry, prices) for each, entry in top.parts("offences")),
            draws=top.whole("draws", 10_000, low=100, high=MAX_DRAWS),
            seed=top.whole("seed", 0),
        )

    def quantities(self) -> list[Quantity]:
        """List every quantity of the model."""
        return [
            each
            for offence in self.offences
            for each in (
                offence.cases, offence.multiplier, *(cost.amount for cost in offence.costs),
                *offence.attributable.values(),
            )
        ]  # fmt: skip


def _prices(top: Entries, base: int | None) -> dict[str, float] | None:
    """Give by year the factor that brings its prices to the base; None where prices stay as given."""
    if base is None:
        return None
    table = top.part("deflators")
    index = {str(year): table.number(year, above=True) for year in table.values}
    if str(base) not in index:
        table.refuse(str(base), "the index of the price base is needed here", None)
    return {year: index[str(base)] / level for year, level in index.items()}


def _offence(name: str, entry: Entries, prices: Mapping[str, float] | None) -> Offence:
    entry.only("cases", "multiplier", "costs", "attributable")
    return Offence(
        name=name,
        cases=entry.quantity("cases"),
        multiplier=entry.quantity("multiplier", 1),
        costs=tuple(_cost(each, below, prices) for each, below in entry.parts("costs")),
        attributable=_attributable(entry) if "attributable" in entry.values else {},
    )


def _cost(name: str, entry: Entries, prices: Mapping[str, float] | None) -> UnitCost:
    entry.only("stage", "amount", "year", "payer", "transfer")
    price = 1.0
    if prices is not None:
        year = str(entry.whole("year", low=1))
        if year not in prices:
            entry.refuse("year", f"a year of the deflators ({', '.join(prices)}) is needed here", year)
        price = prices[year]
    return UnitCost(
        name=name,
        stage=entry.text("stage", choices=STAGES),
        amount=entry.quantity("amount"),
        price=price,
        public=entry.text("payer", "private", choices=PAYERS) == "public",
        transfer=entry.flag("transfer"),
    )


def _attributable(entry: Entries) -> dict[str, Quantity]:
    shares = entry.part("attributable")
    found = {str(cause): shares.quantity(cause, high=1) for cause in shares.values}
    total = sum(each.mean for each in found.values())
    if total > 1 + 1e-9:
        entry.refuse("attributable", "fractions that sum to 1 or less are needed here", f"{total:g}")
    return found
