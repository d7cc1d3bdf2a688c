"""Group reports by the incident they tell of: by words, names, ages, days and places, each with a weight.

The weights are natural log odds in the manner of Fellegi and Sunter (1969), 'A Theory for Record Linkage', estimated by
logistic regression on pairs of news reports (`bench/linking.py` says which) so that signs that go together are not counted
twice. Reports that share a rare sign are compared; clusters grow by the mean of the log odds between them (average
linkage) until no two reach `TOGETHER`. Reports in different languages are compared by what they mean instead of by words
(`across.py`), where the machine has the vectors for it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import blake2b
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from plumbline.domain.extraction import Gazetteer, find_dates, find_places
from plumbline.domain.extraction.text import fold, kilometres, words_of
from plumbline.domain.linking import across
from plumbline.domain.linking.people import Reason, ages_in, names_in, weigh_ages, weigh_names

TOGETHER = -0.5
"""Clusters whose reports' mean log odds reach this are one incident; fixed on the part of the data used for tuning."""

WEIGHTS: Mapping[str, float] = {
    "start": -3.6, "words": 11.0, "other day": -4.5, "apart": -0.5, "place": 0.75, "other place": -0.85, "far": -0.3,
}  # fmt: skip
MOST = 8.0
"""No pair speaks louder than this, for or against, when clusters are weighed."""
NEAR_KM, FAR_KM = 40, 400
HEAD_CHARACTERS = 2_500
WORD_CHARACTERS = 20_000
ACROSS_CHARACTERS = 1_000
LARGEST_BLOCK = 60
NEIGHBOURS = 15
RARE_WORDS = 12
LARGEST_GROUP = 600
NEARLY_SAME = 0.9
PAIRS_AT_ONCE = 20_000
_NEVER = 1e9

Over = Callable[[Sequence[Any], Callable[[Iterator[Any]], Iterator[Any]]], Iterator[Any]]
"""Does a job over rows, here or on many machines, and gives its answers in the order of the rows."""


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what a report tells that linking looks at; days are ordinals, places (lat, lon) by folded name.

    `lead` and `head` are read again where there are reports in other languages, if `language` is known.
    """

    words: Mapping[str, int]
    names: frozenset[str]
    ages: frozenset[int]
    days: frozenset[int]
    published: int | None
    places: Mapping[str, tuple[float, float]]
    language: str = ""
    lead: str = ""
    head: str = ""


def read_report(
    text: str,
    *,
    title: str = "",
    published: str | None = None,
    language: str = "en",
    sure: bool = True,
    gazetteer: Gazetteer,
) -> Told:
    """Read what a report tells: all of its first 20,000 characters as words, its head for days, places and ages.

    A day counts when it lies within 40 days before publication, so one that lies (or is background) is no evidence. Unless the
    language is `sure`, the report is compared by its words with those in any language.
    """
    whole = f"{title}\n{text}"
    head = whole[:HEAD_CHARACTERS]
    day = _day(published)
    towns = [
        span.value
        for span in find_places(head, language=language, gazetteer=gazetteer)
        if span.value.precision == "locality" and span.confidence >= 0.5
    ]
    return Told(
        words=Counter(word for word in words_of(whole[:WORD_CHARACTERS]).folded if len(word) > 1),
        names=frozenset(names_in(whole[: 2 * HEAD_CHARACTERS])),
        ages=frozenset(ages_in(head)),
        days=frozenset(_days(head, language, day)),
        published=day.toordinal() if day else None,
        places={fold(town.name): (town.lat, town.lon) for town in towns},
        language=across.base_of(language) if sure else "",
        lead=across.lead_of(text, title),
        head=whole[:ACROSS_CHARACTERS],
    )


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def _days(head: str, language: str, published: date | None) -> Iterator[int]:
    for span in find_dates(head, language=language, published=published):
        if span.value["precision"] == "day":
            day = date.fromisoformat(span.value["start"])
            if published is None or 0 <= (published - day).days <= 40:
                yield day.toordinal()


def here(rows: Sequence[Any], job: Callable[[Iterator[Any]], Iterator[Any]]) -> Iterator[Any]:
    """Do a job over rows in this process."""
    return job(iter(rows))


# --- comparing ------------------------------------------------------------------------------------------------------


class Corpus:
    """Hold the reports at hand, what is rare among them, and what those say that meet one in another language.

    That is read through `over`, once for each report; where all reports are in one language, or no encoder runs, nothing is.
    """

    def __init__(self, told: Sequence[Told], *, over: Over = here) -> None:
        self.told, self.size = told, len(told)
        self.words = Counter(word for each in told for word in each.words)
        self.names = Counter(name for each in told for name in each.names)
        self.places = Counter(place for each in told for place in each.places)
        self.vectors, self.plain = self._vectors()
        self.row: dict[int, int] = {}
        self.meanings: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self.numbers: list[frozenset[float]] = []
        self._read_meanings(over)

    def _read_meanings(self, over: Over) -> None:
        chosen = _meeting_others(self.told)
        rows = [(one.lead, one.head, one.language) for one in (self.told[i] for i in chosen)]
        meant = [one for one in over(rows, across.meant_by) if one is not None] if rows else []
        if meant and len(meant) == len(rows):  # all of the machines have the encoder, or nobody's words count
            self.row = {i: at for at, i in enumerate(chosen)}
            self.meanings = across.centred([one.vector for one in meant], [language for _, _, language in rows])
            self.numbers = [one.numbers for one in meant]

    def across(self, one: int, other: int) -> bool:
        """Say whether two reports are compared by what they mean."""
        return one in self.row and other in self.row and self.told[one].language != self.told[other].language

    def meaning(self, one: int, other: int) -> float:
        """Give how much the same two reports mean, of those that `across` is true of: the cosine, to three decimals."""
        return round(float(self.meanings[self.row[one]] @ self.meanings[self.row[other]]), 3)

    def rarity(self, count: int) -> float:
        """Give the log of how few of the reports bear a sign that `count` of them bear."""
        return math.log((self.size + 1) / (count + 0.5))

    def _weight(self, word: str, count: int) -> float:
        return (1 + math.log(count)) * math.log(1 + self.size / self.words[word])

    def _vectors(self) -> tuple[csr_matrix, csr_matrix]:
        """Give the reports' words as rows of length 1: weighted by rarity, and each counting the same."""
        numbers = {word: index for index, word in enumerate(self.words)}
        starts = [0]
        columns: list[int] = []
        values: list[float] = []
        plain: list[float] = []
        for each in self.told:
            row = [self._weight(word, count) for word, count in each.words.items()]
            length = math.sqrt(sum(value * value for value in row)) or 1.0
            columns.extend(numbers[word] for word in each.words)
            values.extend(value / length for value in row)
            plain.extend([1 / math.sqrt(len(row) or 1)] * len(row))
            starts.append(len(columns))
        shape = (self.size, max(1, len(numbers)))
        return csr_matrix((values, columns, starts), shape=shape), csr_matrix((plain, columns, starts), shape=shape)

    def alike(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give how alike the words of each pair (row, row) are: the cosine, by rarity.

        Of two texts that are nearly the same, the plain cosine counts where it is higher: among many copies of one report
        nothing is rare but what the copies differ in.
        """
        found = np.zeros(len(pairs))
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            one, other = pairs[start : start + PAIRS_AT_ONCE].T
            rare, plain = (
                np.asarray(rows[one].multiply(rows[other]).sum(axis=1)).ravel() for rows in (self.vectors, self.plain)
            )
            found[start : start + len(one)] = np.where(plain >= NEARLY_SAME, np.maximum(rare, plain), rare)
        return found

    def weigh(self, one: int, other: int) -> tuple[float, tuple[Reason, ...]]:
        """Give the log odds that two of the reports tell of one incident, with the reasons, heaviest first."""
        cosine = float(self.alike(np.array([[one, other]]))[0])
        total, reasons = _weigh(self, one, other, cosine)
        return total, tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))

    def rarest(self, each: Told) -> list[str]:
        """List the words that say most about a report and stand in another one too."""
        shared = [(self._weight(word, n), word) for word, n in each.words.items() if self.words[word] > 1]
        return [word for _, word in sorted(shared, reverse=True)[:RARE_WORDS]]


def _meeting_others(told: Sequence[Told]) -> list[int]:
    """List the reports that have one in another language within the days that links reach over."""
    languages = {one.language for one in told} - {""}
    if len(languages) < 2:
        return []
    times = {
        kind: sorted(one.published for one in told if one.language == kind and one.published) for kind in languages
    }
    undated = {one.language for one in told if not one.published}

    def meets(one: Told) -> bool:
        for kind in languages - {one.language}:
            if not one.published or kind in undated:
                return True
            at = bisect_left(times[kind], one.published - across.REACH_DAYS)
            if at < len(times[kind]) and times[kind][at] <= one.published + across.REACH_DAYS:
                return True
        return False

    return [i for i, one in enumerate(told) if one.language and meets(one)]


def _weigh(corpus: Corpus, one: int, other: int, cosine: float) -> tuple[float, list[Reason]]:
    """Give the log odds and the reasons that two reports tell of one incident; what one of them lacks is no evidence."""
    a, b = corpus.told[one], corpus.told[other]
    names = a.names & b.names
    people = (weigh_names(names, sum(corpus.rarity(corpus.names[name]) for name in names)), weigh_ages(a.ages, b.ages))
    if corpus.across(one, other):
        numbers = [corpus.numbers[corpus.row[i]] for i in (one, other)]
        meaning = across.weigh_meaning(corpus.meaning(one, other), across.WEIGHTS["meaning"])
        weights = across.WEIGHTS
        rest = (meaning, across.weigh_days(a.days, b.days), across.weigh_numbers(*numbers))
        found = [reason for reason in (*people, *rest) if reason is not None]
        found.extend(_published(a, b, weights))
        found.extend(_place(corpus, a, b, weights))
    else:
        weights = WEIGHTS
        found = _reasons(corpus, a, b, cosine, people)
    return weights["start"] + sum(reason.weight for reason in found), found


def _reasons(corpus: Corpus, a: Told, b: Told, cosine: float, people: Iterable[Reason | None]) -> list[Reason]:
    """List what speaks for and against two reports by their words."""
    found = [Reason("words", f"{cosine:.2f} alike", WEIGHTS["words"] * cosine)]
    found.extend(reason for reason in people if reason is not None)
    if a.days and b.days and not a.days & b.days:
        gap = min(abs(one - other) for one in a.days for other in b.days)
        found.append(Reason("day", f"{gap} days apart", WEIGHTS["other day"]))
    found.extend(_published(a, b, WEIGHTS))
    found.extend(_place(corpus, a, b, WEIGHTS))
    return found


def _published(a: Told, b: Told, weights: Mapping[str, float]) -> Iterator[Reason]:
    if a.published is not None and b.published is not None and a.published != b.published:
        gap = abs(a.published - b.published)
        yield Reason("published", f"{gap} days apart", weights["apart"] * min(6.0, math.log1p(gap)))


def _place(corpus: Corpus, a: Told, b: Told, weights: Mapping[str, float]) -> Iterator[Reason]:
    shared = sorted(a.places.keys() & b.places.keys())
    if shared:
        rarity = max(corpus.rarity(corpus.places[place]) for place in shared)
        yield Reason("place", ", ".join(shared[:3]), weights["place"] * max(0.0, rarity))
    elif a.places and b.places:
        km = min(kilometres(*p, *q) for p in a.places.values() for q in b.places.values())
        if km > NEAR_KM:
            further = weights["far"] if km > FAR_KM else 0.0
            yield Reason("place", f"{km:.0f} km apart", weights["other place"] + further)


def _log_odds(corpus: Corpus, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    cosines = corpus.alike(pairs).tolist()
    return np.array([
        _weigh(corpus, i, j, cosine)[0] for (i, j), cosine in zip(pairs.tolist(), cosines, strict=True)
    ])  # fmt: skip


# --- blocking and clusters ------------------------------------------------------------------------------------------


def group_reports(
    corpus: Corpus, *, ids: Sequence[str | int], known: Sequence[str | int | None] = (), over: Over = here
) -> list[str | int]:
    """Name the incident of each report by the id of the first report that tells of it.

    `known` names the incidents of reports that were grouped before: those stay as they are, and a new report joins one of
    them or founds its own. Time grows with the number of reports times the neighbours each may have. What weighs pairs and
    cuts groups, nearly all of the work, runs through `over`; the outcome does not depend on it.
    """
    known = known or [None] * corpus.size
    pairs = _pairs(corpus)
    shares = [pairs[start : start + PAIRS_AT_ONCE] for start in range(0, len(pairs), PAIRS_AT_ONCE)]
    odds = np.concatenate([np.zeros(0), *over(shares, partial(_weighed, corpus))])
    groups = list(_groups(corpus.size, pairs[odds > -MOST / 2], pairs[odds > 0], known))
    incidents: list[str | int] = [""] * corpus.size
    for cluster in over(groups, partial(_cut, corpus, known)):
        name = next((known[i] for i in cluster if known[i] is not None), None)
        for i in cluster:
            incidents[i] = ids[min(cluster)] if name is None else name
    return incidents


def _weighed(corpus: Corpus, shares: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.float64]]:
    return (_log_odds(corpus, share) for share in shares)


def _cut(corpus: Corpus, known: Sequence[Any], groups: Iterator[list[list[int]]]) -> Iterator[list[int]]:
    """Give the clusters of groups, each group in its pieces."""
    for pieces in groups:
        yield from _joined(
            corpus, [each for piece in pieces for each in _clusters(corpus, piece, known)], known, pieces
        )


def _pairs(corpus: Corpus) -> NDArray[np.int64]:
    """List pairs of reports that share a name, a telling word, or a place and its time, or mean much the same in two languages; ordered, each once."""
    blocks: dict[Any, list[int]] = defaultdict(list)
    for index, each in enumerate(corpus.told):
        for name in each.names:
            blocks["name", name].append(index)
        for word in corpus.rarest(each):
            blocks["word", word].append(index)
        for place in each.places:
            for day in each.days or ({each.published} if each.published else ()):
                blocks["place", place, day].append(index)
    found: set[tuple[int, int]] = set()
    for key in list(blocks):
        block = blocks.pop(key)
        if len(block) <= LARGEST_BLOCK:
            found.update(combinations(block, 2))
        else:  # a common sign: only neighbours in time (Hernández and Stolfo 1995, the sorted neighbourhood)
            block.sort(key=lambda i: (corpus.told[i].published or 0, i))
            for at, one in enumerate(block):
                found.update((min(one, other), max(one, other)) for other in block[at + 1 : at + 1 + NEIGHBOURS])
    if corpus.row:
        chosen = list(corpus.row)
        languages, days = zip(*((corpus.told[i].language, corpus.told[i].published) for i in chosen), strict=True)
        found.update(
            (min(chosen[a], chosen[b]), max(chosen[a], chosen[b]))
            for a, b in across.nearest(corpus.meanings, languages, days)
        )
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _groups(
    size: int, pairs: NDArray[np.int64], strong: NDArray[np.int64], known: Sequence[Any]
) -> Iterator[list[list[int]]]:
    """Give the reports that hang together by pairs not ruled out; where those are too many, by likely pairs, in pieces."""
    same = [(first, i) for first, i in _same_known(known)]
    for group in _components(range(size), [*map(tuple, pairs.tolist()), *same]):
        if len(group) <= LARGEST_GROUP:
            yield [group]
            continue
        inside = set(group)
        likely = [(i, j) for i, j in strong.tolist() if i in inside]
        for part in _components(group, [*likely, *((i, j) for i, j in same if i in inside)]):
            yield [part[start : start + LARGEST_GROUP] for start in range(0, len(part), LARGEST_GROUP)]


def _same_known(known: Sequence[Any]) -> Iterator[tuple[int, int]]:
    first: dict[Any, int] = {}
    for index, name in enumerate(known):
        if name is not None and first.setdefault(name, index) != index:
            yield first[name], index


def _components(members: Iterable[int], edges: Iterable[Sequence[int]]) -> list[list[int]]:
    root = {member: member for member in members}

    def top(member: int) -> int:
        while root[member] != member:
            root[member] = root[root[member]]
            member = root[member]
        return member

    for one, other in edges:
        a, b = top(one), top(other)
        root[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = defaultdict(list)
    for member in root:
        found[top(member)].append(member)
    return list(found.values())


def _joined(
    corpus: Corpus, clusters: list[list[int]], known: Sequence[Any], pieces: list[list[int]]
) -> list[list[int]]:
    """Join the clusters of a group that was cut into pieces, each standing for its first report."""
    if len(pieces) == 1 or len(clusters) > LARGEST_GROUP:
        return clusters
    first = {next((i for i in cluster if known[i] is not None), cluster[0]): cluster for cluster in clusters}
    joined = _clusters(corpus, sorted(first), known)
    return [sorted(i for each in group for i in first[each]) for group in joined]


def _clusters(corpus: Corpus, group: list[int], known: Sequence[Any]) -> list[list[int]]:
    """Cut a group into clusters by average linkage; clusters of two different known incidents never meet."""
    if len(group) == 1:
        return [group]
    size = len(group)
    rows, columns = np.triu_indices(size, 1)
    members = np.array(group)
    link = np.full((size, size), -_NEVER)
    odds = np.clip(_log_odds(corpus, np.column_stack([members[rows], members[columns]])), -MOST, MOST)
    link[rows, columns] = link[columns, rows] = odds
    clusters = {i: [group[i]] for i in range(size)}
    names = [known[i] for i in group]
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if names[i] is not None and names[j] is not None:
            link[i, j] = link[j, i] = _NEVER if names[i] == names[j] else -_NEVER
    while len(clusters) > 1:
        i, j = sorted(map(int, np.unravel_index(int(np.argmax(link)), link.shape)))
        if link[i, j] < TOGETHER:
            break
        a, b = len(clusters[i]), len(clusters[j])
        merged = (a * link[i] + b * link[j]) / (a + b)
        merged[(link[i] >= _NEVER) | (link[j] >= _NEVER)] = _NEVER
        merged[(link[i] <= -_NEVER) | (link[j] <= -_NEVER)] = -_NEVER
        link[i], link[:, i], link[i, i] = merged, merged, -_NEVER
        link[j], link[:, j] = -_NEVER, -_NEVER
        clusters[i] += clusters.pop(j)
    return list(clusters.values())


def digest_of(title: str, text: str, published: str | None) -> bytes:
    """Give a digest that is the same for reports told word by word alike on one day, whatever their id."""
    return blake2b("\0".join((title, text, published or "")).encode("utf-8", "replace"), digest_size=16).digest()
