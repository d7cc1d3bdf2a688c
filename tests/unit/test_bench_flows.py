"""A small share of `python -m bench.flows scale`: the command on a file of its own against SQL written by hand."""

from __future__ import annotations

import re

import pytest
from bench.flows import scale


def test_sums_of_the_command_equal_those_of_sql_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert scale(20_000, None) == 0
    told = capsys.readouterr().out
    difference = re.search(r"largest relative difference of sums from SQL by hand (\S+)", told)
    assert difference is not None
    assert float(difference[1]) < 1e-9
    assert {"sums", "sums and rows"} <= {line.split(":")[0].strip() for line in told.splitlines()}
