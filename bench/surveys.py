"""Estimates against R's survey package: `python -m bench.surveys [equal|speed|streamed [GIGABYTES]]`, the first two where left out.

`equal` answers the cases of `bench/surveys_samples.py` and compares; with `write` after it, R's answers become `tests/data/surveys/peer.json`.
`speed` estimates a million rows in 28 countries by 5 age groups and compares CPU seconds, design object included. R is found on PATH;
the Python package svy is asked where the interpreter that `PLUMBLINE_BENCH_PEERS` names (else this one) has it.
`streamed` makes a CSV of a fifth and of all of so many gigabytes (2 where left out; 18 columns) and runs `plumbline survey estimate` on
each: CPU seconds and the most memory that the process held.
"""

from __future__ import annotations

import csv
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench.surveys_samples import cases

from plumbline.domain.columns import Columns
from plumbline.domain.surveys import Estimate, read_design, run_plan

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "tests" / "data" / "surveys" / "peer.json"
ROWS = 1_000_000
SPEED = """
suppressMessages(library(survey)); f <- commandArgs(TRUE)[1]; n <- 1000000
get <- function(name, kind) readBin(file.path(f, name), kind, n, size = if (kind == "integer") 4 else 8)
data <- data.frame(country = get("country", "integer"), age = get("age", "integer"), stratum = get("stratum", "integer"),
  psu = get("psu", "integer"), w = get("w", "double"), y = get("y", "double"))
a <- proc.time()
d <- svydesign(id = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = data)
x <- svyby(~y, ~country + age, d, svymean)
b <- proc.time() - a
cat(sum(b[1:2]), "\\n"); cat(sprintf("%.15g", as.vector(rbind(coef(x), SE(x)))), sep = "\\n")
"""

SVY = """
import sys, time, numpy as np, polars as pl, svy
kinds = {"country": "i4", "age": "i4", "stratum": "i4", "psu": "i4", "w": "f8", "y": "f8"}
data = pl.DataFrame({name: np.fromfile(sys.argv[1] + "/" + name, kind) for name, kind in kinds.items()})
start = time.process_time()
sample = svy.Sample(data, svy.Design(stratum="stratum", psu="psu", wgt="w"))
rows = sample.estimation.mean("y", by=["country", "age"]).to_polars().sort("age", "country")
print(time.process_time() - start, *(value for row in rows.select("est", "se").rows() for value in row))
"""
PEERS = os.environ.get("PLUMBLINE_BENCH_PEERS", sys.executable)


def numbers(entry: dict[str, Any], found: list[Estimate]) -> list[float]:
    """Give what R's script prints of an entry: estimate and error by cell, of intervals both bounds, of tests the p value."""
    if entry["statistic"] == "independence":
        return [found[0].estimate, found[0].more["p"]]
    if entry["statistic"] == "proportion":
        yes = [one for one in found if one.more["level"] == 1]
        return [bound for one in yes for bound in (one.ci_low, one.ci_high)]
    return [value for one in found for value in (one.estimate, one.se)]


def answers() -> dict[str, list[list[float]]]:
    """Answer every case."""
    out = {}
    for name, (table, settings, plan) in cases().items():
        design = read_design(table, settings)
        out[name] = [numbers(entry, run_plan(table, design, [entry])) for entry in plan]
    return out


def write_csv(table: Columns, path: Path) -> None:
    """Write a table as R reads it."""
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(table.names)
        for row in zip(*(table.data[name].tolist() for name in table.names), strict=True):
            writer.writerow(["" if isinstance(value, float) and math.isnan(value) else value for value in row])


def peer_answers() -> dict[str, list[list[float]]]:
    """Let R answer every case."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (table, _, _) in cases().items():
            write_csv(table, Path(folder) / f"{name}.csv")
        printed = subprocess.run(
            ["Rscript", str(HERE / "surveys.R"), folder], check=True, capture_output=True, text=True
        ).stdout
    out: dict[str, list[list[float]]] = {}
    for line in printed.splitlines():
        name, _, values = line.strip().split("\t")
        out.setdefault(name, []).append([float(value) for value in values.replace("NA", "nan").split()])
    return out


def worst(ours: list[float], theirs: list[float]) -> float:
    """Give the largest relative difference."""
    if len(ours) != len(theirs):
        return math.inf
    gaps = [
        0.0 if math.isnan(a) and math.isnan(b) else abs(a - b) / max(abs(b), 1e-9)
        for a, b in zip(ours, theirs, strict=True)
    ]
    return max(math.inf if math.isnan(gap) else gap for gap in gaps)


def equal(keep: bool) -> float:
    """Compare the cases with R, and keep R's answers where asked."""
    theirs, ours, most = peer_answers(), answers(), 0.0
    for name, listed in ours.items():
        for place, values in enumerate(listed):
            gap = worst(values, theirs[name][place])
            most = max(most, gap)
            if gap > 1e-6:
                print(f"{name}, estimate {place + 1}: {values[:6]} here, {theirs[name][place][:6]} in R")
    count = sum(len(values) for listed in ours.values() for values in listed)
    print(f"cases {len(ours)}, numbers {count}, largest relative difference from R {most:.2g}")
    if keep:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(theirs, indent=1).replace("NaN", "null")
        KEPT.write_text(text + "\n")
    return most


def million() -> dict[str, np.ndarray[Any, Any]]:
    """Draw a million rows: 28 countries of 10 strata of 40 clusters."""
    draw = np.random.default_rng(1)
    psu = draw.integers(0, 28 * 10 * 40, ROWS).astype(np.int32)
    psu[: 28 * 10 * 40] = np.arange(28 * 10 * 40)
    effect = draw.normal(size=28 * 10 * 40)
    return {
        "country": (psu // 400).astype(np.int32), "age": draw.integers(1, 6, ROWS).astype(np.int32),
        "stratum": (psu // 40).astype(np.int32), "psu": psu, "w": draw.uniform(1, 5, ROWS),
        "y": effect[psu] + draw.normal(size=ROWS),
    }  # fmt: skip


def speed() -> None:
    """Compare CPU seconds of a million rows in 140 cells."""
    data = million()
    with tempfile.TemporaryDirectory() as folder:
        for name, values in data.items():
            values.tofile(Path(folder) / name)
        (Path(folder) / "speed.R").write_text(SPEED)
        printed = subprocess.run(
            ["Rscript", str(Path(folder) / "speed.R"), folder], check=True, capture_output=True, text=True
        ).stdout
        asked = subprocess.run([PEERS, "-c", SVY, folder], check=False, capture_output=True, text=True)
    seconds, *theirs = [float(line) for line in printed.split()]
    start = time.process_time()
    table = Columns("million.csv", data)
    design = read_design(table, {"weights": "w", "strata": "stratum", "clusters": "psu"})
    found = run_plan(table, design, [{"statistic": "mean", "variable": "y", "by": ["country", "age"]}])
    spent = time.process_time() - start
    gap = worst([value for one in found for value in (one.estimate, one.se)], theirs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rows {ROWS:,}, cells {len(found)}: {spent:.2f} CPU s here, {seconds:.2f} in R, ratio {spent / seconds:.3f}; "
        f"largest relative difference {gap:.2g}, peak {peak:.0f} MB"
    )
    if asked.returncode:
        print("svy: not measured (absent, or it failed)")
        return
    taken, *values = [float(value) for value in asked.stdout.split()]
    mine = [value for one in found for value in (one.estimate, one.se)]
    print(f"svy {taken:.2f} CPU s, ratio {spent / taken:.3f}; largest relative difference {worst(mine, values):.2g}")


MADE = """COPY (SELECT CAST(hash(i) % 28 AS INTEGER) AS country, CAST(hash(i + 1) % 5 AS INTEGER) AS age, CAST(hash(i) % 280 AS INTEGER) AS stratum,
    CAST(hash(i) % 11200 AS INTEGER) AS psu, 1 + round(4 * (hash(i + 2) / 1.8446744073709552e19::DOUBLE), 4) AS w,
    CASE WHEN hash(i + 3) % 20 > 0 THEN round(100 * (hash(i + 4) / 1.8446744073709552e19::DOUBLE), 4) END AS y,
    ['yes', 'no', 'refused'][CAST(1 + hash(i + 5) % 3 AS INTEGER)] AS answer, {} FROM range({}) AS t(i)) TO '{}' (FORMAT csv)"""
ASKED = """- {statistic: mean, variable: y, by: [country, age]}
- {statistic: proportion, variable: answer, by: country}
- {statistic: total, domain: age >= 3}
"""
RUN = """import resource, sys
from plumbline.cli.main import main
try:
    main(["survey", "estimate", sys.argv[1], "--design", sys.argv[2], "--estimates", sys.argv[3], "--json"])
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""


def streamed(gigabytes: float) -> int:
    """Estimate a file of so many gigabytes and one of a fifth; 1 where the large one takes over 1.5 times the memory."""
    import duckdb

    more = ", ".join(f"hash(i + {n}) % 1000000 AS q{n}" for n in range(10, 21))
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "d.yaml").write_text("weights: w\nstrata: stratum\nclusters: psu\n")
        (at / "p.yaml").write_text(ASKED)
        for size in (gigabytes / 5, gigabytes):
            path = at / "survey.csv"
            duckdb.sql(MADE.format(more, int(size * 1e9 / 113), path))
            words = [sys.executable, "-c", RUN, str(path), str(at / "d.yaml"), str(at / "p.yaml")]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            spent, peak = (float(word) for word in done.stderr.splitlines()[-1].split())
            peaks.append(peak)
            print(
                f"{path.stat().st_size / 1e9:.2f} GB, {len(json.loads(done.stdout))} estimates: {spent:.1f} CPU s, "
                f"most memory {peak:.0f} MB", flush=True,
            )  # fmt: skip
    return int(peaks[1] > 1.5 * peaks[0])


def main() -> int:
    """Run what was asked for."""
    if sys.argv[1:2] == ["streamed"]:
        return streamed(float(sys.argv[2]) if sys.argv[2:] else 2.0)
    if shutil.which("Rscript") is None:
        print("Rscript is not on PATH: nothing to compare with. Install r-base-core and r-cran-survey.")
        return 0
    wanted = sys.argv[1:]
    failed = not wanted or "equal" in wanted
    failed = bool(failed and equal("write" in wanted) > 1e-6)
    if not wanted or "speed" in wanted:
        speed()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
