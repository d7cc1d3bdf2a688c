"""Find places in text and choose which of their namesakes is meant.

Candidates are runs of one to five words (or two to six Chinese characters) that the gazetteer knows. A candidate
counts when it is written as a name (capital, or a preposition before it where capitals carry no news), is not a
common word, and is big or wanted by its context enough. Among namesakes the choice weighs population, the country
or state named beside it, countries named in the text, and nearness to the other places of the text.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from babel import Locale
from babel.languages import get_official_languages

from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.model import Gazetteer, Place, Span
from plumbline.domain.extraction.prose import Name, is_prose
from plumbline.domain.extraction.routes import route_words, with_role, with_shared_roles
from plumbline.domain.extraction.sounds import sound_key, sounds_like
from plumbline.domain.extraction.text import (
    HAS_HAN,
    Words,
    cyrillic_stem,
    fold,
    fold_name,
    kilometres,
    longest_first,
    words_of,
)

LONGEST_NAME = 5
SURE = 0.7
HEARD = 0.85
"""A town known by the sound of its name alone is so much less sure."""
HEARD_TOWN = {"ar": 30_000, "ru": 15_000}
"""From so many people on a town is known by the sound of its name; in Arabic no capital tells a name."""
AT_HOME = 8
"""A town in a country that the text names, or that its language is written in, is weighed as one so many times as big."""
_JOINER = re.compile(r"^(?:\s|['’\-–]|\.\s?| -? ?){1,2}$")
_ARABIC = re.compile("[\u0621-\u064a]")
_AR_KIND = re.compile(
    r"(?:مدينة|بلدة|ميناء|محافظة|قرية|ولاية|مرفأ|قضاء|مركز|ناحية|معبر|جمارك|بلدية|مطار|محكمة|إمارة|إقليم|عمالة|سكان|أهالي|شرطة)\s+$"
)
_RU_KIND = re.compile("(?:област|кра[йяюе]|район|округ|воеводств|провинци)")
HAN_KIND = "市县區区镇鎮乡鄉村省州邦府郡縣"
_HAN_BEHIND = re.compile(
    "[市县区镇乡]|海关|港|口岸|警方|公安|法院|检察|海事|机场|环保|生态|人民|方面|当局|政府|關|檢|環"
)
_HAN_BEFORE = re.compile("(?:在|于|从|自|由|至|到|往|抵|经|赴|去|向|离|距|回)$")
_DATELINE = re.compile(r"\s*[,.:(—–]|\s-\s")
_CYRILLIC = re.compile("[а-яё]")
_PROCLITICS = tuple(map(re.compile, ("^(?:و|ب|ل|ف|ك)", "^و(?:ب|ل)", "^و?(?:بال|لل)")))


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    first: int
    last: int
    key: str
    places: tuple[Place, ...]
    wanted: bool
    likely: float
    written: str = ""


def find_places(
    text: str, *, language: str, gazetteer: Gazetteer, words: Words | None = None, taken: tuple[Span, ...] = ()
) -> tuple[Span, ...]:
    """List the places of a text in order; each span's value is a `Place`.

    Its role is origin, destination or transit on a route, seat where a firm or office has its place, else ''. Towns in
    the names of treaties and countries in those of currencies are left out. `taken` spans (dates, say) are left alone.
    """
    words = words if words is not None else words_of(text)
    base = known_language(language)
    tried = _tried(words, gazetteer, {i for span in taken for i in range(span.start, span.end)})
    homes = _home(base)
    candidates = _accepted(words, base, tried, homes)
    context = _Context.of(candidates, words, base)
    chosen = [context.choose(candidate, words) for candidate in candidates]
    named = context.named | {s.value.country for s in chosen if s is not None and s.confidence >= SURE}
    if named:
        candidates = _accepted(words, base, tried, homes | named) if named - homes else candidates
        candidates = _with_heard(candidates, _heard(words, base, gazetteer, named, taken))
        context = _Context.of(candidates, words, base)
        chosen = [context.choose(candidate, words) for candidate in candidates]
    centre = [
        span for span in chosen if span is not None and span.confidence >= SURE and span.value.precision != "country"
    ]
    near = [context.choose(candidate, words, near=centre) for candidate in candidates]
    if words.caseless:
        near.extend(_peoples(words, gazetteer))
    kept = [s for s in longest_first(span for span in near if span is not None) if not _is_other_name(text, base, s)]
    return tuple(with_shared_roles(text, [with_role(words, base, span) for span in kept]))


def _peoples(words: Words, gazetteer: Gazetteer) -> Iterator[Span]:
    """Read 'salvadoran' as its country, with little confidence: where capitals carry no news it may be all there is."""
    demonyms = _demonyms()
    seen = {word: demonyms[word] for word in set(words.folded) if word in demonyms}
    names = {code: fold_name(_country_names()[code]) for code in set(seen.values()) if code in _country_names()}
    known = gazetteer.find_many(names.values())
    lands = {p.country: p for places in known.values() for p in places if p.precision == "country"}
    for index, word in enumerate(words.folded):
        land = lands.get(seen.get(word, ""))
        if land is not None:
            yield Span(words.starts[index], words.ends[index], land, 0.5, kind="country")


@cache
def _speaking(language: str) -> frozenset[str]:
    """List the countries whose official language this is; none for English, which reports of every land are written in."""
    if language == "en":
        return frozenset()
    return frozenset(code for code in _country_names() if language in get_official_languages(code, de_facto=True))


@cache
def _country_names() -> dict[str, str]:
    return {str(code): str(territory) for code, territory in Locale("en").territories.items()}


# --- candidates -----------------------------------------------------------------------------------------------------


_Try = tuple[int, int, int, int, str, tuple[Place, ...]]


def _tried(words: Words, gazetteer: Gazetteer, taken: set[int]) -> list[_Try]:
    """Look all possible names up at once: (start, end, first word, last word, key, places), longest first at each word."""
    tries = [t for t in _tries(words) if t[0] not in taken]
    known = gazetteer.find_many({key for *_, keys in tries for key in keys})
    found = []
    for start, end, first, last, keys in tries:
        key = next((key for key in keys if key in known), None)
        if key is not None:
            stemmed = known.get(keys[-1], ()) if keys[-1] != key and keys[-1][0] == "~" else ()  # 'Белизе', in Belize
            found.append((start, end, first, last, key, _distinct(known[key], stemmed)))
    return found


def _heard(
    words: Words, language: str, gazetteer: Gazetteer, named: frozenset[str], taken: tuple[Span, ...]
) -> list[_Candidate]:
    """Find names in other letters that sound like a town of a country that the text names: 'в Текискьяпане', in Mexico.

    Arabic words are names only where the way leads to a place, and of towns of lands that do not write so themselves.
    """
    lands = named - (_speaking(language) if language == "ar" else frozenset())
    if not lands or language not in ("ar", "ru"):
        return []
    kept = {i for span in taken for i in range(span.start, span.end)}
    tries = [(at, key) for *at, _ in _tries(words) if at[0] not in kept and (key := _sound_of(words, language, *at))]
    known = gazetteer.find_many({key for _, key in tries})
    found: list[_Candidate] = []
    for (start, end, first, last), key in tries:
        said = words.text[start:end]
        places = [
            place for place in known.get(key, ()) if place.country in lands and place.population >= HEARD_TOWN[language]
        ]
        meant = sounds_like(_bare(said, language), (place.name for place in places))
        if meant and (not found or start >= found[-1].end):
            held = tuple(place for place in places if place.name in meant)
            found.append(_Candidate(start, end, first, last, fold_name(said), held, True, HEARD, said))
    return found


def _bare(said: str, language: str) -> str:
    return cyrillic_stem(fold_name(said)) if language == "ru" else said


def _sound_of(words: Words, language: str, start: int, end: int, first: int, last: int) -> str:
    """Give the sound of a run of words that stands where a place does; '' for others."""
    said = words.text[start:end]
    stems = set(map(cyrillic_stem, words.folded[first : last + 1]))
    if said.isascii() or said.startswith("ال") or stems <= _stopped_stems(language):
        return ""
    seen = _Candidate(start, end, first, last, fold_name(said), (), False, 1.0, said)
    named = language == "ru" and not _opens(words.text, start) and not _beside_capital(words, language, seen)
    led = _AR_KIND.search(words.text, max(0, start - 12), start) or _is_wanted(words, language, seen)
    return sound_key(_bare(said, language)) if named or led else ""


def _with_heard(candidates: list[_Candidate], heard: list[_Candidate]) -> list[_Candidate]:
    """Add what is known by its sound, but over a country or a name of its length; shorter names in it give way."""
    added: list[_Candidate] = []
    gone: set[int] = set()
    for one in heard:
        first = bisect_left(candidates, one.start + 1, key=lambda candidate: candidate.end)
        last = bisect_left(candidates, one.end, key=lambda candidate: candidate.start)
        met = candidates[first:last]
        if not any(c.end - c.start >= one.end - one.start or _is_country(c) for c in met):
            added.append(one)
            gone.update(range(first, last))
    kept = [candidate for n, candidate in enumerate(candidates) if n not in gone]
    return sorted((*kept, *added), key=lambda candidate: candidate.start)


def _is_country(candidate: _Candidate) -> bool:
    return any(place.precision == "country" for place in candidate.places)


def _distinct(named: tuple[Place, ...], stemmed: tuple[Place, ...]) -> tuple[Place, ...]:
    if not stemmed:
        return named
    known = {(place.country, place.geonameid) for place in named}
    return named + tuple(place for place in stemmed if (place.country, place.geonameid) not in known)


def _accepted(words: Words, language: str, tried: list[_Try], homes: frozenset[str]) -> list[_Candidate]:
    """Keep the longest plausible name at each place; right behind another, one of the same country is wanted."""
    accepted: list[_Candidate] = []
    reached = -1
    for start, end, first, last, key, places in tried:
        if start < reached:
            continue
        follows = start == reached and not {p.country for p in accepted[-1].places}.isdisjoint(
            p.country for p in places
        )
        candidate = _judged(
            words,
            language,
            _Candidate(start, end, first, last, key, places, follows, 1.0, words.text[start:end]),
            homes,
        )
        if candidate is not None:
            accepted.append(candidate)
            reached = end
    return accepted


@cache
def _home(language: str) -> frozenset[str]:
    return frozenset(lexicon("places")["home"].get(language, ()))


def _tries(words: Words) -> Iterator[tuple[int, int, int, int, tuple[str, ...]]]:
    """Give (start, end, first word, last word, keys) of every possible name, longest first at each word."""
    for first, form in enumerate(words.forms):
        if HAS_HAN.match(form):
            yield from _han_tries(words, first)
        elif form[0].isalpha() and (words.caseless or form[0].isupper() or _ARABIC.match(form)):
            yield from _word_tries(words, first)


def _han_tries(words: Words, index: int) -> Iterator[tuple[int, int, int, int, tuple[str, ...]]]:
    run, start = words.folded[index], words.starts[index]
    for offset in range(len(run) - 1):
        for size in range(min(8, len(run) - offset), 1, -1):
            name = run[offset : offset + size]
            keys = (name, name[:-1]) if size > 2 and name[-1] in HAN_KIND else (name,)
            yield start + offset, start + offset + size, index, index, keys


def _word_tries(words: Words, first: int) -> Iterator[tuple[int, int, int, int, tuple[str, ...]]]:
    last = first
    while last + 1 < len(words.forms) and last - first + 1 < LONGEST_NAME and _JOINER.match(words.gap(last)):
        last += 1
    folded = words.folded
    for end in range(last, first - 1, -1):
        form = words.forms[end]
        capital = words.caseless or form[0].isupper() or _ARABIC.match(form)
        if not (capital or (end > first and _RU_KIND.match(folded[end]))) or HAS_HAN.match(form):
            continue
        name = " ".join(folded[first : end + 1])
        if len(name) >= 3 or (name.upper() in ("US", "UK") and form.isupper()):
            yield words.starts[first], words.ends[end], first, end, _keys(name)


def _keys(name: str) -> tuple[str, ...]:
    """List the folded spellings under which the gazetteer may know a name as written."""
    if _CYRILLIC.search(name):
        return (name, "~" + cyrillic_stem(name))
    if _ARABIC.match(name):
        bare = [pattern.sub("", name) for pattern in _PROCLITICS]
        cut = [form for form in bare if form != name and len(form) >= 3]
        return tuple(dict.fromkeys((name, *cut, *("ال" + form for form in cut), name.removeprefix("ال"))))
    return (name,)


@cache
def _stop(language: str) -> frozenset[str]:
    stop = lexicon("places")["stop"]
    return frozenset(fold(str(word)) for lang in {language, "en"} for word in stop.get(lang, ()))


@cache
def _stopped_stems(language: str) -> frozenset[str]:
    """Give the stems of the words that are no towns, for what is asked for by its sound and so in any case."""
    return frozenset(map(cyrillic_stem, _stop(language)))


@cache
def _before(language: str) -> re.Pattern[str]:
    words = lexicon("places")
    openers = [*words["before"].get(language, ()), *words["kind"]["en"]]
    return re.compile(
        rf"(?:^|(?<!\w)){any_of(openers)}(?:\s+(?:the|la|le|el|l['’]))?(?:\s+|(?<=['’])|$)$", re.IGNORECASE
    )


def _judged(words: Words, language: str, seen: _Candidate, homes: frozenset[str]) -> _Candidate | None:
    """Weigh how likely this is a place at all; None when it is not."""
    key = seen.key.removeprefix("~")
    stop = _stop(language)
    if (
        key in stop
        or (seen.first == seen.last and words.folded[seen.first] in stop)
        or _is_prose(words, language, seen)
    ):
        return None
    wanted = seen.wanted or _is_wanted(words, language, seen)
    big = max(place.population * (AT_HOME if place.country in homes else 1) for place in seen.places)
    country = any(place.precision == "country" for place in seen.places)
    likely = 1.0 if wanted or country or any(place.precision == "admin1" for place in seen.places) else 0.8
    if HAS_HAN.match(key):
        enough = country or _is_enough_in_chinese(words.text, seen, big)
    elif _ARABIC.match(key):
        enough = country or _is_enough_in_arabic(words, seen, wanted, big, homes)
    elif words.caseless:
        land = any(place.precision in ("country", "admin1") for place in seen.places)
        enough = land or (wanted and (big >= 8_000 or seen.first != seen.last)) or big >= 300_000
    else:
        likely, enough = _judged_by_capitals(words, language, seen, likely, wanted or country, big)
    if seen.key.startswith("~"):
        likely *= 0.9
        enough = enough and (country or big >= 100_000 or wanted)
    return replace(seen, wanted=wanted, likely=likely) if enough else None


def _is_prose(words: Words, language: str, seen: _Candidate) -> bool:
    capital = not words.caseless and not _ARABIC.match(seen.key) and not _opens(words.text, seen.start)
    if capital and not HAS_HAN.match(seen.key) and not _beside_capital(words, language, seen):
        return False
    name = Name(seen.start, seen.end, seen.first, seen.last, seen.key)
    return is_prose(words, language, name, {place.country for place in seen.places})


def _is_enough_in_chinese(text: str, seen: _Candidate, big: int) -> bool:
    """Ask less of a name that ends in a word of kind, has an office behind it, or stands behind a name of its country."""
    said = text[seen.start : seen.end]
    if seen.wanted or said[-1] in HAN_KIND or _HAN_BEHIND.match(text, seen.end):
        return big >= 5_000
    led = _HAN_BEFORE.search(text, max(0, seen.start - 3), seen.start) is not None
    return big >= {2: 300_000, 3: 30_000}.get(len(said), 5_000) / (6 if led else 1)


def _is_enough_in_arabic(words: Words, seen: _Candidate, wanted: bool, big: int, homes: frozenset[str]) -> bool:
    """Ask more where a letter may be a preposition; a division of one word stands behind its kind, or in a land named."""
    single = seen.first == seen.last
    cut = single and words.folded[seen.first] != seen.key
    named = _AR_KIND.search(words.text, max(0, seen.start - 12), seen.start) is not None
    if single and not named and all(place.precision.startswith("admin") for place in seen.places):
        known = any(place.country in homes for place in seen.places)
        return wanted and not cut and (known or (big >= 300_000 and len(seen.key) > 4))
    return big >= 400_000 or (wanted and big >= (150_000 if cut else 60_000)) or (named and big >= 5_000)


def _is_wanted(words: Words, language: str, seen: _Candidate) -> bool:
    """Say whether a preposition or a kind word ('in', 'port of') opens the way, or it stands where a dateline does."""
    opener = _before(language).search(words.text, max(0, seen.start - 24), seen.start)
    if opener is not None:
        return True
    head = words.text[max(0, seen.start - 24) : seen.start]
    if _before(language).search(head):
        return True
    if _ARABIC.match(seen.key) and words.folded[seen.first] != seen.key.split(" ")[0]:
        return True
    return seen.start <= 2 and _DATELINE.match(words.text, seen.end) is not None


def _judged_by_capitals(
    words: Words, language: str, seen: _Candidate, likely: float, wanted: bool, big: int
) -> tuple[float, bool]:
    opens = _opens(words.text, seen.start)
    single = seen.first == seen.last
    named = _beside_capital(words, language, seen)
    if named and not wanted:
        likely *= 0.55
    if opens and single and not wanted:
        likely *= 0.7
    return likely, wanted or big >= (250_000 if (opens and single) or named else 30_000)


def _opens(text: str, start: int) -> bool:
    """Say whether a sentence begins here, so that a capital says nothing."""
    before = text[max(0, start - 2) : start].rstrip(" \"'«“(")
    return not before or before[-1] in ".!?:\n"


def _beside_capital(words: Words, language: str, seen: _Candidate) -> bool:
    """Say whether a capitalised word touches the candidate, as in the name of a person or a firm.

    In Russian a name stands in the genitive behind the noun that opens a sentence ('Жители Астрахани').
    """
    if seen.first > 0 and words.gap(seen.first - 1) == " ":
        before = seen.first - 1
        opener = language == "ru" and _opens(words.text, words.starts[before])
        if words.forms[before][0].isupper() and words.folded[before] not in ("in", "the", "from", "at") and not opener:
            return True
    if seen.last + 1 < len(words.forms) and words.gap(seen.last) == " ":
        return words.forms[seen.last + 1][0].isupper()
    return False


# --- choosing among namesakes ---------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _demonyms() -> dict[str, str]:
    return {fold(word): country for country, names in lexicon("places")["demonyms"].items() for word in names}


@dataclass(frozen=True, slots=True)
class _Context:
    countries: Mapping[str, float]
    states: frozenset[tuple[str, str]]
    lands: tuple[tuple[int, int, Place], ...]
    caseless: bool = False
    speaking: frozenset[str] = frozenset()

    @classmethod
    def of(cls, candidates: list[_Candidate], words: Words, language: str) -> _Context:
        """Gather the countries and states that a text names; one at the end of a route ('from Chile') counts for less."""
        countries: dict[str, float] = defaultdict(float)
        routes = [pattern for _, pattern in route_words(language)]
        states: set[tuple[str, str]] = set()
        lands = []
        for candidate in candidates:
            nations = {place.country for place in candidate.places if place.precision == "country"}
            for place in candidate.places:
                if place.precision == "country":
                    ends = any(p.search(words.text[max(0, candidate.start - 45) : candidate.start]) for p in routes)
                    countries[place.country] += (0.5 if ends else 2) if len(nations) == 1 else 0
                    lands.append((candidate.start, candidate.end, place))
                elif place.precision in ("admin1", "admin2"):
                    states.add((place.country, place.admin1))
                    lands.append((candidate.start, candidate.end, place))
        demonyms = _demonyms()
        before = ("", *words.folded)
        for index, word in enumerate(words.folded):
            if word in demonyms and before[index] not in ("latin", "central", "south", "north", "pan", "inter"):
                countries[demonyms[word]] += 1
        return cls(countries, frozenset(states), tuple(lands), words.caseless, _speaking(language))

    @property
    def named(self) -> frozenset[str]:
        """The countries that the text names, or whose people it names."""
        return frozenset(country for country, weight in self.countries.items() if weight >= 0.5)

    def choose(self, candidate: _Candidate, words: Words, near: list[Span] | None = None) -> Span | None:
        """Choose the likeliest namesake; confidence falls with the runner-up's strength."""
        beside = self._beside(candidate, words.text)
        scored = sorted(
            ((self._score(place, beside, near or [], candidate), place) for place in candidate.places[:25]),
            key=lambda pair: (-pair[0], -pair[1].population, pair[1].geonameid),
        )
        best, place = scored[0]
        if words.caseless and not self._is_sure_without_case(place, candidate):
            return None
        rival = next((score for score, other in scored[1:] if not _same_spot(place, other)), 0.0)
        sure = (0.45 + 0.3 * min(1.0, best) + 0.25 * min(1.0, max(0.0, best - rival) / 0.3)) * candidate.likely
        if beside is None and self._is_stray(place):
            sure *= 0.5
        return Span(candidate.start, candidate.end, place, round(min(0.98, sure), 3), kind=place.precision)

    def _is_stray(self, place: Place) -> bool:
        """Say whether this is a small town by another of its names, in a country other than those that the text names."""
        small = place.precision == "locality" and place.matched != "main" and place.population < 100_000
        return small and bool(self.countries) and not self.countries.get(place.country)

    def _is_sure_without_case(self, place: Place, candidate: _Candidate) -> bool:
        """Where capitals carry no news, ask more of a single word: its own name, or a country that the text names."""
        if place.precision != "locality" or self._is_named(place.country):
            return True
        if place.population >= 400_000 and place.matched == "main" and candidate.wanted:
            return True
        if self.countries and place.population < 1_000_000:
            return False
        if candidate.first != candidate.last and place.matched == "main":
            return candidate.wanted or place.population >= 100_000
        return place.population >= 1_000_000 or (
            place.matched == "main" and candidate.wanted and place.population >= 30_000
        )

    def _is_named(self, country: str) -> bool:
        """Say whether the text names a country often enough for its small towns: a third of the most named one's count."""
        return 0 < max(self.countries.values(), default=0) <= 3 * self.countries.get(country, 0)

    def _beside(self, candidate: _Candidate, text: str) -> Place | None:
        """Give the country or state written right behind the candidate: 'Genoa, Italy', 'Lagos (Nigeria)'."""
        index = bisect_left(self.lands, candidate.end, key=lambda land: land[0])
        for start, _, land in self.lands[index : index + 4]:
            if 0 < start - candidate.end <= 3 and re.fullmatch(r",\s?|،\s?|\s?\(|，", text[candidate.end : start]):
                return land
        return None

    def _score(self, place: Place, beside: Place | None, near: list[Span], candidate: _Candidate) -> float:
        score = min(1.0, math.log10(place.population + 1000) / 7.5)
        if place.precision in ("country", "admin1"):
            score = 0.95 if place.precision == "country" else 0.75 if place.population >= 1_000_000 else 0.66
        elif place.precision == "admin2":
            score -= 0.1
        if place.matched != "main":
            score -= 0.08
        elif candidate.written == place.name:
            score += 0.05  # 'Cádiz' is not 'Cadiz'
        if place.precision != "country" and place.country in self.speaking:
            score += 0.1
        if place.precision == "locality" and any(other.precision == "country" for other in candidate.places):
            score -= 0.3
        if beside is not None and beside.country == place.country and place.precision == "locality":
            score += 0.6 if beside.precision == "country" or beside.admin1 == place.admin1 else 0.0
        weight = self.countries.get(place.country, 0)
        if weight and self.caseless and self._is_named(place.country) and place.precision == "locality":
            score += 0.4
        score += 0.25 * weight / (weight + 1.0) if weight and place.precision != "country" else 0.0
        score += 0.2 if (place.country, place.admin1) in self.states and place.precision == "locality" else 0.0
        return score + _nearness(place, near, candidate)


def _nearness(place: Place, near: list[Span], candidate: _Candidate) -> float:
    here = bisect_left(near, candidate.start, key=lambda span: span.start)
    around = near[max(0, here - 5) : here + 5]
    others = [span.value for span in around if span.end <= candidate.start or span.start >= candidate.end]
    others = [other for other in others if other.geonameid != place.geonameid]
    if not others:
        return 0.0
    nearest = min(kilometres(place.lat, place.lon, other.lat, other.lon) for other in others)
    return 0.2 * math.exp(-nearest / 300)


def _same_spot(one: Place, other: Place) -> bool:
    return one.country == other.country and kilometres(one.lat, one.lon, other.lat, other.lon) < 40


# --- what only bears a place's name ---------------------------------------------------------------------------------


@cache
def _other_names(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Compile what stands before and behind the town of a treaty, before and behind the country of a currency."""
    words = lexicon("events")
    treaties, money, english = words["treaties"][language], words["money"][language], words["treaties"]["en"]
    article = r"\s*[«“\"]?\s*(?:(?:the|la|le|el|il|les|los|degli|des|de|di)\s+|l['’])?$"
    lead, gap = ("", r"[》」\s]*") if language == "zh" else (r"(?<!\w)", r"\s+")
    edge = "" if language == "zh" else r"(?!\w)"
    return (
        re.compile(rf"{lead}{any_of(treaties)}{article}", re.IGNORECASE),
        re.compile(rf"{gap}{any_of((*treaties, *english))}{edge}", re.IGNORECASE),
        re.compile(rf"{lead}{any_of(money)}{article}", re.IGNORECASE),
        re.compile(rf"{gap}{any_of((*money, *words['money']['en']))}{edge}", re.IGNORECASE),
    )


def _is_other_name(text: str, language: str, span: Span) -> bool:
    """Say whether a place only lends its name: 'Convenio de Basilea', 'долларов США', 'US dollars'."""
    before, behind, paid, coin = _other_names(language)
    head = text[max(0, span.start - 26) : span.start]
    if language != "en" and before.search(head):
        return True
    if span.kind != "country":
        return bool(behind.match(text, span.end))
    return bool(paid.search(head) or coin.match(text, span.end))
