"""Searches that a person keeps: list them with what is new, save, show what is new, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
from django.urls import reverse

from plumbline.cli.common import acting, as_json, show

whose = click.option("--as", "email", metavar="EMAIL", required=True, help="Whose searches: each person has their own.")


@click.group()
def searches() -> None:
    """Keep searches, and ask what is new in them."""


@searches.command("list")
@whose
@as_json
def list_(email: str, json_: bool) -> None:
    """List the searches that a person keeps: id, how many passages are new, of how many, name."""
    from plumbline.apps.library.saved import saved_as_data, saved_searches

    rows = [saved_as_data(one) for one in saved_searches(acting(email))]
    if json_:
        show(rows)
    for row in [] if json_ else rows:
        click.echo(f"{row['id']}\t{row['problem'] or row['new']}\t{row['total']}\t{row['name']}")


@searches.command("save")
@click.argument("query")
@click.option("--name", default="", help="Left out: the query itself.")
@click.option("--workspace", "-w", help="Look in this workspace; left out: in all that the person may see.")
@click.option(
    "--language", "languages", multiple=True, help="Only passages in this language (en, ar); may be repeated."
)
@click.option(
    "--show", "columns", multiple=True, help="A column of its table of hits (work, date, mark); may be repeated."
)
@whose
@as_json
def save(
    query: str,
    name: str,
    workspace: str | None,
    languages: tuple[str, ...],
    columns: tuple[str, ...],
    email: str,
    json_: bool,
) -> None:
    """Keep a search for a person; what it finds now counts as seen."""
    from plumbline.apps.library.actions import save_search
    from plumbline.apps.library.saved import saved_as_data, saved_now
    from plumbline.apps.library.searching import Asked
    from plumbline.apps.spine.queries import get_workspace

    by = acting(email)
    space = get_workspace(workspace, by) if workspace else None
    asked = Asked(query.strip(), {"language": languages} if languages else {})
    kept = saved_as_data(saved_now(save_search(asked, name, space, columns, by=by), by))
    if json_:
        show(kept)
    else:
        click.echo(f"{kept['id']}\t{kept['new']}\t{kept['total']}\t{kept['name']}")


@searches.command("new")
@click.argument("search_id", metavar="ID")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--keep", is_flag=True, help="Leave them new; left out: they count as seen from now on.")
@whose
@as_json
def new(search_id: str, limit: int, keep: bool, email: str, json_: bool) -> None:
    """Show what came to a saved search since its owner last looked, last come first; what is not shown stays new, and all with it."""
    from plumbline.apps.library.actions import look_at_search
    from plumbline.apps.library.copies import gather
    from plumbline.apps.library.saved import get_saved, spaces
    from plumbline.apps.library.searching import Asked

    by = acting(email)
    row = get_saved(search_id, by)
    asked = replace(Asked.read(row.asked), sort="arrived", since=row.seen)
    found = gather(asked, by, spaces(row.workspace), limit=limit, facets=False).found
    hits: list[dict[str, Any]] = [
        {"work": hit.passage.work, "passage": hit.passage.id, "text": hit.passage.text,
         "url": reverse("library:passage-show", args=[hit.passage.id])}
        for hit in found.hits
    ]  # fmt: skip
    if not keep and found.total <= limit:
        look_at_search(row, by=by)
    if json_:
        show({"total": found.total, "hits": hits})
        return
    rest = f"; the last {limit} are shown and all stay new, ask with a larger --limit" if found.total > limit else ""
    click.echo(f"{found.total} new{rest}", err=True)
    for one in hits:
        click.echo(f"{one['url']}\t{one['text'][:160]!r}")


@searches.command("delete")
@click.argument("search_id", metavar="ID")
@whose
def delete(search_id: str, email: str) -> None:
    """Delete a saved search; its feed leads nowhere then."""
    from plumbline.apps.library.actions import delete_search
    from plumbline.apps.library.saved import get_saved

    by = acting(email)
    delete_search(get_saved(search_id, by), by=by)
    click.echo(f"{search_id} is deleted.")
