"""The commands on networks: measures of nodes and what removals leave, from files, without an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import Finite, as_json, show
from plumbline.domain.network import (
    ORDERS,
    disrupt,
    measure,
    measure_layers,
    overlap_of_layers,
    paths_between,
    project,
    read_network,
    sampled_betweenness,
    stability,
)
from plumbline.engines.tables import read_list, read_rows

FILE = click.Path(path_type=Path, dir_okay=False)
UNTOLD = frozenset({"row", "weight", "source_schema", "target_schema", "source_name", "target_name"})
"""Of the columns of a row, those that the line of a link tells already or need not tell."""


@click.group()
def network() -> None:
    """Tell who holds a network together, and what their removal would leave."""


@network.command("disrupt")
@click.argument("edges", type=FILE)
@click.option(
    "--by", type=click.Choice(sorted(ORDERS)), default="betweenness", show_default=True, help="Who goes first."
)
@click.option("--sequential", is_flag=True, help="Work scores out anew after each removal.")
@click.option("--every", type=click.IntRange(1), help="Work scores out anew after so many removals.")
@click.option("--most", type=click.IntRange(1), help="Stop after so many removals.")
@click.option("--alpha", type=Finite(0, min_open=True), help="Katz's; left out, 0.9 of the largest that converges.")
@as_json
@charted
def disrupt_(
    edges: Path,
    by: str,
    sequential: bool,
    every: int | None,
    most: int | None,
    alpha: float | None,
    json_: bool,
    chart: Drawing,
) -> None:
    """Remove nodes one by one and follow the largest component.

    Columns: source, target, weight? (or the first two). The curve holds the share of the largest component that is left
    after each removal.
    """
    found = disrupt(
        read_network(read_list(edges, names=("source", "target", "weight"))),
        by=by,
        every=1 if sequential else every,
        most=most,
        alpha=alpha,
    )
    chart.save(lambda: charting.disruption_chart(found, by), edges)
    if json_:
        show(asdict(found))
        return
    for number, (name, left) in enumerate(zip(found.removed, found.curve, strict=True), 1):
        click.echo(f"{number}\t{name}\t{left:.4f}")


@network.command("measures")
@click.argument("edges", type=FILE)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Of communities and of missing edges.",
)
@click.option("--resolution", default=1.0, show_default=True, type=Finite(0, min_open=True), help="Of communities.")
@click.option(
    "--key-players", default=3, show_default=True, type=click.IntRange(0, 1000), help="How many key players to name."
)
@click.option("--missing", type=Finite(0, 0.9, min_open=True), help="Share of edges to leave out, to see what moves.")
@click.option(
    "--runs", default=99, show_default=True, type=click.IntRange(2, 100_000), help="How often to leave edges out."
)
@click.option("--groups", type=FILE, help="Table of node and group, for the roles of brokers.")
@click.option("--two-mode", nargs=2, metavar="NODE EVENT", help="Columns: project nodes that meet in events.")
@click.option(
    "--layer",
    help="Column that names the layer of an edge; adds each layer by itself, how far they overlap and how nodes take part.",
)
@click.option(
    "--sample", type=click.IntRange(30), help="Add betweenness estimated from so many nodes, with 95 % intervals."
)
@as_json
@charted
def measures(
    edges: Path, seed: int, resolution: float, key_players: int, missing: float | None, runs: int, groups: Path | None,
    two_mode: tuple[str, str] | None, layer: str | None, sample: int | None, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Measure each node: degree, betweenness, closeness, eigenvector, PageRank, core, constraint, community."""
    table = read_list(edges, names=("source", "target", "weight"))
    table = table.named(*(name for name in (layer, *(two_mode or ())) if name))
    net = project(table, *two_mode) if two_mode else read_network(table)
    found = measure(net, seed=seed, resolution=resolution, key_players=key_players, groups=_groups(groups))
    chart.save(lambda: charting.measures_chart(found), edges)
    more = {"stability": asdict(stability(net, missing=missing, runs=runs, seed=seed))} if missing else {}
    more |= {"sampled_betweenness": asdict(sampled_betweenness(net, sample, seed=seed))} if sample else {}
    if layer:
        by = measure_layers(table, layer, seed=seed, resolution=resolution)
        more |= {"overlap": overlap_of_layers(table, layer), **asdict(by)}
    if json_:
        show(asdict(found) | more)
        return
    click.echo(
        f"{found.nodes} nodes, {found.edges} edges, {found.components} components, {found.communities} communities"
    )
    for row in sorted(found.rows, key=lambda one: -one["betweenness"])[:20]:
        click.echo(f"{row['node']}\t{row['degree']}\t{row['betweenness']:.4f}\t{row['community']}")


@network.command("paths")
@click.argument("edges", type=FILE)
@click.argument("source", metavar="A")
@click.argument("target", metavar="B")
@click.option("--most", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many paths to give.")
@click.option(
    "--by", type=click.Choice(["steps", "strength"]), default="steps", show_default=True,
    help="What is short: few steps, or strong ties (one over the weight of each is added up).",
)  # fmt: skip
@as_json
def paths(edges: Path, source: str, target: str, most: int, by: str, json_: bool) -> None:
    """Tell how A and B hang together: the shortest paths between them, no node twice in one, and the rows each link rests on.

    Columns: source, target, weight? (or the first two); all others are given as they stand. A and B are names of nodes, or
    what `source_name` and `target_name` call them.
    """
    found = paths_between(read_list(edges, names=("source", "target", "weight")), source, target, most=most, by=by)
    if json_:
        show(asdict(found) | {"paths": [asdict(path) | {"steps": path.steps} for path in found.paths]})
        return
    if not found.paths:
        one, other = found.reached
        click.echo(f"No path joins {source} and {target}: they lie in parts of {one} and {other} nodes.")
        return
    click.echo(f"{found.shortest} shortest between {found.source} and {found.target}, {len(found.paths)} paths shown")
    for number, path in enumerate(found.paths, 1):
        click.echo(f"{number}\t{path.steps} steps\t{' - '.join(path.names)}")
        for link, names in zip(path.links, pairwise(path.names), strict=True):
            click.echo(f"\t{' - '.join(names)}\tweight {link.weight:g}\t{'; '.join(map(_told, link.rows))}")


def _told(row: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} {value}" for key, value in row.items() if key not in UNTOLD and len(str(value)) <= 60)
    return f"row {row['row']}" + (f" ({said})" if said else "")


def _groups(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    table = read_rows(path)
    table.require(*table.names[:2])
    return dict(zip(*(table.text(name).tolist() for name in table.names[:2]), strict=True))
