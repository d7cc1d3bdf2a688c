"""Measure what comparing works costs beside taking them in, and the page that lays two long works side by side, as JSON.

    python -m bench.comparing [--files 60] [--pages 12] [--passages 4000]

CPU seconds of the same run. Files are those of bench/ingest.py; every third is a copy of the one before with a sentence more.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.ingest import BLUEPRINT, ingest, set_up, spent
from bench.readers import paragraphs


def write(folder: Path, count: int, pages: int) -> list[Path]:
    """Write text files; every third is another version of the one before it."""
    content = [words for _, words in paragraphs(pages * count)]
    size, found = len(content) // count, []
    for n in range(count):
        at = n - 1 if n % 3 == 2 else n
        path = folder / f"text-{n}.txt"
        path.write_text("\n\n".join([*content[at * size : (at + 1) * size], f"This is number {n} of {count}."]))
        found.append(path)
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure both."""
    from django.test import Client

    from plumbline.apps.accounts.queries import SYSTEM, operator
    from plumbline.apps.library.comparing import compare_all
    from plumbline.apps.library.models import Entry, Version
    from plumbline.apps.spine.actions import apply_blueprint

    workspace = apply_blueprint(BLUEPRINT, name="bench", by=operator("bench"))
    took, passages = spent(lambda: ingest(write(folder, options.files, options.pages), workspace, operator("bench")))
    compared, works = spent(lambda: compare_all(SYSTEM))
    result = {
        "files": options.files, "passages": passages, "ingest_cpu_s": round(took, 3), "compare_cpu_s": round(compared, 3),
        "compare_ms_a_work": round(1000 * compared / works, 2), "pairs": Version.objects.count(),
    }  # fmt: skip
    words = [words for _, words in paragraphs(500)]
    long = [f"{n}. {words[n % len(words)]}" for n in range(options.passages)]
    for name, told in (
        ("one", long),
        ("two", [one.replace(" the ", " that ", 1) if n % 9 == 0 else one for n, one in enumerate(long)]),
    ):
        (folder / f"{name}.txt").write_text("\n\n".join(told))
    ingest([folder / "one.txt", folder / "two.txt"], workspace, operator("bench"))
    compared, works = spent(lambda: compare_all(SYSTEM))
    last = Entry.objects.filter(kind="work").order_by("-pk")[0]
    pair = Version.objects.filter(other=last).order_by("-entry_id")[0]
    client = Client(SERVER_NAME="127.0.0.1")
    client.get(f"/version/{pair.public_id}/")
    for kind in ("version", "translation"):
        Version.objects.filter(pk=pair.pk).update(kind=kind)
        seconds, answer = spent(lambda: client.get(f"/version/{pair.public_id}/?page=3"))
        result[f"{kind}_page_cpu_ms"], result[f"{kind}_page_kb"] = round(1000 * seconds), len(answer.content) // 1000
    return result | {"long_passages": options.passages, "long_compare_ms_a_work": round(1000 * compared / works)}


def main() -> None:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("files", 60), ("pages", 12), ("passages", 4000)):
        asked.add_argument(f"--{name}", type=int, default=value)
    with tempfile.TemporaryDirectory() as name:
        set_up(Path(name) / "data")
        print(json.dumps(measure(asked.parse_args(), Path(name))))


if __name__ == "__main__":
    main()
