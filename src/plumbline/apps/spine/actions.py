"""Writes of the spine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.utils import timezone

from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.models import BlueprintText, Installation, Job, MarkClass, OutboxEvent, Workspace
from plumbline.apps.spine.queries import blueprint_of
from plumbline.apps.spine.recounting import recount_records
from plumbline.apps.spine.rows import find_row, insert_new, insert_row
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.blueprints import Blueprint, Changes, compare, parse, recounted
from plumbline.domain.errors import Conflict, Forbidden


def mark_class_for(mark: Mark) -> MarkClass:
    """Give the class of a mark, making it when it is new. Part of other actions, hence without a row of its own."""
    if known := find_row(MarkClass, digest=mark.digest):
        return known
    data = mark.as_json() | {"embargo": mark.embargo, "expiry": mark.expiry}
    found, _ = MarkClass.objects.get_or_create(digest=mark.digest, defaults=data)
    return found


def emit(topic: str, payload: Mapping[str, Any], *, urgent: bool = True) -> None:
    """Note an event for those who follow `topic`; it commits with the action that calls this."""
    insert_row(OutboxEvent, topic=topic, payload=dict(payload), urgent=urgent, created_at=timezone.now(), done_at=None)


def close_events(keys: Sequence[int]) -> None:
    """Note that events have been followed."""
    OutboxEvent.objects.filter(pk__in=keys).update(done_at=timezone.now())


def enqueue(kind: str, key: str, payload: Mapping[str, Any], *, by: Viewer, batch: str = "") -> None:
    """Ask for a job; the same key asked twice is one job. Commits with the action that calls this."""
    job = Job(key=key, kind=kind, payload=dict(payload), batch=batch, created_by=by.person or "public")
    insert_new(job, ignore_conflict=True)


@action("installation.name")
def name_installation(name: str, owner: str, about: Mapping[str, Any], *, by: Viewer) -> Done[Installation]:
    """Say whose installation this is."""
    found, _ = Installation.objects.update_or_create(
        id=1, defaults={"name": name, "owner": owner, "about": dict(about)}
    )
    return Done(found, ["installation:1"], {"name": name})


@action("workspace.apply")
def apply_blueprint(
    text: str, *, name: str, by: Viewer, accept_loss: bool = False, first: bool = False
) -> Done[Workspace]:
    """Make a workspace from a blueprint, or carry a changed blueprint over to the one that stands.

    Refuses with what would be lost (removed types, fields, terms; changed kinds of field) unless `accept_loss`; the
    claims themselves are kept either way, and come back when the field comes back. Records that stand are counted anew,
    the first in the same act, so that lists and facets of a small workspace follow at once, the others by a job. With `first` refuses where one stands.
    """
    blueprint = parse(text, name=name)
    if not by.administrator:
        raise Forbidden("blueprint.forbidden", "Only an administrator applies a blueprint. Ask yours.")
    found = Workspace.objects.filter(slug=blueprint.id).first()
    if found and first:
        raise Conflict(
            "workspace.there", "There is a workspace {name} already. Nothing was changed.", name=blueprint.id
        )
    before = blueprint_of(found) if found else None
    changes = compare(before, blueprint) if before else None
    if changes and changes.lost and not accept_loss:
        _refuse_loss(blueprint, changes)
    mark = mark_class_for(workspace_mark(blueprint))
    said, _ = BlueprintText.objects.get_or_create(digest=sha256(text.encode()).hexdigest(), defaults={"text": text})
    found, _ = Workspace.objects.update_or_create(
        slug=blueprint.id,
        defaults={"title": dict(blueprint.title), "blueprint": said, "blueprint_version": blueprint.version,
                  "mark_class": mark},
    )  # fmt: skip
    BlueprintText.objects.filter(workspace=None).delete()
    emit("workspace.changed", {"workspace": found.slug})
    count = recount_records(found, recounted(before, blueprint), by=by) if before else 0
    return Done(found, [f"workspace:{found.slug}"], {"version": blueprint.version, "recounted": count})


def workspace_mark(blueprint: Blueprint) -> Mark:
    """Give the mark of the workspace itself: who may know that it exists."""
    sharing = blueprint.sharing["workspace"]
    return Mark(sharing.level, None, frozenset(sharing.audience))


def _refuse_loss(blueprint: Blueprint, changes: Changes) -> None:
    lost = ", ".join(f"{loss.path} ({loss.kind})" for loss in changes.lost)
    raise Conflict(
        "blueprint.loss",
        "Applying {blueprint} would lose: {lost}. Nothing was changed. Keep these, or apply again and accept the loss.",
        blueprint=blueprint.id,
        lost=lost,
    )
