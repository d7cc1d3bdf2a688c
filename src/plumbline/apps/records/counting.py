"""Keeps what counts and lists were narrowed to until the next act, by viewer: part of the queries.

Every write is an act, and each act changes the head of the audit chain in its own transaction. So an answer worked out
under one head is right for as long as the head stands, and needs no other sign. Answers are kept by who asks (their
principals), never across viewers; inside a transaction nothing is kept, since what was read there may be taken back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection

from plumbline.apps.spine.queries import head_of_acts
from plumbline.domain.access import Viewer

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

T = TypeVar("T")
MOST_ANSWERS = 512
MOST_ITEMS = 200_000
"""Most values, rows or keys in all kept answers of one process together."""

_kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
_lock = threading.Lock()


def kept(
    what: str, viewer: Viewer, workspace: Workspace, asked: tuple[Any, ...], work_out: Callable[[], T], weight: int = 0
) -> T:
    """Give the answer to a question, worked out at most once between two acts; callers must not change it.

    `asked` holds what the answer depends on beside viewer and workspace; `weight` is about how many items it holds
    (0: as many as it has).
    """
    if connection.in_atomic_block:
        return work_out()
    database = str(connection.settings_dict["NAME"])
    key = (what, database, head_of_acts(), viewer.principals, workspace.pk, frozen(asked))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key][1]
    answer = work_out()
    _keep(key, weight or (len(answer) if hasattr(answer, "__len__") else 1), answer)
    return answer


def _keep(key: Hashable, weight: int, answer: Any) -> None:
    if weight > MOST_ITEMS // 4:
        return
    with _lock:
        _kept[key] = (weight, answer)
        held = sum(size for size, _answer in _kept.values())
        while len(_kept) > MOST_ANSWERS or held > MOST_ITEMS:
            _oldest, (size, _answer) = _kept.popitem(last=False)
            held -= size


def frozen(asked: Any) -> Hashable:
    """Give a key for arguments: dataclasses by their fields, mappings by their items in order of name."""
    if isinstance(asked, Mapping):
        return tuple(sorted((name, frozen(value)) for name, value in asked.items()))
    if isinstance(asked, tuple | list):
        return tuple(frozen(one) for one in asked)
    if hasattr(asked, "__dataclass_fields__"):
        return tuple(frozen(getattr(asked, one.name)) for one in fields(asked))
    return asked


def forget_counts() -> None:
    """Forget all answers."""
    with _lock:
        _kept.clear()
