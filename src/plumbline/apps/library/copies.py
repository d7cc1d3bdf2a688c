"""Searches that give each passage once: where works are versions of each other, what stands in several of them is one hit.

A copy is a passage of the same words in a work that is confirmed or proposed as another version of the first one's, both
of which the viewer sees (ADR 0020). Among the first 1,000 hits copies are looked for; those
further down count one each, so that a page costs about the same however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plumbline.apps.library.indexing import facets_of
from plumbline.apps.library.queries import entries_with
from plumbline.apps.library.searching import FACETS, Asked, Found, Hit, indexed, read_hits, search_asked
from plumbline.apps.library.versions import SameWords, has_versions, same_words
from plumbline.domain.query import parse

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer
    from plumbline.engines.search.base import SearchHit

MOST = 1_000
"""Among so many hits copies are looked for: 2 ms of CPU for every hundred."""


@dataclass(frozen=True)
class Listed:
    """The first hits of a search in their order: `total` counts each passage once, `passages` the copies as well.

    `firsts` are the positions of one hit of each passage, `copies` the positions of its others by that one's; both
    follow from `same`.
    """

    hits: tuple[SearchHit, ...]
    passages: int
    firsts: tuple[int, ...]
    copies: Mapping[int, tuple[int, ...]]
    same: SameWords = field(default_factory=SameWords)

    @property
    def total(self) -> int:
        """How many passages there are, each counted once."""
        return self.passages - len(self.hits) + len(self.firsts)


def list_once(asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], most: int = MOST) -> Listed:
    """List the hits of a search, highlights left out, with copies told apart; to be read from the record before it is shown."""
    found = indexed(parse(asked.text, facets=FACETS), asked, viewer, workspaces, limit=most, highlight=False)
    same = same_words([(hit.work, hit.text) for hit in found.hits], viewer) if has_versions() else SameWords()
    again = {at: first for places in same.groups for at, first in same.repeated(places).items()}
    copies: dict[int, tuple[int, ...]] = {}
    for at, first in sorted(again.items()):
        copies[first] = (*copies.get(first, ()), at)
    firsts = tuple(at for at in range(len(found.hits)) if at not in again)
    return Listed(found.hits, found.total, firsts, copies, same)


def count_once(asked: Asked, viewer: Viewer, workspaces: tuple[str, ...]) -> int:
    """Count the passages that the viewer sees of a search, each once, as its page counts them."""
    total = search_asked(asked, viewer, workspaces, limit=0, facets=False).total
    return list_once(asked, viewer, workspaces).total if total > 1 and has_versions() else total


@dataclass(frozen=True)
class Gathered:
    """What a search gave, each passage once: `found` counts and holds one hit of each, `copies` the others by its id.

    `passages` counts the copies as well.
    """

    found: Found
    passages: int
    copies: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)


def gather(
    asked: Asked, viewer: Viewer, workspaces: tuple[str, ...] = (), *, offset: int = 0, limit: int = 20, facets: bool = True,
    most: int = MOST,
) -> Gathered:  # fmt: skip
    """Search what the viewer may see, and give each passage once; a facet counts what is found when its value is chosen."""
    found = search_asked(asked, viewer, workspaces, offset=offset, limit=limit, facets=facets)
    if found.total < 2 or not has_versions():
        return Gathered(found, found.total)
    listed = list_once(asked, viewer, workspaces, most)
    if not listed.copies:
        return Gathered(found, found.total)
    wanted = [_position(listed, at) for at in range(offset, min(offset + limit, listed.total))]
    read = {hit.rank - 1: hit for hit in found.hits}
    if wanted and not set(wanted) <= set(read):
        reach = wanted[-1] - wanted[0] + 1
        again = search_asked(asked, viewer, workspaces, offset=wanted[0], limit=reach, facets=False)
        read = {hit.rank - 1: hit for hit in again.hits}
    hits = tuple(replace(read[at], rank=offset + n) for n, at in enumerate(wanted, 1) if at in read)
    others = {read[at].passage.id: listed.copies[at] for at in wanted if at in listed.copies and at in read}
    shown = read_hits([listed.hits[at] for places in others.values() for at in places], viewer)
    by_rank = {hit.rank - 1: hit for hit in shown}
    copies = {key: tuple(by_rank[at] for at in places if at in by_rank) for key, places in others.items()}
    return Gathered(Found(listed.total, hits, _facets_once(found.facets, listed, viewer)), listed.passages, copies)


Facets = Mapping[str, tuple[tuple[str, int], ...]]


def _facets_once(facets: Facets, listed: Listed, viewer: Viewer) -> Facets:
    """Count for each value of a facet the passages that have it, each once: what the page lists when the value is chosen.

    A passage whose copies have several values (publishers, years) stands under each of them.
    """
    if not facets:
        return facets
    groups = listed.same.groups
    works = entries_with({listed.same.works[at] for places in groups for at in places}, viewer, with_work=True)
    again: Counter[tuple[str, str]] = Counter()
    for places in groups:
        having: dict[tuple[str, str], list[int]] = {}
        for at in places:
            hit, entry = listed.hits[at], works.get(listed.hits[at].work)
            own = {"language": hit.language, "workspace": hit.workspace, "year": (hit.date or "")[:4]}
            for pair in {**own, **(facets_of(entry.work) | {"type": entry.type} if entry else {})}.items():
                having.setdefault(pair, []).append(at)
        again.update({pair: len(listed.same.repeated(found)) for pair, found in having.items()})
    once = {
        name: [(value, count - again[name, value]) for value, count in rows if count > again[name, value]]
        for name, rows in facets.items()
    }
    return {name: tuple(sorted(rows, key=lambda one: (-one[1], one[0]))) for name, rows in once.items()}


def _position(listed: Listed, number: int) -> int:
    """Give where the passage of a number stands among all hits; behind the listed ones each hit is a passage."""
    beyond = number - len(listed.firsts)
    return listed.firsts[number] if beyond < 0 else len(listed.hits) + beyond
