"""The commands that read and write FollowTheMoney, from files, without an installation."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.errors import InvalidInput
from plumbline.domain.network import ftm as money
from plumbline.engines.tables import read_columns
from plumbline.engines.tables.files import existing

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def ftm() -> None:
    """Read and write FollowTheMoney entities (JSON Lines)."""


@ftm.command("edges")
@click.argument("entities", type=FILE)
@click.option(
    "--whole", is_flag=True, help="Add all that is said of each entity, so that nothing is lost on the way back."
)
@as_json
def edges(entities: Path, whole: bool, json_: bool) -> None:
    """Give the relations of entities as edges, a row for each pair that one joins: source, target, weight, id, schema.

    Both ends also with their schema and what they are called. With --whole entities in no relation have a row with
    themselves.
    """
    found = money.read_entities(_lines(entities), name=entities.name)
    alone = money.unrelated(found)
    if len(alone) == len(found) and not whole:
        raise InvalidInput(
            "ftm.no-relation", "{name} holds no relation between two entities. Relations are: {schemas}.",
            name=entities.name, schemas=", ".join(money.ENDS),
        )  # fmt: skip
    columns = money.COLUMNS + (money.WHOLE if whole else ())
    if not json_:
        click.echo(",".join(columns))
    for row in money.edge_rows(found, whole=whole):
        show({key: row[key] for key in columns}) if json_ else click.echo(_line([row[key] for key in columns]))
    if alone and not whole:
        click.echo(
            f"Left out, being in no relation: {len(alone)} of {len(found)} entities. --whole keeps them.", err=True
        )


@ftm.command("entities")
@click.argument("edges", type=FILE)
@as_json
def entities(edges: Path, json_: bool) -> None:
    """Write a table of edges (source, target, weight?) as entities, one JSON object a line.

    Ids, schemas and names are taken from the columns that `ftm edges` writes, all else from those of --whole.
    """
    del json_  # entities are JSON either way
    for entity in money.entities_of(read_columns(edges, texts=True).named(*money.COLUMNS, *money.WHOLE)):
        show(entity.plain())


def _line(cells: list[Any]) -> str:
    """Give a row of a CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        [repr(x).removesuffix(".0") if isinstance(x, float) else x for x in cells]
    )
    return out.getvalue()


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Give the JSON values of a file with their lines; empty lines are passed over."""
    with existing(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                problem = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is not JSON"
                raise InvalidInput(
                    "reports.line", "{name}, line {line}: {problem}.", name=path.name, line=number, problem=problem
                ) from error
