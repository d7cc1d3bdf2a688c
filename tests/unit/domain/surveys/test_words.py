"""Designs in words, and results as tables."""

from __future__ import annotations

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.surveys import read_design, run_plan
from plumbline.domain.surveys.codebook import Codebook, Variable
from plumbline.domain.surveys.words import as_data, code_of, in_words, sdmx, tidy

COLUMNS = Columns(
    "s.csv",
    {
        "h": np.repeat([1, 2], 4), "c": np.tile([1, 1, 2, 2], 2), "N": np.full(8, 6), "M": np.full(8, 4), "w": np.full(8, 2.0),
        "n": np.tile([1, 2], 4), "y": np.arange(8.0), "e": np.arange(8), "lone": np.array([1, 1, 1, 1, 1, 1, 1, 2]),
    },
)  # fmt: skip


def test_designs_are_said_in_words() -> None:
    plain = read_design(COLUMNS, {"strata": ["h"], "clusters": ["c", "e"], "fpc": ["N", "M"]})
    assert in_words(plain) == (
        "8 cases; weights from the sizes of populations; stage 1: 4 units in 2 strata of populations of known size; "
        "stage 2: 8 units in 4 strata of populations of known size; errors by linearisation; 2 degrees of freedom"
    )
    lonely = read_design(COLUMNS, {"weights": "w", "strata": "lone", "lonely_psu": "adjust"})
    assert "strata of one unit: adjust; 6 degrees of freedom" in in_words(lonely)
    made = read_design(COLUMNS, {"weights": "w", "replicates": {"type": "JK1"}})
    assert "stage 1: 8 units in 1 strata of populations not corrected for; errors from 8 replicates (JK1)" in in_words(
        made
    )
    given = read_design(COLUMNS, {"replicates": {"type": "bootstrap", "columns": ["w", "N", "M"]}})
    assert in_words(given).startswith(
        "8 cases; weights from the mean of replicates; errors from 3 replicates (bootstrap)"
    )


def test_tables_keep_columns_of_one_name_apart() -> None:
    design = read_design(COLUMNS, {"weights": "w"})
    found = run_plan(
        COLUMNS,
        design,
        [{"statistic": "mean", "variable": "y", "by": ["n", "h"]}, {"statistic": "total", "variable": "y"}],
    )
    head, rows = tidy(found)
    assert head[:4] == ["statistic", "variable", "by_n", "h"]
    assert [row[2:4] for row in rows] == [[1, 1], [2, 1], [1, 2], [2, 2], [None, None]]
    head, rows = tidy(found, design)
    assert (head[-1], rows[0][-1]) == ("design", in_words(design))
    names, cells = sdmx(found, flow="A:b(1.0)")
    assert names[3:8] == ["STATISTIC", "INDICATOR", "N", "H", "OBS_VALUE"]
    assert cells[-1][3:8] == ["TOTAL", "Y", "_T", "_T", 56.0]
    assert code_of("api.stu 2é") == "API_STU_2_"


def test_labels_stand_beside_codes() -> None:
    design = read_design(COLUMNS, {"weights": "w"})
    book = Codebook("t", (Variable("h", "Stratum", {"1": "North"}),))
    first, second = run_plan(COLUMNS, design, [{"statistic": "mean", "variable": "y", "by": "h"}])
    assert as_data(first, book)["labels"] == {"h": "North"}
    assert "labels" not in as_data(second, book)
    assert "labels" not in as_data(first)
