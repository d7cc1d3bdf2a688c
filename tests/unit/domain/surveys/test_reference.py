"""Estimates equal those that R's survey package printed; its data sets are not ours, so they are read where they lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.surveys import Design, Estimate, read_design, run_plan
from plumbline.engines.tables import read_columns

FOLDER = Path(os.environ.get("PLUMBLINE_BENCH_DATA", "/nowhere")) / "rsurvey"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="PLUMBLINE_BENCH_DATA names no folder with rsurvey/reference.json"
)
TAYLOR = {
    "srs_fpc": ("apisrs", {"fpc": "fpc"}),
    "strat_fpc": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"}),
    "clus1_fpc": ("apiclus1", {"clusters": "dnum", "weights": "pw", "fpc": "fpc"}),
}
REPLICATES = {
    "clus1_JK1_nofpc": ("apiclus1", {"clusters": "dnum", "weights": "pw", "replicates": {"type": "JK1"}}),
    "strat_JKn_fpc": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc", "replicates": {"type": "JKn"}}),
}
ALL = [*TAYLOR, *REPLICATES, *(f"{name} given" for name in REPLICATES)]


def reference() -> dict[str, Any]:
    """Read the numbers that R printed."""
    return json.loads((FOLDER / "reference.json").read_text())  # type: ignore[no-any-return]


def case(name: str) -> tuple[Columns, Design, dict[str, Any]]:
    """Give table, design and R's numbers of a design; ` given` reads the replicate weights instead of making them."""
    known, plain = reference(), name.removesuffix(" given")
    source, settings = (TAYLOR | REPLICATES)[plain]
    table = read_columns(FOLDER / "inputs" / f"{source}.csv")
    if name.endswith(" given"):
        made = known["replicate_meta"][plain]
        weights = read_columns(FOLDER / made["file"])
        table = Columns(table.name, {**table.data, **weights.data})
        taken = {key: made[key] for key in ("type", "scale", "rscales", "mse")}
        settings = {"weights": "w", "replicates": taken | {"columns": "rw*"}}
    numbers = known["taylor" if plain in TAYLOR else "replicate"][plain]
    return table, read_design(table, settings), numbers


def near(found: float, expected: float | None) -> bool:
    """Tell whether a number is R's, to a millionth; R's NA is nan."""
    return bool(np.isnan(found)) if expected is None else found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def same(found: Estimate, estimate: float, se: float, interval: list[float] | None = None) -> None:
    """Check an estimate, its error and its interval."""
    assert near(found.estimate, estimate), found
    assert near(found.se, se), found
    if interval is not None:
        assert near(found.ci_low, interval[0]), found
        assert near(found.ci_high, interval[1]), found


def one(table: Columns, design: Design, **entry: Any) -> Estimate:
    """Run a plan of one cell."""
    (found,) = run_plan(table, design, [entry])
    return found


def whole(expected: dict[str, Any], table: Columns, design: Design, statistic: str, **entry: Any) -> None:
    """Check a statistic against R's numbers by variable."""
    for variable, value in expected["estimate"].items():
        found = one(table, design, statistic=statistic, variable=variable, **entry)
        same(found, value, expected["se"][variable], expected["ci95_t"][variable])
        assert found.df == expected["df"]
        if "deff" in expected:
            assert near(found.deff, expected["deff"][variable])


@pytest.mark.parametrize("name", ALL)
def test_means_totals_and_ratios(name: str) -> None:
    table, design, known = case(name)
    assert design.df() == known["degf"]
    assert near(float(design.weights.sum()), known["sum_w"])
    whole(known["mean"], table, design, "mean")
    whole(known["mean_two_vars_cov"], table, design, "mean")
    whole(known["total"], table, design, "total")
    found = one(table, design, statistic="ratio", variable="api.stu", denominator="enroll")
    same(found, known["ratio"]["estimate"], known["ratio"]["se"], known["ratio"]["ci95_t"])
    same(one(table, design, statistic="variance", variable="api00"), known["var"]["estimate"], known["var"]["se"])


@pytest.mark.parametrize("name", ALL)
def test_cells(name: str) -> None:
    table, design, known = case(name)
    for key, statistic, variable in (("mean_by", "mean", "api00"), ("total_by", "total", "enroll")):
        found = run_plan(table, design, [{"statistic": statistic, "variable": variable, "by": "stype"}])
        for cell, row, interval in zip(found, known[key]["table"], known[key]["ci95_t"], strict=True):
            assert cell.by == {"stype": row["stype"]}
            same(cell, row[variable], row["se"], interval)
            assert "DEff.api00" not in row or near(cell.deff, row["DEff.api00"])
    found = run_plan(table, design, [{"statistic": "mean", "variable": "api00", "by": ["stype", "awards"]}])
    for cell, row in zip(found, known["mean_by_two"]["table"], strict=True):
        assert cell.by == {"stype": row["stype"], "awards": row["awards"]}
        same(cell, row["api00"], row["se"])
    plan = [{"statistic": "ratio", "variable": "api.stu", "denominator": "enroll", "by": "stype"}]
    for cell, row in zip(run_plan(table, design, plan), known["ratio_by"], strict=True):
        same(cell, row["api.stu/enroll"], row["se.api.stu/enroll"])


@pytest.mark.parametrize("name", ALL)
def test_levels(name: str) -> None:
    table, design, known = case(name)
    for statistic, key in (("proportion", "prop_factor"), ("total", "total_factor")):
        for cell in run_plan(table, design, [{"statistic": statistic, "variable": "stype"}]):
            label = f"stype{cell.more['level']}"
            same(cell, known[key]["estimate"][label], known[key]["se"][label], known[key]["ci95_t"][label])


@pytest.mark.parametrize("name", ALL)
def test_domains(name: str) -> None:
    table, design, known = case(name)
    domain = known["subset_expr"]
    whole(known["subset_mean"], table, design, "mean", domain=domain)
    whole(known["subset_total"], table, design, "total", domain=domain)
    found = one(table, design, statistic="ratio", variable="api.stu", denominator="enroll", domain=domain)
    same(found, known["subset_ratio"]["estimate"], known["subset_ratio"]["se"])
    assert found.df == known["subset_degf"]


@pytest.mark.parametrize("policy", ["remove", "certainty", "adjust", "average"])
def test_lonely_units(policy: str) -> None:
    known = reference()["lonely_psu"][policy]
    table = read_columns(FOLDER / "inputs" / "apistrat_lonely.csv")
    design = read_design(table, {"strata": "str", "weights": "pw", "lonely_psu": policy})
    whole(known["mean"], table, design, "mean")
    whole(known["total"], table, design, "total")
    found = one(table, design, statistic="ratio", variable="api.stu", denominator="enroll")
    same(found, known["ratio"]["estimate"], known["ratio"]["se"])
    cells = run_plan(table, design, [{"statistic": "mean", "variable": "api00", "by": "awards"}])
    for cell, row in zip(cells, known["mean_by"]["table"], strict=True):
        same(cell, row["api00"], row["se"])


def test_half_samples_given_as_factors() -> None:
    known = reference()["scd_brr"]
    table = read_columns(FOLDER / "inputs" / "scd.csv")
    factors = {
        f"r{place}": np.array(column, dtype=float) for place, column in enumerate(np.transpose(known["repweights"]))
    }
    table = Columns(table.name, {**table.data, **factors})
    design = read_design(table, {"replicates": {"type": "BRR", "columns": "r*", "combined": False}})
    found = one(table, design, statistic="ratio", variable="alive", denominator="arrests")
    same(found, known["ratio"], known["ratio_se"])
    assert near(one(table, design, statistic="total", variable="arrests").se, known["total_se"])


@pytest.mark.parametrize("name", ALL)
def test_quantiles(name: str) -> None:
    table, design, known = case(name)
    for key in (one for one in known if one.startswith(("quantile", "subset_quantile"))):
        asked = known[key]
        domain = {"domain": known["subset_expr"]} if key.startswith("subset") else {}
        plan = {"statistic": "quantile", "variable": "api00", "quantiles": asked["quantiles"], "rule": asked["qrule"]}
        found = run_plan(table, design, [plan | domain | {"interval": asked["interval.type"]}])
        for cell, row in zip(found, asked["table"], strict=True):
            assert near(cell.estimate, row["quantile"]), (key, cell)
            assert near(cell.ci_low, row["ci.2.5"]), (key, cell)
            if row["ci.97.5"] is not None:  # R gives none where rounding puts the upper share a hair above one
                assert near(cell.ci_high, row["ci.97.5"]), (key, cell)
                assert near(cell.se, row["se"]), (key, cell)


@pytest.mark.parametrize("name", ALL)
def test_intervals_of_a_proportion(name: str) -> None:
    table, design, known = case(name)
    for method, row in known["ciprop"].items():
        _, yes = run_plan(table, design, [{"statistic": "proportion", "variable": "awards", "interval": method}])
        assert near(yes.estimate, row["estimate"])
        assert near(yes.se, row["se"])
        expected = [np.nan if bound is None else bound for bound in row["ci95"]]
        assert (yes.ci_low, yes.ci_high) == pytest.approx(expected, rel=1e-6, nan_ok=True), method


def first(value: Any) -> Any:
    """Give the number inside nested lists of one."""
    while isinstance(value, list):
        value = value[0]
    return value


@pytest.mark.parametrize("name", ALL)
def test_two_way_tables(name: str) -> None:
    table, design, known = case(name)
    for test, row in known["chisq"].items():
        plan = {"statistic": "independence", "variable": ["stype", "awards"], "test": test}
        found = one(table, design, **plan)
        assert near(found.estimate, first(row["statistic"])), test
        assert near(found.more["p"], first(row["p"])), test
        if isinstance(row["parameter"], list):
            assert [found.more["ndf"], found.more["ddf"]] == pytest.approx(row["parameter"], rel=1e-6)
    for cell, row in zip(
        run_plan(table, design, [{"statistic": "table", "variable": ["stype", "awards"]}]), known["table"], strict=True
    ):
        assert cell.by == {"stype": row["stype"], "awards": row["awards"]}
        assert near(cell.estimate, row["Freq"])


@pytest.mark.parametrize("name", ALL)
def test_contrasts_and_models(name: str) -> None:
    table, design, known = case(name)
    found = one(table, design, statistic="difference", variable="api00", by="awards")
    row = known["ttest"]
    assert found.df == row["df"]
    assert [found.estimate, found.more["t"], found.more["p"]] == pytest.approx([row["estimate"], row["t"], row["p"]])
    change = one(table, design, statistic="contrast", variable=["api00", "api99"], coefficients=[1, -1])
    same(change, known["contrast_change"]["estimate"], known["contrast_change"]["se"])
    linear = {"statistic": "linear", "variable": "api00", "terms": ["ell", "meals", "mobility"]}
    logistic = {"statistic": "logistic", "variable": "awards", "terms": ["ell", "meals"]}
    for plan, key in ((linear, "glm_gaussian"), (logistic, "glm_quasibinomial")):
        coefficients = run_plan(table, design, [plan])
        assert [one.more["term"] for one in coefficients] == list(known[key]["coef"])
        for cell in coefficients:
            same(cell, known[key]["coef"][cell.more["term"]], known[key]["se"][cell.more["term"]])
            assert cell.df == known[key]["df_resid"]


def test_calibrated_weights() -> None:
    table, known = read_columns(FOLDER / "inputs" / "apiclus1.csv"), reference()["calibration"]
    totals = known["population_totals"]
    high, middle = totals["stypeH"], totals["stypeM"]
    margins = {"stype": {"E": totals["(Intercept)"] - high - middle, "H": high, "M": middle}}
    for method, more in (("raking", {"totals": {"api99": totals["api99"]}}), ("poststratify", {})):
        settings = {"clusters": "dnum", "weights": "pw", "calibration": {"method": method, "margins": margins} | more}
        design = read_design(table, settings)
        assert design.weights[:10].tolist() == pytest.approx(known[method]["weights_head"], rel=1e-6)
        assert [design.weights.min(), design.weights.max()] == pytest.approx(known[method]["range"], rel=1e-6)
        whole(known[method]["total"], table, design, "total")
        whole(known[method]["mean"], table, design, "mean")
