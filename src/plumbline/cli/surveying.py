"""Commands on sample surveys: they read files and need no installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.surveys import Estimate, read_design, run_plan
from plumbline.engines.tables import read_columns, read_yaml

file = click.Path(path_type=Path, dir_okay=False)
SHOWN = ("estimate", "se", "df", "ci_low", "ci_high", "deff", "n")


@click.group()
def survey() -> None:
    """Estimate from sample surveys, with errors that follow from the design."""


@survey.command("estimate")
@click.argument("data", type=file)
@click.option(
    "--design", "design_", type=file, required=True, help="How the sample was drawn (YAML); docs/how-to/surveys.md."
)
@click.option("--estimates", "plan", type=file, required=True, help="What to estimate: a list (YAML).")
@as_json
def estimate(data: Path, design_: Path, plan: Path, json_: bool) -> None:
    """Estimate means, totals, ratios, proportions and more from DATA, one row a cell in the plan's order."""
    columns = read_columns(data)
    design = read_design(columns, read_yaml(design_), name=design_.name)
    found = run_plan(columns, design, read_yaml(plan), name=plan.name)
    if json_:
        show([as_data(one) for one in found])
        return
    click.echo("\t".join(("statistic", "variable", "cell", *SHOWN, "flags")))
    for one in found:
        row = as_data(one)
        cell = ", ".join(f"{key}={value}" for key, value in (one.by | one.more).items())
        click.echo(
            "\t".join((one.statistic, one.variable, cell, *(_short(row[key]) for key in SHOWN), " ".join(one.flags)))
        )


def as_data(one: Estimate) -> dict[str, Any]:
    """Give an estimate as a flat mapping: the cell in `by`, what only some have beside the rest."""
    head = {"statistic": one.statistic, "variable": one.variable, "by": one.by}
    return head | {key: getattr(one, key) for key in SHOWN} | one.more | {"flags": list(one.flags)}


def _short(value: Any) -> str:
    return "-" if value != value else f"{value:.6g}" if isinstance(value, float) else str(value)
