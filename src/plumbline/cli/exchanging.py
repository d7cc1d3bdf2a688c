"""The commands that read and write FollowTheMoney, from files, without an installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.network import read_network
from plumbline.domain.network.ftm import Entity, entities_of, entity_of, network_of
from plumbline.engines.tables import read_columns

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def ftm() -> None:
    """Read and write FollowTheMoney entities (JSON Lines)."""


@ftm.command("edges")
@click.argument("entities", type=FILE)
@as_json
def edges(entities: Path, json_: bool) -> None:
    """Give the relations of entities as edges: source, target, weight, and what both ends are called."""
    network, captions = network_of(_entities(entities))
    if not json_:
        click.echo("source,target,weight")
    for (a, b), weight in zip(network.edges.tolist(), network.weights.tolist(), strict=True):
        row = {"source": network.names[a], "target": network.names[b], "weight": weight}
        if json_:
            show(row | {"source_name": captions[a], "target_name": captions[b]})
        else:
            click.echo(",".join(_cell(str(value)) for value in (row["source"], row["target"], f"{weight:g}")))


@ftm.command("entities")
@click.argument("edges", type=FILE)
@as_json
def entities(edges: Path, json_: bool) -> None:
    """Write a table of edges (source, target, weight?) as entities, one JSON object a line."""
    del json_  # entities are JSON either way
    for entity in entities_of(read_network(read_columns(edges))):
        show(entity.plain())


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if any(sign in value for sign in ',"\n\r') else value


def _entities(path: Path) -> Iterator[Entity]:
    if not path.is_file():
        raise NotFound("file.absent", "There is no file {path}.", path=str(path))
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                data = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                problem = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is not JSON"
                raise InvalidInput(
                    "reports.line", "{name}, line {line}: {problem}.", name=path.name, line=number, problem=problem
                ) from error
            yield entity_of(data, name=path.name, line=number)
