"""Answer one search request from one snapshot of a tantivy index: query, audience, order, facets, highlights."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterable
from datetime import date
from math import log2
from typing import Any

import tantivy
from tantivy import Occur, Query

from plumbline.domain.errors import InvalidInput
from plumbline.domain.query import (
    And,
    Everything,
    FieldIs,
    Fuzzy,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Word,
    YearBetween,
)
from plumbline.engines.search import words
from plumbline.engines.search.base import FACET_VALUES, SearchHit, SearchRequest, SearchResult
from plumbline.engines.search.highlight import Highlighter, asked_of_all

_ALTERNATIVES = 100  # measured at 200,000 passages: 50 alternatives take two thirds of the time of a set, 200 more
_BUCKETS = 1_024  # a facet; all facets of a request share 65,000
_SEGMENT_BUCKETS = 65_000  # a facet in one segment: below this, counts are exact
_WORTH = {1: 1.0, 2: 1.5, 3: 2.0}
"""How much a hit is worth by the level at which a passage is about a word."""
_FIELD_NAMES = {"lang": "language"}
_LATEST = (1 << 63) - 1
_ORDERS = {"rank": ("tie", None), "date": (None, "newest"), "arrived": (None, "arrived")}
"""How to sort -> the field that breaks ties of scores, or the one to order by."""
_JOINED = dict(zip(b"\t\n\x0c\r ", "\x1a\x1b\x1c\x1d\x1e", strict=True))
"""What parts the words of a field -> what stands for it inside one."""


# ── names in the index ────────────────────────────────────────────────────────────────────────────────────────

_SIGNS = {name: 3 * chr(n) for n, name in enumerate(("id", "principal", "hidden", "title", "heading"), start=1)}
"""What stands before a value in `terms` or `tokens` that is none of the text itself. Two of them differ in three signs, so that
no word is within two letters of a word of another part."""


def term(name: str, value: str) -> str:
    """Name an id, a principal or one from whom a passage is hidden in the field `terms`, as one word of it."""
    return _SIGNS[name] + (value if value.isalnum() else value.translate(_JOINED))


def in_part(part: str, word: str) -> str:
    """Name a key in `terms`, a word in `tokens`, by the part that it stands in: "" for the text, "title" or "heading"."""
    return _SIGNS[part] + word if part else word


def exact_token(name: str, value: str) -> str:
    """Name a facet value in the field `terms`, as one word of it."""
    return f"{name}\x1f={words.sound(value)}".translate(_JOINED)


def folded_token(name: str, folded: str) -> str:
    """Name a folded facet value (`words.folded_value`) in the field `terms`, as one word of it."""
    return f"{name}\x1f~{folded}".translate(_JOINED)


def column(name: str) -> str:
    """Give the column of `counts` for a facet name: plain letters and digits stay, others become their number.

    >>> column("waste"), column("waste.stream")
    ('waste', 'waste_2e_stream')
    """
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name)


def arrival(milliseconds: int, ordinal: int | None = None) -> int:
    """Order by when a passage came, the first of a work before the others; without `ordinal`, the end of that millisecond.

    >>> arrival(7, 1) < arrival(7, 0) <= arrival(7) < arrival(8, 900)
    True
    """
    return (milliseconds << 22) | (0x3FFFFF - min(ordinal or 0, 0x3FFFFF))


def day_number(text: str | None, *, last: bool = False) -> int | None:
    """Count days to an ISO date; a month or year stands for its first day, or its `last`.

    >>> day_number("2011-02", last=True) - day_number("2011-02")
    27
    """
    if not text:
        return None
    try:
        year, month, day = (*(int(part) for part in text[:10].split("-")), 0, 0)[:3]
        month = month or (12 if last else 1)
        return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1)).toordinal()
    except ValueError as error:
        raise InvalidInput(
            "search.bad_date", "'{value}' is not a date. Write it as 2011, 2011-03 or 2011-03-01.", value=text
        ) from error


# ── the query ─────────────────────────────────────────────────────────────────────────────────────────────────


class Compiler:
    """Turns the tree of a query into tantivy's; `inside` is what the viewer may see, for weights in an OR."""

    def __init__(
        self,
        schema: tantivy.Schema,
        searcher: tantivy.Searcher,
        *,
        language: str | None,
        inside: list[tuple[Occur, Query]],
    ) -> None:
        self.schema = schema
        self.searcher = searcher
        self.language = language
        self.inside = inside

    def compile(self, node: Node, *, ranked: bool, part: str = "", weight: float = 1.0) -> Query:
        """Compile a node; `ranked` adds scores, `part` is '' for the text, 'title' or 'heading'."""
        match node:
            case Word(text):
                return self.word(text, part, ranked, weight)
            case Prefix(text):
                return _constant(self.prefix(text, part), weight)
            case Phrase(text):
                return _constant(self.phrase(words.tokens(text), part), 2 * weight)
            case Fuzzy(text, distance):
                return _constant(self.fuzzy(text, distance, part), weight)
            case Near(text, within):
                return _constant(self.near(words.tokens(text), within, part), 2 * weight)
            case InField(field, item):
                return self.compile(item, ranked=ranked, part=field, weight=weight)
            case And(items):
                return self.all_of(items, part, ranked)
            case Or(items):
                return self.any_of(items, part, ranked)
            case Not(item):
                return self.all_of((node,), part, ranked)
            case Everything():
                return _constant(Query.all_query(), 1.0)
            case FieldIs() | YearBetween():
                return _constant(self.value(node), 0.0)

    def all_of(self, items: tuple[Node, ...], part: str, ranked: bool) -> Query:
        """Ask that every item is met, and no item under NOT."""
        clauses = [
            (Occur.Must, self.compile(item, ranked=ranked, part=part)) for item in asked_of_all(items, self.language)
        ]
        if not clauses:
            clauses = [(Occur.Must, _constant(Query.all_query(), 0.0))]
        clauses += [
            (Occur.MustNot, self.compile(item.item, ranked=False, part=part)) for item in items if isinstance(item, Not)
        ]
        return Query.boolean_query(clauses)

    def any_of(self, items: tuple[Node, ...], part: str, ranked: bool) -> Query:
        """Ask that one item is met; rarer ones rank higher."""
        return Query.boolean_query(
            [
                (
                    Occur.Should,
                    self.compile(item, ranked=ranked, part=part, weight=self.rarity(item, part) if ranked else 1.0),
                )
                for item in items
            ]
        )

    def rarity(self, item: Node, part: str) -> float:
        """Weigh an item of an OR by how few of the visible passages have it: 1 for one, 1/17 for 100,000."""
        if not isinstance(item, Word | Prefix | Phrase | Fuzzy | Near):
            return 1.0
        query = Query.boolean_query([(Occur.Must, self.compile(item, ranked=False, part=part)), *self.inside])
        return 1 / log2(2 + count_of(self.searcher.search(query, limit=1)))

    def word(self, text: str, part: str, ranked: bool, weight: float) -> Query:
        """One word in any form: its keys in each language; two words written as one ("e-waste") are a phrase."""
        found = words.tokens(text)
        if len(found) != 1 and not (len(found) == 2 and words.is_cjk(found[0]) and words.is_cjk(found[1])):
            return _constant(self.phrase(found, part), 2 * weight)
        if words.is_cjk(found[0]):
            pairs: tuple[tuple[str, str], ...] = (("", "".join(found)),)
        else:
            pairs = words.query_keys(next(words.spans(text))[0])
        if not ranked or part:
            return _constant(self.any_key([key for _, key in pairs], part), weight)
        preferred = [key for language, key in pairs if self.language in (None, language) or language in ("", "-")]
        others = [key for _, key in pairs if key not in preferred]
        clauses = []
        for group, share in ((preferred, 1.0), (others, 0.5)):
            for n, worth in _WORTH.items():
                clauses += [
                    (
                        Occur.Should,
                        _constant(Query.term_query(self.schema, "terms", name, "basic"), weight * share * worth),
                    )
                    for name in known(self.searcher, (words.levelled(key, n) for key in group))
                ]
        return Query.boolean_query(clauses)

    def any_key(self, names: Iterable[str], part: str) -> Query:
        """Any of these keys, by whatever level; those that the index lacks cost nothing."""
        asked = (words.levelled(name, n) for name in names for n in _WORTH) if not part else names
        present = known(self.searcher, (in_part(part, name) for name in asked))
        if len(present) == 1:
            return Query.term_query(self.schema, "terms", present[0], "basic")
        return Query.term_set_query(self.schema, "terms", present)

    def phrase(self, found: list[str], part: str) -> Query:
        """Ask for words as they stand, side by side."""
        if len(found) == 1:
            return Query.term_query(self.schema, "tokens", in_part(part, found[0]), "basic")
        if len(found) == 2 and all(words.is_cjk(token) for token in found):
            return self.any_key(["".join(found)], part)
        return Query.phrase_query(self.schema, "tokens", [in_part(part, token) for token in found])

    def fuzzy(self, text: str, distance: int, part: str) -> Query:
        """Ask for words as they stand that differ in at most so many letters; two words written as one are a phrase."""
        found = words.tokens(text)
        if len(found) != 1 or words.is_cjk(found[0]):
            return self.phrase(found, part)
        return Query.fuzzy_term_query(self.schema, "tokens", in_part(part, found[0]), distance, True, False)

    def near(self, found: list[str], within: int, part: str) -> Query:
        """Ask for words as they stand, in this order or the reverse, with at most so many others among them."""
        if len(found) == 1:
            return self.phrase(found, part)
        named: list[str | tuple[int, str]] = [in_part(part, token) for token in found]
        return Query.boolean_query(
            [
                (Occur.Should, Query.phrase_query(self.schema, "tokens", one, slop=within))
                for one in (named, named[::-1])
            ]
        )

    def prefix(self, text: str, part: str) -> Query:
        """Ask for words of which the last only begins so."""
        found = words.tokens(text)
        if words.is_cjk(found[-1]):
            return self.phrase(found, part)
        if len(found) == 1:
            return Query.regex_query(self.schema, "tokens", f"{in_part(part, found[0])}.*")
        named = [in_part(part, token) for token in found]
        return Query.regex_phrase_query(self.schema, "tokens", [*named[:-1], f"{named[-1]}.*"])

    def value(self, node: FieldIs | YearBetween) -> Query:
        """Ask for a value of a facet or a stretch of years."""
        if isinstance(node, YearBetween):
            low = day_number(f"{node.low:04}") if node.low else None
            high = day_number(f"{node.high:04}", last=True) if node.high else None
            return between(self.schema, low, high)
        name = _FIELD_NAMES.get(node.field, node.field)
        token = (
            exact_token(name, node.value)
            if name in ("work", "workspace")
            else folded_token(name, words.folded_value(node.value))
        )
        return Query.term_query(self.schema, "terms", token, "basic")


def known(searcher: tantivy.Searcher, terms: Iterable[str]) -> list[str]:
    """Keep the terms that the index holds, each once."""
    return [term for term in dict.fromkeys(terms) if searcher.doc_freq("terms", term)]


def between(schema: tantivy.Schema, low: int | None, high: int | None) -> Query:
    """Dated from day `low` to day `high`, both included."""
    return Query.range_query(
        schema, "day", tantivy.FieldType.Integer, 1 if low is None else low, 4_000_000 if high is None else high
    )


def _constant(query: Query, score: float) -> Query:
    """Score whatever matches alike; a multiple of 1/64 adds up to the same number in any order."""
    return Query.const_score_query(query, round(score * 64) / 64 if score else 0.0)


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────────────


class Lookup:
    """One request against one snapshot; `result()` is the answer."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, request: SearchRequest) -> None:
        self.schema = schema
        self.searcher = searcher
        self.request = request
        self.filters = [*self.audience(), *self.limits()]
        self.compiler = Compiler(schema, searcher, language=request.language, inside=self.filters)

    def result(self) -> SearchResult:
        """Search, order, count."""
        ranked = self.request.sort == "rank"
        total, hits = self.page(self.query(ranked=ranked))
        counted = self.facets(self.query(ranked=False)) if self.request.facets else {}
        return SearchResult(total, hits, counted)

    def query(self, *, ranked: bool) -> Query:
        """Join what is asked with every filter."""
        node = self.compiler.compile(self.request.query, ranked=ranked)
        return Query.boolean_query([(Occur.Must, node), *self.filters])

    def audience(self) -> list[tuple[Occur, Query]]:
        """Principals any-of, hidden_from none-of; principals that no passage names are dropped first."""
        mine = self.request.principals
        shown = known(self.searcher, (term("principal", name) for name in mine))
        hidden = known(self.searcher, (term("hidden", name) for name in mine))
        clauses = [(Occur.Must, _constant(self.any_principal(shown), 0.0))]
        if hidden:
            clauses.append((Occur.MustNot, self.any_principal(hidden)))
        return clauses

    def any_principal(self, terms: list[str]) -> Query:
        """Any of these principals: as alternatives that skip along with the query, as a set when they are too many."""
        if len(terms) > _ALTERNATIVES:
            return Query.term_set_query(self.schema, "terms", terms)
        return Query.boolean_query(
            [(Occur.Should, Query.term_query(self.schema, "terms", name, "basic")) for name in terms]
        )

    def limits(self) -> list[tuple[Occur, Query]]:
        """Workspaces, facet filters and dates."""
        request = self.request
        wanted = dict(request.filters)
        clauses: list[tuple[Occur, Query]] = []
        if request.workspaces:
            clauses.append(self.one_of("workspace", request.workspaces))
        clauses += [self.one_of(name, values) for name, values in wanted.items()]
        low, high = day_number(request.date_from), day_number(request.date_to, last=True)
        if low is not None or high is not None:
            clauses.append((Occur.Must, _constant(between(self.schema, low, high), 0.0)))
        if request.arrived_after is not None:
            first = arrival(min(max(0, request.arrived_after), (_LATEST >> 22) - 1)) + 1
            later = Query.range_query(self.schema, "arrived", tantivy.FieldType.Unsigned, first, _LATEST)
            clauses.append((Occur.Must, _constant(later, 0.0)))
        return clauses

    def one_of(self, name: str, values: tuple[str, ...]) -> tuple[Occur, Query]:
        """Ask that a facet has one of these values."""
        tokens = [exact_token(name, value) for value in values]
        return Occur.Must, _constant(Query.term_set_query(self.schema, "terms", tokens), 0.0)

    # ── hits ──

    def page(self, query: Query, lit: Highlighter | None = None) -> tuple[int, tuple[SearchHit, ...]]:
        """Give the total and the hits from offset on; equal keys are ordered by id, however the index lies."""
        offset, limit = self.request.offset, self.request.limit
        if limit <= 0:
            return count_of(self.searcher.search(query, limit=1)), ()
        total, found = self.window(query, offset + limit)
        ordered = self.untied(found, offset, offset + limit)
        shown = lit or Highlighter(self.request.query, self.request.language)
        return total, tuple(self.hit(payload, offset + n, shown) for n, payload in enumerate(ordered, start=1))

    def window(self, query: Query, end: int) -> tuple[int, list[tuple[Any, tantivy.DocAddress]]]:
        """Fetch the first `end` hits and those that tie with the last of them."""
        size = end + 8
        weigh, order = _ORDERS[self.request.sort]
        while True:
            result = self.searcher.search(query, limit=size, weight_by_field=weigh, order_by_field=order)
            hits = result.hits
            if len(hits) < size or hits[-1][0] != hits[end - 1][0]:
                return count_of(result), hits
            size *= 2

    def untied(self, found: list[tuple[Any, tantivy.DocAddress]], start: int, end: int) -> list[list[Any]]:
        """Load positions `start` to `end`, each group of equal keys put in order of id."""
        loaded: list[list[Any]] = []
        at = 0
        while at < min(len(found), end):
            stop = at + 1
            while stop < len(found) and found[stop][0] == found[at][0]:
                stop += 1
            if stop > start:
                group = sorted(
                    (self.payload(address) for _, address in found[at:stop]), key=lambda payload: str(payload[0])
                )
                loaded += group[max(0, start - at) : end - at]
            at = stop
        return loaded

    def payload(self, address: tantivy.DocAddress) -> list[Any]:
        """Read what the index keeps of a passage."""
        id_, about, text = bytes(self.searcher.doc(address).get_first("payload") or b"").decode().split("\n", 2)
        return [id_, text, *json.loads(about)]

    def hit(self, payload: list[Any], rank: int, shown: Highlighter) -> SearchHit:
        """Make a hit of what the index keeps, with its highlights."""
        id_, text, work, title, heading, page, language, dated, workspace, arrived = payload
        return SearchHit(
            id=id_,
            work=work,
            rank=rank,
            text=text,
            highlights=shown.spans(text, language) if self.request.highlight else (),
            title=title,
            heading=heading,
            page=page,
            language=language,
            date=dated,
            workspace=workspace,
            arrived=arrived,
        )

    # ── facets ──

    def facets(self, query: Query) -> dict[str, tuple[tuple[str, int], ...]]:
        """Count values of each facet over all matching visible passages, in one pass."""
        columns = {
            name: {"terms": {"field": f"counts.{column(name)}", "size": _BUCKETS, "segment_size": _SEGMENT_BUCKETS}}
            for name in self.request.facets
        }
        counted = self.searcher.aggregate(query, columns)
        return {name: _most_frequent(counted[name]["buckets"]) for name in self.request.facets}


def count_of(result: tantivy.SearchResult) -> int:
    """Read the exact number of matches, which the bindings give and their type stubs leave out."""
    count: int = result.count  # type: ignore[attr-defined]
    return count


def _most_frequent(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    pairs = sorted(
        ((bucket["key"][1:], bucket["doc_count"]) for bucket in buckets), key=lambda pair: (-pair[1], pair[0])
    )
    return tuple(pairs[:FACET_VALUES])
