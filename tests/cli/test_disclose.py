"""`plumbline disclose`: cells as they may be published, refusals as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plumbline.cli.disclosing import disclose
from plumbline.domain.errors import InvalidInput

TABLE = "r,c,n\na,x,1\na,y,20\na,T,21\nb,x,20\nb,y,30\nb,T,50\nT,x,21\nT,y,50\nT,T,71\n"
POLICY = "dimensions: [r, c]\nvalue: n\nthreshold: 3\ntotals: {r: T, c: T}\n"


def files(folder: Path, table: str, policy: str = POLICY) -> list[str]:
    """Write a table and a policy; give the arguments."""
    (folder / "t.csv").write_text(table)
    (folder / "p.yaml").write_text(policy)
    return [str(folder / "t.csv"), "--policy", str(folder / "p.yaml"), "--json"]


def test_hidden_cells_have_no_value_and_a_reason(tmp_path: Path) -> None:
    answer = CliRunner().invoke(disclose, files(tmp_path, TABLE), catch_exceptions=False)
    out = json.loads(answer.output)
    assert out["cells"][0] == {
        "r": "a",
        "c": "x",
        "value": None,
        "status": "primary",
        "reason": "1 contributors, fewer than 3",
    }
    assert [cell["status"] for cell in out["cells"]].count("complementary") == 3
    assert out["cells"][8]["value"] == 71
    assert out["summary"] == {
        "safe": True,
        "primary": 1,
        "complementary": 3,
        "value_lost": 71.0,
        "method": "exact",
        "gap": 0.0,
        "attacked": 1,
        "exposed": 0,
        "stopped_early": False,
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (TABLE.replace("a,x,1", "a,x,one"), "t.csv, row 2, column 'n': a number is needed here, not 'one'"),
        (TABLE.replace("a,x,1", "a,x,-1"), "row 2, column 'n': a number of zero or more is needed here"),
        (TABLE.replace("T,T,71", "T,T,72"), "the cell T / T is 72, but its parts add up to 71"),
        (TABLE.replace("b,T,50\n", ""), "lacks the total 'T' of c for b"),
    ],
)
def test_bad_tables(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        CliRunner().invoke(disclose, files(tmp_path, table), catch_exceptions=False)
