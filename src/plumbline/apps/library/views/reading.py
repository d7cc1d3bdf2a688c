"""Pages of works and passages: the text as the viewer may read it, what rests on it, what is known about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of, organisations, sharing_groups
from plumbline.apps.library import actions
from plumbline.apps.library.models import Claim, Entry, Work
from plumbline.apps.library.presenting import (
    FORMATS,
    LEVELS,
    citation,
    dates_of,
    file_words,
    language,
    passage_block,
    said,
    scan_rows,
    shown_mark,
    workspace_crumbs,
)
from plumbline.apps.library.queries import (
    claims_on_passages,
    files_around,
    get_entry,
    get_passage,
    neighbours,
    passage_keys,
    passages,
    resting_on,
    scanned_pages,
    told_whole,
    withholds_from,
    works,
)
from plumbline.apps.library.stores import file_store
from plumbline.apps.library.views.versions import kinds, version_rows
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.queries import blueprint_of, get_workspace, mark_of_class
from plumbline.domain.access import decide, mark_from_json
from plumbline.domain.blueprints import localised
from plumbline.domain.errors import Forbidden
from plumbline.engines import ocr
from plumbline.ui.text import Span

PER_PAGE = 200


def list_works(request: SignedInRequest, workspace: str) -> HttpResponse:
    """List the works of a workspace that the viewer may see."""
    found = get_workspace(workspace, request.viewer)
    rows = works(request.viewer, found)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    rows = rows.filter(work__state=state) if state in (Work.READING, Work.READ, Work.FAILED) else rows
    rows = rows.filter(title__icontains=text) if text else rows
    total, number = rows.count(), _page_number(request)
    shown = list(rows[(number - 1) * 50 : number * 50])
    context = {
        "workspace": found, "crumbs": workspace_crumbs(request.viewer, found), "works": shown, "total": total, "page_number": number,
        "pages": max(1, -(-total // 50)), "state": state, "text": text, "formats": FORMATS,
        "may_add": request.viewer.has_role(workspace, "contributor"),
        "said": {work.pk: file_words(work) for work in shown},
        "marks": {work.pk: shown_mark(mark_of_class(work.mark_class_id), _who(work)) for work in shown},
    }  # fmt: skip
    return render(request, "library/works.html", context)


def _page_number(request: SignedInRequest) -> int:
    given = request.GET.get("page", "1")
    return max(1, int(given)) if given.isdigit() else 1


def _who(work: Entry) -> str:
    return reverse("library:work-show", args=[work.public_id]) + "#who"


def show_work(request: SignedInRequest, work: str) -> HttpResponse:
    """Show a work: what is known about it, its text by passages with what was read from it, what rests on it."""
    entry = told_whole(get_entry(work, request.viewer, Entry.WORK), request.viewer)
    number = _page_number(request)
    shown = passages(entry, request.viewer, (number - 1) * PER_PAGE, PER_PAGE)
    keys = passage_keys([one.id for one in shown])
    spans = _claim_spans(claims_on_passages(keys.values(), request.viewer))
    mark = mark_of_class(entry.mark_class_id)
    outer, inner = files_around(entry, request.viewer)
    context = {
        "outer": outer, "inner": inner, "versions": version_rows(entry, request.viewer), "kinds": list(kinds().items()),
        "entry": entry, "work": entry.work, "crumbs": workspace_crumbs(request.viewer, entry.workspace), "page_mark": shown_mark(mark, "#who"),
        "blocks": [{**passage_block(one, spans=spans.get(keys[one.id], [])), "kind": one.kind, "ordinal": one.ordinal} for one in shown],
        "page_number": number, "pages": max(1, -(-entry.work.passage_count // PER_PAGE)),
        "resting": [_resting(one) for one in resting_on(entry, request.viewer)],
        "warnings": [said(one) for one in entry.work.warnings], "problem": said(entry.work.problem),
        "scans": scan_rows(scanned_pages(entry, request.viewer)), "may_recognise": ocr.program() is not None,
        "format": FORMATS.get(entry.work.media_type, entry.work.media_type),
        "reason": decide(request.viewer, "read", mark, today()).reason, "who": sorted(names_of(mark.principals).values()),
        "days": dates_of(mark, names_of([mark.owner])[mark.owner] if mark.owner else ""), "may_change": request.viewer.has_role(entry.workspace.slug, "contributor"),
        "may_withdraw": request.viewer.has_role(entry.workspace.slug, "reviewer"),
        "levels": [(one, one) for one in LEVELS], "organisations": organisations(), "groups": sharing_groups(), "mark": mark,
        "whole": not withholds_from(entry, request.viewer),
    }  # fmt: skip
    return render(request, "library/work.html", context)


def _claim_spans(claims: list[Claim]) -> dict[int, list[Span]]:
    spans: dict[int, list[Span]] = {}
    for claim in claims:
        if claim.start is not None and claim.end is not None:
            url = reverse("records:record-show", args=[claim.entry.public_id])
            spans.setdefault(claim.passage_id or 0, []).append(Span(claim.start, claim.end, "claim", url=url))
    return spans


def _resting(entry: Entry) -> dict[str, Any]:
    blueprint = blueprint_of(entry.workspace)
    return {
        "title": entry.title, "url": reverse("records:record-show", args=[entry.public_id]),
        "type": localised(blueprint.types[entry.type].title, language()), "status": entry.status,
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def describe(request: SignedInRequest, work: str) -> HttpResponse:
    """Correct what is known about a work."""
    entry = told_whole(get_entry(work, request.viewer, Entry.WORK), request.viewer)
    actions.needs_role(request.viewer, entry.workspace, "contributor")
    if request.method == "POST":
        now = _known(entry)
        sent = {name: request.POST.get(name, "").strip() for name in now if name in request.POST}
        changed = {name: value for name, value in sent.items() if value != now[name]}
        if changed:
            actions.describe_work(entry, changed, by=request.viewer)
            messages.success(request, _("Saved."))
        return redirect("library:work-show", work)
    context = {"entry": entry, "known": _known(entry), "crumbs": workspace_crumbs(request.viewer, entry.workspace)}
    return render(request, "library/describe.html", context)


def _known(entry: Entry) -> dict[str, str]:
    work = entry.work
    return {
        "title": entry.title, "language": work.language, "date": entry.date.isoformat() if entry.date else "",
        "publisher": work.publisher, "author": work.author, "licence": work.licence,
        "reliability": work.reliability, "credibility": work.credibility,
    }  # fmt: skip


@require_POST
def mark(request: SignedInRequest, work: str) -> HttpResponse:
    """Set who may see a work."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    before = mark_of_class(entry.mark_class_id)
    level = request.POST.get("level", before.level)
    audience = frozenset(request.POST.getlist("audience")) if level.startswith("AMBER") else frozenset()
    if level == "RED":
        audience = frozenset({request.viewer.person or ""})
    owner = before.owner or request.viewer.organisation
    days = {name: request.POST.get(name, "").strip() for name in ("embargo", "expiry")}
    mark = mark_from_json({"level": level, "owner": owner, "audience": audience, **days})
    actions.mark_entry(entry, mark, by=request.viewer)
    messages.success(request, _("Saved. Search follows within two seconds."))
    return redirect("library:work-show", work)


@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, work: str) -> HttpResponse:
    """Withdraw a work, after showing what rests on it; or take the withdrawal back."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    actions.needs_role(request.viewer, entry.workspace, "reviewer")
    if request.method == "POST":
        if entry.status == Entry.WITHDRAWN:
            actions.reinstate_work(entry, by=request.viewer)
            messages.success(request, _("The work counts again."))
        else:
            actions.withdraw_work(entry, request.POST.get("reason", ""), by=request.viewer)
            messages.success(request, _("The work is withdrawn; what rested on it is listed below."))
        return redirect("library:work-show", work)
    context = {
        "entry": entry, "crumbs": workspace_crumbs(request.viewer, entry.workspace),
        "resting": [_resting(one) for one in resting_on(entry, request.viewer)],
    }  # fmt: skip
    return render(request, "library/withdraw.html", context)


@require_POST
def retry(request: SignedInRequest, work: str) -> HttpResponse:
    """Read a failed file again."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    actions.retry_reading(entry, by=request.viewer)
    messages.success(request, _("The file is read again."))
    return redirect("library:work-show", work)


def download(request: SignedInRequest, work: str) -> HttpResponseBase:
    """Give the file as it came, unless a part of it is withheld from the viewer."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    if withholds_from(entry, request.viewer):
        raise Forbidden(
            "file.withheld",
            "Parts of {name} are not shared with you, so the file itself is not either. The page shows the rest.",
            name=entry.title,
        )
    name = told_whole(entry, request.viewer).work.name
    return FileResponse(
        file_store().open(entry.work.sha256), as_attachment=True, filename=name,
        content_type="application/octet-stream",
    )  # fmt: skip


def show_passage(request: SignedInRequest, passage: str) -> HttpResponse:
    """Show one passage at its permanent address, between its neighbours; `?from=&to=` marks a stretch of it.

    Asked by htmx (a popover), it answers with the passage alone.
    """
    found = get_passage(passage, request.viewer)
    entry = get_entry(found.work, request.viewer, Entry.WORK)
    span = _asked_span(request, len(found.text))
    cited = (
        citation(found, entry.work.publisher, entry.date.isoformat() if entry.date else ""),
        request.build_absolute_uri(reverse("library:passage-show", args=[found.id])),
    )
    block = passage_block(found, spans=span, cited=cited, current=True)
    if request.headers.get("HX-Request") == "true":
        return render(request, "library/passage-alone.html", {"block": block})
    before, after = neighbours(entry, found, request.viewer)
    claims = claims_on_passages(passage_keys([found.id]).values(), request.viewer)
    records = {claim.entry.public_id: claim.entry for claim in claims}
    context = {
        "entry": entry, "block": block, "before": [passage_block(one) for one in before],
        "after": [passage_block(one) for one in after], "crumbs": [*workspace_crumbs(request.viewer, entry.workspace), (entry.title, block["work"]["url"])],
        "page_mark": shown_mark(found.mark, _who(entry)), "withheld": bool(found.withheld), "passage": found,
        "scan": next((one for one, _first in scanned_pages(entry, request.viewer) if one.page == found.page), None),
        "may_correct": request.viewer.has_role(entry.workspace.slug, "contributor") and not withholds_from(entry, request.viewer),
        "records": [{"title": one.title, "url": reverse("records:record-show", args=[key])} for key, one in records.items()],
    }  # fmt: skip
    return render(request, "library/passage.html", context)


def _asked_span(request: SignedInRequest, length: int) -> list[Span]:
    start, end = request.GET.get("from", ""), request.GET.get("to", "")
    if not (start.isdigit() and end.isdigit()):
        return []
    return [Span(int(start), min(int(end), length), "current")]
