"""Measure the way from files to searchable passages against the bare libraries: CPU seconds in the same run, as JSON.

    python -m bench.ingest [--files 40] [--pages 12] [--repeat 3]

Half of the files are PDF, half Word documents, of the text that bench/readers.py sets. The bare reader is that of
bench/readers.py; ours takes each file in, reads it by a job, stores its passages and has them in the index. Each
repetition reads other files into the same installation, bare and ours in turn; the least of each counts. Extraction is
measured apart, in CPU milliseconds a passage, by the shipped blueprint; so are plain text, HTML and tables.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import resource
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.readers import bare_docx, bare_pdf, paragraphs, write_docx, write_pdf

BLUEPRINT = """\
blueprint: bench
version: 1
title: {en: Bench}
summary: {en: Works without extraction.}
content_languages: [en]
sharing: {works: {level: CLEAR}, records: {level: GREEN}}
types:
  note: {title: {en: Note}, plural: {en: Notes}, title_from: [text], fields: {text: {type: text, label: {en: Text}}}}
"""


def cpu() -> float:
    """Give the CPU seconds of this process, its threads and the children that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def spent(act: Callable[[], Any]) -> tuple[float, Any]:
    """Run and give the CPU seconds spent, and what came of it."""
    began = cpu()
    value = act()
    return cpu() - began, value


def set_up(folder: Path) -> None:
    """Make an installation in a folder."""
    os.environ |= {"PLUMBLINE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "plumbline.config.settings"}
    folder.mkdir()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def ingest(files: Sequence[Path], workspace: Any, by: Any, *, extraction: bool = False) -> int:
    """Take files in, read them, have them in the index; gives the number of passages."""
    from plumbline.apps.library.indexing import drain_index
    from plumbline.apps.library.intake import take_in
    from plumbline.apps.library.models import Passage
    from plumbline.apps.spine.jobs import Runner

    before = Passage.objects.count()
    for path in files:
        take_in(path, path.name, workspace, by=by)
    with Runner() as runner:
        while runner.run_one():
            pass
    drain_index()
    return Passage.objects.count() - before


def write_files(folder: Path, count: int, pages: int, shift: int) -> list[Path]:
    """Write half PDF, half DOCX; `shift` makes the files of one turn differ from those of another."""
    content = paragraphs(pages * count * (shift + 1))
    size = len(content) // (count * (shift + 1))
    found = []
    for n in range(count):
        part = content[(shift * count + n) * size : (shift * count + n + 1) * size]
        part = [(True, f"Report {shift}-{n}"), *part]
        path = folder / f"report-{shift}-{n}.{'pdf' if n % 2 else 'docx'}"
        (write_pdf if n % 2 else write_docx)(path, part)
        found.append(path)
    return found


def bare(files: Sequence[Path]) -> int:
    """Read the files with the bare libraries."""
    return sum((bare_pdf if path.suffix == ".pdf" else bare_docx)(path) for path in files)


def other_formats(folder: Path, pages: int) -> dict[str, Path]:
    """Write the same text as plain text, HTML and a table."""
    content = paragraphs(pages)
    text = "\n\n".join(words for _, words in content)
    page = "".join(f"<h2>{html.escape(w)}</h2>" if heading else f"<p>{html.escape(w)}</p>" for heading, w in content)
    rows = "".join(f"{n},2011-03-05,Lagos,{len(w)}\n" for n, (_, w) in enumerate(content))
    made = {"txt": text, "html": f"<!doctype html><title>Report</title><body>{page}", "csv": "no,date,place,t\n" + rows}
    for kind, written in made.items():
        (folder / f"other.{kind}").write_text(written)
    return {kind: folder / f"other.{kind}" for kind in made}


def reports(folder: Path, count: int) -> list[Path]:
    """Write reports that tell incidents, for extraction."""
    found = []
    for n in range(count):
        lines = [
            f"On {1 + m % 28} March {2005 + n % 15}, customs officers seized {m + 2} tonnes of lead batteries in Lagos."
            f" The waste had been shipped from Genoa to the port, and {m} containers were sent back.\n\n"
            f"Nobody had asked about the paperwork of shipment {n}-{m}, which lay at the harbour for months."
            for m in range(10)
        ]
        path = folder / f"incidents-{n}.txt"
        path.write_text("\n\n".join(lines))
        found.append(path)
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure everything."""
    from plumbline.apps.accounts.queries import operator
    from plumbline.apps.library.models import Claim
    from plumbline.apps.spine.actions import apply_blueprint
    from plumbline.domain.blueprints import load_shipped

    plain = apply_blueprint(BLUEPRINT, name="bench", by=operator("bench"))
    by = operator("bench")
    least = {"bare": float("inf"), "ours": float("inf")}
    passages = 0
    for turn in range(options.repeat + 1):
        files = write_files(folder, options.files if turn else 4, options.pages, turn)
        bare_seconds, _ = spent(lambda files=files: bare(files))  # type: ignore[misc]
        our_seconds, count = spent(lambda files=files: ingest(files, plain, by))  # type: ignore[misc]
        if turn:
            passages = count
            least = {"bare": min(least["bare"], bare_seconds), "ours": min(least["ours"], our_seconds)}
    result: dict[str, Any] = {
        "files": options.files, "pages": options.pages, "passages": passages,
        "bare_cpu_s": round(least["bare"], 3), "ingest_cpu_s": round(least["ours"], 3),
        "ratio": round(least["ours"] / least["bare"], 2), "target": 2.5,
        "cpu_ms_a_passage": round(1000 * least["ours"] / passages, 3),
    }  # fmt: skip
    for kind, path in other_formats(folder, 100).items():
        seconds, count = spent(lambda path=path: ingest([path], plain, by))  # type: ignore[misc]
        result[f"{kind}_cpu_ms_a_passage"] = round(1000 * seconds / count, 3)
    shipped = load_shipped("hazardous-waste")
    waste = apply_blueprint(shipped.text, name=shipped.id, by=operator("bench"))
    ingest(reports(folder, 1), waste, operator("bench"))
    files = reports(folder, 21)[1:]
    with_it, count = spent(lambda: ingest(files, waste, operator("bench")))
    without, _ = spent(lambda: ingest(files, plain, by))
    result["extraction_cpu_ms_a_passage"] = round(1000 * (with_it - without) / count, 2)
    result["extraction_claims"] = Claim.objects.count()
    return result


def main() -> None:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=40)
    asked.add_argument("--pages", type=int, default=12)
    asked.add_argument("--repeat", type=int, default=3)
    asked.add_argument("--profile", action="store_true", help="Print where the time of one more turn goes instead.")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        set_up(Path(name) / "data")
        if options.profile:
            profile(options, Path(name))
            return
        print(json.dumps(measure(options, Path(name)), indent=2))


def profile(options: argparse.Namespace, folder: Path) -> None:
    """Print the functions that a turn of PDF and DOCX spends its time in."""
    import cProfile
    import pstats

    from plumbline.apps.accounts.queries import operator
    from plumbline.apps.spine.actions import apply_blueprint

    plain = apply_blueprint(BLUEPRINT, name="bench", by=operator("bench"))
    by = operator("bench")
    ingest(write_files(folder, 4, options.pages, 0), plain, by)
    files = write_files(folder, options.files, options.pages, 1)
    with cProfile.Profile() as seen:
        ingest(files, plain, by)
    pstats.Stats(seen).sort_stats("tottime").print_stats(30)
    pstats.Stats(seen).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
