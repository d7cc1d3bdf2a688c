"""Run 200 real texts through the whole product: files of four kinds to passages, records and a map.

    PLUMBLINE_BENCH_DATA=FOLDER python -m bench.muc4_map [--keep FOLDER]

FOLDER holds `muc4/dev.jsonl` (docid, doctext). The texts are written as TXT, HTML, PDF and DOCX in turn, taken in by
`plumbline ingest` with `bench/blueprints/political-violence-map.yaml`, and what came of them is printed as JSON: files by
state, passages, records, records with a date and with a point, clusters on the map at zoom 4, CPU seconds of the run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
BLUEPRINT = HERE / "blueprints" / "political-violence-map.yaml"


def write_txt(place: Path, title: str, parts: list[str]) -> None:
    """Write a text as plain text."""
    place.write_text("\n\n".join([title, *parts]), encoding="utf-8")


def write_html(place: Path, title: str, parts: list[str]) -> None:
    """Write a text as a web page with a menu and a script that no reader wants."""
    body = "".join(f"<p>{escape(part)}</p>" for part in parts)
    place.write_text(
        f"<!doctype html><html lang=en><title>{title}</title><nav>Home News</nav><script>x=1</script><main><h1>{title}</h1>{body}</main>",
        encoding="utf-8",
    )


def write_pdf(place: Path, title: str, parts: list[str]) -> None:
    """Write a text as a PDF with a text layer."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    flow = [Paragraph(title, styles["Title"])]
    for part in parts:
        flow += [Paragraph(escape(part), styles["BodyText"]), Spacer(1, 8)]
    SimpleDocTemplate(str(place), title=title).build(flow)


def write_docx(place: Path, title: str, parts: list[str]) -> None:
    """Write a text as a Word document."""
    import docx

    document = docx.Document()
    document.add_heading(title, 0)
    for part in parts:
        document.add_paragraph(part)
    document.save(str(place))


WRITERS: tuple[tuple[str, Callable[[Path, str, list[str]], None]], ...] = (
    (".txt", write_txt), (".html", write_html), (".pdf", write_pdf), (".docx", write_docx),
)  # fmt: skip


def write_all(source: Path, folder: Path) -> int:
    """Write every text of a JSON Lines file, the four formats in turn; returns how many."""
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        suffix, write = WRITERS[number % len(WRITERS)]
        parts = [part.strip() for part in row["doctext"].split("    ") if part.strip()]
        write(folder / f"{row['docid']}{suffix}", row["docid"], parts)
    return len(rows)


def plumbline(*arguments: str) -> str:
    """Run the command line; returns what it printed."""
    command = [sys.executable, "-m", "plumbline.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 7):
        sys.exit(done.stderr)
    return done.stdout


def main() -> None:
    """Write, ingest, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the data folder here, to look at it with `plumbline serve`")
    options = parser.parse_args()
    data = os.environ.get("PLUMBLINE_BENCH_DATA")
    if not data or not (Path(data) / "muc4" / "dev.jsonl").exists():
        print(json.dumps({"skipped": "PLUMBLINE_BENCH_DATA names no folder with muc4/dev.jsonl"}))
        return
    with tempfile.TemporaryDirectory() as scratch:
        files = Path(scratch) / "files"
        files.mkdir()
        os.environ["PLUMBLINE_DATA"] = str(options.keep or Path(scratch) / "data")
        written = write_all(Path(data) / "muc4" / "dev.jsonl", files)
        plumbline("init", "--quiet")
        plumbline("blueprint", "apply", str(BLUEPRINT))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = json.loads(plumbline("ingest", str(files), "--workspace", "political-violence", "--json"))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            json.dumps(
                {
                    "written": written,
                    "read": told["read"],
                    "failed": told["failed"],
                    "cpu_seconds": round(seconds, 1),
                    **counted(),
                }
            )
        )


def counted() -> dict[str, int]:
    """Count what came of the texts, as the public sees it."""
    from plumbline.cli.main import set_up

    set_up()
    from plumbline.apps.library.queries import entries, works
    from plumbline.apps.records.queries import Filter, clusters
    from plumbline.apps.spine.queries import get_workspace
    from plumbline.domain.access import PUBLIC

    workspace = get_workspace("political-violence", PUBLIC)
    records = entries(PUBLIC, workspace)
    found = clusters(PUBLIC, workspace, "incident", Filter(), 4)
    return {
        "passages": sum(works(PUBLIC, workspace).values_list("work__passage_count", flat=True)),
        "records": records.count(), "dated": records.exclude(date=None).count(),
        "on_the_map": sum(one.count for one in found), "clusters": len(found),
    }  # fmt: skip


if __name__ == "__main__":
    main()
