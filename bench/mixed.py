"""Measure a pile of mixed files from end to end: files a second, CPU a page by format against the bare reader, memory.

    python -m bench.mixed [--files 10000] [--each 40] [--seed 1]

The pile: eleven formats by the shares of `SHARES`, as an institute's shared drive holds them; lengths log-normal (median
two pages of 3,000 characters, one in twenty over ten), headings every few paragraphs, tables as rows, mails with an
attachment of their own. The text is what Python's documentation strings hold (`bench/readers.py`), begun elsewhere in each
file, so that no two are alike. PDF by reportlab, Word by python-docx, tables by openpyxl and csv, mails by the standard
library; OpenDocument, slides and RTF from their real structure.

The bare reader of each format gets its text out and nothing else; ours takes the file in, reads it, stores its passages
and has them in the index, in an installation that is new. The pile then goes through one process in order, and its memory is looked at on the way.
"""

from __future__ import annotations

import argparse
import csv
import email
import email.policy
import io
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.ingest import BLUEPRINT, ingest, set_up, spent
from bench.readers import CHARACTERS_A_PAGE, bare_docx, bare_pdf, paragraphs, write_docx, write_pdf
from tests.unit.plugins.readers.making import mail, odt, pptx, shape

SHARES = {
    "pdf": 35,
    "docx": 20,
    "html": 12,
    "txt": 8,
    "eml": 8,
    "xlsx": 5,
    "csv": 4,
    "pptx": 3,
    "odt": 3,
    "rtf": 1,
    "md": 1,
}
CHUNK = 250
MOST_PAGES = 60
Content = list[tuple[bool, str]]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────


def as_html(content: Content) -> bytes:
    """Set as a page."""
    body = "".join(f"<h2>{escape(w)}</h2>" if heading else f"<p>{escape(w)}</p>" for heading, w in content)
    return f"<!doctype html><title>{escape(content[0][1])}</title><body>{body}".encode()


def as_markdown(content: Content) -> bytes:
    """Set as Markdown."""
    return "\n\n".join(f"## {words}" if heading else words for heading, words in content).encode()


def as_text(content: Content) -> bytes:
    """Set as plain text."""
    return "\n\n".join(words for _, words in content).encode()


def as_rtf(content: Content) -> bytes:
    """Set as Rich Text Format, letters outside ASCII as their numbers."""

    def told(words: str) -> str:
        safe = words.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
        return "".join(c if c.isascii() else f"\\u{ord(c) & 0xFFFF}?" for c in safe)

    return (
        "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}" + "".join(f"{told(w)}\\par\n" for _, w in content) + "}"
    ).encode()


def as_odt(content: Content) -> bytes:
    """Set as OpenDocument text."""
    tags = {True: ('<text:h text:outline-level="1">', "</text:h>"), False: ("<text:p>", "</text:p>")}
    return odt("".join(f"{tags[heading][0]}{escape(w)}{tags[heading][1]}" for heading, w in content))


def as_slides(content: Content) -> bytes:
    """Set as slides of four paragraphs."""
    told = [escape(words) for _, words in content]
    return pptx(*(shape(*told[at : at + 4]) for at in range(0, len(told), 4)))


def as_mail(content: Content) -> bytes:
    """Set as a mail, its second half attached as text."""
    half = len(content) // 2
    attached = {"annex.txt": as_text(content[half:])} if half else None
    return mail(text=as_text(content[: half or 1]).decode(), attached=attached).as_bytes()


def as_rows(content: Content) -> list[list[str]]:
    """Set as a table: a number, a year, a place, a text."""
    rows = [[str(n), str(2000 + n % 25), "Lagos", words] for n, (_, words) in enumerate(content)]
    return [["no", "year", "place", "text"], *rows]


def as_csv(content: Content) -> bytes:
    """Set as comma-separated values."""
    out = io.StringIO()
    csv.writer(out).writerows(as_rows(content))
    return out.getvalue().encode()


def as_xlsx(content: Content) -> bytes:
    """Set as a workbook."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Cases")
    for row in as_rows(content):
        sheet.append([cell[:30_000] for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: dict[str, Callable[[Content], bytes]] = {
    "html": as_html, "md": as_markdown, "txt": as_text, "rtf": as_rtf, "odt": as_odt, "pptx": as_slides, "eml": as_mail,
    "csv": as_csv, "xlsx": as_xlsx,
}  # fmt: skip


def write_pile(folder: Path, count: int, seed: int, only: str = "") -> dict[str, int]:
    """Write files of mixed formats and lengths; gives the pages of each, by name."""
    chance = random.Random(f"{seed} {only}")
    source = paragraphs(2_000)
    pages: dict[str, int] = {}
    for n in range(count):
        kind = only or chance.choices(list(SHARES), list(SHARES.values()))[0]
        length = min(MOST_PAGES, max(0.3, chance.lognormvariate(0.7, 1.0))) * CHARACTERS_A_PAGE
        at, content, held = chance.randrange(len(source)), [(True, f"Report {seed}-{only}-{n}")], 0
        while held < length:
            content.append(source[at % len(source)])
            held, at = held + len(content[-1][1]), at + 1
        path = folder / f"{n:06}-{seed}.{kind}"
        if kind in ("pdf", "docx"):
            (write_pdf if kind == "pdf" else write_docx)(path, content)
        else:
            path.write_bytes(WRITERS[kind](content))
        pages[path.name] = max(1, round(held / CHARACTERS_A_PAGE))
    return pages


# ── bare readers ──────────────────────────────────────────────────────────────────────────────────────────────


def bare_xml(path: Path) -> int:
    """Take all text of all XML parts of an archive."""
    from lxml import etree

    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.endswith(".xml")]
        return sum(len("".join(etree.fromstring(archive.read(name)).itertext())) for name in parts)


def bare_html(path: Path) -> int:
    """Take the text of a page."""
    import lxml.html

    return len(lxml.html.fromstring(path.read_bytes()).text_content())


def bare_mail(path: Path) -> int:
    """Take the text of a mail and of its attachments."""
    message: Any = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return sum(len(part.get_content()) for part in message.walk() if not part.is_multipart())


def bare_xlsx(path: Path) -> int:
    """Read all cells."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    return sum(len(row) for sheet in book for row in sheet.iter_rows(values_only=True))


def bare_csv(path: Path) -> int:
    """Read all rows."""
    with path.open(newline="") as file:
        return sum(1 for _ in csv.reader(file))


def bare_rtf(path: Path) -> int:
    """Take the text."""
    from striprtf.striprtf import rtf_to_text

    return len(rtf_to_text(path.read_text()))


BARE: dict[str, Callable[[Path], int]] = {
    "pdf": bare_pdf, "docx": bare_docx, "html": bare_html, "eml": bare_mail, "xlsx": bare_xlsx, "csv": bare_csv,
    "pptx": bare_xml, "odt": bare_xml, "rtf": bare_rtf, "txt": lambda path: len(path.read_text()),
    "md": lambda path: len(path.read_text()),
}  # fmt: skip


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────────────────


def by_format(folder: Path, each: int, workspace: Any, by: Any) -> dict[str, Any]:
    """Measure each format apart: least CPU ms a page of two turns on other files, bare and ours in turn."""
    found = {}
    for kind in SHARES:
        least = {"bare": float("inf"), "ours": float("inf")}
        for turn in range(3):
            place = folder / f"{kind}-{turn}"
            place.mkdir()
            pages = sum(write_pile(place, each if turn else 3, turn, kind).values())
            files = sorted(place.iterdir())
            bare, _ = spent(lambda kind=kind, files=files: sum(map(BARE[kind], files)))  # type: ignore[misc]
            ours, _ = spent(lambda files=files: ingest(files, workspace, by))  # type: ignore[misc]
            if turn:
                least = {
                    "bare": min(least["bare"], 1000 * bare / pages),
                    "ours": min(least["ours"], 1000 * ours / pages),
                }
        found[kind] = {
            "bare_ms_a_page": round(least["bare"], 3), "ms_a_page": round(least["ours"], 3),
            "ratio": round(least["ours"] / least["bare"], 1),
        }  # fmt: skip
    return found


def memory_mb() -> float:
    """Give this process's memory of its own, without the files of index and database that the kernel keeps mapped."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000


def pile(files: Sequence[Path], pages: dict[str, int], workspace: Any, by: Any) -> dict[str, Any]:
    """Take the pile in, chunk by chunk, and look at the memory after each tenth."""
    began, used, passages = time.monotonic(), 0.0, 0
    memory = []
    for first in range(0, len(files), CHUNK):
        seconds, count = spent(lambda first=first: ingest(files[first : first + CHUNK], workspace, by))  # type: ignore[misc]
        used, passages = used + seconds, passages + count
        memory.append(memory_mb())
    took, total = time.monotonic() - began, sum(pages.values())
    tenth = max(1, len(memory) // 10)
    from plumbline.apps.library.models import Work

    return {
        "files": len(files), "pages": total, "passages": passages,
        "failed": Work.objects.filter(state="failed").count(),
        "files_a_second": round(len(files) / took, 1), "pages_a_second": round(total / took, 1),
        "cpu_s": round(used, 1), "cpu_ms_a_page": round(1000 * used / total, 2),
        "memory_mb_after_each_tenth": [round(one) for one in memory[tenth - 1 :: tenth]],
    }  # fmt: skip


def main() -> None:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=10_000)
    asked.add_argument("--each", type=int, default=40)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--write", type=Path, help="only write the pile into this folder")
    options = asked.parse_args()
    if options.write:
        print(json.dumps(write_pile(options.write, options.files, options.seed)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("pile", "formats"):
            (folder / part).mkdir()
        command = [sys.executable, "-m", "bench.mixed", "--write", f"{name}/pile", "--files", str(options.files)]
        made = subprocess.run(
            [*command, "--seed", str(options.seed)], check=True, capture_output=True
        )  # another's memory
        pages = json.loads(made.stdout)
        set_up(folder / "data")
        from plumbline.apps.accounts.queries import operator
        from plumbline.apps.spine.actions import apply_blueprint

        workspace = apply_blueprint(BLUEPRINT, name="bench", by=operator("bench"))
        by = operator("bench")
        apart = by_format(folder / "formats", options.each, workspace, by)
        whole = pile([folder / "pile" / one for one in sorted(pages)], pages, workspace, by)
        print(json.dumps({**whole, "by_format": apart}, indent=1))


if __name__ == "__main__":
    main()
