"""An action is one transaction with one row in a chain that tells when somebody changed it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.spine.actions import name_installation
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.models import AuditEntry, Installation
from plumbline.apps.spine.queries import audit_log, broken_links, history_of, installation
from plumbline.domain.access import Viewer
from plumbline.domain.errors import NotFound

pytestmark = pytest.mark.django_db


def name(title: str, by: Viewer) -> Installation:
    return name_installation(title, "the institute", {"en": "about"}, by=by)


def test_action_writes_one_row_that_says_who_did_what_on_which(administrator: Viewer) -> None:
    name("Plumbline", administrator)
    (row,) = audit_log()
    assert (row.by, row.verb, row.refs) == ("person:administrator", "installation.name", ["installation:1"])
    assert [entry.pk for entry in history_of("installation:1")] == [row.pk]
    assert list(history_of("installation:2")) == []


def test_action_that_fails_leaves_neither_write_nor_row(administrator: Viewer) -> None:
    @action("installation.break")
    def break_off(*, by: Viewer) -> Done[None]:
        Installation.objects.create(name="half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off(by=administrator)
    assert installation() is None
    assert not audit_log().exists()


def test_action_without_by_is_refused_before_anything_is_written() -> None:
    with pytest.raises(TypeError, match=r"installation\.name needs by"):
        name_installation("Plumbline", "the institute", {})  # type: ignore[call-arg]
    assert installation() is None


def test_chain_of_untouched_rows_holds_and_shows_each_change(administrator: Viewer) -> None:
    for title in ("One", "Two", "Three"):
        name(title, administrator)
    assert list(broken_links()) == []
    second = audit_log().order_by("id")[1]
    AuditEntry.objects.filter(pk=second.pk).update(by="person:somebody-else")
    assert list(broken_links()) == [second.pk]


def test_chain_shows_a_row_that_was_taken_out(administrator: Viewer) -> None:
    for title in ("One", "Two", "Three"):
        name(title, administrator)
    first, second, third = audit_log().order_by("id")
    second.delete()
    assert list(broken_links()) == [third.pk]
    assert first.hash != third.previous


def test_secret_detail_stands_in_the_log_as_a_salted_digest_only(administrator: Viewer) -> None:
    @action("claim.erase")
    def erase(value: str, *, by: Viewer) -> Done[None]:
        return Done(None, ["claim:1"], {"field": "victim"}, {"value": value})

    erase("Jane Roe", by=administrator)
    erase("Jane Roe", by=administrator)
    one, other = (row.detail for row in audit_log())
    assert one["field"] == "victim"
    assert "Jane Roe" not in str(one)
    assert one["value"] != other["value"]


def test_action_reads_rows_anew_that_its_caller_read_before_and_those_that_they_hold(house: make.House) -> None:
    seen: list[tuple[str, str, str, int]] = []

    @action("claim.look")
    def look(claims: list[Claim], *, other: Entry, by: Viewer) -> Done[None]:
        [one] = claims
        seen.append((one.status, one.entry.status, other.status, one.entry.workspace.blueprint_version))
        return Done(None)

    record, new = make.a_record(house, make.claim("note")), Entry(status="proposed")
    held = Claim.objects.select_related("entry__workspace").get()
    part = Entry.objects.only("status").get(pk=record.pk)
    Claim.objects.update(status="rejected")
    Entry.objects.update(status="withdrawn")
    house.workspace.blueprint_version = held.entry.workspace.blueprint_version + 1
    house.workspace.save()
    look([held], other=part, by=house.ann)
    look([held], other=new, by=house.ann)
    version = house.workspace.blueprint_version
    assert seen == [("rejected", "withdrawn", "withdrawn", version), ("rejected", "withdrawn", "proposed", version)]
    assert part.get_deferred_fields()
    record.delete()
    with pytest.raises(NotFound, match=record.public_id):
        look([], other=record, by=house.ann)
    assert len(seen) == 2


def test_rows_in_dataclasses_are_read_anew_too(house: make.House) -> None:
    @dataclass(frozen=True)
    class Change:
        entry: Entry
        dropped: tuple[Claim, ...]

    @action("record.look")
    def look(changes: list[Change], *, by: Viewer) -> Done[None]:
        return Done(None)

    entry = make.a_record(house, make.claim("note"))
    held = Change(Entry.objects.get(pk=entry.pk), tuple(Claim.objects.filter(entry=entry)))
    Entry.objects.filter(pk=entry.pk).update(status="rejected")
    Claim.objects.filter(entry=entry).update(status="rejected")
    look([held], by=house.ann)
    assert (held.entry.status, held.dropped[0].status) == ("rejected", "rejected")


def test_rows_of_one_model_are_read_anew_by_one_query(house: make.House) -> None:
    @action("record.look")
    def look(entries: list[Entry], *, by: Viewer) -> Done[None]:
        return Done(None)

    entries = [make.a_record(house, make.claim("note")) for _ in range(30)]
    held = list(Entry.objects.filter(kind="record").select_related("workspace"))
    with CaptureQueriesContext(connection) as one:
        look(held[:1], by=house.ann)
    with CaptureQueriesContext(connection) as many:
        look(held, by=house.ann)
    assert len(many) == len(one)
    assert len(held) == len(entries)
