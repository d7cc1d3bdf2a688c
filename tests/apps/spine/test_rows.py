"""Rows past the compiler of queries: the same values as by the model, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plumbline.apps.spine.models import Job, MarkClass
from plumbline.apps.spine.rows import (
    count_where,
    find_row,
    insert_new,
    newest_value,
    take_first,
    update_row,
    update_rows,
    values_where,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 12, 30, 5, 250, tzinfo=UTC)


def job(key: str, **said: Any) -> Job:
    made = Job(key=key, kind="read", payload={"work": 7, "name": "è"}, created_by="public", created_at=AT, **said)
    assert insert_new(made, ignore_conflict=True)
    return made


def test_a_row_inserted_reads_the_same_by_model_and_by_key() -> None:
    made = job("a")
    by_model, found = Job.objects.get(key="a"), find_row(Job, key="a")
    assert found is not None
    names = [field.attname for field in Job._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(by_model, name) for name in names]
    assert found == made and found.payload == {"work": 7, "name": "è"} and found.created_at == AT


def test_dates_and_lists_come_back_as_such() -> None:
    kept = MarkClass(level="AMBER", owner="org:a", audience=["org:b"], embargo=date(2027, 1, 2), digest="d" * 64)
    insert_new(kept)
    assert find_row(MarkClass, digest="d" * 64).mark == kept.mark  # type: ignore[union-attr]
    assert find_row(MarkClass, digest="e" * 64) is None


def test_a_row_that_a_unique_column_forbids_is_left_out() -> None:
    job("a")
    assert not insert_new(Job(key="a", kind="other", created_by="public"), ignore_conflict=True)
    assert values_where(Job, "kind", key="a") == ["read"]


def test_an_update_writes_the_named_fields_alone() -> None:
    made = job("a")
    made.state, made.problem, made.runner = Job.FAILED, {"code": "x"}, "not written"
    update_row(made, ("state", "problem"))
    kept = Job.objects.get(key="a")
    assert (kept.state, kept.problem, kept.runner) == (Job.FAILED, {"code": "x"}, "")


def test_many_rows_are_updated_each_with_its_own_values_by_one_statement() -> None:
    made = [job(str(n)) for n in range(30)]
    for n, one in enumerate(made):
        one.state, one.problem, one.runner = Job.FAILED, {"code": n}, "not written"
    with CaptureQueriesContext(connection) as asked:
        update_rows(made, ("state", "problem"))
        update_rows([], ("state",))
    assert len(asked) == 1
    kept = Job.objects.order_by("pk").values_list("state", "problem", "runner")
    assert list(kept) == [(Job.FAILED, {"code": n}, "") for n in range(30)]


def test_the_first_row_that_matches_is_taken_and_changed() -> None:
    job("a", state=Job.DONE)
    job("b", batch="x")
    last = job("c", batch="x")
    taken = take_first(Job, "runner = %s", ["me"], state=Job.WAITING, batch="x")
    assert taken is not None and (taken.key, taken.runner) == ("b", "me")
    assert values_where(Job, "runner", key="c") == [""]
    assert take_first(Job, "runner = %s", ["me"], state=Job.FAILED) is None
    assert (count_where(Job, batch="x"), newest_value(Job, "key")) == (2, last.key)
