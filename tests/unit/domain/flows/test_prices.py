"""The price filter: ranges by hand, what honest prices give, and planted over-invoicing told from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows import PRICE_RULES, FilteredPrices, PriceRule, filter_prices
from plumbline.domain.flows.prices import flagged_by_size, price_range


def trade(**columns: object) -> Columns:
    return Columns("trade.csv", {name: np.array(values, dtype=object) for name, values in columns.items()})


def five(direction: str = "import") -> Columns:
    """Give prices 1, 2, 4, 6 and 20: quartiles 2 and 6, median 4."""
    return trade(
        commodity=["c"] * 5, direction=[direction] * 5, quantity=[10, 10, 10, 10, 3], value=[10, 20, 40, 60, 60]
    )


SMALL = {"min_cell": 4}


def test_interquartile_range_of_imports_gives_outflow_above_and_inflow_below() -> None:
    found = filter_prices(five(), PriceRule("iqr", **SMALL))
    assert (found.low[0], found.high[0]) == (2, 6)
    assert found.flagged.tolist() == [True, False, False, False, True]
    assert (found.outflow.tolist(), found.inflow.tolist()) == ([0, 0, 0, 0, 42], [10, 0, 0, 0, 0])
    assert (found.share, found.expected.share) == (0.4, 0.4)


def test_exports_turn_the_flows_round() -> None:
    found = filter_prices(five("export"), PriceRule("iqr", **SMALL))
    assert (found.outflow.sum(), found.inflow.sum()) == (10, 42)
    for word in ("Exports", "x"):
        assert filter_prices(five(word), PriceRule("iqr", **SMALL)).outflow.sum() == 10
    for word in ("imports", "M"):
        assert filter_prices(five(word), PriceRule("iqr", **SMALL)).outflow.sum() == 42
    plain = Columns("t.csv", {name: values for name, values in five().data.items() if name != "direction"})
    assert filter_prices(plain, PriceRule("iqr", **SMALL), direction="export").inflow.sum() == 42


def test_percentiles_and_mad_set_their_own_ranges() -> None:
    percentile = filter_prices(five(), PriceRule("percentile", 0.1, 0.9, **SMALL))
    assert (percentile.low[0], percentile.high[0]) == pytest.approx((1.4, 14.4))
    mad = filter_prices(five(), PriceRule("mad", cutoff=1, **SMALL))
    reach = 1.482602218505602 * np.log(2)
    assert (mad.low[0], mad.high[0]) == pytest.approx((4 * np.exp(-reach), 4 * np.exp(reach)))
    assert mad.flagged.tolist() == [True, False, False, False, True]


def test_small_cells_and_rows_without_price_are_counted_and_not_judged() -> None:
    table = trade(
        commodity=["a"] * 4 + ["b"] * 3, year=[2001] * 7, quantity=[1, 1, 1, 0, 1, 1, ""], price=[1, 2, 3, 9, 1, 9, 4]
    )
    found = filter_prices(table, PriceRule("iqr", min_cell=4))
    assert (found.size.tolist(), found.tested.tolist(), found.unpriced) == ([3, 2], [False, False], 2)
    assert (found.flagged.any(), np.isnan(found.share), found.outflow.sum()) == (False, True, 0)


def test_a_cell_without_spread_is_no_case_for_mad() -> None:
    table = trade(commodity=["a"] * 9, quantity=[1] * 9, value=[5] * 8 + [50])
    assert not filter_prices(table, PriceRule("mad", **SMALL)).tested.any()
    assert filter_prices(table, PriceRule("iqr", **SMALL)).outflow.sum() == 45


def test_named_columns_make_the_cells() -> None:
    table = trade(commodity=["a"] * 8, port=["p"] * 4 + ["q"] * 4, quantity=[1] * 8, value=[1, 1, 1, 1, 9, 9, 9, 9])
    assert filter_prices(table, PriceRule("iqr", **SMALL)).size.tolist() == [8]
    found = filter_prices(table, PriceRule("iqr", **SMALL), by=["commodity", "port"])
    assert (found.size.tolist(), found.keys["port"].tolist(), found.flagged.sum()) == ([4, 4], ["p", "q"], 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 300), st.sampled_from([(0.25, 0.75), (0.05, 0.95), (0.1, 0.8)]), st.integers(0, 9))
def test_quantile_rules_flag_what_the_size_of_the_cell_says_whatever_the_prices(
    n: int, shares: tuple[float, float], seed: int
) -> None:
    prices = np.random.default_rng(seed).pareto(0.7, n) + 0.01
    table = Columns("t.csv", {"commodity": np.full(n, "c", dtype=object), "quantity": np.ones(n), "value": prices})
    found = filter_prices(table, PriceRule("percentile", *shares, min_cell=4), draws=20)
    assert found.flagged.sum() == flagged_by_size(np.array([n]), shares)[0]
    assert found.share == found.expected.share


def market(seed: int, *, planted: float = 0.0, rule: str = "iqr") -> FilteredPrices:
    """Filter 40 honest log-normal cells of 50 imports, of which some a cell were overpriced threefold."""
    random = np.random.default_rng(seed)
    quantity, price = random.lognormal(3, 1, (40, 50)), random.lognormal(2, 0.4, (40, 50))
    price[:, : int(planted * 50)] *= 3
    cells = np.repeat([f"c{n:02}" for n in range(40)], 50).astype(object)
    table = {"commodity": cells, "quantity": quantity.ravel(), "price": price.ravel()}
    return filter_prices(Columns("t.csv", table), PriceRule(rule), seed=7)


@pytest.mark.parametrize("rule", PRICE_RULES)
def test_honest_prices_give_what_was_expected_of_them(rule: str) -> None:
    found = [market(seed, rule=rule) for seed in range(3)]
    assert np.mean([each.share for each in found]) == pytest.approx(found[0].expected.share, abs=0.006)
    assert all(each.outflow.sum() < 2 * each.expected.outflow[2] for each in found)
    assert max(each.expected.outflow_p for each in found) > 0.05


@pytest.mark.parametrize("rule", PRICE_RULES)
def test_planted_overpricing_of_imports_stands_out_from_the_expectation(rule: str) -> None:
    found = market(3, planted=0.1, rule=rule)
    assert found.outflow.sum() > 1.3 * found.expected.outflow[2]
    assert found.expected.outflow_p < 0.02
    assert found.expected.inflow_p > 0.05
    assert found.outflow.reshape(40, 50)[:, :5].sum() > 0.6 * found.outflow.sum()


def test_the_interquartile_rule_flags_half_of_honest_prices_and_mad_few() -> None:
    assert market(1).expected.share == pytest.approx(0.52)
    assert 0.002 < market(1, rule="mad").expected.share < 0.012


def test_draws_follow_the_seed() -> None:
    assert market(2).expected == market(2).expected


def test_a_small_cell_is_left_alone_beside_a_large_one() -> None:
    table = trade(commodity=["b", "a", "b", "b", "b", "b", "a"], quantity=[1] * 7, value=[1, 1, 2, 4, 6, 9, 99])
    found = filter_prices(table, PriceRule("iqr", **SMALL))
    assert (found.size.tolist(), found.tested.tolist()) == ([2, 5], [False, True])
    assert found.cell.tolist() == [1, -1, 1, 1, 1, 1, -1]
    assert (found.outflow.tolist(), found.inflow.tolist()) == ([0, 0, 0, 0, 0, 3, 0], [1, 0, 0, 0, 0, 0, 0])


def test_a_flow_beyond_every_draw_has_the_smallest_p_there_can_be() -> None:
    table = trade(commodity=["c"] * 9, quantity=[1] * 9, value=[1, 2, 3, 4, 5, 6, 7, 8, 1e9])
    found = filter_prices(table, PriceRule("iqr", **SMALL), draws=20)
    assert (found.expected.outflow_p, found.expected.outflow[1] < found.expected.outflow[0] < found.expected.outflow[2]) == (
        1 / 21, True,
    )  # fmt: skip


def test_a_price_on_the_edge_of_its_range_is_not_flagged() -> None:
    table = trade(commodity=["c"] * 5, quantity=[3] * 5, value=[0.3, 0.6, 0.9, 1.2, 1.5])
    assert filter_prices(table, PriceRule("iqr", **SMALL)).flagged.tolist() == [True, False, False, False, True]


def test_rounding_of_one_and_the_same_price_flags_nothing() -> None:
    quantity = [float(each) for each in range(1, 41)]
    table = trade(commodity=["c"] * 40, quantity=quantity, value=[each * 0.1 for each in quantity])
    found = filter_prices(table, PriceRule("iqr", **SMALL))
    assert len(np.unique(found.price)) > 1
    assert (found.flagged.any(), found.outflow.sum(), found.inflow.sum()) == (False, 0, 0)


def test_bounds_are_quantiles_of_type_7_and_of_mad_on_logs() -> None:
    prices = np.array([[1.0, 2.0, 4.0, 8.0, 64.0]])
    assert price_range(prices, PriceRule("percentile", 0.1, 0.9))[:, 0] == pytest.approx([1.4, 41.6])
    reach = 1.482602218505602 * 1.0 * np.log(2) * 2  # distances from log 4 in log 2: 2, 1, 0, 1, 4; their median is 1
    assert price_range(prices, PriceRule("mad", cutoff=2))[:, 0] == pytest.approx(
        [4 / np.exp(reach), 4 * np.exp(reach)]
    )


def test_defaults_are_those_of_the_command() -> None:
    rule = PriceRule()
    assert (rule.kind, rule.low, rule.high, rule.cutoff, rule.min_cell) == ("iqr", 0.05, 0.95, 3.0, 30)
    assert (
        filter_prices(five(), PriceRule(**SMALL)).expected
        == filter_prices(five(), PriceRule(**SMALL), draws=200, seed=0).expected
    )
    other = filter_prices(five(), PriceRule(**SMALL), seed=1)
    assert other.expected.outflow != filter_prices(five(), PriceRule(**SMALL)).expected.outflow


def test_a_cell_of_just_enough_transactions_is_judged() -> None:
    table = trade(commodity=["a"] * 30 + ["b"] * 29, quantity=[1] * 59, value=list(range(1, 60)))
    assert filter_prices(table, PriceRule()).tested.tolist() == [True, False]


def test_amounts_below_one_count_and_settings_may_stand_on_their_limits() -> None:
    table = trade(commodity=["c"] * 5, quantity=[0.5] * 5, value=[0.5, 1, 2, 3, 10])
    found = filter_prices(table, PriceRule("percentile", 0.0, 1.0, 0.1, 4), draws=20)
    assert (found.unpriced, found.flagged.sum(), found.outflow.sum()) == (0, 0, 0)
    assert PriceRule("percentile", 0.5, 0.5, 100.0, 1_000_000).shares == (0.5, 0.5)
    filter_prices(table, PriceRule(**SMALL), draws=20)


def test_large_cells_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = market(2).expected
    monkeypatch.setattr("plumbline.domain.flows.prices.DRAWN_AT_ONCE", 1_000)
    parts = market(2).expected
    assert parts == whole


def test_bad_values_are_named_by_row() -> None:
    with pytest.raises(InvalidInput, match="row 3, column 'quantity': a value of 0 or more"):
        filter_prices(trade(commodity=["a", "a"], quantity=[1, -1], value=[1, 1]), PriceRule())
    with pytest.raises(InvalidInput, match="row 2, column 'direction': import or export"):
        filter_prices(trade(commodity=["a"], direction=["up"], quantity=[1], value=[1]), PriceRule())
    with pytest.raises(InvalidInput, match="no column 'value'"):
        filter_prices(trade(commodity=["a"], quantity=[1]), PriceRule())
    with pytest.raises(InvalidInput, match="no column 'commodity'"):
        filter_prices(trade(quantity=[1], value=[1]), PriceRule())
    with pytest.raises(InvalidInput, match="row 2, column 'quantity': one row at least with a quantity"):
        filter_prices(trade(commodity=["a"], quantity=[0], value=[1]), PriceRule())
    with pytest.raises(InvalidInput, match="min-cell must be between 4"):
        PriceRule(min_cell=2)
    with pytest.raises(InvalidInput, match="low must be between 0 and 0.5, not 0.6"):
        PriceRule(low=0.6)
    with pytest.raises(InvalidInput, match="high must be between 0.5 and 1, not 0.4"):
        PriceRule(high=0.4)
    with pytest.raises(InvalidInput, match="cutoff must be between"):
        PriceRule(cutoff=0)
    with pytest.raises(InvalidInput, match="draws must be between 20"):
        filter_prices(five(), PriceRule(), draws=1)


@pytest.mark.parametrize("rule", PRICE_RULES)
def test_shares_and_flows_know_no_currency(rule: str) -> None:
    """In cents or in thousands: what is flagged and expected stays, flows grow with the unit of money."""
    draw = np.random.default_rng(5)
    quantity, price = draw.uniform(0.2, 3, 60), draw.lognormal(0, 0.6, 60)
    found = [
        filter_prices(
            trade(commodity=["c"] * 60, quantity=quantity, price=price * unit), PriceRule(rule, min_cell=4), draws=40
        )
        for unit in (1, 1e-3, 1e3)
    ]
    for one, unit in zip(found, (1, 1e-3, 1e3), strict=True):
        assert one.flagged.tolist() == found[0].flagged.tolist()
        assert one.expected.share == pytest.approx(found[0].expected.share)
        assert one.outflow.sum() == pytest.approx(found[0].outflow.sum() * unit)
        assert one.expected.outflow == pytest.approx([each * unit for each in found[0].expected.outflow])


def test_three_robust_deviations_are_the_limit_unless_told_otherwise() -> None:
    """Log prices 0, +-1, +-1, ...: their median deviation is 1, so the limit lies at exp(3 x 1.4826)."""
    logs = np.array([0.0, 1, -1, 1, -1, 1, -1, 4.4, 4.5])
    found = filter_prices(
        trade(commodity=["c"] * 9, quantity=[1.0] * 9, value=np.exp(logs - np.median(logs))), PriceRule("mad", **SMALL)
    )
    assert found.high[0] == pytest.approx(np.exp(3 * 1.4826 * np.median(np.abs(logs - np.median(logs)))), rel=1e-3)


def test_a_value_of_nothing_has_no_price_and_is_not_refused() -> None:
    found = filter_prices(
        trade(commodity=["c"] * 6, quantity=[1] * 6, value=[0, 1, 2, 3, 4, 5]), PriceRule("iqr", **SMALL)
    )
    assert (found.unpriced, int(found.judged.sum())) == (1, 5)
