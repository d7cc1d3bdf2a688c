"""Trade gaps: the published ones that differ, gaps and panels larger than memory: `python -m bench.flows [WHAT...]`.

`deviations [OUT.csv]` sorts every row of Global Financial Integrity's file in which the published figure is not the difference of
both reports by what was done to it, and writes them out row by row. `scale [ROWS [FOLDER]]` compares the stream of `plumbline flows gap` with
SQL written by hand, in CPU seconds and in turn, then with pandas on a tenth of the rows, where the
interpreter that `PLUMBLINE_BENCH_PEERS` names (else this one) has it, and with the same plan on Spark, where this one has it. `discounts` asks the price filter about honest
prices that fall with quantity. `atlas [PLACES [DRAWS]]` estimates misinvoicing of a made panel of so many places (142: 10,011,000 rows) and
tells what memory that takes. Left out: all, at 5,000,000 rows and 46 places.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.flows import PRICE_RULES, PriceRule, filter_prices

THREADS = 2
JUDGED_ROWS = 10_000_000
MOST_MEMORY = 1536  # MB, of a panel of as many rows
PEERS = os.environ.get("PLUMBLINE_BENCH_PEERS", sys.executable)
HONG_KONG = {"2015": 7.75, "2016": 7.76}
KINDS = {
    "as reported": "the published gap is the difference of both reports",
    "smaller": "re-exports through Hong Kong are taken off both views; neither turns",
    "import view turned": "they exceed an over-invoicing of imports, which stands as under-invoicing",
    "export view turned": "they exceed an over-invoicing of exports, which stands as under-invoicing",
    "gap out of nothing": "both reports agree; both views stand as under-invoicing",
    "unexplained": "none of these",
}
SIGNS = {"over": 1, "under": -1, "none": 0}


@dataclass(frozen=True)
class Published:
    """Hold a row of the published file: both reports and both views, over-invoicing above 0 (USD)."""

    importer: str
    exporter: str
    year: str
    imports_fob: float
    exports: float
    import_view: float
    export_view: float

    @property
    def gap(self) -> float:
        """Give what both reports say."""
        return self.imports_fob - self.exports

    @property
    def taken_off(self) -> float:
        """Give what was taken off the exporter's view."""
        return -self.gap - self.export_view

    @property
    def thousands(self) -> float:
        """Give that in thousands of Hong Kong dollars of the year, the unit of Hong Kong's statistics."""
        return self.taken_off * HONG_KONG.get(self.year, float("nan")) / 1000

    @property
    def kind(self) -> str:
        """Say what was done to the row; the amount is known from one view alone and explains the other."""
        if max(abs(self.gap - self.import_view), abs(self.taken_off)) <= 1:
            return "as reported"
        whole = bool(abs(self.thousands - np.round(self.thousands)) < 1e-3) and self.taken_off > 1
        if not whole or abs(self.gap - self.taken_off - self.import_view) > 1:
            return "unexplained"
        if self.gap == 0:
            return "gap out of nothing"
        if self.import_view < 0 and self.export_view < 0:
            return "import view turned" if self.gap > 0 else "export view turned"
        return "smaller"


def published(folder: Path) -> list[Published]:
    """Read the published file."""
    with (folder / "gfi_dots" / "dots_pairs_2015_2018.csv").open(encoding="utf-8") as file:
        return [
            Published(
                row["imp_code"], row["exp_code"], row["year"], float(row["import_fob_usd"]), float(row["export_fob_usd"]),
                SIGNS[row["gfi_import_dir"]] * float(row["gfi_import_misinv_usd"]),
                SIGNS[row["gfi_export_dir"]] * float(row["gfi_export_misinv_usd"]),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def count_kinds(rows: list[Published]) -> dict[str, dict[str, int]]:
    """Count kinds by year."""
    counts = Counter((row.year, row.kind) for row in rows)
    return {year: {kind: counts[year, kind] for kind in KINDS} for year in sorted({row.year for row in rows})}


def deviations(out: Path | None) -> int:
    """Print the counts and write the deviating rows; 1 where one is unexplained."""
    folder = os.environ.get("PLUMBLINE_BENCH_DATA", "")
    if not (Path(folder) / "gfi_dots").is_dir():
        print("PLUMBLINE_BENCH_DATA names no folder with gfi_dots: nothing to compare with.")
        return 0
    rows = published(Path(folder))
    counts = count_kinds(rows)
    for kind, meaning in KINDS.items():
        print(f"{kind:20}" + "".join(f"{year}: {of[kind]:6,}  " for year, of in counts.items()) + meaning)
    if out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "importer",
                    "exporter",
                    "year",
                    "gap",
                    "import_view",
                    "export_view",
                    "kind",
                    "taken_off",
                    "thousand_hkd",
                ]
            )
            for row in rows:
                if row.kind != "as reported":
                    views = (f"{row.gap:.2f}", f"{row.import_view:.2f}", f"{row.export_view:.2f}")
                    amounts = (f"{row.taken_off:.2f}", round(row.thousands))
                    writer.writerow([row.importer, row.exporter, row.year, *views, row.kind, *amounts])
    return int(any(of["unexplained"] for of in counts.values()))


MADE = """COPY (SELECT 'C' || lpad(CAST(hash(i) % 200 AS VARCHAR), 3, '0') AS importer, 'C' || lpad(CAST(hash(i + 1) % 200 AS VARCHAR), 3, '0') AS exporter,
    CAST(2000 + hash(i + 2) % 20 AS INTEGER) AS year, lpad(CAST(hash(i + 3) % 5000 AS VARCHAR), 6, '0') AS commodity,
    CASE WHEN hash(i + 4) % 20 > 0 THEN exp(6 + hash(i + 5) / 4611686018427387904::DOUBLE) END AS imports,
    CASE WHEN hash(i + 6) % 20 > 0 THEN exp(6 + hash(i + 5) / 4611686018427387904::DOUBLE) * (0.8::DOUBLE + 0.4::DOUBLE * (hash(i + 7) / 1.8446744073709552e19::DOUBLE)) END AS exports,
    CASE WHEN hash(i + 8) % 10 = 0 THEN 100::DOUBLE * (hash(i + 9) % 10) END AS reexports
    FROM range({}) AS t(i)) TO '{}' (FORMAT parquet)"""
BY_HAND = """WITH t AS (SELECT year, imports, exports, imports / 1.06 AS fob, exports + coalesce(reexports, 0) AS net, coalesce(reexports, 0) AS again FROM '{}')
    SELECT year, count(*) FILTER (WHERE fob IS NOT NULL AND net IS NOT NULL), sum(abs(fob - net)), sum(fob - net), sum(CASE WHEN fob > net THEN fob - net END),
    sum(imports - fob) FILTER (WHERE net IS NOT NULL), sum(again) FILTER (WHERE fob IS NOT NULL AND net IS NOT NULL), count(*) FILTER (WHERE net IS NULL AND fob IS NOT NULL), sum(fob) FILTER (WHERE net IS NULL),
    count(*) FILTER (WHERE fob IS NULL AND net IS NOT NULL), sum(exports) FILTER (WHERE fob IS NULL) FROM t GROUP BY year ORDER BY year"""
ROWS_BY_HAND = """COPY (SELECT importer, exporter, year, commodity, imports / 1.06 AS imports_fob, exports + coalesce(reexports, 0) AS exports,
    imports / 1.06 - exports - coalesce(reexports, 0) AS gap_import, exports + coalesce(reexports, 0) - imports / 1.06 AS gap_export,
    imports - imports / 1.06 AS freight, coalesce(reexports, 0) AS reexports, imports - exports AS raw_gap,
    CASE sign(imports / 1.06 - exports - coalesce(reexports, 0)) WHEN 1 THEN 'over' WHEN -1 THEN 'under' ELSE 'none' END AS import_invoicing,
    CASE sign(imports / 1.06 - exports - coalesce(reexports, 0)) WHEN 1 THEN 'under' WHEN -1 THEN 'over' ELSE 'none' END AS export_invoicing
    FROM '{}' WHERE imports IS NOT NULL AND exports IS NOT NULL) TO '{}' (FORMAT parquet)"""
OURS = """
import sys, duckdb; from pathlib import Path
from plumbline.cli.main import main
main(["flows", "gap", sys.argv[1], "--json", *sys.argv[2:]])
"""
ATLAS = """
import sys; from plumbline.cli.main import main
main(sys.argv[1:])
"""
HAND = """
import sys, json, duckdb
duckdb.sql('SET enable_progress_bar = false'); rows = duckdb.sql(sys.argv[1])
print(json.dumps(rows.fetchall() if rows is not None else []))
"""
PANDAS = """
import sys, pandas as pd
t = pd.read_parquet(sys.argv[1]); b = t[t.imports.notna() & t.exports.notna()]
g = b.imports / 1.06 - b.exports - b.reexports.fillna(0)
print([[int(y), float(v)] for y, v in g.groupby(b.year).sum().items()], float(g.abs().sum()))
"""

PANEL = """SET threads = {threads}; CREATE MACRO u(x) AS hash(x) / 1.8446744073709552e19::DOUBLE;
    COPY (WITH p AS (SELECT i, j, t, c FROM range({places}) a(i), range({places}) b(j), range(10) y(t), range(50) g(c) WHERE i <> j),
    v AS (SELECT *, exp(4 + 4 * u([i, j, t, c, 1])) AS exports, exp(4 + 4 * u([j, i, t, c, 1])) AS theirs,
        0.2 + u([least(i, j), greatest(i, j), 2]) AS distance, CAST(u([least(i, j), greatest(i, j), 3]) < 0.1 AS INTEGER) AS contiguous,
        CAST(u([i, 4]) < 0.2 AS INTEGER) AS landlocked_reporter, CAST(u([j, 4]) < 0.2 AS INTEGER) AS landlocked_partner,
        0.3 * u([i, t, c, 5]) AS tariff, u([i, t, 6]) AS corruption_reporter, u([j, t, 6]) AS corruption_partner,
        u([i, t, 7]) AS regulation_reporter, u([j, t, 7]) AS regulation_partner FROM p)
    SELECT 'P' || lpad(CAST(i AS VARCHAR), 3, '0') AS reporter, 'P' || lpad(CAST(j AS VARCHAR), 3, '0') AS partner, 2000 + t AS year,
        lpad(CAST(c AS VARCHAR), 2, '0') AS commodity, CASE WHEN u([i, j, t, c, 8]) > 0.05 THEN
        theirs * exp(0.05 + 0.02 * distance + 0.8 * tariff + 0.05 * (u([i, j, t, c, 9]) - u([i, j, t, c, 10]))) END AS imports,
        exports, theirs * (exp(0.8 * tariff) - 1) AS planted, v.* EXCLUDE (i, j, t, c, exports, theirs) FROM v)
    TO '{path}' (FORMAT parquet)"""


def atlas(places: int, draws: int) -> int:
    """Estimate a made panel in which imports alone are over-invoiced; 1 where it takes too much memory for its rows."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "panel.parquet", Path(folder) / "rows.csv"
        duckdb.connect().execute(PANEL.format(threads=THREADS, places=places, path=path))
        words = ("flows", "atlas", str(path), "--draws", str(draws), "--json", "--out", str(out))
        spent, peak, printed = timed(sys.executable, ATLAS, *words)
        found = json.loads(printed)
        keys = "reporter, partner, year, commodity"
        (planted,) = duckdb.sql(
            f"SELECT sum(planted) FROM '{path}' JOIN read_csv('{out}', types={{'commodity': 'VARCHAR'}}) USING ({keys})"
        ).fetchall()[0]
    net, rows = found["totals"][0]["net"], found["given"]
    print(f"atlas, {rows:,} rows, {draws} draws: {spent:.0f} CPU seconds, {peak:.0f} MB at the peak")
    print(f"  planted {planted:.6g}, estimated {net['value']:.6g} ({net['low'] or 0:.6g} to {net['high'] or 0:.6g})")
    return int(rows >= JUDGED_ROWS and peak > MOST_MEMORY)


def timed(python: str, code: str, *words: str) -> tuple[float, float, str]:
    """Run code in a process of its own: CPU seconds with its children's, peak memory (MB), and what it printed."""
    script = (
        "import resource, runpy, sys\nwords = sys.argv[1:]\nsys.argv = words\n"
        "try:\n    exec(words[0])\nexcept SystemExit as end:\n    assert not end.code, end\n"
        "r = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "print('MEASURED', sum(x.ru_utime + x.ru_stime for x in r), max(x.ru_maxrss for x in r) / 1024, file=sys.stderr)\n"
    )
    kept = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([python, "-c", script, code, *words], capture_output=True, text=True, check=False)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    measured = next(line for line in done.stderr.splitlines()[::-1] if line.startswith("MEASURED")).split()
    spent = ended.ru_utime + ended.ru_stime - kept.ru_utime - kept.ru_stime
    return spent, float(measured[2]), done.stdout


def scale(rows: int, kept: Path | None) -> int:
    """Compare the stream with its peers; 1 where it takes over 1.5 times SQL by hand, or sums differ. Files in `kept` stay."""
    with tempfile.TemporaryDirectory() as folder:
        path, small = (Path(kept or folder) / f"trade-{many}.parquet" for many in (rows, rows // 10))
        duckdb.sql(f"SET threads = {THREADS}")
        for file, many in ((path, rows), (small, rows // 10)):
            if not file.is_file():
                duckdb.sql(MADE.format(many, file))
        print(
            f"rows {rows:,}, {path.stat().st_size / 1e9:.2f} GB of Parquet; CPU seconds of whole processes, peak memory"
        )
        limit = f"SET threads = {THREADS}; "
        answers, ratios = {}, {}
        for name, extra, by_hand in (
            ("sums", [], BY_HAND.format(path)),
            (
                "sums and rows",
                ["--out", str(Path(folder) / "a.parquet")],
                ROWS_BY_HAND.format(path, Path(folder) / "b.parquet"),
            ),
        ):
            spent, peak, printed = timed(sys.executable, OURS, str(path), *extra)
            hand, hand_peak, by = timed(sys.executable, HAND, limit + by_hand)
            if extra:  # the command answers with sums as well
                more = timed(sys.executable, HAND, limit + BY_HAND.format(path))
                hand, hand_peak = hand + more[0], max(hand_peak, more[1])
            if not extra:
                answers[name] = (json.loads(printed), json.loads(by.splitlines()[-1]))
            ratios[name] = spent / hand
            print(
                f"  {name}: {spent:.1f} s, {peak:.0f} MB; by hand {hand:.1f} s, {hand_peak:.0f} MB; ratio {spent / hand:.2f}",
                flush=True,
            )
        ours, theirs = answers["sums"]
        worst = apart(ours, theirs)
        print(f"  largest relative difference of sums from SQL by hand {worst:.2g}")
        worst = max(worst, against_peers(path, small, ours))
    slow = rows >= JUDGED_ROWS and max(ratios.values()) > 1.5  # on few rows the start of the command weighs most
    return int(slow or worst > 1e-9)


def apart(ours: dict, theirs: list) -> float:
    """Give the largest relative difference of all totals and of each year's gross and net."""
    sums = [sum(row[place] or 0 for row in theirs) for place in range(1, 11)]
    totals = ours["totals"]
    mine = [totals[name] for name in ("pairs", "gross", "net", "import_over", "freight", "reexports")]
    mine += [ours[side][what] for side in ("orphaned", "lost") for what in ("rows", "value")]
    pairs = list(zip(mine, sums, strict=True))
    for year, row in zip(ours["by_year"], sorted(theirs), strict=True):
        pairs += [(year["gross"], row[2]), (year["net"], row[3])]
    return max(abs(a - b) / max(abs(b), 1e-300) for a, b in pairs)


def between(one: dict, other: dict) -> float:
    """Give the largest relative difference of the totals and years of two answers of the command."""
    names = ("pairs", "gross", "net", "import_over", "freight", "reexports")
    pairs = [(one["totals"][name], other["totals"][name]) for name in names]
    pairs += [(one[side][what], other[side][what]) for side in ("orphaned", "lost") for what in ("rows", "value")]
    years = zip(one["by_year"], other["by_year"], strict=True)
    pairs += [(a[name], b[name]) for a, b in years for name in ("gross", "net")]
    return max(abs(a - b) / max(abs(b), 1e-300) for a, b in pairs)


def against_peers(path: Path, small: Path, ours: dict) -> float:
    """Compare with pandas on the small file and with the same plan on Spark on the whole one, where they are."""
    worst = 0.0
    try:
        spent, peak, _ = timed(sys.executable, OURS, str(small), "--out", str(small.with_name("c.parquet")))
        pandas, pandas_peak, _ = timed(PEERS, PANDAS, str(small))
        print(
            f"  a tenth of the rows: {spent:.1f} s with rows written, {peak:.0f} MB; pandas {pandas:.1f} s, {pandas_peak:.0f} MB, sums only"
        )
    except RuntimeError as error:
        print(f"  pandas: not measured ({str(error).strip().splitlines()[-1]})")
    if importlib.util.find_spec("pyspark") is None:
        print("  Spark: not measured (make test-spark installs it)")
        return worst
    _, _, printed = timed(sys.executable, OURS, str(path), "--engine", "spark")
    worst = between(ours, json.loads(printed.splitlines()[-1]))
    print(f"  the same plan on Spark: largest relative difference of sums {worst:.2g}")
    return worst


def discounts() -> int:
    """Show what the filter makes of honest prices that fall with quantity, as they do where larger lots are cheaper."""
    print(
        "honest prices falling with quantity (elasticity): share flagged and outflow, over what the null expects of them"
    )
    for elasticity in (0.0, -0.1, -0.2, -0.4):
        draw = np.random.default_rng(11)
        quantity = draw.lognormal(3, 1, (400, 50))
        price = draw.lognormal(2, 0.3, (400, 50)) * quantity**elasticity
        cells = np.repeat([f"c{cell:03}" for cell in range(400)], 50).astype(object)
        table = Columns("t.csv", {"commodity": cells, "quantity": quantity.ravel(), "price": price.ravel()})
        said = []
        for kind in PRICE_RULES:
            found = filter_prices(table, PriceRule(kind), draws=50)
            flows = (found.outflow.sum() / found.expected.outflow[0], found.inflow.sum() / found.expected.inflow[0])
            said.append(
                f"{kind} {found.share:.3f}/{found.expected.share:.3f}, outflow x{flows[0]:.2f}, inflow x{flows[1]:.2f}"
            )
        print(f"  {elasticity:+.1f}: " + "; ".join(said))
    return 0


def main() -> int:
    """Run what was asked for."""
    wanted = sys.argv[1:2] or ["all"]
    rest = sys.argv[2:]
    failed = 0
    if wanted[0] in ("all", "deviations"):
        failed |= deviations(Path(rest[0]) if rest else None)
    if wanted[0] in ("all", "discounts"):
        failed |= discounts()
    if wanted[0] in ("all", "scale"):
        failed |= scale(int(rest[0]) if rest else 5_000_000, Path(rest[1]) if rest[1:] else None)
    if wanted[0] in ("all", "atlas"):
        failed |= atlas(int(rest[0]) if rest else 46, int(rest[1]) if rest[1:] else 20)
    return failed


if __name__ == "__main__":
    sys.exit(main())
