"""An action is one transaction with one row in a chain that tells when somebody changed it."""

from __future__ import annotations

import pytest

from plumbline.apps.spine.actions import name_installation
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.models import AuditEntry, Installation
from plumbline.apps.spine.queries import audit_log, broken_links, history_of, installation
from plumbline.domain.access import Viewer

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
