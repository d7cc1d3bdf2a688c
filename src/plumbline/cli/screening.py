"""The command that screens names against a list, from files, without an installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli.common import as_json, on_engine, on_spark, show
from plumbline.domain.linking.people import Reason
from plumbline.engines.tables import read_columns

if TYPE_CHECKING:
    from plumbline.domain.linking.names import NameIndex

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
@on_engine
@as_json
def screen(queries: Path, listed: Path, most: int, least: float, engine: str, json_: bool) -> None:
    """Find the names of QUERIES on LIST (CSV or Parquet with columns id, name and, where known, dob, country).

    One line for each query, in order: {"id", "name", "candidates": [{"id", "name", "score", "reasons"}]}, surest first.
    Names meet across scripts and spellings; dates of birth (YYYY-MM-DD) and countries, where both sides have them, move
    the score.
    """
    asked = _table(queries)
    rows = [{key: asked[key][row] for key in asked} for row in range(len(asked["id"]))]
    job = partial(_screened, listed.resolve(), most, least)
    if engine == "spark":
        _table(listed)  # a list that cannot be used is refused before anything starts
        with on_spark() as spark:
            _tell(spark.over_rows(rows, job), json_=json_)
    else:
        _tell(job(iter(rows)), json_=json_)


def _tell(answers: Iterable[dict[str, Any]], *, json_: bool) -> None:
    for answer in answers:
        if json_:
            show(answer)
        else:
            best = ", ".join(f"{each['name']} ({each['id']}, {each['score']:.2f})" for each in answer["candidates"])
            click.echo(f"{answer['id']} {answer['name']}: {best or '-'}")


def _screened(listed: Path, most: int, least: float, rows: Iterator[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """Screen some rows against the list of a file, which each process indexes once."""
    known, index = _indexed(listed)
    for row in rows:
        found: list[dict[str, Any]] = []
        for match in index.find(row["name"], most=most + 10, least=least / 2):
            other = {key: known[key][match.row] for key in known}
            score, more = _beyond_name(row, other)
            score = round(max(0.0, min(1.0, match.score + score)), 4)
            if score >= least:
                reasons = [{"kind": r.kind, "detail": r.detail, "weight": r.weight} for r in (*match.reasons, *more)]
                found.append({"id": other["id"], "name": other["name"], "score": score, "reasons": reasons})
        found.sort(key=lambda each: -each["score"])
        yield {"id": row["id"], "name": row["name"], "candidates": found[:most]}


@lru_cache(maxsize=1)
def _indexed(listed: Path) -> tuple[dict[str, list[str]], NameIndex]:
    from plumbline.domain.linking.names import NameIndex

    known = _table(listed)
    return known, NameIndex(known["name"])


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


def _beyond_name(asked: Mapping[str, str], known: Mapping[str, str]) -> tuple[float, list[Reason]]:
    """Weigh date of birth and country where both sides have them."""
    moved, reasons = 0.0, []
    for key, weights in (("dob", DOB), ("country", COUNTRY)):
        one, two = asked.get(key, "").strip(), known.get(key, "").strip()
        if not one or not two:
            continue
        kind = "same" if one.lower() == two.lower() else "year" if key == "dob" and one[:4] == two[:4] else "other"
        moved += weights[kind]
        reasons.append(Reason(key, f"{one} {two}", weights[kind]))
    return moved, reasons
