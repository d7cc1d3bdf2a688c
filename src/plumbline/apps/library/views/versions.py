"""Other versions and languages of a work: how its page names them, the two side by side, the decision."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library import actions
from plumbline.apps.library.actions.versions import may_decide_version
from plumbline.apps.library.models import Entry, Version
from plumbline.apps.library.presenting import shown_mark, workspace_crumbs
from plumbline.apps.library.queries import ShownPassage, get_entry, passages, passages_by_pk
from plumbline.apps.library.versions import SeenVersion, get_version, texts_read, versions
from plumbline.apps.library.views.comparing import differing
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.linking.versions import Beside, align_translation, align_works, parts_of
from plumbline.ui.environment import format_date
from plumbline.ui.text import Span, direction, highlighted, language_name

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer

PER_PAGE = 50
TRANSLATED_AT_ONCE = 80
MOST_PASSAGES = 5_000
MOST_MARKED = 60_000
"""Letters of one page in which differences are looked for, word by word."""
STATES = {"confirm": Version.CONFIRMED, "reject": Version.REJECTED, "undo": Version.OPEN}
DOTS = {Version.OPEN: "proposed", Version.CONFIRMED: "accepted", Version.REJECTED: "rejected"}


def kinds() -> dict[str, str]:
    """Name what two works are to each other."""
    return {"near": _("Nearly the same text"), "version": _("Another version"), "translation": _("In another language")}


def reasons(seen: SeenVersion, entry: Entry) -> list[str]:
    """Say why two works were proposed, from the side of one of them."""
    told, version = seen.version.reasons, seen.version
    if not told:
        return [_("linked by hand")]
    if told["numbers"]:
        said = [
            _("%(count)s of %(total)s numbers, months and countries in the same order")
            % {"count": told["common"], "total": told["numbers"]}
        ]
        return said + ([_("%(count)s names in both") % {"count": told["names"]}] if told["names"] else [])
    here, there = told["first_within"], told["second_within"]
    here, there = (here, there) if version.entry_id == entry.pk else (there, here)
    return [_("about %(here)s%% of this text stands in the other, %(there)s%% of the other in this")
            % {"here": round(here * 100), "there": round(there * 100)}]  # fmt: skip


def version_rows(entry: Entry, viewer: Viewer) -> list[dict[str, Any]]:
    """The other versions and languages of a work, as its page lists them."""
    found = versions(viewer, work=entry)
    names = _deciders(found, viewer)
    return [_row(one, entry, names) for one in found]


def _deciders(found: list[SeenVersion], viewer: Viewer) -> dict[str, str]:
    """Name who decided, to those who are signed in."""
    people = {one.version.decided_by for one in found if one.version.decided_by}
    return names_of(people) if viewer.is_signed_in and people else {}


def _row(seen: SeenVersion, entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    version, other = seen.version, seen.beside(entry)
    order = (
        "" if version.newer_id is None else _("the newer one") if version.newer_id == other.pk else _("the older one")
    )
    facts = [
        format_date(other.date, "medium") if other.date else "",
        language_name(other.work.language) if other.work.language else "",
        order,
    ]
    return {
        "title": other.title or other.work.name, "language": other.work.language, "id": other.public_id,
        "url": reverse("library:work-show", args=[other.public_id]), "side": reverse("library:version-show", args=[version.public_id]),
        "kind": kinds()[version.kind], "dot": DOTS[version.state], "state": _state(seen), "facts": [one for one in facts if one],
        "why": reasons(seen, entry), "by": names.get(version.decided_by, ""), "rejected": version.state == Version.REJECTED,
    }  # fmt: skip


def _state(seen: SeenVersion) -> str:
    if seen.version.state == Version.OPEN:
        return _("proposed, likely") if seen.likely else _("proposed")
    return _("confirmed") if seen.version.state == Version.CONFIRMED else _("rejected")


@require_POST
def link(request: SignedInRequest, work: str) -> HttpResponse:
    """Link two works by hand: the other one by its address or permanent id."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    asked = request.POST.get("other", "").strip()
    found = re.search(r"/work/([\w-]{1,64})", asked) or re.fullmatch(r"([\w-]{1,64})", asked)
    other = get_entry(found[1] if found else asked[:64], request.viewer, Entry.WORK)
    made = actions.link_works(entry, other, request.POST.get("kind", ""), by=request.viewer)
    messages.success(request, _("Saved."))
    return redirect("library:version-show", made.public_id)


@require_http_methods(["GET", "POST"])
def show_version(request: SignedInRequest, version: str) -> HttpResponse:
    """Show two works side by side, passage by passage, and take the decision on what they are to each other."""
    seen = get_version(version, request.viewer)
    entry = seen.version.entry
    if request.method == "POST":
        if "newer" in request.POST:
            actions.order_version(version, request.POST["newer"], by=request.viewer)
        elif (
            actions.decide_version(version, STATES.get(request.POST.get("decision", ""), ""), by=request.viewer) is None
        ):
            return redirect(reverse("library:work-show", args=[entry.public_id]) + "#versions")
        messages.success(request, _("Saved."))
        return redirect("library:version-show", version)
    works = (entry, seen.version.other)
    changed = request.GET.get("only") == "changes"
    rows, number, pages, total = _page(seen, request, changed=changed)
    names = _deciders([seen], request.viewer)
    context = {
        "kind": kinds()[seen.version.kind], "state": seen.version.state, "said": _state(seen), "dot": DOTS[seen.version.state],
        "why": reasons(seen, entry), "by": next(iter(names.values()), ""), "rows": rows, "page_number": number, "pages": pages, "total": total,
        "works": [_work(letter, one, seen) for letter, one in zip("AB", works, strict=True)], "changed": changed,
        "translated": seen.version.kind == "translation", "may_decide": may_decide_version(request.viewer, *works),
        "crumbs": [*workspace_crumbs(request.viewer, entry.workspace), (entry.title, reverse("library:work-show", args=[entry.public_id]))],
        "post_url": reverse("library:version-show", args=[version]), "newer": seen.version.newer.public_id if seen.version.newer else "",
        "cut": max(one.work.passage_count for one in works) > MOST_PASSAGES, "most": MOST_PASSAGES,
    }  # fmt: skip
    return render(request, "library/version.html", context)


def _work(letter: str, entry: Entry, seen: SeenVersion) -> dict[str, Any]:
    return {
        "letter": letter, "title": entry.title or entry.work.name, "language": entry.work.language, "id": entry.public_id, "date": entry.date,
        "url": reverse("library:work-show", args=[entry.public_id]), "newer": seen.version.newer_id == entry.pk,
        "mark": shown_mark(mark_of_class(entry.mark_class_id), reverse("library:work-show", args=[entry.public_id]) + "#who"),
        "withdrawn": entry.status == Entry.WITHDRAWN,
    }  # fmt: skip


Row = tuple[list[ShownPassage], list[ShownPassage]]


def _page(seen: SeenVersion, request: SignedInRequest, *, changed: bool) -> tuple[list[dict[str, Any]], int, int, int]:
    """One page of the passages side by side: rows, the page's number, how many there are, rows in all."""
    given = request.GET.get("page", "")
    asked = max(1, int(given)) if given.isdigit() and len(given) < 7 else 1
    if seen.version.kind == "translation":
        rows, number, pages, total = _translated(seen, request.viewer, asked)
        return [_cells(*row, marked=False) for row in rows], number, pages, total
    rows, number, pages, total = _versions(seen, request.viewer, asked, changed=changed)
    shown, letters = [], 0
    for left, right in rows:
        letters += sum(len(each.text) for each in (*left, *right))
        shown.append(_cells(left, right, marked=letters <= MOST_MARKED))
    return shown, number, pages, total


def _translated(seen: SeenVersion, viewer: Viewer, asked: int) -> tuple[list[Row], int, int, int]:
    """A page of a text and its translation: a part of either, in proportion, is read and aligned by itself."""
    sides = (seen.version.entry, seen.version.other)
    first, second = (min(one.work.passage_count, MOST_PASSAGES) for one in sides)
    parts = list(zip(*parts_of(first, second, TRANSLATED_AT_ONCE), strict=True))
    number = min(asked, max(1, len(parts)))
    here, there = parts[number - 1] if parts else ((0, 0), (0, 0))
    one = passages(seen.version.entry, viewer, here[0], here[1] - here[0]) if here[1] > here[0] else []
    two = passages(seen.version.other, viewer, there[0], there[1] - there[0]) if there[1] > there[0] else []
    found = align_translation([each.text for each in one], [each.text for each in two])
    rows = [([one[n] for n in row.first], [two[n] for n in row.second]) for row in found]
    return rows, number, max(1, len(parts)), max(first, second)


def _versions(seen: SeenVersion, viewer: Viewer, asked: int, *, changed: bool) -> tuple[list[Row], int, int, int]:
    """A page of two versions: their whole texts are aligned, and the passages of the page alone read as they are shown."""
    read = [texts_read(one, viewer, MOST_PASSAGES) for one in (seen.version.entry, seen.version.other)]
    first, second = ([text for _, text in side] for side in read)
    found = [row for row in align_works(first, second) if not changed or not _same(row, first, second)]
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(asked, pages)
    keys = [
        ([read[0][n][0] for n in row.first], [read[1][n][0] for n in row.second])
        for row in found[(number - 1) * PER_PAGE : number * PER_PAGE]
    ]
    by_key = passages_by_pk([key for sides in keys for side in sides for key in side], viewer)
    rows = [([by_key[key] for key in one], [by_key[key] for key in two]) for one, two in keys]
    return rows, number, pages, len(found)


def _same(row: Beside, first: list[str], second: list[str]) -> bool:
    return bool(row.first and row.second) and first[row.first[0]].split() == second[row.second[0]].split()


def _cells(left: list[ShownPassage], right: list[ShownPassage], *, marked: bool) -> dict[str, Any]:
    """Give a row of the page: the passages of either work; words that differ marked; `same` where they are one."""
    spans: tuple[list[Span], list[Span]] = ([], [])
    same = len(left) == len(right) == 1 and left[0].text.split() == right[0].text.split()
    if marked and not same and len(left) == len(right) == 1:
        spans = differing(left[0], right[0])
    return {
        "same": same, "first": [_cell("A", one, spans[0]) for one in left],
        "second": [_cell("B", one, spans[1]) for one in right],
    }  # fmt: skip


def _cell(letter: str, one: ShownPassage, spans: list[Span]) -> dict[str, Any]:
    hidden = [Span(span.start, span.end, "withheld") for span in one.withheld]
    return {
        "name": f"{letter} {one.label or one.ordinal + 1}", "html": highlighted(one.text, [*hidden, *spans]), "language": one.language,
        "dir": direction(one.language) if one.language else "auto", "url": reverse("library:passage-show", args=[one.id]),
    }  # fmt: skip
