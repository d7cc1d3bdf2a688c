"""Writes the hits of a saved search as an Atom feed (RFC 4287), last come first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import get_language

from plumbline.apps.library.models import SavedSearch
from plumbline.apps.library.presenting import citation
from plumbline.apps.library.searching import Asked, Found, Hit
from plumbline.apps.spine.queries import installation

UNFIT = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
"""Characters that XML 1.0 cannot hold."""


def write_feed(saved: SavedSearch, found: Found, absolute: Callable[[str], str], page: str) -> str:
    """Write a feed of hits whose passages are as its owner may read them; `absolute` puts the host before an address."""
    house = installation()
    feed = Atom1Feed(
        title=fit(f"{saved.name} – {house.name if house else 'Plumbline'}"),
        link=absolute(Asked.read(saved.asked).address(page)), description="", language=get_language(),
        feed_guid=f"urn:plumbline:search:{saved.public_id}", author_name=house.owner if house else "Plumbline",
    )  # fmt: skip
    for hit in found.hits:
        feed.add_item(**_item(hit, absolute))
    if not found.hits:
        feed.latest_post_date = lambda: saved.created_at  # type: ignore[method-assign]
    out = StringIO()
    feed.write(out, "utf-8")
    return out.getvalue()


def _item(hit: Hit, absolute: Callable[[str], str]) -> dict[str, Any]:
    passage, mark = hit.passage, f"TLP:{hit.passage.mark.level}"
    arrived = datetime.fromtimestamp(hit.arrived / 1000, UTC)
    return {
        "title": fit(citation(passage, date=hit.date or "")), "link": absolute(reverse("library:passage-show", args=[passage.id])),
        "description": format_html("<p>{}</p><p>{}</p>", fit(passage.text), mark),
        "unique_id": f"urn:plumbline:passage:{passage.id}", "updateddate": arrived, "pubdate": arrived,
        "categories": [mark], "item_copyright": mark,
    }  # fmt: skip


def fit(text: str) -> str:
    """Leave out what XML cannot hold.

    >>> fit("a\\x0bb")
    'ab'
    """
    return text.translate(UNFIT)
