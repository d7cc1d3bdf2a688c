"""Measure reading against the bare library: CPU seconds of both in the same run, as JSON on stdout.

    python bench/readers.py [--pages 200] [--repeat 5]

The text is what Python's own documentation strings hold (`pydoc` of the standard library), set as a PDF by reportlab and
as a Word document by python-docx. The bare reader is `pypdfium2` text of all pages, and the text of all paragraphs by
`python-docx`. Runs alternate; the least CPU time of each counts. The ratio is read_file over bare.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pydoc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

MODULES = ("argparse", "asyncio", "collections", "datetime", "decimal", "email", "functools", "http.server", "inspect",
           "itertools", "json", "logging", "multiprocessing", "os", "pathlib", "random", "re", "shutil", "socket",
           "statistics", "string", "subprocess", "tarfile", "tempfile", "threading", "typing", "unittest", "urllib.request",
           "xml.dom.minidom", "zipfile")  # fmt: skip
CHARACTERS_A_PAGE = 3_000


def paragraphs(pages: int) -> list[tuple[bool, str]]:
    """Give (is a heading, text) from docstrings until the pages would be full; the sources go round when they end."""
    found = [(heading, text) for name in MODULES for heading, text in _of_module(name)]
    chosen: list[tuple[bool, str]] = []
    length = at = 0
    while length < pages * CHARACTERS_A_PAGE:
        chosen.append(found[at % len(found)])
        length += len(chosen[-1][1])
        at += 1
    return chosen


def _of_module(name: str) -> Iterator[tuple[bool, str]]:
    module = importlib.import_module(name)
    yield True, f"Module {name}"
    for part in [
        module,
        *(getattr(module, key, None) for key in getattr(module, "__all__", dir(module)) if key[0] != "_"),
    ]:
        for piece in (pydoc.getdoc(part) or "").split("\n\n"):
            text = " ".join(piece.split())
            if len(text) > 80:
                yield False, text


def write_pdf(place: Path, content: list[tuple[bool, str]]) -> None:
    """Set the content as a PDF."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    styles = getSampleStyleSheet()
    flow = [Paragraph(escape(text), styles["Heading2" if heading else "BodyText"]) for heading, text in content]
    SimpleDocTemplate(str(place)).build(flow)


def write_docx(place: Path, content: list[tuple[bool, str]]) -> None:
    """Write the content as a Word document."""
    import docx

    word = docx.Document()
    for heading, text in content:
        if heading:
            word.add_heading(text, 1)
        else:
            word.add_paragraph(text)
    word.save(str(place))


def bare_pdf(place: Path) -> int:
    """Extract the text of all pages with nothing else."""
    import pypdfium2

    length = 0
    pdf = pypdfium2.PdfDocument(place)
    for page in pdf:
        textpage = page.get_textpage()
        length += len(textpage.get_text_range())
        textpage.close()
        page.close()
    pdf.close()
    return length


def bare_docx(place: Path) -> int:
    """Take the text of all paragraphs with nothing else."""
    import docx

    return sum(len(paragraph.text) for paragraph in docx.Document(str(place)).paragraphs)


def ours(place: Path) -> int:
    """Read into blocks."""
    from plumbline.plugins.readers import read_file

    return len(read_file(place, name=place.name).blocks)


def least(repeat: int, *runs: Callable[[], int]) -> list[float]:
    """Run all in turn and give the least CPU seconds of each; a first turn warms imports and models."""
    best = [float("inf")] * len(runs)
    for turn in range(repeat + 1):
        for at, run in enumerate(runs):
            start = time.process_time()
            run()
            if turn:
                best[at] = min(best[at], time.process_time() - start)
    return best


def main() -> None:
    """Print one JSON object: per format CPU seconds of both, ratio, passages, CPU milliseconds a passage."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=200)
    options.add_argument("--repeat", type=int, default=5)
    chosen = options.parse_args()
    content = paragraphs(chosen.pages)
    result: dict[str, object] = {"pages": chosen.pages, "repeat": chosen.repeat}
    with tempfile.TemporaryDirectory() as folder:
        for kind, write, bare in (("pdf", write_pdf, bare_pdf), ("docx", write_docx, bare_docx)):
            place = Path(folder) / f"report.{kind}"
            write(place, content)
            passages = ours(place)
            bare_seconds, our_seconds = least(chosen.repeat, lambda b=bare, p=place: b(p), lambda p=place: ours(p))  # type: ignore[misc]
            result[kind] = {
                "bare_cpu_s": round(bare_seconds, 4),
                "read_file_cpu_s": round(our_seconds, 4),
                "ratio": round(our_seconds / bare_seconds, 2),
                "passages": passages,
                "cpu_ms_a_passage": round(1000 * our_seconds / passages, 3),
            }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
