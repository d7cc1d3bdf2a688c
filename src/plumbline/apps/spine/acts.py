"""`@action`: every write is one named, attributed, audited transaction.

An action is a function with a keyword-only `by` (the `Viewer` who acts) that returns `Done(value, refs, detail)`. The
decorator opens one transaction, runs it, writes one audit row chained to the one before, and gives back `value`.
Acts come one after the other, as a chain asks for anyway: each begins with the turn, so that two never wait for rows of each other.
Rows that an act is given were read before its turn: the decorator reads them anew, with the rows that they hold, so that
whatever the act checks and writes back is what stands (`read_anew`). Who acts decides on what is there now, not on what they saw.
Pages, API and command line call the same actions, so they behave the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from plumbline.apps.spine.models import AuditEntry, AuditRef, Workspace
from plumbline.apps.spine.rows import find_row, insert_row, insert_rows, newest_value
from plumbline.domain.access import Viewer
from plumbline.domain.errors import NotFound

P = ParamSpec("P")
T = TypeVar("T")
GENESIS = "0" * 64
_acting: ContextVar[bool] = ContextVar("acting", default=False)
"""Whether an act is going on, of which another is a part: nobody else changes a workspace until it ends."""
CHAIN_LOCK = 7_405_217_001
"""Key of the PostgreSQL advisory lock on the chain."""


@dataclass(frozen=True)
class Done(Generic[T]):
    """What an action gives back: the value, what it touched ("record:id"), and detail that may be shown.

    `secret` holds values that must never stand in the log: only their salted digests do.
    """

    value: T
    refs: Iterable[str] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, Any] = field(default_factory=dict)


def action(verb: str) -> Callable[[Callable[P, Done[T]]], Callable[P, T]]:
    """Make a function an audited act named `verb` ("noun.verb"); it must take a keyword-only `by`."""

    def decorate(function: Callable[P, Done[T]]) -> Callable[P, T]:
        @functools.wraps(function)
        def act(*args: P.args, **kwargs: P.kwargs) -> T:
            by = kwargs.get("by")
            if not isinstance(by, Viewer):
                raise TypeError(f"{verb} needs by=Viewer")
            with transaction.atomic():
                take_turn()
                read_anew((*args, *kwargs.values()), but=(Workspace,) if _acting.get() else ())
                outside = _acting.set(True)
                try:
                    done = function(*args, **kwargs)
                finally:
                    _acting.reset(outside)
                _write(verb, by, done)
            return done.value

        act.verb = verb  # type: ignore[attr-defined]
        return act

    return decorate


def _write(verb: str, by: Viewer, done: Done[Any]) -> None:
    last = newest_value(AuditEntry, "hash")
    detail = {**done.detail, **{name: salted(value) for name, value in done.secret.items()}}
    row: dict[str, Any] = {
        "at": timezone.now(), "by": by.person or "public", "verb": verb, "refs": list(done.refs), "detail": detail,
        "previous": last or GENESIS,
    }  # fmt: skip
    key = insert_row(AuditEntry, **row, hash=digest_of(AuditEntry(**row)))
    insert_rows(AuditRef, ("entry", "ref"), [(key, ref) for ref in dict.fromkeys(row["refs"])])


def take_turn() -> None:
    """Let one transaction at a time act, until it ends: what acts number (the chain, changes) is in the order of commits.

    A lock on the last row would still let another follow the row that was last when it began to wait. SQLite has one
    writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def read_anew(given: Iterable[Any], *, but: tuple[type[Model], ...] = ()) -> None:
    """Bring rows, those in lists and dataclasses, and the rows that they hold up to what they are in this turn: one query for each model at hand.

    Rows that are not stored yet, columns that were not read and rows of models `but` are left alone. Raises NotFound where a row is gone.
    """
    met: set[int] = set()
    level = list(_rows_in(given))
    while level:
        by_model: dict[type[Model], list[Model]] = defaultdict(list)
        for row in level:
            if id(row) not in met and not row._state.adding and not isinstance(row, but):
                by_model[type(row)].append(row)
        met.update(map(id, level))
        for model, rows in by_model.items():
            _read_rows_anew(model, rows)
        held = [one for row in level for one in row._state.fields_cache.values()]  # those of keys that are still so
        level = [one for one in _rows_in(held) if id(one) not in met]


def _read_rows_anew(model: type[Model], rows: Sequence[Model]) -> None:
    keys = {row.pk for row in rows}
    if len(keys) == 1:
        one = find_row(model, **{str(model._meta.pk.attname): next(iter(keys))})
        now = {one.pk: one} if one else {}
    else:
        now = {one.pk: one for one in model._default_manager.filter(pk__in=keys)}
    for row in rows:
        if row.pk not in now:
            public_id = getattr(row, "public_id", row.pk)
            raise NotFound("entry.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
        for column in model._meta.concrete_fields:
            if column.attname in row.__dict__:
                setattr(row, column.attname, getattr(now[row.pk], column.attname))


def _rows_in(given: Iterable[Any]) -> Iterator[Model]:
    for one in given:
        if isinstance(one, Model):
            yield one
        elif isinstance(one, list | tuple):
            yield from _rows_in(one)
        elif is_dataclass(one) and not isinstance(one, type):
            yield from _rows_in(getattr(one, each.name) for each in fields(one))


def salted(value: Any) -> dict[str, str]:
    """Give salt and SHA-256 of a value: provable later by who knows the value, telling nothing to others."""
    salt = secrets.token_hex(8)
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return {"salt": salt, "sha256": hashlib.sha256((salt + text).encode()).hexdigest()}


def digest_of(entry: AuditEntry) -> str:
    """Compute the hash of an audit row: SHA-256 over its canonical JSON and the hash before it."""
    body = [entry.at.isoformat(), entry.by, entry.verb, entry.refs, entry.detail, entry.previous]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
