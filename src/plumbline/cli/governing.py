"""Commands that govern: blueprints, access, audit, index, people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from plumbline.cli.common import acting, as_json, as_person, blueprint_text, show


@click.group()
def blueprint() -> None:
    """Check and apply blueprints."""


@blueprint.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(file: Path, json_: bool) -> None:
    """Check a blueprint file; every mistake is named with its line and field. Exit 2 when there are any."""
    from plumbline.domain.blueprints import BlueprintInvalid, parse

    try:
        found = parse(blueprint_text(file), name=file.name)
    except BlueprintInvalid as error:
        rows = [{"line": one.line, "path": one.path, "message": one.message} for one in error.problems]
        if json_:
            show({"ok": False, "problems": rows})
        for one in [] if json_ else rows:
            click.echo(f"{file.name}:{one['line']}: {one['path']}: {one['message']}", err=True)
        sys.exit(2)
    if json_:
        show({"ok": True, "blueprint": found.id, "version": found.version, "types": sorted(found.types)})
    else:
        click.echo(f"{found.id} version {found.version} is in order.")


@blueprint.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--accept-loss", is_flag=True, help="Apply although types, fields or terms in use go away.")
@as_person
@as_json
def apply(file: Path, accept_loss: bool, email: str | None, json_: bool) -> None:
    """Make a workspace of a blueprint, or carry a changed blueprint over; refuses with what would be lost."""
    from plumbline.apps.records.recounting import is_recounted
    from plumbline.apps.spine.actions import apply_blueprint

    found = apply_blueprint(blueprint_text(file), name=file.name, accept_loss=accept_loss, by=acting(email))
    if json_:
        show(
            {
                "workspace": found.slug,
                "version": found.blueprint_version,
                "recounting": is_recounted(found),
            }
        )
        return
    click.echo(f"{found.slug} now follows version {found.blueprint_version}.")
    if is_recounted(found):
        click.echo(
            "Its records are counted anew by the worker (where none runs: plumbline work --until-done).", err=True
        )


@blueprint.command("list")
@as_json
def list_(json_: bool) -> None:
    """List the blueprints that ship."""
    from plumbline.domain.blueprints import load_shipped, shipped_ids

    rows = [{"blueprint": one, "title": load_shipped(one).title.get("en")} for one in shipped_ids()]
    if json_:
        show(rows)
    for row in [] if json_ else rows:
        click.echo(f"{row['blueprint']}\t{row['title']}")


@click.group()
def access() -> None:
    """Say who sees what, and why."""


@access.command("explain")
@click.argument("entry_id", metavar="ID")
@click.argument("person_email", metavar="EMAIL")
@as_json
def explain(entry_id: str, person_email: str, json_: bool) -> None:
    """Say whether a person sees an entry and each of its values, and by which principal."""
    from plumbline.apps.library.queries import explain_access

    found = explain_access(entry_id, acting(person_email), acting(None))
    if json_:
        show(found)
        return
    for row in found:
        click.echo(f"{'sees' if row['allowed'] else 'does not see'}\t{row['what']}\t{row['mark']}\t{row['reason']}")


@click.group()
def audit() -> None:
    """Read and verify the log of acts."""


@audit.command("verify")
@as_json
def verify(json_: bool) -> None:
    """Verify the chain of acts; exit 1 when a link is broken."""
    from plumbline.apps.spine.queries import audit_log, broken_links

    broken = list(broken_links())
    count = audit_log().count()
    show({"acts": count, "broken": broken}) if json_ else click.echo(f"{count} acts, {len(broken)} broken links.")
    sys.exit(1 if broken else 0)


@click.group()
def index() -> None:
    """Care for the search index."""


@index.command("rebuild")
def rebuild() -> None:
    """Throw the search index away and make it anew."""
    from plumbline.apps.library.indexing import rebuild_index

    click.echo(f"{rebuild_index()} passages.")


@click.group()
def person() -> None:
    """Care for accounts."""


@person.command("add")
@click.argument("email_address", metavar="EMAIL")
@click.option("--name", required=True)
@click.option("--organisation", help="Slug of an organisation that stands.")
@click.option("--role", "roles", multiple=True, metavar="WORKSPACE=ROLE")
@click.option("--administrator", is_flag=True)
@click.password_option()
def add(
    email_address: str, name: str, organisation: str | None, roles: tuple[str, ...], administrator: bool, password: str
) -> None:
    """Make an account, or change one."""
    from plumbline.apps.accounts.actions import put_person

    held = dict(role.partition("=")[::2] for role in roles)
    put_person(email_address, name=name, organisation=organisation, roles=held, administrator=administrator,
               password=password, by=acting(None))  # fmt: skip
    click.echo(f"{email_address} can sign in.")


@person.command("invite")
@click.argument("email_address", metavar="EMAIL")
@click.option(
    "--at", "address", default="http://127.0.0.1:8000", show_default=True, help="Where the installation answers."
)
@click.option("--days", type=click.IntRange(1, 30), default=7, show_default=True, help="How long the link works.")
@as_json
def invite(email_address: str, address: str, days: int, json_: bool) -> None:
    """Give the link by which a person chooses a password once; a link given before ends."""
    import secrets
    from datetime import timedelta

    from django.urls import reverse
    from django.utils import timezone

    from plumbline.apps.accounts import actions
    from plumbline.apps.accounts.queries import people
    from plumbline.domain.errors import NotFound

    found = people().filter(email__iexact=email_address.strip()).first()
    if found is None:
        raise NotFound("person.unknown", "There is no person {name} here.", name=email_address)
    secret, until = secrets.token_urlsafe(24), timezone.now() + timedelta(days=days)
    actions.invite(found.public_id, secret, until=until, by=acting(None))
    link = address.rstrip("/") + reverse("accounts:invitation-show", args=[secret])
    if json_:
        show({"email": found.email, "link": link, "until": until.date().isoformat()})
    else:
        click.echo(link)
