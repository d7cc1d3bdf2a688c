"""Draw the few icons that pages use: 20 px line drawings that take the colour of the text around them."""

from __future__ import annotations

from markupsafe import Markup

SHAPES = {
    "add": "M10 4v12M4 10h12",
    "alert": "M10 3 2.5 16.5h15zM10 8v4M10 14.2v.3",
    "arrow": "M4 10h12M11 5l5 5-5 5",
    "back": "M16 10H4M9 5l-5 5 5 5",
    "calendar": "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5",
    "chart": "M3.5 3.5v13h13M7 13V9.5M10.5 13V6M14 13v-2",
    "check": "M4 10.5 8 14.5 16 5.5",
    "chevron": "M5.5 8 10 12.5 14.5 8",
    "clock": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4.3l2.8 1.7",
    "close": "M5 5l10 10M15 5 5 15",
    "copy": "M7 7h9v9.5H7zM13 7V3.5H4V13h3",
    "dot": "M10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
    "download": "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
    "edit": "M4 16l.8-3.6L13.5 3.7l2.8 2.8-8.7 8.7zM11.7 5.5l2.8 2.8",
    "eye": "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
    "file": "M5 2.8h6.5L15 6.3v11H5zM11.3 3v3.5H15",
    "filter": "M3 5h14M5.5 10h9M8 15h4",
    "info": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 9.2V14M10 6.2v.4",
    "language": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM3 10h14M10 3c-4 4-4 10 0 14M10 3c4 4 4 10 0 14",
    "link": "M8.5 11.5l3-3M9 6.5l2-2a3.2 3.2 0 0 1 4.5 4.5l-2 2M11 13.5l-2 2A3.2 3.2 0 0 1 4.5 11l2-2",
    "list": "M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5h.4M3.5 10h.4M3.5 14.5h.4",
    "lock": "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
    "map": "M2.8 5.2 7.5 3.5l5 2 4.7-1.7v11l-4.7 1.7-5-2-4.7 1.7zM7.5 3.5v11M12.5 5.5v11",
    "menu": "M3 5.5h14M3 10h14M3 14.5h14",
    "offline": "M3 3l14 14M4 8.5a9 9 0 0 1 3-1.9M10.5 5.6A9 9 0 0 1 16 8.5M7 11.7a4.5 4.5 0 0 1 2-1.1M10 15.2v.3",
    "plumb": "M10 2v9M7.2 11h5.6L10 18z",
    "search": "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM12.5 12.5 17 17",
    "upload": "M10 13V4M6 7.5l4-4 4 4M4 13.5v3h12v-3",
    "user": "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 16.5c0-3.3 2.7-5 6-5s6 1.7 6 5",
}
"""Path data on a 20 x 20 grid, by name."""

MIRRORED = frozenset({"arrow", "back"})
"""Icons that point along the line of reading, so turn round in right-to-left pages."""


def icon(name: str) -> Markup:
    """Return an icon as decorative SVG; the word beside it carries the meaning. Unknown names raise KeyError."""
    mirrored = " icon--mirrored" if name in MIRRORED else ""
    return Markup(
        '<svg class="icon icon--{}{}" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>'
    ).format(name, mirrored, SHAPES[name])
