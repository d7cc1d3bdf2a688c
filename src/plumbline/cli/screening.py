"""The command that screens names against a list, from files, without an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.linking.people import Reason
from plumbline.engines.tables import read_columns

KNOWN = ("id", "name", "dob", "country")
DOB = {"same": 0.04, "year": -0.02, "other": -0.3}
COUNTRY = {"same": 0.02, "other": -0.1}


@click.command()
@click.argument("queries", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("listed", metavar="LIST", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--most", default=5, show_default=True, type=click.IntRange(1, 50), help="Most candidates for a query.")
@click.option(
    "--least", default=0.6, show_default=True, type=click.FloatRange(0, 1), help="Least score of a candidate."
)
@as_json
def screen(queries: Path, listed: Path, most: int, least: float, json_: bool) -> None:
    """Find the names of QUERIES on LIST (CSV or Parquet with columns id, name and, where known, dob, country).

    One line for each query, in order: {"id", "name", "candidates": [{"id", "name", "score", "reasons"}]}, surest first.
    Names meet across scripts and spellings; dates of birth (YYYY-MM-DD) and countries, where both sides have them, move
    the score.
    """
    from plumbline.domain.linking.names import NameIndex

    asked, known = _table(queries), _table(listed)
    index = NameIndex(known["name"])
    for row, name in enumerate(asked["name"]):
        found: list[dict[str, Any]] = []
        for match in index.find(name, most=most + 10, least=least / 2):
            score, more = _beyond_name(asked, row, known, match.row)
            score = round(max(0.0, min(1.0, match.score + score)), 4)
            if score >= least:
                reasons = [{"kind": r.kind, "detail": r.detail, "weight": r.weight} for r in (*match.reasons, *more)]
                found.append({"id": known["id"][match.row], "name": known["name"][match.row], "score": score, "reasons": reasons})  # fmt: skip
        found.sort(key=lambda each: -each["score"])
        if json_:
            show({"id": asked["id"][row], "name": name, "candidates": found[:most]})
        else:
            best = ", ".join(f"{each['name']} ({each['id']}, {each['score']:.2f})" for each in found[:most])
            click.echo(f"{asked['id'][row]} {name}: {best or '-'}")


def _table(path: Path) -> dict[str, list[str]]:
    """Read the columns that screening looks at, as text."""
    table = read_columns(path)
    table.require("id", "name")
    held = {
        key: [str(value).partition("T00:00")[0] for value in table.text(key)] for key in KNOWN if key in table.names
    }
    empty = next((row for row, each in enumerate(held["id"]) if not each), None)
    if empty is not None:
        table.refuse(empty, "id", "an id")
    return held


def _beyond_name(asked: dict[str, Any], row: int, known: dict[str, Any], other: int) -> tuple[float, list[Reason]]:
    """Weigh date of birth and country where both sides have them."""
    moved, reasons = 0.0, []
    for key, weights in (("dob", DOB), ("country", COUNTRY)):
        one, two = (table[key][at].strip() if key in table else "" for table, at in ((asked, row), (known, other)))
        if not one or not two:
            continue
        kind = "same" if one.lower() == two.lower() else "year" if key == "dob" and one[:4] == two[:4] else "other"
        moved += weights[kind]
        reasons.append(Reason(key, f"{one} {two}", weights[kind]))
    return moved, reasons
