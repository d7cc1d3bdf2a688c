"""Writes passages in bulk, past the model: a part of the actions. A report has hundreds, and each costs microseconds here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from plumbline.apps.library.models import Passage, Work
from plumbline.apps.spine.ids import new_public_ids
from plumbline.apps.spine.rows import insert_rows

DEFAULTS = {"ordinal": None, "kind": "", "label": "", "page": None, "text": "", "start": 0, "language": ""}
SAID = itemgetter(*DEFAULTS)
COLUMNS = ("public_id", "work", "mark_class", "heading_path", *DEFAULTS)


def insert_passages(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert passages of a work with its mark; rows whose ordinal is there already are left alone. Gives how many came."""
    if not rows:
        return 0
    ordinals = [row["ordinal"] for row in rows]
    between = work.passages.filter(ordinal__gte=min(ordinals), ordinal__lte=max(ordinals))
    have = set(between.values_list("ordinal", flat=True))
    new = [row for row in rows if row["ordinal"] not in have] if have else rows
    mark_class, path_of = work.entry.mark_class_id, lru_cache(lambda path: json.dumps(path))
    values = [
        (key, work.pk, mark_class, path_of(tuple(row.get("heading_path", ()))), *SAID({**DEFAULTS, **row}))
        for key, row in zip(new_public_ids(len(new)), new, strict=True)
    ]
    insert_rows(Passage, COLUMNS, values)
    return len(values)
