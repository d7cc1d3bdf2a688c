"""The command that says where the places of reports are, from files, without an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.engines.tables.reports import read_reports, refused


@click.command()
@click.argument("reports", type=click.Path(path_type=Path, dir_okay=False))
@as_json
def geocode(reports: Path, json_: bool) -> None:
    """Say where the places of reports are (JSON Lines: id, text, and spans where the places are marked already).

    One line for each report, in order: {"id", "places": [{"start", "end", "name", "lat", "lon", "country", "precision",
    "confidence"}]}. Spans [[start, end]] get one answer each, in order; without them places are found first. A name that
    the gazetteer does not know has no coordinates.
    """
    from plumbline.domain.extraction import find_places
    from plumbline.domain.geocoding import locate
    from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer
    from plumbline.engines.language import detect

    wide = open_gazetteer(gazetteer_folder(), wide=True)
    usual = None
    for report in read_reports(reports):
        text = report["text"]
        spans = _spans(reports.name, report)
        likely: dict[tuple[int, int], float] = {}
        if spans is None:
            usual = usual or open_gazetteer(gazetteer_folder())
            language = report.get("language") or (detect(text) or ("en", 0.0))[0]
            likely = {(s.start, s.end): s.confidence for s in find_places(text, language=language, gazetteer=usual)}
            spans = list(likely)
        found = locate(text, spans, gazetteer=wide)
        places = [_place(text, each, likely.get((each.start, each.end), 1.0)) for each in found]
        if json_:
            show({"id": report["id"], "places": places})
            continue
        for place in places:
            where = "unknown" if place["lat"] is None else f"{place['lat']:.4f} {place['lon']:.4f} {place['country']}"
            click.echo(f"{report['id']}: {text[place['start'] : place['end']]}: {where}")


def _spans(name: str, report: dict[str, Any]) -> list[tuple[int, int]] | None:
    spans = report.get("spans")
    if spans is None:
        return None
    problem = "spans are pairs [start, end] of whole numbers within the text"
    if not isinstance(spans, list):
        raise refused(name, report["line"], problem)
    for span in spans:
        pair = isinstance(span, list) and len(span) == 2 and all(type(each) is int for each in span)
        if not pair or not 0 <= span[0] < span[1] <= len(report["text"]):
            raise refused(name, report["line"], problem)
    return [(start, end) for start, end in spans]


def _place(text: str, located: Any, likely: float) -> dict[str, Any]:
    place = located.place
    return {
        "start": located.start,
        "end": located.end,
        "name": place.name if place else text[located.start : located.end],
        "lat": round(place.lat, 5) if place else None,
        "lon": round(place.lon, 5) if place else None,
        "country": (place.country or None) if place else None,
        "precision": place.precision if place else None,
        "confidence": round(located.confidence * likely, 3),
    }
