"""Tracing tainted money through accounts where it is mixed with other money, by five rules.

`fifo`: what came first goes first (Clayton's case, 1816). `pro-rata`: all that came into an account over the whole period bears
the loss alike (pari passu). `libr`: other money goes first, and what is spent never comes back by later deposits (lowest
intermediate balance; James Roscoe v Winder, 1915). `haircut`: each payment takes taint in proportion to the balance at that
moment (the North American rolling charge). `poison`: an account that holds any taint is tainted as a whole.

Sources: P. N. Todd, Equitable tracing: mixed funds (1996), and S. Lowrie and P. N. Todd, Denning Law Journal 12 (1997), for the first,
second and fourth; G. Christie and J. Compton, How does the lowest intermediate balance rule work? (2022); M. Möser, R. Böhme and D. Breuker, Towards risk scoring of
Bitcoin transactions (2014), for the names haircut and poison, seen in others' accounts of it. The judgments were not read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from plumbline.domain.columns import MISSING, Columns

Floats = NDArray[np.float64]
TRACING_RULES = ("fifo", "pro-rata", "libr", "haircut", "poison")
OUTSIDE = ""
WHOLE, NOTHING = frozenset({"yes", "true"}), frozenset({"no", "false"}) | MISSING
ROUNDING = 1e-9


@dataclass(frozen=True)
class Move:
    """Hold one movement of money; `source` or `target` is '' outside the ledger, `tainted` counts where the source is.

    `kind` is in, out, transfer, overdraft (the bank lends what an account lacks) or repayment (it takes that back first).
    """

    row: int
    source: str
    target: str
    amount: float
    tainted: float
    kind: str


@dataclass(frozen=True)
class TracedAccount:
    """Hold an account at the end; `lowest` is its lowest balance since tainted money last came in, nan where none did."""

    name: str
    balance: float
    traceable: float
    lowest: float


@dataclass(frozen=True)
class Trace:
    """Hold what a rule makes of a ledger.

    `tainted` is the taint in each move, `source_traceable` and `target_traceable` what the accounts hold of it after (nan
    outside). `came` = `kept` + `left` under every rule but poison, where they are more. `pro-rata` knows its shares at the end
    only, so its moves carry those.
    """

    rule: str
    moves: tuple[Move, ...]
    tainted: Floats
    source_traceable: Floats
    target_traceable: Floats
    accounts: tuple[TracedAccount, ...]
    came: float

    @property
    def kept(self) -> float:
        """Give the taint that lies in the accounts."""
        return sum(account.traceable for account in self.accounts)

    @property
    def left(self) -> float:
        """Give the taint that went outside, to be followed there."""
        return float(sum(t for t, move in zip(self.tainted, self.moves, strict=True) if move.target == OUTSIDE))


def read_ledger(ledger: Columns) -> tuple[Move, ...]:
    """Read movements of money in the order of `date`, where there is one, else of rows.

    Columns: `amount` and `from`, `to` (empty: outside the ledger), or a statement: `account` (if several) and `amount`, above 0 for
    money in and below 0 for money out. `tainted` is the part of money from outside that is tainted: an amount, or yes for
    all of it. An opening balance is a first row of money in. Refuses by row an amount that is 0, more taint than
    money, and taint on money that comes from an account of the ledger.
    """
    ledger.require("amount")
    amount = ledger.numbers("amount")
    between = "from" in ledger.names or "to" in ledger.names
    if between:
        source, target = ledger.text("from"), ledger.text("to")
    else:
        name = ledger.text("account") if "account" in ledger.names else np.full(len(ledger), "account", dtype=object)
        source, target = np.where(amount < 0, name, OUTSIDE), np.where(amount < 0, OUTSIDE, name)
    _check_ends(ledger, amount, source, target, between)
    tainted = _tainted(ledger, np.abs(amount), source)
    order = np.argsort(ledger.dates("date"), kind="stable") if "date" in ledger.names else np.arange(len(ledger))
    plain = [
        (int(row) + ledger.first_row, str(source[row]), str(target[row]), abs(float(amount[row])), float(tainted[row]))
        for row in order
    ]
    return tuple(_with_overdrafts(plain))


def trace(moves: Sequence[Move], rule: str) -> Trace:
    """Follow taint through the moves by a rule.

    >>> from plumbline.domain.columns import Columns
    >>> statement = {"amount": np.array([100.0, 50, -120, 80]), "tainted": np.array([0.0, 50, 0, 0])}
    >>> moves = read_ledger(Columns("s.csv", statement))
    >>> [round(trace(moves, rule).kept, 6) for rule in TRACING_RULES]
    [30.0, 23.913043, 30.0, 10.0, 110.0]
    """
    if rule == "pro-rata":
        return _traced_pro_rata(moves)
    purses: dict[str, _Purse] = {}
    tainted, source_left, target_left = (np.full(len(moves), np.nan) for _ in range(3))
    for n, move in enumerate(moves):
        pieces = [(move.amount, move.tainted)]
        if move.source != OUTSIDE:
            purse = purses.setdefault(move.source, PURSES[rule]())
            pieces = purse.take(move.amount)
            source_left[n] = purse.taint
        tainted[n] = sum(taint for _, taint in pieces)
        if move.target != OUTSIDE:
            purse = purses.setdefault(move.target, PURSES[rule]())
            purse.put(pieces)
            target_left[n] = purse.taint
    held = {name: purse.taint for name, purse in purses.items()}
    return _trace(rule, moves, tainted, source_left, target_left, held)


class _Purse:
    """Hold money of which a part is tainted; here payments take taint in proportion (haircut)."""

    def __init__(self) -> None:
        self.balance = 0.0
        self.taint = 0.0

    def put(self, pieces: Sequence[tuple[float, float]]) -> None:
        self.balance += sum(amount for amount, _ in pieces)
        self.taint += sum(taint for _, taint in pieces)

    def take(self, amount: float) -> list[tuple[float, float]]:
        amount = min(amount, self.balance)
        taint = self.taken(amount) if amount < self.balance * (1 - ROUNDING) else self.taint
        self.balance, self.taint = max(self.balance - amount, 0.0), max(self.taint - taint, 0.0)
        return [(amount, taint)]

    def taken(self, amount: float) -> float:
        return self.taint * amount / self.balance


class _OwnFirst(_Purse):
    def taken(self, amount: float) -> float:
        return max(0.0, amount - (self.balance - self.taint))


class _Poisoned(_Purse):
    def put(self, pieces: Sequence[tuple[float, float]]) -> None:
        super().put(pieces)
        self.taint = self.balance if self.taint > 0 else 0.0

    def taken(self, amount: float) -> float:
        return amount if self.taint > 0 else 0.0


class _Queue(_Purse):
    """Hold money in the order in which it came."""

    def __init__(self) -> None:
        super().__init__()
        self.lots: deque[tuple[float, float]] = deque()

    def put(self, pieces: Sequence[tuple[float, float]]) -> None:
        super().put(pieces)
        self.lots.extend(pieces)

    def take(self, amount: float) -> list[tuple[float, float]]:
        out: list[tuple[float, float]] = []
        missing = amount
        while missing > amount * ROUNDING and self.lots:
            size, taint = self.lots.popleft()
            used = min(size, missing)
            out.append((used, taint * used / size))
            if used < size:
                self.lots.appendleft((size - used, taint * (size - used) / size))
            missing -= used
        self.balance -= sum(used for used, _ in out)
        self.taint -= sum(taint for _, taint in out)
        if not self.lots:
            self.balance = self.taint = 0.0
        return out


PURSES = {"fifo": _Queue, "libr": _OwnFirst, "haircut": _Purse, "poison": _Poisoned}


def _traced_pro_rata(moves: Sequence[Move]) -> Trace:
    """Give each account the share of taint in all that ever came in, itself paid on: a linear system over accounts."""
    names = sorted({name for move in moves for name in (move.source, move.target)} - {OUTSIDE})
    place = {name: n for n, name in enumerate(names)}
    came, taint = np.zeros(len(names)), np.zeros(len(names))
    paid: list[tuple[int, int, float]] = []
    for move in moves:
        if move.target == OUTSIDE:
            continue
        to = place[move.target]
        came[to] += move.amount
        taint[to] += move.tainted
        if move.source != OUTSIDE:
            paid.append((to, place[move.source], move.amount))
    weights = sparse.coo_matrix(
        ([amount / came[to] for to, _, amount in paid], ([row for row, *_ in paid], [column for _, column, _ in paid])),
        shape=(len(names), len(names)),
    )
    share = np.atleast_1d(spsolve((sparse.identity(len(names)) - weights).tocsc(), taint / came))
    balances: dict[str, float] = dict.fromkeys(names, 0.0)
    tainted, source_left, target_left = (np.full(len(moves), np.nan) for _ in range(3))
    for n, move in enumerate(moves):
        tainted[n] = move.tainted if move.source == OUTSIDE else move.amount * share[place[move.source]]
        for name, sign, left in ((move.source, -1, source_left), (move.target, 1, target_left)):
            if name != OUTSIDE:
                balances[name] = max(balances[name] + sign * move.amount, 0.0)
                left[n] = balances[name] * share[place[name]]
    held = {name: balances[name] * float(share[place[name]]) for name in names}
    return _trace("pro-rata", moves, tainted, source_left, target_left, held)


def _trace(
    rule: str, moves: Sequence[Move], tainted: Floats, source_left: Floats, target_left: Floats, held: dict[str, float]
) -> Trace:
    balances, lowest = dict.fromkeys(held, 0.0), dict.fromkeys(held, float("nan"))
    for move, taint in zip(moves, tainted, strict=True):
        if move.source != OUTSIDE:
            balances[move.source] = max(balances[move.source] - move.amount, 0.0)
            lowest[move.source] = min(lowest[move.source], balances[move.source])
        if move.target != OUTSIDE:
            balances[move.target] += move.amount
            if taint > 0:
                lowest[move.target] = balances[move.target]
    accounts = tuple(TracedAccount(name, balances[name], held[name], lowest[name]) for name in held)
    came = float(sum(move.tainted for move in moves))
    return Trace(rule, tuple(moves), tainted, source_left, target_left, accounts, came)


def _check_ends(
    ledger: Columns, amount: Floats, source: NDArray[np.object_], target: NDArray[np.object_], between: bool
) -> None:
    wrong = (amount <= 0) if between else (amount == 0)
    if wrong.any() or not len(ledger):
        need = "an amount above 0 is needed here" if between else "an amount that is not 0 is needed here"
        ledger.refuse(int(np.argmax(wrong)) if len(ledger) else 0, "amount", need)
    same = [row for row, (a, b) in enumerate(zip(source, target, strict=True)) if a == b]
    if same and between:
        ledger.refuse(same[0], "to", "another end than in the column 'from' is needed here")
    if same:
        ledger.refuse(same[0], "account", "the name of an account is needed here")


def _tainted(ledger: Columns, amount: Floats, source: NDArray[np.object_]) -> Floats:
    out = np.zeros(len(ledger))
    if "tainted" not in ledger.names:
        return out
    for row, text in enumerate(ledger.text("tainted")):
        word = text.lower()
        if word in NOTHING:
            continue
        try:
            out[row] = amount[row] if word in WHOLE else ledger.number(text)
        except ValueError:
            ledger.refuse(row, "tainted", "an amount, yes or no is needed here")
        if not 0 <= out[row] <= amount[row]:
            ledger.refuse(row, "tainted", "an amount from 0 to that of the row is needed here")
        if out[row] > 0 and source[row] != OUTSIDE:
            ledger.refuse(
                row, "tainted", "taint on money from outside alone is needed here, as it is traced from there"
            )
    return out


def _with_overdrafts(plain: Sequence[tuple[int, str, str, float, float]]) -> list[Move]:
    """Let the bank lend what an account lacks, and take it back from the next money in."""
    balance: dict[str, float] = {}
    owed: dict[str, float] = {}
    out: list[Move] = []
    for row, source, target, amount, taint in plain:
        lacking = amount - balance.get(source, 0.0) if source != OUTSIDE else 0.0
        if lacking > amount * ROUNDING:
            out.append(Move(row, OUTSIDE, source, lacking, 0.0, "overdraft"))
            owed[source] = owed.get(source, 0.0) + lacking
            balance[source] = amount
        kind = "in" if source == OUTSIDE else "out" if target == OUTSIDE else "transfer"
        out.append(Move(row, source, target, amount, taint, kind))
        if source != OUTSIDE:
            balance[source] = max(balance[source] - amount, 0.0)
        if target == OUTSIDE:
            continue
        back = min(owed.get(target, 0.0), amount)
        balance[target] = balance.get(target, 0.0) + amount - back
        if back > 0:
            out.append(Move(row, target, OUTSIDE, back, 0.0, "repayment"))
            owed[target] -= back
    return out
