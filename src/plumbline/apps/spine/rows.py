"""Inserts rows past the model, for what every act writes: making an instance costs several times what the database takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_row(model: type[Model], **values: Any) -> int:
    """Insert one row, every column of it given by name; gives its key."""
    made = [model._meta.get_field(name).get_db_prep_save(value, connection) for name, value in values.items()]  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(f"{_statement(connection.vendor, model, tuple(values))} RETURNING id", made)
        return int(cursor.fetchone()[0])


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows, each value as the database keeps it, JSON as text."""
    with connection.cursor() as cursor:
        cursor.executemany(_statement(connection.vendor, model, tuple(columns)), rows)


@cache
def _statement(_vendor: str, model: type[Model], columns: tuple[str, ...]) -> str:
    name = connection.ops.quote_name
    named = ", ".join(name(str(model._meta.get_field(one).column)) for one in columns)  # type: ignore[union-attr]
    return f"INSERT INTO {name(model._meta.db_table)} ({named}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 -- names of our own columns
