"""Numbers of a model that may be uncertain, read key by key from plain values.

A quantity is a number or a mapping: `{distribution: gamma, mean: 100, sd: 20}` (also beta, lognormal),
`{distribution: pert, low: 1, mode: 2, high: 4}` (also triangular), `{distribution: uniform, low: 1, high: 4}`. What does
not fit is refused by a sentence that names the file and the key.

>>> model = Entries("m.yaml", {"cases": 10, "price": {"distribution": "uniform", "low": 1, "high": 3}})
>>> model.quantity("price").mean
2.0
>>> model.quantity("cases", high=5)
Traceback (most recent call last):
...
plumbline.domain.errors.InvalidInput: m.yaml: cases must be between 0 and 5, not 10.0.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput, unfit

Floats = NDArray[np.float64]
MOST: Final = 1e100
PARAMETERS: Final = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "gamma": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "beta": ("mean", "sd"),
}


@dataclass(frozen=True)
class Quantity:
    """Hold a number or a distribution: its key in the file, its kind ('' for a number) and its parameters."""

    key: str
    kind: str
    parameters: tuple[float, ...]

    @property
    def certain(self) -> bool:
        """Tell whether it is one number."""
        return not self.kind

    @property
    def mean(self) -> float:
        """Give the expected value."""
        if self.kind == "pert":
            low, mode, high = self.parameters
            return (low + 4 * mode + high) / 6
        if self.kind in ("uniform", "triangular"):
            return sum(self.parameters) / len(self.parameters)
        return self.parameters[0]

    @property
    def highest(self) -> float:
        """Give the upper end of what it can be."""
        if self.kind == "beta":
            return 1.0
        return math.inf if self.kind in ("gamma", "lognormal") else self.parameters[-1]

    def at(self, share: Floats) -> Floats:
        """Give the quantiles at shares between 0 and 1, in the shape of `share`."""
        if self.certain:
            return np.full(np.shape(share), self.parameters[0])
        if "mean" in PARAMETERS[self.kind]:
            return _by_moments(self.kind, self.parameters[0], self.parameters[1], share)
        low, high = self.parameters[0], self.parameters[-1]
        if self.kind == "uniform":
            return low + share * (high - low)
        width, rise = high - low, (self.parameters[1] - low) / (high - low)
        if self.kind == "pert":
            from scipy import special

            return low + width * np.asarray(special.betaincinv(1 + 4 * rise, 5 - 4 * rise, share))
        falling = 1 - np.sqrt((1 - share) * (1 - rise))
        return low + width * np.where(share < rise, np.sqrt(share * rise), falling)

    def draw(self, draws: int, seed: int) -> Floats:
        """Draw (draws,) values; the same key, distribution and seed give the same values, in whichever model."""
        if self.certain:
            return np.full(draws, self.parameters[0])
        digest = hashlib.sha256(repr((self.key, self.kind, self.parameters)).encode()).digest()
        stream = np.random.default_rng([seed, int.from_bytes(digest[:16], "big")])
        return self.at(stream.random(draws))


def _by_moments(kind: str, mean: float, sd: float, share: Floats) -> Floats:
    from scipy import special

    if kind == "gamma":
        return np.asarray(special.gammaincinv((mean / sd) ** 2, share)) * sd**2 / mean
    if kind == "lognormal":
        spread = math.log1p((sd / mean) ** 2)
        return np.exp(math.log(mean) - spread / 2 + math.sqrt(spread) * np.asarray(special.ndtri(share)))
    size = mean * (1 - mean) / sd**2 - 1
    return np.asarray(special.betaincinv(mean * size, (1 - mean) * size, share))


@dataclass(frozen=True)
class Entries:
    """Hold a mapping of a file: the file's name, the values and the key that leads to them ('' at the top)."""

    name: str
    values: Any
    path: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict) or not self.values:
            self.refuse("", "keys with values are needed here", self.values)

    def refuse(self, key: str, need: str, value: Any) -> NoReturn:
        """Refuse what stands under a key, saying what is needed there."""
        shown = "nothing" if value is None else str(value)[:80]
        raise unfit(self.name, self._full(key) or "(all)", need, shown)

    def only(self, *keys: str) -> None:
        """Refuse a key that is none of these."""
        for key in self.values:
            if key not in keys:
                self.refuse("", f"the keys here are {', '.join(keys)}", f"'{key}'")

    def text(self, key: str, default: str | None = None, *, choices: Collection[str] = ()) -> str:
        """Give a text, one of `choices` if there are any."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value or (choices and value not in choices):
            self.refuse(key, f"one of {', '.join(choices)} is needed here" if choices else "text is needed here", value)
        return value

    def flag(self, key: str) -> bool:
        """Give true or false, false where the key is left out."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "true or false is needed here", value)
        return value

    def number(
        self, key: str, default: float | None = None, *, low: float = 0, high: float = math.inf, above: bool = False
    ) -> float:
        """Give a number (below 1e100) from `low` to `high`; `above` leaves out `low` itself."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST:
            self.refuse(key, "a number is needed here", value)
        if above and value <= low:
            self.refuse(key, f"a number above {low:g} is needed here", value)
        if not low <= value <= high:
            self._out_of_range(key, float(value), low, high)
        return float(value)

    def whole(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10**9) -> int:
        """Give a whole number from `low` to `high`."""
        value = self.number(key, default, low=low, high=high)
        if value != int(value):
            self.refuse(key, "a whole number is needed here", value)
        return int(value)

    def quantity(self, key: str, default: float | None = None, *, high: float = math.inf) -> Quantity:
        """Give a number or distribution that lies from 0 to `high`."""
        if not isinstance(self.values.get(key), dict):
            return Quantity(self._full(key), "", (self.number(key, default, high=high),))
        found = self.part(key)._distribution()
        if found.highest > high:
            self._out_of_range(key, found.highest, 0, high)
        return found

    def part(self, key: str) -> Entries:
        """Give the mapping under a key."""
        return Entries(self.name, self.values.get(key), self._full(key))

    def parts(self, key: str) -> Iterator[tuple[str, Entries]]:
        """Yield name and mapping of each entry under a key."""
        below = self.part(key)
        for name in below.values:
            yield str(name), Entries(self.name, below.values[name], below._full(name))

    def _distribution(self) -> Quantity:
        kind = self.text("distribution", choices=PARAMETERS)
        wanted = PARAMETERS[kind]
        self.only("distribution", *wanted)
        positive = kind in ("gamma", "lognormal", "beta")
        found = tuple(self.number(each, above=positive) for each in wanted)
        if not positive and (list(found) != sorted(found) or found[0] == found[-1]):
            self.refuse("high", "low <= mode <= high with low below high is needed here", found[-1])
        if kind == "beta" and not (found[0] < 1 and found[1] ** 2 < found[0] * (1 - found[0])):
            self.refuse("sd", "a mean below 1 and an sd below the root of mean x (1 - mean) are needed here", found[1])
        return Quantity(self.path, kind, found)

    def _out_of_range(self, key: str, value: float, low: float, high: float) -> NoReturn:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name=self.name, key=self._full(key), low=low, high=high, value=value,
        )  # fmt: skip

    def _full(self, key: Any) -> str:
        return ".".join(str(each) for each in (self.path, key) if each != "")


def spread(values: Floats) -> dict[str, float]:
    """Sum draws (draws,) up: mean, sd and the 5th, 50th and 95th percentile."""
    low, middle, high = np.percentile(values, (5, 50, 95))
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(values.mean()), "sd": sd, "p5": float(low), "p50": float(middle), "p95": float(high)}
