"""Who may act, and which mark what they make has: questions that acts ask first. Part of the actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from plumbline.apps.library.models import Entry
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Mark, Viewer, decide
from plumbline.domain.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


def needs_role(by: Viewer, workspace: Workspace, role: str) -> None:
    """Refuse an act for which the viewer's role in the workspace does not suffice."""
    if not by.has_role(workspace.slug, role):
        raise Forbidden(
            "role.missing",
            "This needs the role '{role}' in {workspace}. Ask an administrator for it.",
            role=role,
            workspace=workspace.slug,
        )


def refuse_merged(entry: Entry) -> None:
    """Refuse an act on a record that lives on in another."""
    if entry.status == Entry.MERGED:
        raise Conflict("record.closed", "This record was merged into another. Correct that one.")


def default_mark(workspace: Workspace, what: str, by: Viewer) -> Mark:
    """Give the mark that the blueprint sets for new works or records, owned by the organisation of who acts."""
    sharing = blueprint_of(workspace).sharing[what]
    return own_mark(sharing.level, sharing.audience, by)


def own_mark(level: str, audience: Iterable[str], by: Viewer) -> Mark:
    """Make a mark owned by the organisation of who acts; RED for nobody named is for the person alone."""
    named = frozenset(audience)
    if not named and (level == "RED" or (level.startswith("AMBER") and not by.organisation)):
        named = frozenset({person_of(by)})
    return Mark(level, by.organisation, named)


def person_of(by: Viewer) -> str:
    """Give the principal of who acts; the operator of a machine without people is "person:system"."""
    person = by.person or "public"
    return person if person.startswith("person:") else f"person:{person}"


def may_change_mark(by: Viewer, before: Mark, after: Mark) -> None:
    may_open(by, before, after)
    if before.owner is not None and after.owner != before.owner and before.owner not in by.principals:
        raise _loosen_refused(before)


def may_open(by: Viewer, before: Mark, after: Mark) -> None:
    if not before.opens_as_wide_as(after) and not decide(by, "loosen", before).allowed:
        raise _loosen_refused(before)


def _loosen_refused(mark: Mark) -> Forbidden:
    return Forbidden(
        "mark.loosen",
        "Only {owner} may open this to more readers. Ask them.",
        owner=mark.owner or "the persons named",
    )
