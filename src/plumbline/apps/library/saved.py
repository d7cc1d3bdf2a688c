"""Searches that people keep: what is new in each, worked out when it is looked at, and who may read its feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from plumbline.apps.accounts.queries import viewer_named
from plumbline.apps.library.copies import count_once
from plumbline.apps.library.indexing import followed_until
from plumbline.apps.library.queries import find_kept_search, kept_searches, owner_of_search
from plumbline.apps.library.searching import Asked, Found, Hit, indexed, search_asked
from plumbline.apps.spine.edge import sentence
from plumbline.domain.access import Viewer
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.query import parse

if TYPE_CHECKING:
    from plumbline.apps.library.models import SavedSearch
    from plumbline.apps.spine.models import Workspace

MOST_IN_FEED = 50


@dataclass(frozen=True)
class SavedNow:
    """A saved search as it stands now: how many hits its owner sees, how many of them came since they last looked.

    `problem` is why it can no longer be asked.
    """

    saved: SavedSearch
    asked: Asked
    total: int = 0
    new: int = 0
    problem: InvalidInput | None = None

    @property
    def url(self) -> str:
        """The address of the page that shows it, with its columns."""
        return self.asked.address(page_of(self.saved.workspace), show=self.saved.columns)


def saved_searches(viewer: Viewer) -> list[SavedNow]:
    """The searches that the viewer keeps, by name, in workspaces that they may still know of, with what is new in each."""
    return [saved_now(row, viewer) for row in kept_searches(viewer)]


def saved_now(row: SavedSearch, viewer: Viewer) -> SavedNow:
    """Work out how a search that the viewer keeps stands now."""
    try:
        asked = Asked.read(row.asked)
        total = count_once(asked, viewer, spaces(row.workspace))
        new = count_once(replace(asked, since=row.seen), viewer, spaces(row.workspace)) if total else 0
    except InvalidInput as error:
        return SavedNow(row, Asked(row.name), problem=error)
    return SavedNow(row, asked, total, new)


def saved_as_data(now: SavedNow) -> dict[str, Any]:
    """Give a saved search as plain data, the same in REST and on the command line."""
    space = now.saved.workspace
    return {
        "id": now.saved.public_id, "name": now.saved.name, "workspace": space.slug if space else "",
        "asked": dict(now.saved.asked), "show": list(now.saved.columns), "total": now.total, "new": now.new,
        "problem": sentence(now.problem) if now.problem else "",
    }  # fmt: skip


def spaces(workspace: Workspace | None) -> tuple[str, ...]:
    """Give the workspaces to look in: the one, or () for all."""
    return (workspace.slug,) if workspace else ()


def page_of(workspace: Workspace | None) -> str:
    """Give the search page of a workspace, or of all."""
    return reverse("library:workspace-search", args=[workspace.slug]) if workspace else reverse("library:search")


def get_saved(public_id: str, viewer: Viewer) -> SavedSearch:
    """Get a search that the viewer keeps; NotFound alike for none, another's, and one in a workspace not to be known of."""
    row = find_kept_search(public_id, viewer)
    if row is None:
        raise NotFound("search.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return row


def looked_until(asked: Asked, viewer: Viewer, workspace: Workspace | None) -> int:
    """Say how far somebody who looks at a search now has seen it: to what came last of it, unless the index still lags."""
    last = indexed(parse(asked.text), replace(asked, sort="arrived", since=None), viewer, spaces(workspace), limit=1)
    newest = last.hits[0].arrived if last.hits else 0
    waits = followed_until()
    return newest if waits is None else min(newest, waits)


def feed_secret(public_id: str, turn: int) -> str:
    """Give the last part of the address of a feed; only this installation can make it, and `turn` gives another."""
    made = salted_hmac("plumbline.library.feed", f"{public_id}:{turn}", algorithm="sha256")
    return f"{public_id}-{made.hexdigest()[:40]}"


def read_feed(secret: str) -> tuple[SavedSearch, Viewer, Found]:
    """Give the saved search that a secret opens, its owner as they stand now, and what they may see of it, last come first.

    What is marked RED stays out: it is for persons, and a feed is read by programs. NotFound alike for whatever is wrong.
    """
    public_id = secret.partition("-")[0]
    known = owner_of_search(public_id)
    viewer = _owner(known[0]) if known and constant_time_compare(feed_secret(public_id, known[1]), secret) else None
    row = find_kept_search(public_id, viewer) if viewer else None
    if viewer is None or row is None:
        raise NotFound("search.unknown", "There is nothing here under {id}. Check the address.", id=secret)
    asked = replace(Asked.read(row.asked), sort="arrived", since=None)
    found = search_asked(asked, viewer, spaces(row.workspace), limit=MOST_IN_FEED, facets=False)
    return row, viewer, Found(found.total, tuple(filter(_may_leave, found.hits)))


def _may_leave(hit: Hit) -> bool:
    return hit.passage.mark.level != "RED"


def _owner(person: str) -> Viewer | None:
    try:
        return viewer_named(person)
    except NotFound:
        return None
