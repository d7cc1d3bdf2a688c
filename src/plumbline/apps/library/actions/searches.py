"""Acts on the searches that people keep for themselves. The log keeps digests of what they ask for, and no words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plumbline.apps.library.models import SavedSearch
from plumbline.apps.library.saved import looked_until
from plumbline.apps.library.searching import COLUMNS, FACETS, Asked
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.domain.access import Viewer
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.domain.query import parse

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

MOST_KEPT = 100
MOST_ASKED = 4_000


@action("search.save")
def save_search(
    asked: Asked, name: str, workspace: Workspace | None, columns: Sequence[str] = (), *, by: Viewer
) -> Done[SavedSearch]:
    """Keep a search for who acts, under a name or its own text, with the columns of its table; what it finds now counts as seen."""
    owner = _person(by)
    if unknown := next((one for one in columns if one not in COLUMNS), None):
        raise InvalidInput(
            "search.column", "There is no column {name}. Choose of {known}.", name=unknown, known=", ".join(COLUMNS)
        )
    if not asked.text:
        raise InvalidInput("search.empty", "Type what to look for first; then save the search.")
    parse(asked.text, facets=FACETS)
    if (length := len(asked.address(""))) > MOST_ASKED:
        raise InvalidInput(
            "query.too_long",
            "The query has {length} characters; at most {limit} can be searched. Shorten it.",
            length=length,
            limit=MOST_ASKED,
        )
    if SavedSearch.objects.filter(owner=owner).count() >= MOST_KEPT:
        raise Conflict("search.many", "You keep {limit} searches already. Delete one first.", limit=MOST_KEPT)
    row = SavedSearch.objects.create(
        public_id=new_public_id(), owner=owner, workspace=workspace, name=(" ".join(name.split()) or asked.text)[:120],
        asked=asked.as_query(), columns=[one for one in COLUMNS if one in columns], seen=looked_until(asked, by, workspace),
    )  # fmt: skip
    return Done(row, _refs(row), secret={"name": row.name, "asked": row.asked})


@action("search.look")
def look_at_search(saved: SavedSearch, *, by: Viewer) -> Done[int]:
    """Note that the owner looks at a search now; gives how far they had looked before."""
    before = saved.seen
    saved.seen = max(before, looked_until(Asked.read(saved.asked), by, saved.workspace))
    saved.save(update_fields=["seen"])
    return Done(before, _refs(saved))


@action("search.delete")
def delete_search(saved: SavedSearch, *, by: Viewer) -> Done[None]:
    """Delete a saved search; its feed leads nowhere then."""
    refs = _refs(saved)
    saved.delete()
    return Done(None, refs)


@action("search.renew-feed")
def renew_feed(saved: SavedSearch, *, by: Viewer) -> Done[SavedSearch]:
    """Give the feed of a saved search a new address; the one before leads nowhere."""
    saved.turn += 1
    saved.save(update_fields=["turn"])
    return Done(saved, _refs(saved), {"turn": saved.turn})


def _refs(saved: SavedSearch) -> list[str]:
    return [f"search:{saved.public_id}"]


def _person(by: Viewer) -> str:
    if not by.person:
        raise Forbidden("person.missing", "Sign in first: this is kept for you alone.")
    return by.person
