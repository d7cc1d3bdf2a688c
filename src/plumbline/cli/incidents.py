"""The command that groups reports by the incident they tell of, from files, without an installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli.common import as_json, on_engine, on_spark, show
from plumbline.engines.tables.files import existing
from plumbline.engines.tables.reports import read_reports, refused, reports_of

if TYPE_CHECKING:
    from plumbline.domain.linking import Over, Told

    Read = tuple[str | int, str | int | None, tuple[bytes, object], Told | None]

LIKELY = 0.5
"""From so sure a guess of its language on, a report is compared with those in others by what they mean."""


@click.command()
@click.argument("reports", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reasons", is_flag=True, help="Say beside each report why it is with the first one of its incident.")
@on_engine
@as_json
def link(reports: Path, reasons: bool, engine: str, json_: bool) -> None:
    """Group reports by the incident they tell of (JSON Lines: id, text, and title, published, language where known).

    One line for each report, in order: {"id", "incident"}; an incident bears the id of its first report. A line that already has an
    "incident" keeps it, so that the output of one run and new reports together leave what was linked as it is.
    """
    from plumbline.domain.linking import here

    if engine == "spark":
        with on_spark() as spark:
            lines = spark.over_lines(existing(reports), partial(_read_in_lines, reports.name))
            _link(lines, partial(spark.over_rows, fewest=1), reasons=reasons, json_=json_)
    else:
        _link(_read(reports.name, read_reports(reports)), here, reasons=reasons, json_=json_)


def _read_in_lines(name: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[Read]:
    """Read what some lines of a file tell: what a worker of Spark does."""
    return _read(name, reports_of(name, lines))


def _read(name: str, reports: Iterable[dict[str, Any]]) -> Iterator[Read]:
    """Give of each report its id, the incident it bears, what is the same for reports told word by word alike, and, of the first of these, what it tells."""
    from plumbline.domain.linking import digest_of, read_report
    from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer
    from plumbline.engines.language import detect

    gazetteer = open_gazetteer(gazetteer_folder())
    seen: set[Any] = set()
    for report in reports:
        incident = _incident(name, report)
        title, text, published = report.get("title") or "", report["text"], report.get("published")
        blank = not (title.strip() or text.strip())  # tells nothing: an incident of its own
        key = (b"", report["line"]) if blank else (digest_of(title, text, published), incident)
        told = None
        if key not in seen:
            seen.add(key)
            language, likely = (report["language"], 1.0) if report.get("language") else detect(text) or ("en", 0.0)
            told = read_report(
                text, title=title, published=published, language=language, sure=likely >= LIKELY, gazetteer=gazetteer
            )
        yield report["id"], incident, key, told


def _link(read: Iterable[Read], over: Over, *, reasons: bool, json_: bool) -> None:
    from plumbline.domain.linking import Corpus, group_reports

    ids: list[Any] = []
    places: list[int] = []
    seen: dict[Any, int] = {}
    told: list[Told] = []
    founders: list[Any] = []
    known: list[Any] = []
    for identifier, incident, key, tells in read:
        if key not in seen:
            assert tells is not None
            seen[key] = len(told)
            told.append(tells)
            founders.append(identifier)
            known.append(incident)
        ids.append(identifier)
        places.append(seen[key])
    corpus = Corpus(told, over=over)
    incidents = group_reports(corpus, ids=founders, known=known, over=over)
    first: dict[Any, int] = {}
    for identifier, place in zip(ids, places, strict=True):
        shown = {"id": identifier, "incident": incidents[place]}
        with_ = first.setdefault(incidents[place], place)
        if reasons and with_ != place:
            listed = corpus.weigh(with_, place)[1]
            shown["reasons"] = [{"kind": r.kind, "detail": r.detail, "weight": round(r.weight, 2)} for r in listed]
        if json_:
            show(shown)
        else:
            why = "; ".join(f"{r['kind']} {r['detail']} ({r['weight']:+g})" for r in shown.get("reasons", ()))
            click.echo(f"{identifier}: {incidents[place]}" + (f" ({why})" if why else ""))


def _incident(name: str, report: dict[str, Any]) -> str | int | None:
    incident = report.get("incident")
    if incident is not None and (isinstance(incident, bool) or not isinstance(incident, str | int)):
        raise refused(name, report["line"], "its incident is neither a string nor a whole number")
    return incident
