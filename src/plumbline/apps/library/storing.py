"""Writes passages in bulk, past the model: a part of the actions. A report has hundreds, and each costs microseconds here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from plumbline.apps.library.models import Passage, Work
from plumbline.apps.spine.ids import new_public_ids
from plumbline.apps.spine.rows import count_where, insert_rows

DEFAULTS = {"ordinal": None, "kind": "", "label": "", "page": None, "text": "", "start": 0, "language": ""}
SAID = itemgetter(*DEFAULTS)
COLUMNS = ("public_id", "work", "mark_class", "heading_path", *DEFAULTS)


def insert_passages(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert passages of a work with its mark; rows whose ordinal is there already are left alone. Gives how many came."""
    if not rows:
        return 0
    have = _ordinals_among(work, rows)
    new = [row for row in rows if row["ordinal"] not in have] if have else rows
    mark_class, path_of = work.entry.mark_class_id, lru_cache(lambda path: json.dumps(path))
    values = [
        (key, work.pk, mark_class, path_of(tuple(row.get("heading_path", ()))), *_said(row))
        for key, row in zip(new_public_ids(len(new)), new, strict=True)
    ]
    insert_rows(Passage, COLUMNS, values)
    return len(values)


def count_passages(work: Work) -> int:
    """Count the passages that a work has."""
    return count_where(Passage, work_id=work.pk)


def _ordinals_among(work: Work, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Give the ordinals of these rows that the work has already; most works that are read have no passages yet."""
    if not count_passages(work):
        return set()
    ordinals = [row["ordinal"] for row in rows]
    between = work.passages.filter(ordinal__gte=min(ordinals), ordinal__lte=max(ordinals))
    return set(between.values_list("ordinal", flat=True))


def _said(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return SAID(row) if len(row) > len(DEFAULTS) else SAID({**DEFAULTS, **row})
