"""Reads and writes rows past Django's compiler of queries, for what every act and job does.

Compiling a query anew costs several times what the database takes for one row; here each statement is written once for
a model and its columns. Values are made and read by the model's own fields, so they are the same as by the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)


def insert_row(model: type[Model], **values: Any) -> int:
    """Insert one row, every column of it given by name; gives its key."""
    here = _connection()
    made = [_field(model, name).get_db_prep_save(value, here) for name, value in values.items()]
    return int(_rows(f"{_insertion(here.vendor, model, tuple(values))} RETURNING id", made)[0][0])


def insert_new(instance: Model, *, ignore_conflict: bool = False) -> bool:
    """Insert an instance that was just made and give it its key; tells whether it was inserted.

    `ignore_conflict`: a row that a unique column forbids is left out.
    """
    model, key, here = type(instance), instance._meta.pk, _connection()
    fields = [field for field in _fields(model) if field is not key or instance.pk is not None]
    made = [field.get_db_prep_save(field.pre_save(instance, True), here) for field in fields]
    statement = _insertion(here.vendor, model, tuple(field.name for field in fields))
    conflict = " ON CONFLICT DO NOTHING" if ignore_conflict else ""
    keys = _rows(f"{statement}{conflict} RETURNING {_quoted(key.column)}", made)
    if keys:
        instance.pk, instance._state.adding, instance._state.db = keys[0][0], False, here.alias
    return bool(keys)


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows, each value as the database keeps it, JSON as text."""
    here = _connection()
    with here.cursor() as cursor:
        cursor.executemany(_insertion(here.vendor, model, tuple(columns)), rows)


def update_row(instance: Model, names: Sequence[str]) -> None:
    """Write these fields of an instance that stands in the database."""
    model, here = type(instance), _connection()
    fields = [_field(model, name) for name in names]
    made = [field.get_db_prep_save(getattr(instance, field.attname), here) for field in fields]
    with here.cursor() as cursor:
        cursor.execute(_change(here.vendor, model, tuple(names)), [*made, instance.pk])


def update_rows(instances: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of many instances of one model that stand in the database: one statement, however many they are."""
    if not instances:
        return
    model, here = type(instances[0]), _connection()
    fields = [_field(model, name) for name in names]
    made = [
        [*(field.get_db_prep_save(getattr(one, field.attname), here) for field in fields), one.pk] for one in instances
    ]
    with here.cursor() as cursor:
        cursor.executemany(_change(here.vendor, model, tuple(names)), made)


def find_row(model: type[M], **equal: Any) -> M | None:
    """Find the row whose columns (named as their fields' `attname`) have these values; None where there is none."""
    found = _rows(_selection(_connection().vendor, model, "*", tuple(equal)), list(equal.values()))
    return made_of(model, found[0]) if found else None


def values_where(model: type[Model], column: str, **equal: Any) -> list[Any]:
    """List one column of the rows whose columns have these values, as the database keeps it."""
    return [
        row[0] for row in _rows(_selection(_connection().vendor, model, column, tuple(equal)), list(equal.values()))
    ]


def values_of(model: type[Model], *columns: str) -> list[tuple[Any, ...]]:
    """List columns of every row, as the database keeps them."""
    return _rows(_listing(_connection().vendor, model, columns), [])


def count_where(model: type[Model], **equal: Any) -> int:
    """Count the rows whose columns have these values."""
    return int(_rows(_selection(_connection().vendor, model, "count(*)", tuple(equal)), list(equal.values()))[0][0])


def newest_value(model: type[Model], column: str) -> Any:
    """Give one column of the row with the highest key; None where there is no row."""
    found = newest_values(model, column)
    return found[0] if found else None


def newest_values(model: type[Model], *columns: str) -> tuple[Any, ...]:
    """Give columns of the row with the highest key; nothing where there is no row."""
    found = _rows(f"{_listing(_connection().vendor, model, columns)} ORDER BY id DESC LIMIT 1", [])
    return found[0] if found else ()


def take_first(model: type[M], changes: str, given: Sequence[Any], **equal: Any) -> M | None:
    """Change the first row by key that has these values and that no other transaction holds, and give it as it is then.

    `changes` is what stands after SET, with a place for each of `given`.
    """
    statement = _taking(_connection().vendor, model, changes, tuple(equal))
    found = _rows(statement, [*given, *equal.values()])
    return made_of(model, found[0]) if found else None


def made_of(model: type[M], row: Sequence[Any]) -> M:
    """Make an instance of a row that holds every column in the model's order."""
    here = _connection()
    names, readers = _reading(here.vendor, model)
    values = list(row)
    for at, expression, converters in readers:
        for convert in converters:
            values[at] = convert(values[at], expression, here)
    return model.from_db(here.alias, names, values)


def _connection() -> BaseDatabaseWrapper:
    """Give the connection itself: each attribute asked of the proxy for it costs as much as this look-up."""
    return connections[DEFAULT_DB_ALIAS]


def _rows(statement: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
    with _connection().cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


@cache
def _reading(_vendor: str, model: type[Model]) -> tuple[list[str], list[tuple[int, Any, list[Callable[..., Any]]]]]:
    """Give the names of a model's columns, and which of them are converted when they are read, by what."""
    columns = [field.get_col(model._meta.db_table) for field in _fields(model)]
    here = _connection()
    converters = [[*here.ops.get_db_converters(one), *one.get_db_converters(here)] for one in columns]
    needed = [(at, columns[at], found) for at, found in enumerate(converters) if found]
    return [field.attname for field in _fields(model)], needed


@cache
def _insertion(_vendor: str, model: type[Model], columns: tuple[str, ...]) -> str:
    named = ", ".join(_quoted(_field(model, one).column) for one in columns)
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({named}) VALUES ({places})"  # noqa: S608 -- our names


@cache
def _change(_vendor: str, model: type[Model], columns: tuple[str, ...]) -> str:
    named = ", ".join(f"{_quoted(_field(model, one).column)} = %s" for one in columns)
    key = _quoted(model._meta.pk.column)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {named} WHERE {key} = %s"  # noqa: S608 -- our names


@cache
def _selection(_vendor: str, model: type[Model], column: str, equal: tuple[str, ...]) -> str:
    named = {"*": _listed(model), "count(*)": column}.get(column) or _quoted(column)
    return f"SELECT {named} FROM {_quoted(model._meta.db_table)}{_where(model, equal)}"  # noqa: S608 -- our names


@cache
def _taking(vendor: str, model: type[Model], changes: str, equal: tuple[str, ...]) -> str:
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    held = " FOR UPDATE SKIP LOCKED" if vendor == "postgresql" else ""
    first = f"SELECT {key} FROM {table}{_where(model, equal)} ORDER BY {key} LIMIT 1{held}"  # noqa: S608 -- our names
    return f"UPDATE {table} SET {changes} WHERE {key} = ({first}) RETURNING {_listed(model)}"  # noqa: S608 -- our names


@cache
def _listing(_vendor: str, model: type[Model], columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(model._meta.db_table)}"  # noqa: S608 -- our names


def _where(model: type[Model], equal: tuple[str, ...]) -> str:
    return " WHERE " + " AND ".join(f"{_quoted(one)} = %s" for one in equal) if equal else ""


def _listed(model: type[Model]) -> str:
    return ", ".join(_quoted(field.column) for field in _fields(model))


@cache
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(model._meta.concrete_fields)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return model._meta.get_field(name)  # type: ignore[return-value]


def _quoted(name: str | None) -> str:
    return _connection().ops.quote_name(str(name))
