"""Global Financial Integrity's gaps of 2015 to 2017: each deviation from both reports is of a known kind."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from bench.flows import KINDS, Published, count_kinds, published

from plumbline.domain.columns import Columns
from plumbline.domain.flows import partner_gaps


def row(gap: float, import_view: float, export_view: float, year: str = "2015") -> Published:
    return Published("1", "2", year, 10_000 + gap, 10_000, import_view, export_view)


def test_kinds_are_told_apart_by_what_was_taken_off_both_views() -> None:
    hong_kong = 31 * 1000 / 7.75  # 31 thousand Hong Kong dollars are 4,000 USD
    for gap, kind in (
        (5000, "smaller"),
        (-5000, "smaller"),
        (100, "import view turned"),
        (-100, "export view turned"),
        (0, "gap out of nothing"),
    ):
        assert row(gap, gap - hong_kong, -gap - hong_kong).kind == kind
    assert row(100, 100, -100).kind == "as reported"
    assert row(100, 100 - 4050.5, -100 - 4050.5).kind == "unexplained"  # no whole number of thousands
    assert row(100, 100 - hong_kong, -100).kind == "unexplained"  # one view alone
    assert row(100, 100 + hong_kong, -100 + hong_kong).kind == "unexplained"  # added
    assert row(100, 100 - hong_kong, -100 - hong_kong, "2017").kind == "unexplained"


def test_every_deviation_of_2015_and_2016_is_explained_and_the_import_view_follows_from_the_other() -> None:
    root = os.environ.get("PLUMBLINE_BENCH_DATA", "")
    if not root or not (Path(root) / "gfi_dots").is_dir():
        pytest.skip("PLUMBLINE_BENCH_DATA names no folder with gfi_dots")
    rows = published(Path(root))
    assert {year: list(of.values()) for year, of in count_kinds(rows).items()} == {
        "2015": [16_915, 5_535, 178, 148, 20, 0], "2016": [17_097, 5_372, 171, 155, 30, 0], "2017": [23_138, 0, 0, 0, 0, 0],
    }  # fmt: skip
    assert list(KINDS)[-1] == "unexplained"
    data = {
        "importer": np.array([each.importer for each in rows], dtype=object),
        "exporter": np.array([each.exporter for each in rows], dtype=object),
        "year": np.array([each.year for each in rows], dtype=object),
        "imports": np.array([each.imports_fob * 1.06 for each in rows]),
        "exports": np.array([each.exports for each in rows]),
        "reexports": np.maximum([each.taken_off for each in rows], 0),
    }
    found = partner_gaps(Columns("dots.csv", data), cif=0.06)
    years = found.keys["year"]
    totals = {
        year: round(float(np.abs(found.gap_import[years == year]).sum()) / 1e9, 4) for year in ("2015", "2016", "2017")
    }
    assert totals == {"2015": 3537.8130, "2016": 3301.5527, "2017": 3700.2285}  # billions of USD, as published
    assert np.abs(found.gap_import - [each.import_view for each in rows]).max() <= 1
