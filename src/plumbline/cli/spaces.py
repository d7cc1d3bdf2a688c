"""The commands on space: do like values lie together, where, and where events lie thick; from files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import Finite, as_json, show
from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.trends import (
    LOCAL,
    Neighbours,
    Surface,
    contours,
    getis_ord,
    kernel_density,
    moran,
    near_by_distance,
    near_by_list,
    near_by_number,
    on_a_plane,
    rule_of_thumb,
    spots,
)
from plumbline.engines.tables import read_list, read_rows

FILE = click.Path(path_type=Path, dir_okay=False)
POSITIVE = Finite(0, min_open=True)
AT = {"x": ("lon", "longitude", "x"), "y": ("lat", "latitude", "y")}
SHARES = (0.2, 0.4, 0.6, 0.8)


@click.group()
def space() -> None:
    """Tell where values gather in space, and whether more than by chance."""


def near(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say who is near whom."""
    for option in (
        click.option("--seed", type=click.IntRange(0), default=1, show_default=True),
        click.option(
            "--runs", type=click.IntRange(19, 99_999), default=999, show_default=True, help="Deals at random."
        ),
        click.option("--touching", type=FILE, help="Table of pairs of places that touch, its first two columns."),
        click.option(
            "--within", type=POSITIVE, help="Neighbours are within this distance: metres, or the unit of x, y."
        ),
        click.option(
            "--nearest", type=click.IntRange(1), help="Neighbours are so many nearest; 6 where nothing is said."
        ),
        click.option("--value", required=True, help="Column of values."),
        click.argument("places", type=FILE),
    ):
        command = option(command)
    return command


@space.command("moran")
@near
@click.option("--by", type=click.Choice(["moran", "getis-ord"]), default="moran", show_default=True)
@click.option("--normal", is_flag=True, help="Moran's variance under normal values instead of under randomisation.")
@as_json
@charted
def moran_(
    places: Path, value: str, nearest: int | None, within: float | None, touching: Path | None, runs: int, seed: int,
    by: str, normal: bool, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Tell whether like values lie together: Moran's I, or Getis and Ord's G. Columns: place?, x and y or lon and lat."""
    table = read_rows(places, value)
    around = _near(table, nearest, within, touching, standardise=by == "moran")
    values = table.numbers(value)
    if by == "moran":
        found = moran(values, around, runs=runs, seed=seed, normal=normal)
    else:
        found = getis_ord(values, around, runs=runs, seed=seed)
    chart.save(lambda: charting.moran_chart(found, values, around, _names(table), value), places)
    if json_:
        show(asdict(found) | {"column": value, "seed": seed} | _about(around))
        return
    click.echo(
        f"{by} {found.value:.6g}, expected {found.expected:.6g}, z {found.z:.4g}, p {found.p:.3g}, "
        f"of {runs} deals {found.p_runs:.3g}; neighbours: {around.rule}, {around.alone} places without"
    )


@space.command("hotspots")
@near
@click.option("--by", type=click.Choice(LOCAL), default="gi-star", show_default=True)
@click.option("--rate", default=0.05, show_default=True, type=Finite(0, 1), help="False discovery rate.")
@as_json
@charted
def hotspots(
    places: Path, value: str, nearest: int | None, within: float | None, touching: Path | None, runs: int, seed: int,
    by: str, rate: float, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Tell where values are high or low around a place, held against chance over all places.

    With few runs nothing can stand out: p is at least 1 / (runs + 1), and the rule multiplies it by the number of places.
    """
    table = read_rows(places, value)
    around = _near(table, nearest, within, touching, standardise=True)
    found = spots(table.numbers(value), around, by=by, runs=runs, seed=seed, rate=rate)
    names = _names(table)
    x, y, _ = _at(table)
    chart.save(lambda: charting.spots_chart(found, names, x, y, value), places)
    if json_:
        rows = [asdict(each) | {"place": names[each.place]} for each in found]
        show({"by": by, "rate": rate, "runs": runs, "seed": seed, "places": rows} | _about(around))
        return
    for each in sorted((one for one in found if one.kind), key=lambda one: -abs(one.z)):
        few = ", few neighbours" if each.few else ""
        click.echo(f"{names[each.place]}\t{each.kind}\tz {each.z:.3f}\tq {each.q:.3g}{few}")


@space.command("kernel")
@click.argument("events", type=FILE)
@click.option(
    "--bandwidth",
    type=POSITIVE,
    help="Standard deviation of the kernel, metres or the unit of x, y; left out, Scott's.",
)
@click.option("--cell", type=POSITIVE, help="Distance of grid points; left out, half the bandwidth.")
@click.option(
    "--window", nargs=4, type=Finite(), metavar="WEST SOUTH EAST NORTH", help="What was observed, in the file's unit."
)
@click.option("--no-correction", is_flag=True, help="Leave densities at the edge as they are.")
@click.option("--contours", "out", type=FILE, help="Write areas at 20, 40, 60, 80 % of the peak as GeoJSON.")
@as_json
@charted
def kernel(
    events: Path, bandwidth: float | None, cell: float | None, window: tuple[float, ...] | None, no_correction: bool,
    out: Path | None, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Map where events lie thick. Columns: x and y in metres, or lon and lat in degrees.

    The window is what was observed; left out, it is the box of the events, which holds less than was observed.
    """
    table = read_list(events, names=("x", "y", "date"))
    x, y, degrees = _at(table)
    east, north, back = _plane(x, y, degrees)
    scale = bandwidth or rule_of_thumb(east, north)
    box = _window(window, x, y, back)
    found = kernel_density(
        east, north, bandwidth=scale, cell=cell or scale / 2, window=box, corrected=not no_correction
    )  # fmt: skip
    unit = "metre" if degrees else "unit"
    chart.save(lambda: charting.surface_chart(found, unit), events)
    if out is not None:
        if not out.parent.is_dir():
            raise unfit(out.name, "contours", "a folder that exists is needed here", out.parent)
        out.write_text(json.dumps(_geojson(found, back, unit)), encoding="utf-8")
    peak = np.unravel_index(int(found.density.argmax()), found.density.shape)
    at = back(float(found.x[peak[1]]), float(found.y[peak[0]]))
    if not json_:
        click.echo(
            f"bandwidth {scale:.6g} {unit}s, peak {found.density.max():.6g} per square {unit} at {at[0]:.6g}, {at[1]:.6g}"
        )
        return
    told = {"bandwidth": scale, "chosen": "given" if bandwidth else "scott", "corrected": found.corrected, "unit": unit}
    grid = {"x": [back(float(one), 0)[0] for one in found.x], "y": [back(0, float(one))[1] for one in found.y]}
    show(
        told
        | {"events": found.events, "peak": {"density": found.density.max(), "at": at}}
        | grid
        | {"density": found.density}
    )


Back = Callable[[float, float], tuple[float, float]]


def _plane(x: Any, y: Any, degrees: bool) -> tuple[Any, Any, Back]:
    """Give places on a plane and the way back to the file's unit."""
    if not degrees:
        return x, y, lambda one, other: (one, other)
    east, north = on_a_plane(x, y)
    middle = (float(x.mean()), float(y.mean()))
    step = on_a_plane(np.array([-0.5, 0.5]) + middle[0], np.array([-0.5, 0.5]) + middle[1])
    return (
        east,
        north,
        lambda one, other: (middle[0] + one / float(np.ptp(step[0])), middle[1] + other / float(np.ptp(step[1]))),
    )


def _window(window: tuple[float, ...] | None, x: Any, y: Any, back: Back) -> tuple[float, float, float, float]:
    west, south, east, north = window or (x.min(), y.min(), x.max(), y.max())
    (left, bottom), (right, top) = back(0, 0), back(1, 1)
    return (
        (west - left) / (right - left),
        (south - bottom) / (top - bottom),
        (east - left) / (right - left),
        (north - bottom) / (top - bottom),
    )


def _geojson(found: Surface, back: Back, unit: str) -> dict[str, Any]:
    features = []
    for share in SHARES:
        level = share * float(found.density.max())
        areas = [[[list(back(*point)) for point in ring] for ring in area] for area in contours(found, level)]
        properties = {
            "level": level,
            "share_of_peak": share,
            "unit": f"events per square {unit}",
            "bandwidth": found.bandwidth,
        }
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "MultiPolygon", "coordinates": areas}}
        )
    return {"type": "FeatureCollection", "features": features}


def _near(
    table: Columns, nearest: int | None, within: float | None, touching: Path | None, *, standardise: bool
) -> Neighbours:
    if sum(each is not None for each in (nearest, within, touching)) > 1:
        raise unfit("space", "neighbours", "one of --nearest, --within, --touching is needed here", "several")
    if touching is not None:
        return near_by_list(_pairs(read_rows(touching), _names(table)), len(table), standardise=standardise)
    x, y, degrees = _at(table)
    east, north, _ = _plane(x, y, degrees)
    if within is not None:
        return near_by_distance(east, north, within, standardise=standardise)
    return near_by_number(east, north, nearest or min(6, len(table) - 1), standardise=standardise)


def _pairs(table: Columns, names: list[str]) -> list[tuple[int, int]]:
    number = {name: place for place, name in enumerate(names)}
    for column in table.names[:2]:
        for row, name in enumerate(table.text(column)):
            if name not in number:
                table.refuse(row, column, "a place of the other table is needed here")
    return [(number[a], number[b]) for a, b in zip(*(table.text(name) for name in table.names[:2]), strict=True)]


def _names(table: Columns) -> list[str]:
    lowered = {name.strip().lower(): name for name in table.names}
    found = next(
        (lowered[name] for name in ("place", "name", "location", "county", "region", "area", "id") if name in lowered),
        None,
    )
    return [str(row + 1) for row in range(len(table))] if found is None else [str(one) for one in table.text(found)]


def _at(table: Columns) -> tuple[Any, Any, bool]:
    """Give x, y, and whether they are degrees."""
    lowered = {name.strip().lower(): name for name in table.names}
    found = {axis: next((lowered[name] for name in names if name in lowered), axis) for axis, names in AT.items()}
    table.require(*found.values())
    return table.numbers(found["x"]), table.numbers(found["y"]), found["x"].strip().lower() != "x"


def _about(around: Neighbours) -> dict[str, Any]:
    return {"neighbours": around.rule, "without_neighbours": around.alone}
