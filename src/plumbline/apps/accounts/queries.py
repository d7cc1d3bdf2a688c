"""Who asks, and the names behind principals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from plumbline.apps.accounts.models import Invitation, Organisation, Person, Role, SharingGroup
from plumbline.apps.spine.queries import slugs_of_workspaces
from plumbline.domain.access import PUBLIC, Viewer
from plumbline.domain.errors import NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

SYSTEM = Viewer("system", frozenset({"public", "community", "person:system"}), administrator=True, name="Plumbline")
"""Who acts when nobody does: set-up and the clock. What it keeps to itself is marked for "person:system"."""


def viewer_for(person: Person) -> Viewer:
    """Give the viewer that a signed-in person is: their principals and roles as they stand now."""
    principals = {"public", "community", f"person:{person.public_id}"}
    organisation = person.organisation
    if organisation:
        principals.add(f"org:{organisation.slug}")
        principals |= {f"group:{slug}" for slug in organisation.groups.values_list("slug", flat=True)}
    roles = dict(Role.objects.filter(person=person).values_list("workspace__slug", "role"))
    return Viewer(
        f"person:{person.public_id}",
        frozenset(principals),
        roles,
        administrator=person.administrator,
        organisation=f"org:{organisation.slug}" if organisation else None,
        name=person.name or person.email,
        language=person.language,
    )


def viewer_named(principal: str) -> Viewer:
    """Give the viewer of a person's principal ("person:id"), or the public for none; unknown people raise NotFound."""
    if principal in ("", "public"):
        return PUBLIC
    if principal == SYSTEM.person:
        return _everywhere(SYSTEM)
    found = Person.objects.select_related("organisation").filter(
        public_id=principal.removeprefix("person:"), is_active=True
    ).first()  # fmt: skip
    if found is None:
        raise NotFound("person.unknown", "There is no person {name} here.", name=principal)
    return viewer_for(found)


def members(workspace: Workspace, viewer: Viewer) -> list[Viewer]:
    """The people with a role in a workspace who can sign in, by name, for those who have one too; four queries for all."""
    if not viewer.has_role(workspace.slug, "reader"):
        return []
    rows = Role.objects.filter(workspace=workspace, person__is_active=True).select_related("person__organisation")
    rows = rows.prefetch_related("person__organisation__groups").order_by("person__name", "person__email")
    return [_member(row, workspace.slug) for row in rows]


def _member(row: Role, workspace: str) -> Viewer:
    person, organisation = row.person, row.person.organisation
    principals = {"public", "community", f"person:{person.public_id}"}
    if organisation:
        principals |= {f"org:{organisation.slug}", *(f"group:{one.slug}" for one in organisation.groups.all())}
    return Viewer(
        f"person:{person.public_id}", frozenset(principals), {workspace: row.role}, name=person.name or person.email
    )


def find_viewer_by_email(email: str) -> Viewer | None:
    """Find the viewer with an e-mail address."""
    found = Person.objects.select_related("organisation").filter(email__iexact=email, is_active=True).first()
    return viewer_for(found) if found else None


def names_of(principals: Iterable[str]) -> dict[str, str]:
    """Give the name to show for each principal: an organisation's, a group's, a person's; else the principal."""
    wanted = set(principals)
    found = {name: name for name in wanted}
    for prefix, rows in (("org:", Organisation.objects), ("group:", SharingGroup.objects)):
        slugs = [name.removeprefix(prefix) for name in wanted if name.startswith(prefix)]
        if slugs:
            found |= {prefix + slug: name for slug, name in rows.filter(slug__in=slugs).values_list("slug", "name")}
    ids = [name.removeprefix("person:") for name in wanted if name.startswith("person:")]
    if ids:
        people = Person.objects.filter(public_id__in=ids).values_list("public_id", "name", "email")
        found |= {f"person:{key}": name or email for key, name, email in people}
    return found


def organisations() -> QuerySet[Organisation]:
    """Organisations by name: what marks can name, so every signed-in person may list them."""
    return Organisation.objects.order_by("name")


def sharing_groups() -> QuerySet[SharingGroup]:
    """Sharing groups by name, with their organisations."""
    return SharingGroup.objects.prefetch_related("organisations").order_by("name")


def people() -> QuerySet[Person]:
    """People with organisation and roles, for administrators."""
    return Person.objects.select_related("organisation").prefetch_related("roles__workspace").order_by("name", "email")


def open_invitations(now: datetime) -> dict[str, datetime]:
    """Until when the open invitations hold, by the person's public id; for administrators."""
    return dict(Invitation.objects.filter(until__gt=now).values_list("person__public_id", "until"))


def find_invited(secret: str, now: datetime) -> Person | None:
    """Find whom the secret of an invitation that still holds invites."""
    found = Invitation.objects.filter(digest=digest_of_secret(secret), until__gt=now, person__is_active=True)
    first = found.select_related("person").first()
    return first.person if first else None


def digest_of_secret(secret: str) -> str:
    """Give what is kept of an invitation's secret, which itself is random enough to need no salt."""
    return sha256(secret.encode()).hexdigest()


def operator(login: str) -> Viewer:
    """Give the viewer of who runs commands on this machine: an editor of every workspace, owning for its owner.

    The operator belongs to the organisation of the first administrator, where there is one, and sees by the same
    rule as everybody else, with what was kept to nobody else before there were people.
    """
    first = (
        Person.objects.select_related("organisation").filter(administrator=True, is_active=True).order_by("pk").first()
    )
    base = viewer_for(first) if first else SYSTEM
    return replace(_everywhere(base), principals=base.principals | SYSTEM.principals, administrator=True, name=login)


def _everywhere(base: Viewer) -> Viewer:
    return replace(base, roles=dict.fromkeys(slugs_of_workspaces(base), "editor"))
