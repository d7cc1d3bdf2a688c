"""Measure the pages: how many queries each asks, and how long it takes, for viewers of few and of many mark classes.

The real pages through Django's test client, in process, over the rows of `bench/_scale.py`. Each page is asked
`--repeat` times for each viewer, twice: `kept`, as between two writes, when answers are kept in memory; and `after a
write`, when just before each request a record was accepted or put back. The number of queries is compared with that of the same house
with 1,000 incidents: it must not grow. Prints one JSON object and exits 1 where a promise is missed.

Beside the time of the clock stands the CPU time of this process, and of the server process of PostgreSQL where it runs
on this machine: on a machine with other work, only that can be compared.

    python -m bench.pages --entries 100000 --classes 2000
    python -m bench.pages --database postgresql://user@host:port/name   # an empty one, or one filled by this
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench._scale import TYPE, WORKSPACE, Size, prepared, sizes, viewers, write
from bench.storage import seen, summary

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer

CLOCK = time.perf_counter
MOST_MS = 300
SMALL = 1_000
MORE = 6
"""So many queries more may a page ask of the large house: a page of the small one may be empty, or its record plain."""


def addresses(viewer: Viewer) -> dict[str, str]:
    """Name the pages that are measured and give their addresses, those of things that the viewer may see."""
    from plumbline.apps.library import queries as library
    from plumbline.apps.records import queries
    from plumbline.apps.records.queries import Filter
    from plumbline.apps.spine.queries import get_workspace

    workspace = get_workspace(WORKSPACE, viewer)
    listing = f"/w/{WORKSPACE}/{TYPE}/"
    record = queries.page_of(viewer, workspace, TYPE, Filter()).entries[0]
    work = library.works(viewer, workspace)[0]
    passage = library.passages(work, viewer, 0, 1)[0]
    found = {
        "home": "/",
        "workspaces": "/w/",
        "workspace": f"/w/{WORKSPACE}/",
        "list": listing,
        "list, page 20": f"{listing}?page=20",
        "list, one facet": f"{listing}?country=NG",
        "list, two facets": f"{listing}?country=NG&country=IT&country=CN&waste=annex-i&waste=e-waste",
        "list, text": f"{listing}?q=batter",
        "list, years": f"{listing}?from=2010-01-01&to=2019-12-31",
        "map": f"{listing}map/",
        "clusters, world": f"{listing}clusters.json?zoom=2&bbox=-180,-90,180,90",
        "clusters, country": f"{listing}clusters.json?zoom=6&bbox=6,36,19,48",
        "map, countries": f"{listing}map/countries/?measure=rate",
        "map, small": f"{listing}map/small/",
        "map, flows": f"{listing}map/flows/",
        "timeline": f"{listing}timeline/",
        "counts": f"{listing}counts/",
        "counts, filtered": f"{listing}counts/?country=IT&columns=waste&rows=activity",
        "record": f"/r/{record.public_id}/",
        "record, history": f"/r/{record.public_id}/history/",
        "record, who": f"/r/{record.public_id}/who/",
        "works": f"/w/{WORKSPACE}/works/",
        "work": f"/work/{work.public_id}/",
        "passage": f"/p/{passage.id}/",
        "search": "/search/?q=batteries+port",
    }
    if viewer.has_role(WORKSPACE, "reviewer"):
        waiting = queries.listed(viewer, workspace, queries.to_review(viewer, workspace)[:1])[0]
        found |= {"review": f"/w/{WORKSPACE}/review/", "review, record": f"/w/{WORKSPACE}/review/{waiting.public_id}/"}
    return found


def client_of(name: str) -> Any:
    """Give a client that is signed in as one of the house's people; the public is signed in as nobody."""
    from django.test import Client

    from plumbline.apps.accounts.models import Person

    client = Client()
    person = Person.objects.filter(email=f"{name}@example.org").first()
    if person:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@dataclass(frozen=True)
class Asked:
    """What one request took: ms of the clock, ms of CPU (of the database's process too), and how many queries."""

    clock: float
    cpu: float
    queries: int


def ask(client: Any, address: str) -> Asked:
    """Ask for a page; stops the measurement where the page is not one."""
    from django.db import connection

    queries = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        spent, begun = cpu_ms(), CLOCK()
        answer = client.get(address)
        b"".join(answer) if answer.streaming else answer.content
        took, spent = (CLOCK() - begun) * 1000, cpu_ms() - spent
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return Asked(took, spent, queries)


def cpu_ms() -> float:
    """Give the CPU time spent so far by this process, and by PostgreSQL's for it where /proc tells (Linux, this machine)."""
    return time.process_time() * 1000 + backend_ms()


def backend_ms() -> float:
    """Give the CPU time of the process of PostgreSQL that serves this one; 0 where there is none or it is elsewhere."""
    from django.db import connection

    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e6 if told.exists() else 0.0


def measure(people: dict[str, Viewer], repeat: int, only: str) -> dict[str, dict[str, Any]]:
    """Time each page for each viewer: name -> viewer -> queries after a write, and median and p95 in ms of both kinds.

    `cpu` is the same in CPU time.
    """
    chance = random.Random(5)
    clients = {name: client_of(name) for name in people}
    asked = {name: addresses(viewer) for name, viewer in people.items()}
    table: dict[str, dict[str, Any]] = {}
    for page in max(asked.values(), key=len):
        if only not in page:
            continue
        table[page] = {}
        for name, client in clients.items():
            if page not in asked[name]:
                continue
            ask(client, asked[name][page])
            cold, kept = [], []
            for _turn in range(repeat):
                write(people["all"], chance)
                cold.append(ask(client, asked[name][page]))
                kept.append(ask(client, asked[name][page]))
            found = {"after_write": cold, "kept": kept}
            table[page][name] = {
                "queries": max(one.queries for one in cold),
                **{kind: summary([one.clock for one in ones]) for kind, ones in found.items()},
                "cpu": {kind: summary([one.cpu for one in ones]) for kind, ones in found.items()},
            }
        shown = "  ".join(
            f"{name} {one['queries']:3} q {one['after_write'][1]:5.0f} | {one['kept'][1]:5.0f}"
            f" cpu {one['cpu']['after_write'][0]:4.0f} {one['cpu']['after_write'][1]:4.0f}"
            f" | {one['cpu']['kept'][0]:4.0f} {one['cpu']['kept'][1]:4.0f}"
            for name, one in table[page].items()
        )
        print(f"{page:18} {shown}", file=sys.stderr, flush=True)
    return table


def broken(table: dict[str, dict[str, Any]], small: dict[str, dict[str, Any]]) -> list[str]:
    """Say which promises are missed: p95 over 300 ms, or queries that grow with the rows."""
    found = []
    for page, by_viewer in table.items():
        for name, one in by_viewer.items():
            for kind in ("after_write", "kept"):
                if one[kind][1] > MOST_MS:
                    found.append(f"{page}, {name}, {kind}: p95 {one[kind][1]} ms, over {MOST_MS}")
            before = small.get(page, {}).get(name, {}).get("queries")
            if before is not None and one["queries"] > before + MORE:
                found.append(f"{page}, {name}: {one['queries']} queries, {before} with {SMALL:,} incidents")
    return found


def small_house(only: str, classes: int) -> dict[str, dict[str, Any]]:
    """Ask the same pages of a house with 1,000 incidents on SQLite, in a process of its own, for their numbers of queries."""
    command = [sys.executable, "-m", "bench.pages", "--entries", str(SMALL), "--classes", str(min(classes, 200))]
    command += ["--repeat", "2", "--alone", "--only", only]
    own = {name: value for name, value in os.environ.items() if name != "PLUMBLINE_DATABASE_URL"}
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, check=True, env=own)
    return dict(json.loads(done.stdout)["pages"])


def main() -> int:
    """Fill, ask, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=100_000, help="incidents, ten claims each (default 100,000)")
    options.add_argument("--classes", type=int, default=2_000, help="mark classes (default 2,000)")
    options.add_argument("--repeat", type=int, default=30, help="requests for each page and viewer (default 30)")
    options.add_argument("--only", default="", help="only the pages whose name holds this")
    options.add_argument("--folder", type=Path, help="keep the data folder here, or use the one that is there")
    options.add_argument("--database", default="", help="a PostgreSQL to fill and ask (default: SQLite in the folder)")
    options.add_argument("--alone", action="store_true", help="do not compare with a small house")
    chosen = options.parse_args()
    if chosen.database:
        os.environ["PLUMBLINE_DATABASE_URL"] = chosen.database
    temporary = prepared(Size(chosen.entries, chosen.classes), chosen.folder)
    importlib.import_module("plumbline.config.wsgi")  # as the server begins
    people = viewers()
    load = os.getloadavg()
    table = measure(people, chosen.repeat, chosen.only)
    missed = [] if chosen.alone else broken(table, small_house(chosen.only, chosen.classes))
    result = {
        "rows": sizes(), "seen": {name: seen(viewer) for name, viewer in people.items()},
        "load": [load, os.getloadavg()], "pages": table, "missed": missed,
    }  # fmt: skip
    json.dump(result, sys.stdout, indent=1)
    print()
    if temporary:
        temporary.cleanup()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
