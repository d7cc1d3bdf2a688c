"""The command that looks for what records of different workspaces are to each other."""

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
    from plumbline.apps.spine.queries import get_workspace, workspaces

    by = acting(email)
    chosen = [get_workspace(workspace, by)] if workspace else list(workspaces(by))
    if workspace:
        needs_role(by, chosen[0], "reviewer")
    chosen = [one for one in chosen if by.has_role(one.slug, "reviewer")]
    records = sum(_walk(one, by) for one in chosen)
    found = {seen.tie.pk: seen for one in chosen for seen in ties(by, workspace=one)}
    if json_:
        show({"records": records, "ties": [_told(one) for one in found.values()]})
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


def _told(seen: Any) -> dict[str, Any]:
    return {
        "tie": seen.tie.public_id, "kind": seen.kind, "score": seen.score, "records": [seen.tie.entry.public_id, seen.tie.other.public_id],
        "evidence": [{"kind": one.kind, "weight": one.weight, "one": one.one, "other": one.other} for one in seen.evidence],
    }  # fmt: skip
