"""Tracing: worked examples of each rule, and what must hold of any ledger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.recovery import TRACING_RULES, Move, Trace, read_ledger, trace

CONSERVING = tuple(rule for rule in TRACING_RULES if rule != "poison")


def statement(*amounts: float, tainted: dict[int, object] | None = None) -> tuple[Move, ...]:
    marks = [(tainted or {}).get(row, "") for row in range(len(amounts))]
    data = {"amount": np.array(amounts, dtype=float), "tainted": np.array(marks, dtype=object)}
    return read_ledger(Columns("s.csv", data))


def payments(*rows: tuple[str, str, float, object]) -> tuple[Move, ...]:
    names = ("from", "to", "amount", "tainted")
    return read_ledger(
        Columns("p.csv", {n: np.array(v, dtype=object) for n, v in zip(names, zip(*rows, strict=True), strict=True)})
    )


@pytest.mark.parametrize(
    ("rule", "shares"), [("pro-rata", (10 / 3, 10 / 3, 10 / 3)), ("haircut", (2.5, 2.5, 5)), ("fifo", (0, 0, 10))]
)
def test_three_claimants_share_a_mixed_fund_as_published(rule: str, shares: tuple[float, ...]) -> None:
    """P. N. Todd, Equitable tracing: mixed funds: Paul, Michael pay in 10, 10 is spent, Karen pays in 10, 10 is spent."""
    for claimant, share in zip((0, 1, 3), shares, strict=True):
        found = trace(statement(10, 10, -10, 10, -10, tainted={claimant: "yes"}), rule)
        assert found.kept == pytest.approx(share)
        assert found.left == pytest.approx(10 - share)


def test_lowest_intermediate_balance_takes_own_money_first_as_published() -> None:
    """Christie and Compton (2022): 100,000 own, 200,000 of a trust, a car for 75,000; 45,500 remain, all of the trust.

    The prices of the boat and of the jet stand in a picture that could not be read; only their sum is known, 179,500.
    """
    moves = statement(100_000, 200_000, -75_000, -100_000, -79_500, tainted={1: "yes"})
    found = trace(moves, "libr")
    assert found.tainted.tolist() == [0, 200_000, 0, 75_000, 79_500]
    assert (found.kept, found.left, found.accounts[0].lowest) == (45_500, 154_500, 45_500)


def test_later_money_does_not_bring_back_what_was_spent() -> None:
    """The rule in James Roscoe v Winder (1915): the claim stays at the lowest balance in between."""
    moves = statement(100, 50, -130, 80, -10, tainted={1: 50})
    found = trace(moves, "libr")
    assert (found.target_traceable[3], found.kept, found.accounts[0].lowest) == (20, 20, 20)
    assert np.isnan(trace(statement(5, 5), "libr").accounts[0].lowest)


def test_poison_taints_the_whole_account_until_it_is_empty() -> None:
    moves = statement(90, 10, -40, 100, -160, 30, tainted={1: "yes"})
    found = trace(moves, "poison")
    assert found.tainted.tolist() == [0, 10, 40, 0, 160, 0]
    assert (found.target_traceable[3], found.kept, found.left, found.came) == (160, 0, 200, 10)


def test_poison_spares_what_was_paid_before_any_taint_came() -> None:
    found = trace(statement(50, -20, 10, -5, tainted={2: 1}), "poison")
    assert found.tainted.tolist() == [0, 0, 1, 5]
    assert (found.kept, trace(statement(50, -20), "poison").left) == (35, 0)


def test_taint_is_followed_from_account_to_account() -> None:
    moves = payments(
        ("", "a", 100, 60), ("", "b", 100, ""), ("a", "b", 50, ""), ("b", "a", 30, ""), ("b", "", 60, ""), ("a", "c", 80, "")
    )  # fmt: skip
    haircut = {each.name: each.traceable for each in trace(moves, "haircut").accounts}
    assert haircut == pytest.approx({"a": 0, "b": 30 - 6 - 12, "c": 36})
    libr = {each.name: each.traceable for each in trace(moves, "libr").accounts}
    assert libr == pytest.approx({"a": 0, "b": 10, "c": 50})
    assert trace(moves, "libr").left == 0
    fifo = {each.name: each.traceable for each in trace(moves, "fifo").accounts}
    assert fifo == pytest.approx({"a": 0, "b": 30, "c": 30})
    share_b = (50 * 0.6 * 100 / 130) / (150 - 50 * 30 / 130)
    shares = {"a": (60 + 30 * share_b) / 130, "b": share_b, "c": (60 + 30 * share_b) / 130}
    pro_rata = {each.name: each.traceable for each in trace(moves, "pro-rata").accounts}
    assert pro_rata == pytest.approx({"a": 0, "b": 60 * shares["b"], "c": 80 * shares["c"]})


def test_an_overdraft_is_lent_by_the_bank_and_repaid_first() -> None:
    moves = statement(10, -30, 50, tainted={2: "yes"})
    assert [(move.kind, move.amount) for move in moves] == [
        ("in", 10), ("overdraft", 20), ("out", 30), ("in", 50), ("repayment", 20),
    ]  # fmt: skip
    assert [trace(moves, rule).kept for rule in ("fifo", "libr", "haircut")] == [30, 30, 30]
    twice = statement(10, -30, -5, 15, 40, tainted={4: "yes"})
    assert [move.amount for move in twice if move.kind != "in"] == [20, 30, 5, 5, 15, 10]
    assert (trace(twice, "libr").kept, trace(twice, "libr").left) == (30, 10)
    assert trace(moves, "libr").accounts[0].balance == 30


def test_rows_are_followed_in_the_order_of_their_days() -> None:
    data = {
        "date": np.array(["2020-01-03", "2020-01-01", "2020-01-02"], dtype=object),
        "account": np.array(["x"] * 3, dtype=object),
        "amount": np.array([50.0, 100, -80]),
        "tainted": np.array(["no", "true", ""], dtype=object),
    }
    moves = read_ledger(Columns("s.csv", data))
    assert [(move.row, move.amount) for move in moves] == [(3, 100), (4, 80), (2, 50)]
    assert trace(moves, "libr").kept == 20


amounts = st.floats(0.01, 1e6)
names = st.sampled_from(["", "a", "b", "c"])
ledgers = st.lists(
    st.tuples(names, names, amounts, st.floats(0, 1)).filter(lambda row: row[0] != row[1]), min_size=1, max_size=30
)


def drawn(rows: list[tuple[str, str, float, float]]) -> tuple[Move, ...]:
    return payments(*((a, b, amount, 0 if a else amount * share) for a, b, amount, share in rows))


def close(found: Trace) -> float:
    return 1e-6 * (1 + sum(move.amount for move in found.moves))


@settings(max_examples=60, deadline=None)
@given(ledgers, st.sampled_from(CONSERVING))
def test_taint_out_and_taint_kept_are_the_taint_that_came(rows: list[tuple[str, str, float, float]], rule: str) -> None:
    found = trace(drawn(rows), rule)
    assert found.kept + found.left == pytest.approx(found.came, abs=close(found))


@settings(max_examples=60, deadline=None)
@given(ledgers, st.sampled_from(TRACING_RULES))
def test_no_move_and_no_account_holds_more_taint_than_money(
    rows: list[tuple[str, str, float, float]], rule: str
) -> None:
    found = trace(drawn(rows), rule)
    assert all(-close(found) <= t <= m.amount + close(found) for t, m in zip(found.tainted, found.moves, strict=True))
    assert all(-close(found) <= each.traceable <= each.balance + close(found) for each in found.accounts)
    assert all(each.balance >= 0 for each in found.accounts)


@settings(max_examples=60, deadline=None)
@given(ledgers)
def test_lowest_intermediate_balance_is_never_exceeded_and_never_rises_by_itself(
    rows: list[tuple[str, str, float, float]],
) -> None:
    found = trace(drawn(rows), "libr")
    held: dict[str, float] = {}
    for move, taint, before, after in zip(
        found.moves, found.tainted, found.source_traceable, found.target_traceable, strict=True
    ):
        if move.source:
            assert before <= held.get(move.source, 0.0) + close(found)
            held[move.source] = before
        if move.target:
            assert after == pytest.approx(held.get(move.target, 0.0) + taint, abs=close(found))
            held[move.target] = after
    for account in found.accounts:
        assert not account.traceable > account.lowest + close(found)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(amounts, max_size=5), amounts, st.lists(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 0.01), max_size=15)
)
def test_one_tainted_deposit_leaves_the_lowest_balance_after_it(
    own: list[float], stolen: float, later: list[float]
) -> None:
    found = trace(statement(*own, stolen, *later, tainted={len(own): "yes"}), "libr")
    balance = sum(own) + stolen
    lowest = balance
    for amount in later:
        balance += amount
        lowest = min(lowest, max(balance, 0.0))
    assert found.kept == pytest.approx(min(stolen, lowest), abs=close(found))


@settings(max_examples=40, deadline=None)
@given(ledgers)
def test_poison_finds_no_less_than_haircut(rows: list[tuple[str, str, float, float]]) -> None:
    poison, haircut = (trace(drawn(rows), rule) for rule in ("poison", "haircut"))
    assert (poison.tainted >= haircut.tainted - close(poison)).all()
    assert poison.kept >= haircut.kept - close(poison)


def test_bad_ledgers_are_named_by_row() -> None:
    with pytest.raises(InvalidInput, match="row 3, column 'tainted': an amount from 0 to that of the row"):
        statement(5, 5, tainted={1: 6})
    with pytest.raises(InvalidInput, match="row 2, column 'tainted': an amount, yes or no"):
        statement(5, tainted={0: "rather"})
    with pytest.raises(InvalidInput, match="row 3, column 'tainted': taint on money from outside alone"):
        payments(("", "a", 5, ""), ("a", "b", 5, 5))
    with pytest.raises(InvalidInput, match="row 2, column 'amount': an amount above 0"):
        payments(("", "a", -5, ""))
    with pytest.raises(InvalidInput, match="row 3, column 'amount': an amount that is not 0"):
        statement(5, 0)
    with pytest.raises(InvalidInput, match="row 2, column 'to': another end"):
        payments(("a", "a", 5, ""))
    with pytest.raises(InvalidInput, match="row 2, column 'account': the name of an account"):
        read_ledger(Columns("s.csv", {"account": np.array([None], dtype=object), "amount": np.ones(1)}))
    with pytest.raises(InvalidInput, match="row 2, column 'amount'"):
        read_ledger(Columns("s.csv", {"amount": np.empty(0)}))
    with pytest.raises(InvalidInput, match="no column 'amount'"):
        read_ledger(Columns("s.csv", {"sum": np.ones(1)}))
