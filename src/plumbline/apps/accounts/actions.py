"""Writes on people and what they belong to; only administrators act here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn

from plumbline.apps.accounts.models import Invitation, Organisation, Person, Role, SharingGroup
from plumbline.apps.accounts.queries import digest_of_secret
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import workspaces
from plumbline.domain.access import ROLES, Viewer
from plumbline.domain.errors import Forbidden, InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


def _needs_administrator(by: Viewer) -> None:
    if not by.administrator:
        raise Forbidden("people.forbidden", "Only an administrator changes people and organisations. Ask yours.")


@action("organisation.put")
def put_organisation(slug: str, name: str, *, country: str = "", by: Viewer) -> Done[Organisation]:
    """Make or rename an organisation."""
    _needs_administrator(by)
    found, _ = Organisation.objects.update_or_create(slug=slug, defaults={"name": name, "country": country})
    return Done(found, [f"org:{slug}"], {"name": name})


@action("group.put")
def put_group(slug: str, name: str, organisations: Iterable[str], *, by: Viewer) -> Done[SharingGroup]:
    """Make a sharing group or say anew which organisations (slugs) it holds."""
    _needs_administrator(by)
    slugs = list(organisations)
    members = list(Organisation.objects.filter(slug__in=slugs))
    if unknown := set(slugs) - {member.slug for member in members}:
        raise NotFound("org.unknown", "There is no organisation {names} here.", names=", ".join(sorted(unknown)))
    found, _ = SharingGroup.objects.update_or_create(slug=slug, defaults={"name": name})
    found.organisations.set(members)
    return Done(found, [f"group:{slug}"], {"organisations": sorted(slugs)})


@action("person.put")
def put_person(
    email: str,
    *,
    name: str,
    organisation: str | None,
    roles: Mapping[str, str],
    language: str = "en",
    administrator: bool = False,
    password: str | None = None,
    by: Viewer,
) -> Done[Person]:
    """Make a person or change who they are: organisation (slug), role by workspace slug, language."""
    _needs_administrator(by)
    belongs = _organisation(organisation)
    known = {"name": name, "organisation": belongs, "language": language, "administrator": administrator}
    person, _ = Person.objects.update_or_create(
        email=email.strip().lower(), defaults=known, create_defaults={**known, "public_id": new_public_id()}
    )
    if password:
        person.set_password(password)
        person.save(update_fields=["password"])
    elif not person.password:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    _set_roles(person, roles, by)
    return Done(person, [f"person:{person.public_id}"], {"organisation": organisation, "roles": dict(roles)})


@action("person.role")
def give_role(principal: str, workspace: Workspace, role: str, *, by: Viewer) -> Done[Role]:
    """Give a person ("person:id") a role in one workspace; their other roles stay."""
    _needs_administrator(by)
    person = _person(principal.removeprefix("person:"))
    found, _ = Role.objects.update_or_create(person=person, workspace=workspace, defaults={"role": role})
    return Done(found, [f"person:{person.public_id}", f"workspace:{workspace.slug}"], {"role": role})


@action("person.active")
def set_active(public_id: str, active: bool, *, by: Viewer) -> Done[Person]:
    """Let a person sign in, or no longer."""
    _needs_administrator(by)
    person = _person(public_id)
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        Invitation.objects.filter(person=person).delete()
    return Done(person, [f"person:{public_id}"], {"active": active})


@action("person.invite")
def invite(public_id: str, secret: str, *, until: datetime, by: Viewer) -> Done[Person]:
    """Let whoever brings the secret choose the person's password once, until a moment; an earlier invitation ends."""
    _needs_administrator(by)
    person = _person(public_id)
    if not person.is_active:
        raise InvalidInput("person.closed", "The account of {email} is closed. Open it first.", email=person.email)
    Invitation.objects.update_or_create(
        person=person, defaults={"digest": digest_of_secret(secret), "until": until}
    )  # fmt: skip
    return Done(person, [f"person:{public_id}"], {"until": until.isoformat()})


@action("person.accept")
def accept_invitation(secret: str, password: str, *, now: datetime, by: Viewer) -> Done[Person]:
    """Use an invitation up: set the password of its person, which ends their other sessions and lost passkeys."""
    found = Invitation.objects.select_for_update().filter(digest=digest_of_secret(secret), until__gt=now).first()
    if found is None or not found.person.is_active:
        raise NotFound(
            "invitation.unknown", "This invitation is used up or too old. Ask an administrator for a new one."
        )
    person = found.person
    found.delete()
    Authenticator.objects.filter(user=person).delete()
    person.set_password(password)
    person.save(update_fields=["password"])
    return Done(person, [f"person:{person.public_id}"])


@action("person.password")
def set_password(password: str, *, by: Viewer) -> Done[Person]:
    """Set one's own password, which ends one's other sessions and an open invitation."""
    person = _person((by.person or "").removeprefix("person:"))
    Invitation.objects.filter(person=person).delete()
    person.set_password(password)
    person.save(update_fields=["password"])
    return Done(person, [f"person:{person.public_id}"])


@action("passkey.add")
def add_passkey(name: str, credential: Mapping[str, Any], *, by: Viewer) -> Done[Person]:
    """Keep a passkey of one's own, which the ceremony has checked."""
    person = _person((by.person or "").removeprefix("person:"))
    WebAuthn.add(person, name, dict(credential))
    return Done(person, [f"person:{person.public_id}"])


@action("passkey.remove")
def remove_passkey(key: int, *, by: Viewer) -> Done[None]:
    """Remove a passkey of one's own."""
    mine = Authenticator.objects.filter(pk=key, user__public_id=(by.person or "").removeprefix("person:"))
    if not mine.delete()[0]:
        raise NotFound("passkey.unknown", "There is no such passkey of yours.")
    return Done(None, [str(by.person)])


def _person(public_id: str) -> Person:
    person = Person.objects.filter(public_id=public_id).first()
    if person is None:
        raise NotFound("person.unknown", "There is no person {name} here.", name=public_id)
    return person


def _organisation(slug: str | None) -> Organisation | None:
    if not slug:
        return None
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("org.unknown", "There is no organisation {names} here.", names=slug)
    return found


def _set_roles(person: Person, roles: Mapping[str, str], by: Viewer) -> None:
    known = {row.slug: row for row in workspaces(by).filter(slug__in=roles)}
    for slug, role in roles.items():
        if role not in ROLES or slug not in known:
            raise InvalidInput(
                "role.unknown",
                "{role} in {workspace} is no role here. Roles: {roles}.",
                role=role,
                workspace=slug,
                roles=", ".join(ROLES),
            )
    Role.objects.filter(person=person, workspace__in=workspaces(by)).delete()
    Role.objects.bulk_create([Role(person=person, workspace=known[s], role=r) for s, r in roles.items()])
