"""`plumbline starter`: one command fills a clearing house with fictional reports, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_starter_fills_its_clearing_house_and_adds_nothing_again(run: Run) -> None:
    first = run("starter", "counterfeiting", "--json").json
    assert (first["read"], first["failed"]) == (3, 0)
    assert [one["again"] for one in first["files"]] == [False] * 3

    exported = run("export", "incident", "--workspace", "counterfeiting")
    records = exported.out.splitlines()[1:]
    assert len(records) == 3
    assert all(any(f'"{code}"' in record for record in records) for code in ("IT", "FR", "KE"))

    again = run("starter", "counterfeiting", "--json").json
    assert [one["again"] for one in again["files"]] == [True] * 3


def test_starter_unknown_is_refused_with_those_there_are(run: Run) -> None:
    refused = run("starter", "counterfeits")
    assert refused.code == 2
    assert "precious-metals" in refused.told
