"""Measure a table's way out and back: records exported, imported unchanged, then with some rows edited; as JSON.

    python -m bench.roundtrip [--rows 90000] [--edited 1000]

The rows are those of `bench/_scale.py` (one in twenty is rejected there and stays out), as the person who sees all of them. The export as it is must change nothing, the edited one exactly its edited rows. CPU
seconds stand beside those of writing and reading the same table with Python's csv module; memory is this process's peak.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._scale import TYPE, WORKSPACE, Size, prepared, viewers
from bench.ingest import spent


def export(path: Path, workspace: Any, by: Any) -> None:
    """Write every record of the type as CSV."""
    from plumbline.apps.records.exporting import export_records
    from plumbline.apps.records.queries import Filter

    with path.open("wb") as file:
        file.writelines(export_records(by, workspace, TYPE, Filter(), "csv", language="en"))


def bare(path: Path) -> int:
    """Read all rows and write them again."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    csv.writer(io.StringIO()).writerows(rows)
    return len(rows)


def edit(path: Path, to: Path, count: int) -> None:
    """Copy an export with the note of the first rows changed."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        rows = csv.reader(file)
        heads = next(rows)
        at = heads.index("note")
        with to.open("w", newline="") as out:
            out.write(first)
            writer = csv.writer(out)
            writer.writerow(heads)
            for n, row in enumerate(rows):
                if n < count:
                    row[at] = f"Edited {n}"
                writer.writerow(row)


def bring(path: Path, workspace: Any, by: Any) -> dict[str, Any]:
    """Import a table by the ids of its rows, and give what came of it."""
    from plumbline.apps.library.stores import file_store
    from plumbline.apps.records.actions import ask_import
    from plumbline.apps.spine.jobs import Runner

    sha256 = file_store().put(path).sha256
    job = ask_import(workspace, TYPE, sha256, name=path.name, language="en", rows=0, key=("id",), by=by)
    with Runner(job.batch) as runner:
        while runner.run_one():
            pass
    job.refresh_from_db()
    if job.state != "done":
        raise SystemExit(f"the import {job.state}: {job.problem}")
    return {name: job.payload[name] for name in ("created", "changed", "same", "refused")}


def main() -> None:
    """Print one JSON object; exit 1 where the table did not come back as it went."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=90_000)
    asked.add_argument("--edited", type=int, default=1_000)
    options = asked.parse_args()
    temporary = prepared(Size(options.rows, 200), None)
    from plumbline.apps.spine.queries import get_workspace

    by = viewers()["all"]
    workspace = get_workspace(WORKSPACE, by)
    with tempfile.TemporaryDirectory() as name:
        path, edited = Path(name) / "out.csv", Path(name) / "edited.csv"
        out, _ = spent(lambda: export(path, workspace, by))
        plain, rows = spent(lambda: bare(path))
        edit(path, edited, options.edited)
        back, same = spent(lambda: bring(path, workspace, by))
        again, changed = spent(lambda: bring(edited, workspace, by))
    del temporary
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({
        "rows": rows - 2, "export_cpu_s": round(out, 1), "csv_cpu_s": round(plain, 2), "unchanged": same,
        "unchanged_cpu_s": round(back, 1), "edited": changed, "edited_cpu_s": round(again, 1), "peak_mb": round(peak),
    }, indent=1))  # fmt: skip
    seen = rows - 2
    good = same == {"created": 0, "changed": 0, "same": seen, "refused": 0}
    good = good and changed == {"created": 0, "changed": options.edited, "same": seen - options.edited, "refused": 0}
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
