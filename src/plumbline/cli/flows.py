"""The commands on illicit flows: trade gaps, abnormal prices, misinvoicing, proceeds of crime from files, without an installation."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import Finite, as_json, on_engine, on_spark, show
from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.flows import (
    PRICE_RULES,
    FilteredPrices,
    PriceRule,
    ProceedsModel,
    TradeGaps,
    estimate_proceeds,
    filter_prices,
    flow_typology,
    partner_gaps,
)
from plumbline.domain.flows.atlas import ILLICIT, LICIT, AtlasOptions, Misinvoicing, estimate_misinvoicing
from plumbline.domain.flows.concordance import convert_codes, convert_units
from plumbline.domain.flows.panel import parts, taken
from plumbline.domain.quantities import Floats, spread
from plumbline.engines.tables import read_rows, read_yaml
from plumbline.engines.tables.blocks import refuse_beyond_memory, spooled
from plumbline.engines.tables.gaps import StreamedGaps, count_rows, stream_gaps

TRADED = ("importer", "exporter", "year", "commodity", "imports", "exports", "reexports")
PRICED = ("quantity", "value", "price", "direction", "commodity", "year", "period", "unit")
PANEL = ("reporter", "partner", "year", "commodity", "imports", "exports", "reexports", "reexports_partner")
EMPTIED = 0.01  # what is taken off is told where it exceeds what there is in more of the draws
WORDS = ("importer", "exporter", "reporter", "partner", "commodity", "unit", "from", "to")
STREAMED_ROWS, STREAMED_BYTES = 1_000_000, 100_000_000
ATLAS_ROW, ATLAS_BASE = 50, 400_000_000  # bytes of memory, above what `bench.flows atlas` measured


@click.group()
def flows() -> None:
    """Measure flows that statistics of two sides do not explain."""


@flows.command("gap")
@click.argument("trade", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--cif", multiple=True, type=Finite(), default=(0.06,), show_default=True, help="Share of freight; again for more."
)
@click.option("--zero-is-missing", is_flag=True, help="Take 0 for 'not reported', as some sources write it.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File that takes the rows instead: .parquet or .csv."
)
@click.option(
    "--repeats", is_flag=True, help="Count repeated pairs of a streamed file too: needs memory for all pairs."
)
@on_engine
@as_json
def gap(
    trade: Path,
    cif: tuple[float, ...],
    zero_is_missing: bool,
    out: Path | None,
    repeats: bool,
    engine: str,
    json_: bool,
) -> None:
    """Compare what importers and exporters report of the same trade.

    Columns: importer, exporter, year, commodity?, imports, exports, reexports?. The rows are at the first `--cif`; totals
    at the others stand under `sensitivity`. A Parquet file of over a million rows, a CSV of over 100 MB, or any with
    `--out`, is streamed: rows only go to `--out` then. So it is on Spark, where `--out` is a new folder.
    """
    if engine == "spark" or out is not None or _is_large(trade):
        with on_spark() if engine == "spark" else nullcontext() as spark:
            found = stream_gaps(trade, cif=cif, zero_is_missing=zero_is_missing, repeats=repeats, out=out, spark=spark)
        _show_streamed(found, cif, out, json_)
        return
    table = read_rows(trade, *TRADED, names=WORDS)
    gaps = [partner_gaps(table, cif=rate, zero_is_missing=zero_is_missing) for rate in cif]
    first, totals = gaps[0], _totals(gaps[0])
    if first.repeated:
        click.echo(_repeated(first.repeated), err=True)
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
            "unreported": {"rows": first.unreported},
            "sensitivity": [
                {"cif": rate, "gross": each.gross, "net": each.net} for rate, each in zip(cif, gaps, strict=True)
            ],
        }
    )


def _is_large(trade: Path) -> bool:
    if trade.suffix.lower() == ".parquet":
        return count_rows(trade) > STREAMED_ROWS
    return trade.is_file() and trade.stat().st_size > STREAMED_BYTES


def _show_streamed(found: StreamedGaps, cif: tuple[float, ...], out: Path | None, json_: bool) -> None:
    gross, net, pairs = found.total("gross"), found.total("net"), int(found.total("pairs"))
    one_sided = {
        side: {"rows": int(found.total(side)), "value": found.total(f"{side}_value")} for side in ("orphaned", "lost")
    }
    if found.repeated:
        click.echo(_repeated(found.repeated), err=True)
    if not json_:
        click.echo(f"{pairs} pairs, gross {gross:.6g}, net {net:.6g}")
        click.echo(", ".join(f"{side} {each['rows']} ({each['value']:.6g})" for side, each in one_sided.items()))
        return
    others = [[sum(year.others[n][i] for year in found.years) for i in (0, 1)] for n in range(len(cif) - 1)]
    rates = zip(cif, [[gross, net], *others], strict=True)
    totals = {"pairs": pairs, "repeated": found.repeated, "gross": gross, "net": net, "import_over": found.over}
    totals |= {"import_under": found.over - net, "freight": found.freight, "reexports": found.total("reexports")}
    totals["raw_gap"] = found.freight + found.total("reexports") + net
    show(
        {"cif": cif[0], "rows": None, "rows_in": str(out) if out else None, "totals": totals}
        | {"by_year": [{"year": each.year, "gross": each.gross, "net": each.net} for each in found.years if each.pairs]}
        | one_sided
        | {"unreported": {"rows": int(found.total("unreported"))}}
        | {"sensitivity": [{"cif": rate, "gross": each[0], "net": each[1]} for rate, each in rates]}
    )


def _repeated(rows: int) -> str:
    return f"{rows} rows repeat a pair of a year; each is counted. Leave out those of one basis."


@flows.command("price")
@click.argument("trade", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--rule", type=click.Choice(PRICE_RULES), default="iqr", show_default=True, help="Range of usual prices.")
@click.option(
    "--by", multiple=True, help="Column that makes a cell; again for more. Left out: those of the list below."
)
@click.option("--direction", type=click.Choice(["import", "export"]), default="import", show_default=True)
@click.option("--min-cell", default=30, show_default=True, help="Fewest transactions of a cell that is judged.")
@click.option("--low", type=Finite(), default=0.05, show_default=True, help="Lower share, for percentile.")
@click.option("--high", type=Finite(), default=0.95, show_default=True, help="Upper share, for percentile.")
@click.option(
    "--cutoff", type=Finite(), default=3.0, show_default=True, help="Robust standard deviations of log price, for mad."
)
@click.option("--draws", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Draws of honest prices.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
@as_json
def price(
    trade: Path, rule: str, by: tuple[str, ...], direction: str, min_cell: int, low: float, high: float, cutoff: float,
    draws: int, seed: int, json_: bool,
) -> None:  # fmt: skip
    """Flag unit prices outside the range of their like, beside what the rule makes of honest prices.

    Columns: quantity, value or price, direction? (import, export; else --direction); commodity, year, period, unit as
    far as there make a cell. All rules stand side by side under `rules`; `flagged` lists transactions by --rule.
    """
    table = read_rows(trade, *PRICED, *by, names=WORDS)
    found = {
        kind: filter_prices(
            table, PriceRule(kind, low, high, cutoff, min_cell), by=by, direction=direction, draws=draws, seed=seed
        )
        for kind in PRICE_RULES
    }
    if not json_:
        for kind, each in found.items():
            click.echo(
                f"{kind}: {each.judged.sum()} judged, {each.share:.2%} flagged where honest prices give "
                f"{each.expected.share:.2%}; outflow {each.outflow.sum():.6g} ({each.expected.outflow[0]:.6g}), "
                f"inflow {each.inflow.sum():.6g} ({each.expected.inflow[0]:.6g})"
            )
        return
    chosen = found[rule]
    out: dict[str, Any] = {"rule": rule, "seed": seed, "draws": draws}
    out |= {"direction": None if "direction" in table.names else direction}
    out |= {"transactions": _transactions(chosen)} | _against_expected(chosen)
    out |= {"rules": [{"rule": kind} | _against_expected(each) for kind, each in found.items()]}
    show(out | {"cells": _cells(chosen), "flagged": _flagged(chosen, table.first_row)})


@flows.command("convert")
@click.argument("trade", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--codes", type=click.Path(path_type=Path, dir_okay=False), help="Concordance: from, to, share.")
@click.option("--units", type=click.Path(path_type=Path, dir_okay=False), help="Units: from, to, factor.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV file to write.")
@as_json
def convert(trade: Path, codes: Path | None, units: Path | None, out: Path, json_: bool) -> None:
    """Bring product codes and units into others, and count what cannot be converted.

    A code that was split goes to its successors by share, rows that become one are added up.
    """
    table = read_rows(trade, *TRADED, *PRICED, names=WORDS)
    told: dict[str, dict[str, Any]] = {}
    for what, path, step in (("units", units, convert_units), ("codes", codes, convert_codes)):
        if path is not None:
            found = step(table, read_rows(path, "from", "to", "share", "factor", names=WORDS))
            table = found.table
            told[what] = {"unconverted": found.unconverted, "lost": found.lost, "split": found.split}
    _write(out, {name: table.text(name).tolist() for name in table.names})
    if json_:
        show({"rows": len(table), "out": str(out)} | told)
        return
    lines = [f"{what}: {sum(each['unconverted'].values())} rows not converted" for what, each in told.items()]
    click.echo("; ".join([f"{len(table)} rows in {out}", *lines]))


@flows.command("types")
@as_json
def types(json_: bool) -> None:
    """List the types of illicit financial flows after SDG indicator 16.4.1, with their drivers, and published estimates."""
    known = flow_typology()
    if json_:
        show(asdict(known))
        return
    for each in known.types:
        told = {
            "directions": each.directions,
            "phases": each.phases,
            "channels": each.channels,
            "methods": each.methods,
        }
        click.echo(f"{each.id}: {each.title} ({known.terms['activities'][each.activity]})")
        for name, ids in (told | {"drivers": each.drivers}).items():
            click.echo(f"  {name}: " + "; ".join(f"{one} ({known.terms[name][one]})" for one in ids))


@flows.command("proceeds")
@click.argument("model", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--draws", type=click.IntRange(100, 1_000_000), help="Draws. Left out: those of the model.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the draws. Left out: that of the model.")
@as_json
@charted
def proceeds(model: Path, draws: int | None, seed: int | None, json_: bool, chart: Drawing) -> None:
    """Estimate proceeds of crime that cross borders, from quantities, prices and shares.

    Directions and phases stand apart and are never netted. The model is described in the how-to on flows.
    """
    read = ProceedsModel.read(read_yaml(model), name=model.name)
    found = estimate_proceeds(read, draws=draws, seed=seed)
    totals = [{"direction": way, "phase": phase} | spread(each) for (way, phase), each in found.totals.items()]
    chart.save(lambda: charting.proceeds_chart(read, totals), model)
    for name, share in found.emptied.items():
        if share > EMPTIED:
            click.echo(
                f"{name}: in {share:.0%} of the draws `less` takes all there is and more; they count as 0.", err=True
            )
    if not json_:
        for row in totals:
            click.echo(
                f"{row['direction']}, {row['phase']}: {row['p50']:.6g} {read.currency} ({row['p5']:.6g} to {row['p95']:.6g})"
            )
        return
    about = {each.name: each for each in read.flows}
    fields = ("type", "direction", "phase", "channel", "source")
    show(
        {"title": read.title, "currency": read.currency, "seed": read.seed if seed is None else seed}
        | {"draws": draws or read.draws, "totals": totals}
        | {
            "flows": [
                {"flow": name}
                | {field: getattr(about[name], field) for field in fields}
                | spread(each)
                | {"emptied": found.emptied[name]}
                for name, each in found.flows.items()
            ]
        }
    )


@flows.command("atlas")
@click.argument("panel", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--licit", multiple=True, default=LICIT, show_default=True, help="Column that explains a gap; again.")
@click.option("--illicit", multiple=True, default=ILLICIT, show_default=True, help="Column that carries a flow; again.")
@click.option(
    "--most", type=Finite(0, min_open=True), default=100.0, show_default=True, help="Ratios from here on are left out."
)
@click.option(
    "--cook",
    type=Finite(0, min_open=True),
    default=2.0,
    show_default=True,
    help="Largest Cook's distance that is kept.",
)
@click.option("--rounds", type=click.IntRange(0), default=3, show_default=True, help="Rounds of the outlier test.")
@click.option("--no-lag", is_flag=True, help="Leave last year's ratio out.")
@click.option("--no-lead", is_flag=True, help="Leave next year's growth out.")
@click.option("--fob", multiple=True, help="Reporter whose imports are without freight; again for more.")
@click.option("--mirror-fob", type=click.Choice(["partner", "reporter"]), default="partner", show_default=True)
@click.option("--clip", is_flag=True, help="Take a spread of reports below 0 for 0.")
@click.option("--equal", is_flag=True, help="Weigh both sides alike.")
@click.option("--draws", type=click.IntRange(0, 10_000), default=200, show_default=True, help="Draws of the bootstrap.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="CSV file that takes the rows instead.")
@as_json
def atlas(
    panel: Path, no_lag: bool, no_lead: bool, fob: tuple[str, ...], draws: int, seed: int, out: Path | None, json_: bool,
    **choices: Any,
) -> None:  # fmt: skip
    """Estimate trade misinvoicing from mirrored trade and its predictors, by the nine steps of the Atlas.

    Columns: reporter, partner, year, commodity?, imports, exports, reexports?, reexports_partner?, and the predictors.
    """
    options = AtlasOptions(lag=not no_lag, lead=not no_lead, fob=frozenset(fob), **choices)
    if out is not None and not out.parent.is_dir():
        raise unfit(out.name, "out", "a folder that exists is needed here", out.parent)
    known = (*PANEL, *options.licit, *options.illicit)
    if not _is_large(panel):
        found = estimate_misinvoicing(read_rows(panel, *known, names=WORDS), options, draws=draws, seed=seed)
        _show_atlas(found, draws, seed, out, json_)
        return
    with spooled(panel, *known, names=WORDS) as table:
        heads = Columns(table.name, dict.fromkeys(table.names, np.empty(0, dtype=object)))
        heads.require("reporter", "partner", "year", "imports", "exports", *options.licit, *options.illicit)
        refuse_beyond_memory(table.name, table.rows, ATLAS_ROW, ATLAS_BASE)
        found = estimate_misinvoicing(table, options, draws=draws, seed=seed, keep=table.keep)
        _show_atlas(found, draws, seed, out, json_)


def _show_atlas(found: Misinvoicing, draws: int, seed: int, out: Path | None, json_: bool) -> None:
    totals: list[dict[str, Any]] = [
        {"reporter": reporter or None, "side": side}
        | {name: _interval(value, found.drawn[reporter][side][name], name != "net") for name, value in of.items()}
        for reporter, sides in found.totals.items()
        for side, of in sides.items()
    ]
    estimated = int(found.used.sum())
    if not json_:
        for row in totals[:2]:
            click.echo(
                f"{row['side']}: outflow {row['outflow']['value']:.6g}, inflow {row['inflow']['value']:.6g}, "
                f"net {row['net']['value']:.6g}"
            )
    if out is not None:
        _write_parts(out, _estimated(found))
    if not json_:
        return
    told: dict[str, Any] = {
        "given": len(found.used),
        "estimated": estimated,
        "draws": draws,
        "seed": seed,
        "totals": totals,
    }
    if out is None and estimated > STREAMED_ROWS:
        click.echo(f"{estimated} rows are not printed; name a file for them with --out.", err=True)
    if out is not None or estimated > STREAMED_ROWS:
        show(told | {"rows": None, "rows_in": str(out) if out else None})
        return
    rows = [
        dict(zip(columns, values, strict=True))
        for columns in _estimated(found)
        for values in zip(*columns.values(), strict=True)
    ]
    show(told | {"rows": rows})


def _estimated(found: Misinvoicing) -> Iterator[dict[str, Any]]:
    """Give the rows estimated, by column and block by block."""
    for part in parts(len(found.used)):
        rows = part.start + np.flatnonzero(found.used[part])
        columns: dict[str, Any] = found.panel.words(rows) | {"imports": found.imports, "exports": found.exports}
        columns |= {f"weight_{side}": each for side, each in found.weights.items()}
        yield {name: each if isinstance(each, list) else taken(each, rows) for name, each in columns.items()}


def _write(out: Path, columns: dict[str, Any]) -> None:
    if not out.parent.is_dir():
        raise unfit(out.name, "out", "a folder that exists is needed here", out.parent)
    _write_parts(out, [columns])


def _write_parts(out: Path, tables: Iterable[dict[str, Any]]) -> None:
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for place, columns in enumerate(tables):
            if not place:
                writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))


def _interval(value: float, drawn: Floats, gross: bool) -> dict[str, float | None]:
    if not len(drawn):
        return {"value": value, "low": None, "high": None}
    low, high = np.percentile(np.maximum(drawn, 0) if gross else drawn, (2.5, 97.5)).tolist()
    return {"value": value, "low": low, "high": high}


def _transactions(found: FilteredPrices) -> dict[str, int]:
    judged, given = int(found.judged.sum()), len(found.price)
    return {
        "given": given,
        "unpriced": found.unpriced,
        "judged": judged,
        "in_small_cells": given - found.unpriced - judged,
    }


def _against_expected(found: FilteredPrices) -> dict[str, Any]:
    """Give what was flagged with, right beside each figure, what honest prices give."""
    out: dict[str, Any] = {"share": found.share, "expected_share": found.expected.share}
    for name, seen, beside, p in (
        ("outflow", found.outflow.sum(), found.expected.outflow, found.expected.outflow_p),
        ("inflow", found.inflow.sum(), found.expected.inflow, found.expected.inflow_p),
    ):
        expected = dict(zip(("mean", "p5", "p95"), beside, strict=True))
        out[name] = {"value": float(seen), "expected": expected, "excess": float(seen) - beside[0], "p": p}
    return out


def _cells(found: FilteredPrices) -> list[dict[str, Any]]:
    judged, many = found.judged, len(found.size)
    sums = {
        name: np.bincount(found.cell[judged], values[judged], minlength=many)
        for name, values in (("flagged", found.flagged), ("outflow", found.outflow), ("inflow", found.inflow))
    }
    return [
        {name: values[n] for name, values in found.keys.items()}
        | {"size": int(found.size[n]), "judged": bool(found.tested[n]), "low": found.low[n], "high": found.high[n]}
        | {"flagged": int(sums["flagged"][n]), "outflow": sums["outflow"][n], "inflow": sums["inflow"][n]}
        for n in range(many)
    ]


def _flagged(found: FilteredPrices, first_row: int) -> list[dict[str, Any]]:
    return [
        {"row": int(row) + first_row}
        | {name: values[found.cell[row]] for name, values in found.keys.items()}
        | {"price": found.price[row], "low": found.low[found.cell[row]], "high": found.high[found.cell[row]]}
        | {"outflow": found.outflow[row], "inflow": found.inflow[row]}
        for row in np.flatnonzero(found.flagged)
    ]


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
        "raw_gap": float(found.raw_gap.sum()),
    }


def _rows(found: TradeGaps) -> list[dict[str, Any]]:
    names = ["over", "none", "under"]
    columns: dict[str, Any] = {name: values.tolist() for name, values in found.keys.items()}
    columns["year"] = [int(year) if str(year).isdigit() else year for year in columns["year"]]
    columns |= {"imports_fob": found.imports_fob.tolist(), "exports": found.exports.tolist()}
    columns |= {"gap_import": found.gap_import.tolist(), "gap_export": found.gap_export.tolist()}
    columns |= {"freight": found.freight.tolist(), "reexports": found.reexports.tolist()}
    columns["raw_gap"] = found.raw_gap.tolist()
    columns["import_invoicing"] = [names[1 - int(sign)] for sign in np.sign(found.gap_import)]
    columns["export_invoicing"] = [names[1 + int(sign)] for sign in np.sign(found.gap_import)]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _by_year(found: TradeGaps) -> list[dict[str, Any]]:
    years, place = np.unique(found.keys["year"].astype(str), return_inverse=True)
    gross, net = np.bincount(place, np.abs(found.gap_import)), np.bincount(place, found.gap_import)
    return [{"year": year, "gross": gross[i], "net": net[i]} for i, year in enumerate(years.tolist())]
