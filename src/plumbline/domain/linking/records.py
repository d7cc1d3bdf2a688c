"""Say how likely two records tell of one event, and why. Works across languages: terms are ids, places coordinates.

Each kind of evidence that both records have adds weight for or against; the score is a logistic of the sum, from 0 to
1. More agreement never lowers it. Thresholds belong to the blueprint (`link: {same, similar}`). The shape follows
Fellegi and Sunter (1969), 'A Theory for Record Linkage'. What texts tell of people weighs as it does between reports;
the other weights are set by hand. No statistics of all records enter, since they would tell of hidden ones (as ADR 8 says of
ranking): a person's name counts as if a third of all reports bore it, too common rather than too rare, and only names that
one of the two texts gives with an age are taken for a person's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rapidfuzz import fuzz

from plumbline.domain.extraction.text import kilometres, words_of
from plumbline.domain.linking import across
from plumbline.domain.linking.people import Reason, ages_in, names_in, people_in, weigh_ages, weigh_names

PRIOR = -2.2
"""Where the sum starts: two records that share nothing but a blocking key are seldom one event."""

NAME_RARITY = 1.1
"""The log of how few reports bear a person's name, where that is not counted; estimated as the weights of names are."""

MEANING, MOST_MEANT = 10.0, 2.5
"""What a cosine of meaning weighs for each unit above `across.EVEN`, and the most that it may weigh, for or against."""

MOST_PEOPLE = 12
TEXT_CHARACTERS = 5_000
BLOCK_DAYS = 5
BLOCK_DEGREES = 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what linking looks at: first date range, points (lat, lon), countries, (field, term) ids, amounts, words.

    `names`, `people` (names with an age) and `ages` are what the texts behind the record tell; `named` are ids of records of
    organisations that it names. `leads` are the beginnings of those texts, by language, where that is known.
    """

    id: str
    type: str
    date: tuple[date, date, str] | None = None
    places: tuple[tuple[float, float, str], ...] = ()
    countries: frozenset[str] = frozenset()
    terms: frozenset[tuple[str, str]] = frozenset()
    quantities: tuple[tuple[float, float, str], ...] = ()
    actors: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    ages: frozenset[int] = frozenset()
    leads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Give the score of a pair, 0 to 1, with the reasons, heaviest first."""

    score: float
    reasons: tuple[Reason, ...]


def facts_of(
    values: Mapping[str, Iterable[Any]],
    texts: Iterable[str] = (),
    *,
    languages: Iterable[str] = (),
    id: str = "",
    type: str = "",
    named: Iterable[str] = (),
) -> Facts:
    """Gather facts from a record's values (field id -> JSON values, each in its field's format) and the texts behind it.

    Values are told apart by their shape, so no blueprint is needed: a mapping with `start` is a date, with `lat` a
    place, with `unit` an amount; two capitals are a country; text over 80 characters gives words, other strings
    are actors when they hold a space or look like a name, else term ids. `languages` are those of the texts, in their order.

    >>> facts_of({'waste': ['Y31'], 'country': ['IT']}).terms
    frozenset({('waste', 'Y31')})
    """
    texts = tuple(texts)
    heads = [text[:TEXT_CHARACTERS] for text in texts]
    found: dict[str, Any] = {
        "date": None,
        "places": [],
        "countries": set(),
        "terms": set(),
        "quantities": [],
        "actors": set(),
        "words": [],
    }
    for field, listed in values.items():
        for value in listed if isinstance(listed, (list, tuple, set, frozenset)) else (listed,):
            _sort_in(found, field, value)
    return Facts(
        id=id,
        type=type,
        date=found["date"],
        places=tuple(found["places"]),
        countries=frozenset(found["countries"]),
        terms=frozenset(found["terms"]),
        quantities=tuple(found["quantities"]),
        actors=frozenset(found["actors"]),
        named=frozenset(named),
        words=frozenset(form for text in (*texts, *found["words"]) for form in words_of(text).folded if len(form) > 3),
        names=frozenset(name for text in heads for name in names_in(text)),
        people=frozenset(name for text in heads for name in people_in(text)),
        ages=frozenset(age for text in heads for age in ages_in(text)),
        leads=_leads(heads, languages),
    )


def _leads(texts: Iterable[str], languages: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Give (language, beginning) of what texts tell in each language, put together in their order."""
    told: dict[str, list[str]] = {}
    for text, language in zip(texts, languages, strict=False):
        if language:
            told.setdefault(across.base_of(language), []).append(text)
    return tuple((language, across.lead_of(" ".join(each))) for language, each in sorted(told.items()))


def _sort_in(found: dict[str, Any], field: str, value: Any) -> None:
    if isinstance(value, Mapping):
        _sort_in_mapping(found, value)
    elif isinstance(value, str) and value:
        if len(value) == 2 and value.isalpha() and value.isupper():
            found["countries"].add(value)
        elif len(value) > 80:
            found["words"].extend(words_of(value).folded)
        elif " " in value or (value[:1].isupper() and value.isalpha() and len(value) > 3):
            found["actors"].add(" ".join(words_of(value).folded))
        else:
            found["terms"].add((field, value))


def _sort_in_mapping(found: dict[str, Any], value: Mapping[str, Any]) -> None:
    if value.get("start") and value.get("end"):
        if found["date"] is None:
            start, end = date.fromisoformat(value["start"]), date.fromisoformat(value["end"])
            found["date"] = (start, end, str(value.get("precision", "day")))
    elif "lat" in value:
        if value.get("lat") is not None and value.get("lon") is not None:
            found["places"].append((float(value["lat"]), float(value["lon"]), str(value.get("precision", "locality"))))
        if value.get("country"):
            found["countries"].add(value["country"])
    elif "unit" in value:
        found["quantities"].append((float(value["low"]), float(value["high"]), str(value["unit"])))


def blocking_keys(facts: Facts) -> tuple[str, ...]:
    """List keys such that records of one event almost surely share one; compare only records that do.

    Keys join the type with the time (windows of five days, each record in its own and the next) and the place (cells of
    one degree with their neighbours, or the country), with actors and time, and with names of people.
    """
    times = _windows(facts)
    spots = {cell for lat, lon, precision in facts.places[:4] if precision != "country" for cell in _cells(lat, lon)}
    lands = {f"c{country}" for country in facts.countries}
    keys = {f"{facts.type}|{time}|{spot}" for time in times for spot in (spots or lands) | lands}
    actors = {f"a{actor}" for actor in facts.actors | facts.named}
    keys |= {f"{facts.type}|{time}|{actor}" for time in times for actor in actors}
    if not times:
        keys |= {f"{facts.type}|any|{key}" for key in lands | actors}
    keys |= {f"{facts.type}|n{name}" for name in sorted(facts.people)[:MOST_PEOPLE]}
    return tuple(sorted(keys))


def _windows(facts: Facts) -> list[str]:
    if facts.date is None:
        return []
    start, end, _ = facts.date
    if (end - start).days > 31:
        return [f"y{year}" for year in range(start.year, min(end.year, start.year + 3) + 1)]
    first = (start - timedelta(days=BLOCK_DAYS)).toordinal() // BLOCK_DAYS
    last = end.toordinal() // BLOCK_DAYS
    return [f"d{number}" for number in range(first, last + 1)] + [f"y{start.year}"] * (start != end)


def _cells(lat: float, lon: float) -> set[str]:
    row, column = math.floor(lat / BLOCK_DEGREES), math.floor(lon / BLOCK_DEGREES)
    below, left = math.floor((lat - 0.5) / BLOCK_DEGREES), math.floor((lon - 0.5) / BLOCK_DEGREES)
    return {f"g{r}:{c}" for r in {row, below, below + 1} for c in {column, left, left + 1}}


def compare(a: Facts, b: Facts, *, least: float = 0.0) -> Comparison:
    """Compare two records. Symmetric; what one of them lacks is no evidence; different types score 0.

    What texts in two languages mean, which costs the most, is asked only where the score may still come to `least`.

    >>> day = {'start': '2011-03-05', 'end': '2011-03-05', 'precision': 'day'}
    >>> genoa = {'name': 'Genoa', 'lat': 44.4, 'lon': 8.9, 'country': 'IT', 'precision': 'locality'}
    >>> one = facts_of({'date': [day], 'place': [genoa], 'waste': ['Y31']})
    >>> compare(one, one).score > 0.85
    True
    """
    if a.type != b.type:
        return Comparison(0.0, ())
    names = a.names & b.names & (a.people | b.people)
    judged = [
        _dates(a, b), _places(a, b), _terms(a, b), _amounts(a, b), _heavier(_named(a, b), _actors(a, b)),
        weigh_names(names, NAME_RARITY * len(names)), weigh_ages(a.ages, b.ages),
    ]  # fmt: skip
    reached = _score(judged, MOST_MEANT)
    judged.append((_meaning(a, b) if reached >= least else None) or _shared_words(a, b))
    reasons = sorted((reason for reason in judged if reason is not None), key=lambda r: (-abs(r.weight), r.kind))
    return Comparison(_score(reasons), tuple(reasons))


def _score(reasons: Iterable[Reason | None], more: float = 0.0) -> float:
    total = PRIOR + sum(reason.weight for reason in reasons if reason is not None) + more
    return round(1 / (1 + math.exp(-total)), 4)


def _dates(a: Facts, b: Facts) -> Reason | None:
    """Weigh the gap between two dates in days; vague dates that overlap count less than equal days."""
    if a.date is None or b.date is None:
        return None
    gap = max(0, (max(a.date[0], b.date[0]) - min(a.date[1], b.date[1])).days)
    width = max((a.date[1] - a.date[0]).days, (b.date[1] - b.date[0]).days)
    if gap == 0:
        weight = 2.0 if width == 0 else 1.5 if width <= 7 else 0.8 if width <= 31 else 0.2
        return Reason("date", "same day" if width == 0 else f"dates overlap within {width + 1} days", weight)
    weight = max(-4.0, 1.6 - 0.8 * gap) if width <= 7 else max(-4.0, 0.4 - 0.1 * gap)
    return Reason("date", f"{gap} days apart", round(weight, 3))


def _places(a: Facts, b: Facts) -> Reason | None:
    """Weigh the distance of the nearest two places in km, or shared countries where no point is known."""
    exact = (
        [p for p in a.places if p[2] not in ("country", "admin1")],
        [p for p in b.places if p[2] not in ("country", "admin1")],
    )
    if exact[0] and exact[1]:
        km = min(kilometres(p[0], p[1], q[0], q[1]) for p in exact[0] for q in exact[1])
        weight = 2.0 - 3.2 * min(1.0, math.log1p(km / 5) / math.log1p(60))
        return Reason("place", f"{km:.0f} km apart", round(weight - (1.0 if km > 600 else 0.0), 3))
    shared = a.countries & b.countries
    if shared:
        return Reason("country", ", ".join(sorted(shared)), 0.6)
    return Reason("country", "no country shared", -1.5) if a.countries and b.countries else None


def _terms(a: Facts, b: Facts) -> Reason | None:
    if not a.terms or not b.terms:
        return None
    shared = a.terms & b.terms
    if not shared:
        return Reason("terms", "no term shared", -0.8)
    overlap = len(shared) / min(len(a.terms), len(b.terms))
    return Reason("terms", ", ".join(sorted(term for _, term in shared)[:6]), round(0.6 + 0.6 * overlap, 3))


def _amounts(a: Facts, b: Facts) -> Reason | None:
    """Weigh the closest two amounts of one unit by how far apart they are, as a share of the larger."""
    pairs = [(p, q) for p in a.quantities for q in b.quantities if p[2] == q[2]]
    if not pairs:
        return None
    apart, p, q = min((_apart(p, q), min(p, q), max(p, q)) for p, q in pairs)
    weight = 1.4 if apart == 0 else 1.0 if apart <= 0.1 else 0.4 if apart <= 0.3 else -0.6
    return Reason("quantity", " and ".join(sorted((_shown(p), _shown(q)))), weight)


def _apart(p: tuple[float, float, str], q: tuple[float, float, str]) -> float:
    gap = max(p[0], q[0]) - min(p[1], q[1])
    return max(0.0, gap) / max(p[1], q[1], 1e-9)


def _shown(amount: tuple[float, float, str]) -> str:
    low, high, unit = amount
    return f"{low:g} {unit}" if low == high else f"{low:g}-{high:g} {unit}"


def _actors(a: Facts, b: Facts) -> Reason | None:
    """Weigh names that are alike (token-set ratio of 88 and more, so that word order and legal forms matter less)."""
    pairs = {(one, other) for one in a.actors for other in b.actors if fuzz.token_set_ratio(one, other) >= 88}
    count = min(len({one for one, _ in pairs}), len({other for _, other in pairs}))
    shared = sorted({min(pair) for pair in pairs})
    return Reason("actors", ", ".join(shared[:4]), _weight_of_actors(count)) if shared else None


def _named(a: Facts, b: Facts) -> Reason | None:
    """Weigh organisations that both records name, by their ids, as names that are alike are weighed."""
    shared = sorted(a.named & b.named)
    return Reason("named", ", ".join(shared), _weight_of_actors(len(shared))) if shared else None


def _heavier(one: Reason | None, other: Reason | None) -> Reason | None:
    """Give the heavier of two reasons that tell of the same actors; the first of equals."""
    return max((each for each in (one, other) if each), key=lambda reason: reason.weight, default=None)


def _weight_of_actors(count: int) -> float:
    return round(min(1.6, 0.8 + 0.4 * count), 3)


def _meaning(a: Facts, b: Facts) -> Reason | None:
    """Weigh what two records mean that no language shares; None where one does, or where vectors cannot be had."""
    if not a.leads or not b.leads or {language for language, _ in a.leads} & {language for language, _ in b.leads}:
        return None
    cosines = [across.alike(one, other) for one in a.leads for other in b.leads]
    known = [cosine for cosine in cosines if cosine is not None]
    return across.weigh_meaning(max(known), MEANING, most=MOST_MEANT) if known else None


def _shared_words(a: Facts, b: Facts) -> Reason | None:
    shared = a.words & b.words
    if len(shared) < 2:
        return None
    overlap = len(shared) / max(1, min(len(a.words), len(b.words)))
    return Reason("words", ", ".join(sorted(shared)[:6]), round(1.2 * overlap, 3))
