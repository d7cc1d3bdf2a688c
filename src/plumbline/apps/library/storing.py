"""Writes passages in bulk, past the model: a part of the actions. A report has hundreds, and each costs microseconds here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from plumbline.apps.library.models import Passage, Work
from plumbline.apps.spine.ids import new_public_id

DEFAULTS = {"ordinal": None, "kind": "", "label": "", "page": None, "text": "", "start": 0, "language": ""}
COLUMNS = ("public_id", "work_id", "mark_class_id", "heading_path", *DEFAULTS)


def insert_passages(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert passages of a work with its mark; rows whose ordinal is there already are left alone. Gives how many came."""
    if not rows:
        return 0
    have = set(work.passages.filter(ordinal__in=[row["ordinal"] for row in rows]).values_list("ordinal", flat=True))
    headings: dict[tuple[str, ...], str] = {}
    values = []
    for row in rows:
        if row["ordinal"] in have:
            continue
        path = tuple(row.get("heading_path", ()))
        if path not in headings:
            headings[path] = json.dumps(path)
        said = (row.get(name, default) for name, default in DEFAULTS.items())
        values.append((new_public_id(), work.pk, work.entry.mark_class_id, headings[path], *said))
    name = connection.ops.quote_name
    columns, marks = ", ".join(map(name, COLUMNS)), ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {name(Passage._meta.db_table)} ({columns}) VALUES ({marks})", values)  # noqa: S608 -- names of our own columns
    return len(values)
