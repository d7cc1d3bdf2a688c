"""The command on illicit flows: trade gaps from a file, without an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli.common import as_json, show
from plumbline.domain.flows import TradeGaps, partner_gaps
from plumbline.engines.tables import read_columns


@click.group()
def flows() -> None:
    """Measure flows that statistics of two sides do not explain."""


@flows.command("gap")
@click.argument("trade", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--cif", multiple=True, type=float, default=(0.06,), show_default=True, help="Share of freight; again for more."
)
@click.option("--zero-is-missing", is_flag=True, help="Take 0 for 'not reported', as some sources write it.")
@as_json
def gap(trade: Path, cif: tuple[float, ...], zero_is_missing: bool, json_: bool) -> None:
    """Compare what importers and exporters report of the same trade.

    Columns: importer, exporter, year, commodity?, imports, exports, reexports?. The rows are at the first `--cif`; totals
    at the others stand under `sensitivity`.
    """
    table = read_columns(trade)
    found = [partner_gaps(table, cif=rate, zero_is_missing=zero_is_missing) for rate in cif]
    first, totals = found[0], _totals(found[0])
    if first.repeated:
        click.echo(
            f"{first.repeated} rows repeat a pair of a year; each is counted. Leave out those of one basis.", err=True
        )
    if not json_:
        click.echo(f"{totals['pairs']} pairs, gross {totals['gross']:.6g}, net {totals['net']:.6g}")
        click.echo(
            f"orphaned {first.orphaned.sum()} ({first.orphaned_value:.6g}), lost {first.lost.sum()} ({first.lost_value:.6g})"
        )
        return
    show(
        {
            "cif": cif[0],
            "rows": _rows(first),
            "totals": totals,
            "by_year": _by_year(first),
            "orphaned": {"rows": int(first.orphaned.sum()), "value": first.orphaned_value},
            "lost": {"rows": int(first.lost.sum()), "value": first.lost_value},
            "sensitivity": [
                {"cif": rate, "gross": each.gross, "net": each.net} for rate, each in zip(cif, found, strict=True)
            ],
        }
    )


def _totals(found: TradeGaps) -> dict[str, Any]:
    over = float(found.gap_import[found.gap_import > 0].sum())
    return {
        "pairs": len(found.gap_import),
        "repeated": found.repeated,
        "gross": found.gross,
        "net": found.net,
        "import_over": over,
        "import_under": over - found.net,
        "freight": float(found.freight.sum()),
        "reexports": float(found.reexports.sum()),
    }


def _rows(found: TradeGaps) -> list[dict[str, Any]]:
    names = ["over", "none", "under"]
    columns: dict[str, Any] = {name: values.tolist() for name, values in found.keys.items()}
    columns["year"] = [int(year) if str(year).isdigit() else year for year in columns["year"]]
    columns |= {"imports_fob": found.imports_fob.tolist(), "exports": found.exports.tolist()}
    columns |= {"gap_import": found.gap_import.tolist(), "gap_export": found.gap_export.tolist()}
    columns |= {"freight": found.freight.tolist(), "reexports": found.reexports.tolist()}
    columns["import_invoicing"] = [names[1 - int(sign)] for sign in np.sign(found.gap_import)]
    columns["export_invoicing"] = [names[1 + int(sign)] for sign in np.sign(found.gap_import)]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _by_year(found: TradeGaps) -> list[dict[str, Any]]:
    years, place = np.unique(found.keys["year"].astype(str), return_inverse=True)
    gross, net = np.bincount(place, np.abs(found.gap_import)), np.bincount(place, found.gap_import)
    return [{"year": year, "gross": gross[i], "net": net[i]} for i, year in enumerate(years.tolist())]
