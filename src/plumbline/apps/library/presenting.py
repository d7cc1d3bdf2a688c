"""How works and passages are shown: the same words on pages, in exports and in the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from markupsafe import escape

from plumbline.apps.library.models import Entry, Medium, ScannedPage, Work
from plumbline.apps.library.queries import ShownPassage
from plumbline.apps.spine.queries import knows_of, mark_of_class
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.blueprints import localised
from plumbline.ui.environment import format_date
from plumbline.ui.text import Span, direction, highlighted

if TYPE_CHECKING:
    from plumbline.apps.library.versions import SeenVersion
    from plumbline.apps.spine.models import Workspace

LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
FORMATS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "text/html": "HTML",
    "text/plain": "TXT",
    "text/csv": "CSV",
    "text/markdown": "Markdown",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/rtf": "RTF",
    "application/zip": "ZIP",
    "message/rfc822": "EML",
    "application/vnd.ms-outlook": "MSG",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
}


def language() -> str:
    """Give the language of the page."""
    return get_language() or "en"


def workspace_crumbs(viewer: Viewer, workspace: Workspace | None = None) -> list[tuple[str, str]]:
    """Give the way down to a workspace; who may not know of it learns nothing of it from an entry's page."""
    crumbs = [(gettext("Workspaces"), reverse("records:workspace-list"))]
    if workspace is not None and knows_of(viewer, workspace):
        crumbs.append(
            (localised(workspace.title, language()), reverse("records:workspace-show", args=[workspace.slug]))
        )
    return crumbs


def shown_mark(mark: Mark, url: str) -> dict[str, Any]:
    """Give a mark as the label shows it: its word, and where its readers are named."""
    return {"level": mark.level, "url": url}


def dates_of(mark: Mark, owner: str) -> list[str]:
    """Say in words on which days a mark opens to the owner alone."""
    told = []
    if mark.embargo:
        told.append(gettext("before %(date)s only %(owner)s") % {"date": _day(mark.embargo), "owner": owner})
    if mark.expiry:
        told.append(gettext("after %(date)s only %(owner)s") % {"date": _day(mark.expiry), "owner": owner})
    return told


def _day(day: date) -> str:
    return escape(format_date(day)).striptags()


def who_url(entry: Entry) -> str:
    """Give the address of 'who sees this' for a work or a record."""
    if entry.kind == Entry.RECORD:
        return reverse("records:record-who", args=[entry.public_id])
    return reverse("library:work-show", args=[entry.public_id]) + "#who"


def citation(passage: ShownPassage, publisher: str = "", date: str = "") -> str:
    """Write a ready citation: title, publisher, date, paragraph or page."""
    parts = [passage.work_title, publisher, date]
    if passage.label and passage.kind != "row":
        parts.append(gettext("paragraph %(number)s") % {"number": passage.label})
    elif passage.label:
        parts.append(gettext("row %(number)s") % {"number": passage.label})
    if passage.page:
        parts.append(gettext("page %(number)s") % {"number": passage.page})
    if not passage.label and not passage.page:
        parts.append(gettext("passage %(number)s") % {"number": passage.ordinal + 1})
    apart = "\u2068{}\u2069" if direction() == "rtl" else "{}"  # each part in its own direction
    return gettext(", ").join(apart.format(part) for part in parts if part)


def passage_block(
    passage: ShownPassage, *, spans: Sequence[Span] = (), cited: tuple[str, str] | None = None, current: bool = False
) -> dict[str, Any]:
    """Give a passage as the block `ui.passage` takes it: text with highlights, heading, label, mark, citation."""
    hidden = [Span(span.start, span.end, "withheld") for span in passage.withheld]
    path = passage.heading_path[passage.heading_path[:1] == (passage.work_title,) :]  # the title stands before it
    url = reverse("library:passage-show", args=[passage.id])
    block: dict[str, Any] = {
        "html": highlighted(passage.text, [*hidden, *spans]), "language": passage.language, "url": url,
        "label": passage.label, "heading": " / ".join(path), "current": current,
        "work": {"title": passage.work_title, "url": reverse("library:work-show", args=[passage.work]) + f"#p{passage.ordinal}"},
        "mark": shown_mark(passage.mark, reverse("library:work-show", args=[passage.work]) + "#who"),
    }  # fmt: skip
    if cited:
        block["citation"] = {"text": cited[0], "url": cited[1]}
    return block


def scan_rows(pages: Iterable[tuple[ScannedPage, str]]) -> list[dict[str, Any]]:
    """Give scanned pages as their table shows them: page, how its recognition went, how sure it was, where it begins."""
    return [
        {"page": one.page, "words": _scan_words(one), "sure": one.confidence, "state": one.state,
         "url": reverse("library:passage-show", args=[passage]) if passage else ""}
        for one, passage in pages
    ]  # fmt: skip


def _scan_words(page: ScannedPage) -> str:
    if page.state == ScannedPage.FAILED:
        return said(page.problem)
    if page.state == ScannedPage.WAITING:
        return gettext("waits to be recognised")
    return gettext("recognised, turned the right way up") if page.turned else gettext("recognised")


def file_rows(works: Iterable[Entry]) -> list[dict[str, Any]]:
    """Give files as the progress list shows them: state, and what happened in words."""
    return [
        {"name": work.work.name, "state": _file_state(work), "text": file_words(work),
         "url": reverse("library:work-show", args=[work.public_id])}
        for work in works
    ]  # fmt: skip


def _file_state(work: Entry) -> str:
    states = {Work.READING: "waiting", Work.READ: "done", Work.FAILED: "failed"}
    state = states[work.work.state]
    return "partly" if state == "done" and (work.work.warnings or work.work.pages_waiting) else state


def file_words(work: Entry) -> str:
    """Say in words how the reading of a file went."""
    if work.work.state == Work.FAILED:
        return said(work.work.problem)
    if work.work.state == Work.READING:
        return gettext("waits to be read")
    words = gettext("read: %(count)s passages") % {"count": work.work.passage_count}
    if waiting := work.work.pages_waiting:
        words += "; " + ngettext(
            "%(n)s scanned page without text yet", "%(n)s scanned pages without text yet", waiting
        ) % {"n": waiting}
    if work.work.warnings:
        words += "; " + said(work.work.warnings[0])
        if len(work.work.warnings) > 1:
            words += " " + gettext("and %(count)s more remarks") % {"count": len(work.work.warnings) - 1}
    return words


def said(problem: Mapping[str, Any] | None) -> str:
    """Say a kept problem or warning in the page's language."""
    return gettext(problem["template"]).format(**problem["params"]) if problem else ""


def medium_as_data(medium: Medium, base: str = "") -> dict[str, Any]:
    """Give what is told of a medium as plain data; `base` (scheme and host) makes addresses absolute."""
    return {
        "id": medium.public_id, "caption": medium.caption, "media_type": medium.media_type, "name": medium.name,
        "sha256": medium.sha256, "size": medium.size, "state": medium.state, "added_at": medium.added_at.isoformat(),
        "url": base + reverse("library:medium-show", args=[medium.public_id]),
        "file": base + reverse("library:medium-file", args=[medium.public_id]),
        "mark": mark_of_class(medium.mark_class_id).as_json(),
    }  # fmt: skip


def version_as_data(seen: SeenVersion, entry: Entry, base: str = "") -> dict[str, Any]:
    """Give what a work's other version is as plain data, from the side of the work `entry`."""
    version, other = seen.version, seen.beside(entry)
    return {
        "id": version.public_id, "works": [version.entry.public_id, version.other.public_id], "other": other.public_id,
        "title": other.title, "language": other.work.language, "kind": version.kind, "state": version.state,
        "score": None if version.score is None else round(version.score, 3), "likely": seen.likely,
        "reasons": {name: round(value, 3) for name, value in version.reasons.items() if value},
        "newer": version.newer.public_id if version.newer else "", "by_hand": version.by_hand, "decided_at": version.decided_at,
        "url": base + reverse("library:version-show", args=[version.public_id]),
    }  # fmt: skip
