"""Measure how long a write waits for search while many files come in: seconds from the acknowledged write, as JSON.

    python -m bench.freshness [--files 1000] [--probes 40]

Real processes: `plumbline ingest` of many small files, `plumbline work index` beside it. Meanwhile this process adds a
file or describes a work, and asks the index until it answers with the change.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PATIENCE = 30.0


def command(*words: str) -> list[str]:
    """Give a command line of Plumbline."""
    return [sys.executable, "-m", "plumbline.cli", *words]


def write_files(folder: Path, count: int) -> None:
    """Write many small reports."""
    folder.mkdir()
    for n in range(count):
        text = "\n\n".join(
            f"Report {n}, paragraph {m}: the ship left with {m} drums for the yard, said the agent." for m in range(6)
        )
        (folder / f"{n:05}.txt").write_text(text)


def add(n: int, workspace: Any, by: Any) -> str:
    """Add and read one file; gives the query that finds it."""
    import io

    from plumbline.apps.library.intake import take_in
    from plumbline.apps.spine.jobs import Runner

    batch = f"probe{n}"
    take_in(io.BytesIO(f"The probe says xylophone{n}q and no more than that.".encode()), "p.txt", workspace, by=by,
            batch=batch)  # fmt: skip
    while Runner(batch).run_one():
        pass
    return f"xylophone{n}q"


def describe(n: int, workspace: Any, by: Any) -> str:
    """Give a work another title; gives the query that finds it."""
    from plumbline.apps.library.actions import describe_work
    from plumbline.apps.library.queries import works

    describe_work(works(by, workspace).filter(work__state="read")[0], {"title": f"Marimba{n}q"}, by=by)
    return f"title:marimba{n}q"


def lag(query: str, by: Any) -> float:
    """Wait until search answers; gives the seconds."""
    from plumbline.apps.library.searching import search_passages

    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if search_passages(query, by).total:
            break
        time.sleep(0.02)
    return time.monotonic() - began


def probe(count: int, coming: subprocess.Popen[bytes]) -> tuple[list[float], int]:
    """Write and wait while files come in; gives the waits, and how many were while files still came."""
    from plumbline.apps.accounts.queries import operator
    from plumbline.apps.spine.queries import get_workspace

    by = operator("bench")
    workspace = get_workspace("hazardous-waste", by)
    waits, during = [], 0
    for n in range(count):
        waits.append(lag((describe if n % 2 else add)(n, workspace, by), by))
        during += coming.poll() is None
    return waits, during


def main() -> None:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=1000)
    asked.add_argument("--probes", type=int, default=40)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"PLUMBLINE_DATA": f"{name}/data", "DJANGO_SETTINGS_MODULE": "plumbline.config.settings"}
        write_files(Path(name) / "first", 3)
        write_files(Path(name) / "in", options.files)
        start = command("ingest", f"{name}/first", "--workspace", "hazardous-waste")
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        import django

        django.setup()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        index = subprocess.Popen(command("work", "index"), **quiet)
        coming = subprocess.Popen(command("ingest", f"{name}/in", "--workspace", "hazardous-waste"), **quiet)
        time.sleep(3)
        try:
            waits, during = probe(options.probes, coming)
        finally:
            for process in (coming, index):
                process.terminate()
                process.wait()
    waits.sort()
    result = {
        "files": options.files, "probes": len(waits), "while_files_came": during, "p50_s": round(waits[len(waits) // 2], 3),
        "p95_s": round(waits[int(len(waits) * 0.95)], 3), "most_s": round(waits[-1], 3), "target_s": 2.0,
    }  # fmt: skip
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
