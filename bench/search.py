"""Measure search in process: what the audience filter and the facets cost a viewer of fifty principals.

The corpus is synthetic and repeatable: runs of 40 to 200 words from the sources of Python's standard library, so that
word frequencies are real, with languages, dates, facets and audiences drawn at random. Every query is asked four ways in turn, so that
load falls on all alike; `plain` has no audience, which only this bench can ask. Prints one JSON object; times are ms.

    python bench/search.py --size 50000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import tantivy

from plumbline.domain.query import parse
from plumbline.engines.search import IndexedPassage, SearchRequest
from plumbline.engines.search.lookup import Lookup
from plumbline.engines.search.tantivy import TantivyEngine

FACETS = ("language", "type", "waste", "country")
GROUPS = 2_000


class Unfiltered(Lookup):
    """The same look-up without an audience: the yardstick."""

    def audience(self) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """Let everything through."""
        return []


def library_words() -> list[str]:
    """Read the words of the standard library's sources, in order."""
    folder = Path(os.__file__).parent
    found: list[str] = []
    for path in sorted(folder.glob("*.py")):
        found += re.findall(r"[A-Za-z]{2,}", path.read_text(encoding="utf-8", errors="ignore"))
    return found


def passages(size: int, stream: list[str], chance: random.Random) -> Iterator[IndexedPassage]:
    """Yield passages; 45 % are public, 15 % for the community, the rest for one to three of 2,000 groups."""
    for n in range(size):
        start, length = chance.randrange(len(stream) - 200), chance.randint(40, 200)
        draw = chance.random()
        principals = (
            ("public",)
            if draw < 0.45
            else ("community",)
            if draw < 0.6
            else tuple(f"group:{chance.randrange(GROUPS)}" for _ in range(chance.randint(1, 3)))
        )
        yield IndexedPassage(
            id=f"p{n}",
            work=f"w{n // 40}",
            workspace=f"s{n % 3}",
            type=chance.choice(["report", "law", "article"]),
            text=" ".join(stream[start : start + length]),
            title=" ".join(stream[start : start + 5]),
            heading="",
            language=chance.choices(["en", "fr", "es", "de"], [70, 12, 10, 8])[0],
            ordinal=n % 40,
            page=None,
            principals=principals,
            hidden_from=(f"group:{chance.randrange(GROUPS)}",) if chance.random() < 0.01 else (),
            facets={
                "waste": tuple({f"Y{chance.randrange(45)}" for _ in range(2)}),
                "country": (f"C{chance.randrange(190)}",),
            },
            date=f"{chance.randint(1990, 2026)}-{chance.randint(1, 12):02}-01",
        )


def queries(stream: list[str], chance: random.Random, each: int) -> dict[str, list[str]]:
    """Make `each` queries of every kind, from frequent to rare words."""
    common = [word for word, _ in Counter(word.lower() for word in stream).most_common(3000)][50:]

    def pick() -> str:
        return chance.choice(common)

    def pair() -> str:
        at = chance.randrange(len(stream) - 2)
        return f'"{stream[at]} {stream[at + 1]}"'

    return {
        "word": [pick() for _ in range(each)],
        "and": [f"{pick()} {pick()}" for _ in range(each)],
        "or": [f"{pick()} OR {pick()}" for _ in range(each)],
        "phrase": [pair() for _ in range(each)],
        "prefix": [f"{pick()[:4]}*" for _ in range(each)],
    }


def measure(
    engine: TantivyEngine, asked: dict[str, list[str]], principals: frozenset[str], limit: int
) -> dict[str, object]:
    """Ask each query four ways after a warm-up; medians by kind and over all, and the two ratios."""
    searcher = engine._searcher()
    schema = engine._index.schema
    ways = {
        "plain": (Unfiltered, ()),
        "plain_facets": (Unfiltered, FACETS),
        "audience": (Lookup, ()),
        "audience_facets": (Lookup, FACETS),
    }
    times: dict[str, dict[str, list[float]]] = {way: {kind: [] for kind in asked} for way in ways}
    for kind, texts in asked.items():
        for text in texts:
            request = SearchRequest(query=parse(text), principals=principals, limit=limit)
            for way, (lookup, facets) in ways.items():
                asking = replace(request, facets=facets)
                lookup(schema, searcher, asking).result()
                begun = time.perf_counter()
                lookup(schema, searcher, asking).result()
                times[way][kind].append((time.perf_counter() - begun) * 1000)
    everything = {way: [t for kind in kinds.values() for t in kind] for way, kinds in times.items()}
    median = {way: statistics.median(values) for way, values in everything.items()}
    return {
        "median_ms": {way: round(value, 2) for way, value in median.items()},
        "p95_ms": {way: round(statistics.quantiles(values, n=20)[18], 2) for way, values in everything.items()},
        "by_kind_ms": {kind: {way: round(statistics.median(times[way][kind]), 2) for way in ways} for kind in asked},
        "ratio_filter_and_facets_to_plain": round(median["audience_facets"] / median["plain"], 2),
        "ratio_filter_and_facets_to_plain_facets": round(median["audience_facets"] / median["plain_facets"], 2),
        "ratio_filter_to_plain": round(median["audience"] / median["plain"], 2),
    }


def change_seen(engine: TantivyEngine, stream: list[str]) -> float:
    """Replace one passage, commit, search by another handle: milliseconds from the write until it is found."""
    reader = TantivyEngine(engine.folder, read_only=True)
    first = next(passages(1, stream, random.Random(1)))
    changed = first._replace(id="changed", principals=("public",), text=f"stamp{time.perf_counter_ns()}")
    request = SearchRequest(query=parse(changed.text), principals=frozenset({"public"}))
    begun = time.perf_counter()
    engine.add([changed])
    engine.commit()
    while not reader.search(request).total:
        time.sleep(0.001)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Build, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=200_000, help="passages (default 200,000)")
    options.add_argument("--queries", type=int, default=30, help="queries of each kind (default 30)")
    options.add_argument("--limit", type=int, default=20, help="hits with highlights an answer (default 20)")
    options.add_argument("--folder", type=Path, help="keep the index here, or use the one that is there")
    chosen = options.parse_args()
    chance, stream = random.Random(7), library_words()
    with tempfile.TemporaryDirectory() as temporary:
        engine = TantivyEngine(chosen.folder or Path(temporary))
        result: dict[str, object] = {"size": chosen.size}
        if not engine._searcher().num_docs:
            begun, spent = time.perf_counter(), time.process_time()
            engine.add(passages(chosen.size, stream, chance))
            engine.commit()
            result["index_s"] = round(time.perf_counter() - begun, 1)
            result["index_cpu_s"] = round(time.process_time() - spent, 1)
        groups = random.Random(8).sample(range(GROUPS), 48)
        viewer = frozenset({"public", "community", *(f"group:{n}" for n in groups)})
        result |= measure(engine, queries(stream, random.Random(9), chosen.queries), viewer, chosen.limit)
        result["visible_after_commit_ms"] = round(statistics.median(change_seen(engine, stream) for _ in range(9)), 1)
        result["segments"] = engine._searcher().num_segments
        engine.close()
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
