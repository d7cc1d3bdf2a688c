"""The commands on the costs of crime: an estimate of a model, two models compared, without an installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import as_json, show
from plumbline.domain.costs import VIEWS, CostModel, compare_costs, estimate_costs
from plumbline.domain.quantities import Floats, spread
from plumbline.engines.tables import read_yaml

_MODEL = click.Path(path_type=Path, dir_okay=False)
_draws = click.option("--draws", type=click.IntRange(100, 1_000_000), help="Draws. Left out: those of the model.")
_seed = click.option("--seed", type=click.IntRange(0), help="Seed of the draws. Left out: that of the model.")


@click.group()
def cost() -> None:
    """Estimate and compare costs of crime."""


@cost.command("estimate")
@click.argument("model", type=_MODEL)
@_draws
@_seed
@as_json
@charted
def estimate(model: Path, draws: int | None, seed: int | None, json_: bool, chart: Drawing) -> None:
    """Estimate costs: unit cost x cases x multiplier, by stage, offence and cause, with a tornado.

    The model is described in the how-to on costs of crime.
    """
    read = _read(model)
    found = estimate_costs(read, draws=draws, seed=seed)
    view = VIEWS[0]
    chart.save(
        lambda: charting.tornado_chart(
            read.title or model.stem, view, read.currency, found.point[view], found.tornado[view]
        ),
        model,
    )
    if not json_:
        for view in VIEWS:
            each = spread(found.total[view])
            click.echo(f"{view}: {found.point[view]:.6g} {read.currency} ({each['p5']:.6g} to {each['p95']:.6g})")
        return
    out: dict[str, Any] = {"title": read.title, "currency": read.currency, "price_base": read.price_base}
    out |= {"seed": read.seed if seed is None else seed, "draws": draws or read.draws}
    for view in VIEWS:
        out[view] = {
            "total": {"point": found.point[view]} | spread(found.total[view]),
            "stages": _rows("stage", found.stages[view]),
            "offences": _rows("offence", found.offences[view]),
            "causes": _rows("cause", found.causes[view]),
            "tornado": found.tornado[view],
        }
    show(out)


@cost.command("compare")
@click.argument("a", type=_MODEL)
@click.argument("b", type=_MODEL)
@_draws
@_seed
@as_json
@charted
def compare(a: Path, b: Path, draws: int | None, seed: int | None, json_: bool, chart: Drawing) -> None:
    """Compare two policies: the difference A - B, and the probability that A is cheaper."""
    first, second = _read(a), _read(b)
    found = compare_costs(first, second, draws=draws, seed=seed)
    chart.save(lambda: charting.policies_chart(first.currency, found, VIEWS), a)
    if json_:
        show({"currency": first.currency, "price_base": first.price_base} | found)
        return
    for view in VIEWS:
        gap = found[view]["difference"]
        click.echo(
            f"{view}: {gap['point']:.6g} {first.currency} ({gap['p5']:.6g} to {gap['p95']:.6g}), "
            f"cheaper with probability {found[view]['probability_a_cheaper']:.3f}"
        )


def _read(path: Path) -> CostModel:
    return CostModel.read(read_yaml(path), name=path.name)


def _rows(label: str, parts: Mapping[str, Floats]) -> list[dict[str, Any]]:
    return [{label: name} | spread(values) for name, values in parts.items()]
