"""The commands on asset recovery: stages of cases and tracing of money, from files, without an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli.common import as_json, show
from plumbline.domain.recovery import (
    STAGES,
    STANDINGS,
    TRACING_RULES,
    Asset,
    Durations,
    Recovery,
    Trace,
    interval,
    read_cases,
    read_ledger,
)
from plumbline.domain.recovery import trace as follow
from plumbline.engines.tables import read_rows

file = click.Path(path_type=Path, dir_okay=False)


@click.group()
def recovery() -> None:
    """Tell what became of assets, and where tainted money went."""


@recovery.command("summary")
@click.argument("cases", type=file)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day of the summary; left out, the last of the file.")
@click.option("--deflators", type=file, help="Price index, columns year and index, for money of one year.")
@click.option("--base", type=int, help="Year of the prices; left out, the last of the index.")
@as_json
def summary(cases: Path, as_of: Any, deflators: Path | None, base: int | None, json_: bool) -> None:
    """Summarise assets by stage: each counts once, where it stands.

    Columns, one row a step: asset, stage (traced, frozen or seized, confiscated or forfeited, returned or repatriated, released,
    lost), date, amount (empty: as before), currency?, rate? (common currency for one unit on that day). Rates of conversion, and time in each stage
    with what ends it (Kaplan-Meier, Aalen-Johansen).
    """
    if base is not None and deflators is None:
        raise click.UsageError("--base is a year of an index of prices; give the index with --deflators.")
    found = read_cases(
        read_rows(cases, "asset", "stage", "date", "amount", "currency", "rate", names=("asset",)),
        as_of=None if as_of is None else np.datetime64(as_of.date(), "D"),
        deflators=None if deflators is None else read_rows(deflators, "year", "index"),
        base=base,
    )
    if not json_:
        for stage in STANDINGS:
            assets = found.standing(stage)
            click.echo(f"{stage}: {len(assets)} assets, {sum(each.standing.value.common for each in assets):.6g}")
        return
    conversions = found.conversions()
    show(
        {
            "as_of": str(found.as_of),
            "assets": len(found.assets),
            "standing": [_standing(found, stage) for stage in STANDINGS],
            "furthest": [_furthest(found, stage) for stage in STAGES],
            "total": _sums(found.assets),
            "conversion": [
                {"from": each.stage, "to": each.next_stage, "assets": each.reached, "assets_next": each.reached_next}
                | {
                    "share": each.share,
                    "value": each.value,
                    "value_next": each.value_next,
                    "value_share": each.value_share,
                }
                for each in conversions
            ],
            "recovery": {
                "share": conversions[-1].reached_next / len(found.assets),
                "value_share": conversions[-1].value_next / conversions[0].value if conversions[0].value else None,
            },
            "reversals": [{"from": a, "to": b, "count": n} for (a, b), n in found.reversals().items()],
            "time_in_stage": [_stay(stage, found.durations(stage)) for stage in (*STAGES[:-1], "released")],
        }
    )


@recovery.command("trace")
@click.argument("ledger", type=file)
@click.option("--rule", type=click.Choice(TRACING_RULES), default="libr", show_default=True)
@as_json
def trace(ledger: Path, rule: str, json_: bool) -> None:
    """Trace tainted money through accounts where it is mixed with other money.

    Columns: from, to (empty: outside), amount; or a statement: account?, amount (below 0: out). Further: tainted (an amount or
    yes), date?. An opening balance is a first row. `compared` shows what the other rules leave traceable.
    """
    moves = read_ledger(
        read_rows(ledger, "from", "to", "amount", "account", "tainted", "date", names=("from", "to", "account"))
    )
    found = {each: follow(moves, each) for each in TRACING_RULES}
    chosen = found[rule]
    if not chosen.came:
        click.echo(
            f"No money of {ledger.name} is tainted, so there is nothing to trace: mark it in the column tainted (yes, or an amount).",
            err=True,
        )
    if not json_:
        click.echo(
            f"{rule}: of {chosen.came:.6g} tainted, {chosen.kept:.6g} traceable in accounts, {chosen.left:.6g} went out"
        )
        return
    show(
        {"rule": rule, "tainted_in": chosen.came, "traceable": chosen.kept, "tainted_out": chosen.left}
        | {
            "accounts": [
                {"account": each.name, "balance": each.balance, "traceable": each.traceable, "lowest": each.lowest}
                for each in chosen.accounts
            ],
            "rows": _moves(chosen),
            "compared": [
                {"rule": name, "traceable": each.kept, "tainted_out": each.left} for name, each in found.items()
            ],
        }
    )


def _sums(assets: tuple[Asset, ...], stage: str = "") -> dict[str, Any]:
    """Sum assets at their value where they stand, or at a stage."""
    values = [asset.value_at(STAGES.index(stage)) if stage else asset.standing.value for asset in assets]
    currencies = sorted({value.currency for value in values})
    return {
        "assets": len(assets),
        "original": {
            name or "unnamed": sum(value.original for value in values if value.currency == name) for name in currencies
        },
        "common": sum(value.common for value in values),
        "constant": sum(value.constant for value in values),
    }


def _standing(found: Recovery, stage: str) -> dict[str, Any]:
    assets = found.standing(stage)
    return {"stage": stage} | _sums(assets) | {"names": [asset.name for asset in assets]}


def _furthest(found: Recovery, stage: str) -> dict[str, Any]:
    assets = found.furthest(stage)
    return {"stage": stage} | _sums(assets, stage) | {"names": [asset.name for asset in assets]}


def _stay(stage: str, found: Durations) -> dict[str, Any]:
    low, high = interval(found.staying, found.staying_error)
    out: dict[str, Any] = {
        "stage": stage,
        "stays": found.n,
        "ended": int(found.ended.sum()),
        "median_days": found.median,
    }
    out["staying"] = {"days": found.times, "at_risk": found.at_risk, "ended": found.ended}
    out["staying"] |= {"share": found.staying, "se": found.staying_error, "low": low, "high": high}
    out["left_for"] = {
        cause: {"share": share, "se": found.incidence_error[cause]} for cause, share in found.incidence.items()
    }
    for each in out["left_for"].values():
        each["low"], each["high"] = interval(each["share"], each["se"])
    return out


def _moves(found: Trace) -> list[dict[str, Any]]:
    return [
        {"row": move.row, "kind": move.kind, "from": move.source, "to": move.target, "amount": move.amount}
        | {"tainted": found.tainted[n], "from_traceable": found.source_traceable[n]}
        | {"to_traceable": found.target_traceable[n]}
        for n, move in enumerate(found.moves)
    ]
