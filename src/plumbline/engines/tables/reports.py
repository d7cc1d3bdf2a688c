"""Read reports from JSON Lines, one at a time, so that a file of any length fits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from plumbline.domain.errors import InvalidInput
from plumbline.engines.tables.files import existing


def read_reports(path: Path | str) -> Iterator[dict[str, Any]]:
    """Give each line of a JSON Lines file as a report: a mapping with `id` and `text`; empty lines are passed over.

    Lazy: a line is read when asked for. Raises `NotFound` for an absent file and `InvalidInput`, naming the line, for one
    that is no UTF-8, no JSON mapping, or lacks an id or a text (an empty text is one).
    """
    path = existing(path)
    with path.open("rb") as file:
        yield from reports_of(path.name, enumerate(file, 1))


def reports_of(name: str, lines: Iterable[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    """Give lines of JSON, with their numbers in the file of this name, as reports; see `read_reports`."""
    return (_report(name, number, line) for number, line in lines if line.strip())


def _report(name: str, number: int, line: bytes) -> dict[str, Any]:
    try:
        report = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise refused(name, number, "it is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise refused(name, number, "it is not JSON") from error
    if not isinstance(report, dict):
        raise refused(name, number, "it is not a JSON object")
    if not isinstance(report.get("id"), str | int) or isinstance(report.get("id"), bool) or report["id"] == "":
        raise refused(name, number, "it has no id")
    if not isinstance(report.get("text"), str):
        raise refused(name, number, "it has no text")
    for key in ("title", "published", "language"):
        if report.get(key) is not None and not isinstance(report[key], str):
            raise refused(name, number, f"its {key} is not a string")
    return report | {"line": number}


def refused(name: str, number: int, problem: str) -> InvalidInput:
    """Make the refusal of one line."""
    return InvalidInput("reports.line", "{name}, line {line}: {problem}.", name=name, line=number, problem=problem)
