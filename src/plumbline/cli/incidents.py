"""The command that groups reports by the incident they tell of, from files, without an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.engines.tables.reports import read_reports, refused


@click.command()
@click.argument("reports", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reasons", is_flag=True, help="Say beside each report why it is with the first one of its incident.")
@as_json
def link(reports: Path, reasons: bool, json_: bool) -> None:
    """Group reports by the incident they tell of (JSON Lines: id, text, and title, published, language where known).

    One line for each report, in order: {"id", "incident"}; an incident bears the id of its first report. A line that already has an
    "incident" keeps it, so that the output of one run and new reports together leave what was linked as it is.
    """
    from plumbline.domain.linking import Corpus, Told, digest_of, group_reports, read_report
    from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer
    from plumbline.engines.language import detect

    gazetteer = open_gazetteer(gazetteer_folder())
    ids: list[Any] = []
    places: list[int] = []
    seen: dict[tuple[bytes, Any], int] = {}
    told: list[Told] = []
    founders: list[Any] = []
    known: list[Any] = []
    for report in read_reports(reports):
        incident = _incident(reports.name, report)
        title, text, published = report.get("title") or "", report["text"], report.get("published")
        blank = not (title.strip() or text.strip())  # tells nothing: an incident of its own
        key = (b"" if blank else digest_of(title, text, published), (report["id"], len(ids)) if blank else incident)
        if key not in seen:
            seen[key] = len(told)
            language = report.get("language") or (detect(text) or ("en", 0.0))[0]
            told.append(read_report(text, title=title, published=published, language=language, gazetteer=gazetteer))
            founders.append(report["id"])
            known.append(incident)
        ids.append(report["id"])
        places.append(seen[key])
    corpus = Corpus(told)
    incidents = group_reports(corpus, ids=founders, known=known)
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
