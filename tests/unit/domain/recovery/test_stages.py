"""Stages of recovery: each asset once, reversals, money of one year, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.recovery import STAGES, STANDINGS, Recovery, read_cases
from plumbline.domain.recovery.stages import FOLLOWING

HEAD = ("asset", "stage", "date", "amount", "currency", "rate")


def cases(*rows: tuple[object, ...], head: tuple[str, ...] = HEAD) -> Columns:
    return Columns("c.csv", {n: np.array(v, dtype=object) for n, v in zip(head, zip(*rows, strict=True), strict=True)})


def world(**settings: object) -> Recovery:
    """Give a villa returned, an account whose confiscation was quashed, a boat still frozen, a fund lost."""
    table = cases(
        ("villa", "traced", "2010-01-01", 100, "EUR", 1.2),
        ("villa", "frozen", "2010-01-11", "", "", ""),
        ("villa", "confiscated", "2012-01-01", 90, "EUR", 1.1),
        ("villa", "returned", "2014-01-01", 80, "EUR", 1.5),
        ("account", "frozen", "2011-01-01", 50, "USD", 1),
        ("account", "confiscated", "2012-01-01", "", "", ""),
        ("account", "released", "2013-01-01", "", "", ""),
        ("boat", "traced", "2012-01-01", 10, "USD", 1),
        ("boat", "frozen", "2013-12-02", 8, "USD", 1),
        ("fund", "traced", "2013-01-01", 30, "USD", 1),
        ("fund", "lost", "2013-06-30", "", "", ""),
    )
    return read_cases(table, **settings)  # type: ignore[arg-type]


def test_each_asset_counts_once_where_it_stands() -> None:
    found = world()
    stands = {stage: [asset.name for asset in found.standing(stage)] for stage in STANDINGS}
    assert stands == {
        "traced": [], "frozen": ["boat"], "confiscated": [], "returned": ["villa"], "released": ["account"], "lost": ["fund"],
    }  # fmt: skip
    villa = found.standing("returned")[0].standing.value
    assert (villa.original, villa.currency, villa.common) == (80, "EUR", pytest.approx(120))
    assert found.as_of == np.datetime64("2014-01-01")


def test_each_asset_counts_once_at_its_furthest_stage_whatever_was_reversed() -> None:
    found = world()
    furthest = {stage: [asset.name for asset in found.furthest(stage)] for stage in STAGES}
    assert furthest == {"traced": ["fund"], "frozen": ["boat"], "confiscated": ["account"], "returned": ["villa"]}
    assert found.furthest("confiscated")[0].value_at(2).common == 50


def test_conversion_counts_jumped_and_reversed_stages_as_reached() -> None:
    ways = {each.stage: each for each in world().conversions()}
    assert [(each.reached, each.reached_next) for each in ways.values()] == [(4, 3), (3, 2), (2, 1)]
    assert ways["traced"].value == pytest.approx(120 + 50 + 10 + 30)
    assert ways["traced"].value_next == ways["frozen"].value == pytest.approx(120 + 50 + 8)
    assert ways["confiscated"].value == pytest.approx(99 + 50)
    assert ways["confiscated"].value_share == pytest.approx(120 / 149)
    assert ways["traced"].share == 0.75
    assert world().reversals() == {
        ("confiscated", "frozen"): 0, ("confiscated", "released"): 1, ("frozen", "released"): 0,
    }  # fmt: skip


def test_amounts_come_in_money_of_the_base_year() -> None:
    years = np.arange(2010, 2015)
    deflators = Columns("d.csv", {"year": years, "index": np.array([80.0, 84, 90, 100, 120])})
    villa = world(deflators=deflators).standing("returned")[0]
    assert [step.value.constant for step in villa.steps] == pytest.approx([180, 180, 99 * 120 / 90, 120])
    assert world(deflators=deflators, base=2010).standing("lost")[0].standing.value.constant == pytest.approx(24)
    assert np.isnan(world().assets[0].standing.value.constant)
    assert world(deflators=deflators, base=2014).standing("returned")[0].standing == villa.standing
    with pytest.raises(InvalidInput, match="base must be between 2010 and 2014, not 1999"):
        world(deflators=deflators, base=1999)
    with pytest.raises(InvalidInput, match="row 6, column 'date': a year that the deflators hold"):
        world(deflators=Columns("d.csv", {"year": np.array([2010, 2012, 2013, 2014]), "index": np.ones(4)}))


def test_time_in_a_stage_is_censored_on_the_day_of_the_summary() -> None:
    frozen = world().durations("frozen")
    assert (frozen.n, frozen.times.tolist(), frozen.at_risk.tolist()) == (3, [365, 720], [2, 1])
    assert frozen.incidence["confiscated"] == pytest.approx([0.5, 1])
    traced = world().durations("traced")
    assert (traced.times.tolist(), sorted(traced.incidence)) == ([10, 180, 701], ["frozen", "lost"])
    early = world(as_of=np.datetime64("2012-06-30"))
    assert [asset.name for asset in early.standing("confiscated")] == ["villa", "account"]
    assert (len(early.assets), early.durations("confiscated").ended.sum()) == (3, 0)


def test_a_second_look_at_a_stage_changes_the_value_and_starts_no_new_stay() -> None:
    found = read_cases(
        cases(
            ("a", "frozen", "2020-01-01", 10), ("a", "frozen", "2020-02-01", 12), ("a", "confiscated", "2020-03-01", ""),
            head=HEAD[:4],
        )
    )  # fmt: skip
    assert [(step.stage, step.value.original) for step in found.assets[0].steps] == [
        ("frozen", 12),
        ("confiscated", 12),
    ]
    assert found.durations("frozen").times.tolist() == [60]


def test_an_asset_may_be_frozen_again_after_a_quashed_confiscation() -> None:
    rows = [
        ("a", stage, f"20{n:02}-01-01", 5) for n, stage in enumerate(("frozen", "confiscated", "frozen", "released"))
    ]
    found = read_cases(cases(*rows, head=HEAD[:4]))
    assert (found.assets[0].standing.stage, found.conversions()[1].reached_next) == ("released", 1)
    assert [n for _, n in sorted(found.reversals().items())] == [1, 0, 1]
    assert found.durations("frozen").n == 2


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for asset in range(draw(st.integers(1, 6))):
        stage, year = "", 2000
        for _ in range(draw(st.integers(1, 6))):
            if not FOLLOWING[stage]:
                break
            stage = draw(st.sampled_from(FOLLOWING[stage]))
            rows.append((f"a{asset}", stage, f"{year}-01-01", draw(st.integers(0, 100))))
            year += 1
    return draw(st.permutations(rows))


@settings(max_examples=60, deadline=None)
@given(walks())
def test_stages_partition_assets_and_rates_of_assets_multiply_to_that_of_recovery(
    rows: list[tuple[object, ...]],
) -> None:
    found = read_cases(cases(*rows, head=HEAD[:4]))
    names = [asset.name for stage in STANDINGS for asset in found.standing(stage)]
    assert sorted(names) == sorted({str(row[0]) for row in rows})
    total = sum(asset.standing.value.common for asset in found.assets)
    assert sum(asset.standing.value.common for stage in STANDINGS for asset in found.standing(stage)) == total
    shares = [each.share for each in found.conversions()]
    assert all(0 <= share <= 1 for share in shares if share == share)
    returned = len(found.standing("returned")) / len(found.assets)
    assert np.prod(np.nan_to_num(shares)) == pytest.approx(returned)


def test_bad_cases_are_named_by_row() -> None:
    first = ("a", "returned", "2020-01-01", 5)
    with pytest.raises(InvalidInput, match="row 2, column 'stage': as the first stage there can be traced, frozen"):
        read_cases(cases(first, head=HEAD[:4]))
    with pytest.raises(InvalidInput, match="row 2, column 'stage': one of traced, frozen, confiscated, returned"):
        read_cases(cases(("a", "stolen", "2020-01-01", 5), head=HEAD[:4]))
    with pytest.raises(
        InvalidInput, match="row 4, column 'stage': after returned there can be nothing, not 'returned'"
    ):
        read_cases(cases(("a", "frozen", "2019-01-01", 5), first, first, head=HEAD[:4]))
    with pytest.raises(InvalidInput, match="row 2, column 'amount': an amount is needed at the first step"):
        read_cases(cases(("a", "frozen", "2019-01-01", ""), head=HEAD[:4]))
    with pytest.raises(InvalidInput, match="row 2, column 'amount': a value of 0 or more"):
        read_cases(cases(("a", "frozen", "2019-01-01", -1), head=HEAD[:4]))
    good = ("b", "frozen", "2018-01-01", 1, "EUR", 1)
    with pytest.raises(InvalidInput, match="row 3, column 'amount': a value of 0 or more"):
        read_cases(cases(good, ("a", "frozen", "2019-01-01", -1, "EUR", 1)))
    with pytest.raises(InvalidInput, match="row 3, column 'rate': a number above 0"):
        read_cases(cases(good, ("a", "frozen", "2019-01-01", 1, "EUR", 0)))
    with pytest.raises(InvalidInput, match="row 3, column 'currency': one currency throughout"):
        read_cases(cases(("a", "frozen", "2019", 1, "EUR"), ("b", "frozen", "2019", 1, "USD"), head=HEAD[:5]))
    with pytest.raises(InvalidInput, match="row 2, column 'rate': a number above 0"):
        read_cases(cases(("a", "frozen", "2019-01-01", 1, "EUR", "")))
    with pytest.raises(InvalidInput, match="row 2, column 'rate': a number above 0"):
        read_cases(cases(("a", "frozen", "2019-01-01", 1, "EUR", 0)))
    with pytest.raises(InvalidInput, match="d.csv, row 3, column 'index': a number above 0"):
        world(deflators=Columns("d.csv", {"year": np.array([2010, 2011]), "index": np.array([1.0, 0])}))
    with pytest.raises(InvalidInput, match="row 2, column 'date': a day that is not after"):
        read_cases(cases(("a", "frozen", "2019-01-01", 1), head=HEAD[:4]), as_of=np.datetime64("2018-01-01"))
    with pytest.raises(InvalidInput, match="row 2, column 'date'"):
        read_cases(Columns("c.csv", {name: np.empty(0, dtype=object) for name in HEAD[:4]}))
