"""The command `disclose`: what of a table may be published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.disclosure import Policy, Verdict, publishable, read_table
from plumbline.engines.tables import read_columns, read_yaml

file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("table", type=file)
@click.option("--policy", "policy_", type=file, required=True, help="Rules and layout (YAML); docs/how-to/disclose.md.")
@as_json
def disclose(table: Path, policy_: Path, json_: bool) -> None:
    """Hide or round the cells of TABLE that would betray a contributor, and attack the outcome."""
    policy = Policy.read(read_yaml(policy_), name=policy_.name)
    verdict = publishable(read_table(read_columns(table), policy), policy)
    if json_:
        show(_as_data(verdict, policy))
        return
    for cell in verdict.cells:
        value = "-" if cell.value is None else f"{cell.value:g}"
        click.echo("\t".join((*cell.labels, value, cell.status, cell.reason)))
    summary = _as_data(verdict, policy)["summary"]
    click.echo(", ".join(f"{key} {value}" for key, value in summary.items()))


def _as_data(verdict: Verdict, policy: Policy) -> dict[str, Any]:
    chosen, rounding = verdict.suppression, verdict.rounding
    how: dict[str, Any] = {"method": "rounding", "gap": None, "stopped_early": False}
    if chosen is not None:
        how = {"method": chosen.method, "gap": chosen.gap, "stopped_early": chosen.stopped}
    if rounding is not None:
        how |= {
            "base": rounding.base,
            "reach": rounding.reach,
            "tries": rounding.tries,
            "gap": rounding.gap,
            "stopped_early": rounding.stopped,
        }
    statuses = [cell.status for cell in verdict.cells]
    return {
        "cells": [
            dict(zip(policy.dimensions, cell.labels, strict=True))
            | {"value": cell.value, "status": cell.status, "reason": cell.reason}
            for cell in verdict.cells
        ],
        "summary": {
            "safe": verdict.safe,
            "primary": statuses.count("primary"),
            "complementary": statuses.count("complementary"),
            "value_lost": verdict.value_hidden,
            **how,
            "attacked": len(verdict.audit.bounds),
            "exposed": len(verdict.audit.exposed),
        },
    }
