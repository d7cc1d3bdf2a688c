"""Commands that look for what records of different workspaces, and works, are to each other."""

from __future__ import annotations

from typing import Any

import click

from plumbline.cli.common import acting, as_json, as_person, show


@click.command()
@click.option("--workspace", "-w", help="Slug of one workspace; left out, all that you review.")
@as_person
@as_json
def relate(workspace: str | None, email: str | None, json_: bool) -> None:
    """Compare records with those of other workspaces, and list what waits for a decision: one actor, one case, one actor named.

    Records are compared anyway when they change; this goes over all of them. Nothing is merged.
    """
    from plumbline.apps.library.actions import needs_role
    from plumbline.apps.library.ties import ties
    from plumbline.apps.records.serialising import tie_as_data
    from plumbline.apps.spine.queries import get_workspace, workspaces

    by = acting(email)
    chosen = [get_workspace(workspace, by)] if workspace else list(workspaces(by))
    if workspace:
        needs_role(by, chosen[0], "reviewer")
    chosen = [one for one in chosen if by.has_role(one.slug, "reviewer")]
    records = sum(_walk(one, by) for one in chosen)
    found = {seen.tie.pk: seen for one in chosen for seen in ties(by, workspace=one)}
    if json_:
        show({"records": records, "ties": [tie_as_data(one) for one in found.values()]})
        return
    click.echo(f"{records} records compared; {len(found)} ties wait for a decision.")
    for one in found.values():
        click.echo(
            f"{one.kind}\t{one.score:.2f}\t{one.tie.entry.public_id}\t{one.tie.other.public_id}\t/tie/{one.tie.public_id}/"
        )


def _walk(workspace: Any, by: Any) -> int:
    from plumbline.apps.library.ties import open_records
    from plumbline.apps.records.actions import relate_records
    from plumbline.apps.records.ties import may_be_tied
    from plumbline.apps.spine.queries import blueprint_of

    types = [one.id for one in blueprint_of(workspace).types.values() if may_be_tied(one)]
    done, last = 0, 0
    while batch := open_records(workspace, types, after=last):
        relate_records(batch, by=by)
        done, last = done + len(batch), batch[-1].pk
    return done


@click.command()
@click.argument("work", required=False)
@click.option("--workspace", "-w", help="Slug of a workspace: all pairs of its works, for export.")
@as_person
@as_json
def versions(work: str | None, workspace: str | None, email: str | None, json_: bool) -> None:
    """List the other versions and translations of WORK (its permanent id), or of all works of a workspace.

    Works that wait to be compared are compared first. Pages show the two side by side and take the decision.
    """
    from plumbline.apps.accounts.queries import SYSTEM
    from plumbline.apps.library.comparing import compare_all
    from plumbline.apps.library.presenting import version_as_data
    from plumbline.apps.library.queries import get_entry
    from plumbline.apps.library.versions import versions as known
    from plumbline.apps.spine.queries import get_workspace

    if bool(work) == bool(workspace):
        raise click.UsageError("Give a work, or --workspace.")
    by = acting(email)
    entry = get_entry(work, by, "work") if work else None
    space = get_workspace(workspace, by) if workspace else None
    compare_all(SYSTEM)
    for seen in known(by, work=entry, workspace=space):
        told = version_as_data(seen, entry or seen.version.entry)
        if json_:
            show(told)
        else:
            score = f"{told['score']:.2f}" if told["score"] is not None else "-"
            click.echo(f"{told['kind']}\t{told['state']}\t{score}\t{' '.join(told['works'])}\t{told['url']}")
