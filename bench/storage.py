"""Measure the reads under the pages: lists, facets, counts, clusters, values, for viewers of few and of many mark classes.

Synthetic and repeatable (see `bench/_scale.py`). Each read is asked `--repeat` times for each viewer, the viewers in
turn, with the counts that are kept in memory forgotten before each, so that what is measured is the storage. Prints
one JSON object: milliseconds (median, p95), rows and classes that each viewer sees, sizes of tables.

    python -m bench.storage --entries 100000 --classes 2000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench._scale import TYPE, WORKSPACE, Size, prepared, sizes, viewers, write

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer

CLOCK = time.perf_counter
WORLD = (-180.0, -90.0, 180.0, 90.0)
BOXES = {2: WORLD, 5: (-10.0, 35.0, 30.0, 60.0), 10: (8.0, 44.5, 10.0, 46.0)}


def reads(viewer: Viewer) -> dict[str, Callable[[], Any]]:
    """Name the reads that are measured, as one viewer asks them."""
    from plumbline.apps.library import queries as library
    from plumbline.apps.records import queries
    from plumbline.apps.records.queries import Filter
    from plumbline.apps.spine.queries import get_workspace

    workspace = get_workspace(WORKSPACE, viewer)
    at = (viewer, workspace, TYPE)
    some = Filter(facets={"country": ("NG", "IT", "CN"), "waste": ("Y31", "annex-i", "e-waste")})
    rows = queries.page_of(*at, Filter()).entries
    found: dict[str, Callable[[], Any]] = {}
    for sort in ("-date", "date", "title", "-updated_at"):
        for number in (1, 20):
            found[f"list {sort} page {number}"] = lambda s=sort, n=number: queries.page_of(
                *at, Filter(), sort=s, number=n
            )
    found |= {
        "list one facet": lambda: queries.page_of(*at, Filter(facets={"country": ("NG",)})),
        "list two facets": lambda: queries.page_of(*at, some),
        "list text": lambda: queries.page_of(*at, Filter(text="batter")),
        "facets": lambda: queries.facet_counts(*at, Filter()),
        "facets filtered": lambda: queries.facet_counts(*at, some),
        "facets text": lambda: queries.facet_counts(*at, Filter(text="batter")),
        "by status": lambda: queries.counts_by_status(*at, Filter()),
        "by type": lambda: queries.counts_by_type(viewer, workspace),
        "by year": lambda: queries.counts_by_year(*at, Filter()),
        "by year filtered": lambda: queries.counts_by_year(*at, some),
        "waste by year": lambda: queries.cross_counts(*at, Filter(), "waste", "year"),
        "waste by country": lambda: queries.cross_counts(*at, Filter(), "waste", "country"),
        "waste by country filtered": lambda: queries.cross_counts(*at, some, "waste", "country"),
        "placed": lambda: queries.placed(*at, Filter()),
        **{
            f"clusters zoom {zoom}": lambda z=zoom, b=box: queries.clusters(*at, Filter(box=b), z)
            for zoom, box in BOXES.items()
        },
        "clusters filtered": lambda: queries.clusters(*at, Filter(facets={"waste": ("e-waste",)}), 2),
        "newest": lambda: queries.newest(viewer, workspace, 6),
        "to review": lambda: queries.listed(viewer, workspace, queries.to_review(viewer, workspace)[:50]),
        "open candidates": lambda: list(queries.open_candidates(viewer, workspace)[:50]),
        "open candidates, how many": lambda: queries.open_candidates(viewer, workspace).count(),
        "works": lambda: list(library.works(viewer, workspace)[:50]),
        "works, how many": lambda: library.works(viewer, workspace).count(),
        "values of 50": lambda: library.values_for(rows, viewer),
        "record": lambda: library.claims_of(library.get_entry(rows[0].public_id, viewer), viewer),
        "resting on": lambda: library.resting_on(library.works(viewer, workspace)[0], viewer),
    }
    return found


def measure(people: dict[str, Viewer], repeat: int, only: str) -> dict[str, dict[str, list[float]]]:
    """Time each read for each viewer, after one warm-up: name -> viewer -> [median ms, p95 ms]."""
    asked = {name: reads(viewer) for name, viewer in people.items()}
    table: dict[str, dict[str, list[float]]] = {}
    chance = random.Random(5)
    for read in next(iter(asked.values())):
        if only not in read:
            continue
        times: dict[str, list[float]] = {name: [] for name in people}
        for turn in range(repeat + 1):
            for name in people:
                write(people["all"], chance)
                begun = CLOCK()
                asked[name][read]()
                if turn:
                    times[name].append((CLOCK() - begun) * 1000)
        table[read] = {name: summary(values) for name, values in times.items()}
        print(
            f"{read:28} " + "  ".join(f"{name} {m:7.1f} {p:7.1f}" for name, (m, p) in table[read].items()),
            file=sys.stderr,
        )
    return table


def summary(values: list[float]) -> list[float]:
    """Give the median and the 95th percentile."""
    return [round(statistics.median(values), 1), round(statistics.quantiles(values, n=20, method="inclusive")[18], 1)]


def seen(viewer: Viewer) -> dict[str, int]:
    """Count the mark classes and the incidents that a viewer sees."""
    from plumbline.apps.library.queries import entries
    from plumbline.apps.spine.queries import visible_classes

    return {"classes": len(visible_classes(viewer)), "incidents": entries(viewer).count()}


def first_use(viewer: Viewer) -> float:
    """Milliseconds to work out the visible classes of a viewer in a process that knows nothing yet."""
    from plumbline.apps.spine.queries import clear_caches, visible_classes

    clear_caches()
    begun = CLOCK()
    visible_classes(viewer)
    return round((CLOCK() - begun) * 1000, 1)


def main() -> None:
    """Fill, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=100_000, help="incidents, ten claims each (default 100,000)")
    options.add_argument("--classes", type=int, default=2_000, help="mark classes (default 2,000)")
    options.add_argument("--repeat", type=int, default=11, help="times that each read is asked (default 11)")
    options.add_argument("--only", default="", help="only the reads whose name holds this")
    options.add_argument("--folder", type=Path, help="keep the data folder here, or use the one that is there")
    chosen = options.parse_args()
    begun = CLOCK()
    temporary = prepared(Size(chosen.entries, chosen.classes), chosen.folder)
    filled = CLOCK() - begun
    people = viewers()
    result = {
        "rows": sizes(),
        "filled_s": round(filled, 1),
        "load": os.getloadavg(),
        "first_use_ms": {name: first_use(viewer) for name, viewer in people.items()},
        "seen": {name: seen(viewer) for name, viewer in people.items()},
        "ms": measure(people, chosen.repeat, chosen.only),
    }
    json.dump(result, sys.stdout, indent=1)
    print()
    if temporary:
        temporary.cleanup()


if __name__ == "__main__":
    main()
