"""The review desk: what waits for a decision, one record at a time beside its text, and pairs that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions as library_actions
from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import NewClaim, needs_role
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.records import actions, naming, presenting, queries, reviewing
from plumbline.apps.records.linking import is_actor, reasons_for
from plumbline.apps.records.reasons import reason_words
from plumbline.apps.records.reviewing import Row
from plumbline.apps.records.views.common import Crumbs, status_word
from plumbline.apps.records.views.tying import waiting_ties
from plumbline.apps.spine.edge import sentence, status_of
from plumbline.apps.spine.queries import blueprint_of, get_workspace
from plumbline.domain.access import Viewer
from plumbline.domain.errors import Conflict, InvalidInput, NotFound, PlumblineError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from plumbline.apps.records.models import Candidate
    from plumbline.apps.spine.models import Workspace

SIZE = 50
PAIRS = 30


def review_crumbs(viewer: Viewer, workspace: Workspace) -> Crumbs:
    """The way to the review desk's pages."""
    return [*workspace_crumbs(viewer, workspace), (_("Review"), reverse("records:review-desk", args=[workspace.slug]))]


def show_desk(request: SignedInRequest, workspace: str) -> HttpResponse:
    """Show what waits: proposed records, oldest first, and pairs that look like one event, the likeliest first."""
    viewer = request.viewer
    found = get_workspace(workspace, viewer)
    needs_role(viewer, found, "contributor")
    waiting = queries.to_review(viewer, found)
    total = len(waiting)
    asked = request.GET.get("page", "1")
    number = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 7 else 1), max(1, -(-total // SIZE)))
    entries = queries.listed(viewer, found, waiting[(number - 1) * SIZE : number * SIZE])
    rows, sources = presenting.brief(entries, viewer), reviewing.source_titles(entries, viewer)
    likely = queries.open_candidates(viewer, found)
    context = {
        "workspace": found, "crumbs": workspace_crumbs(request.viewer, found), "total": total, "page_number": number,
        "pages": max(1, -(-total // SIZE)), "waiting": [_waiting(one, workspace, sources[one.entry.pk]) for one in rows],
        "pairs": _pairs(found, viewer, likely), "pair_count": likely.count(),
        "first_url": reverse("records:review-record", args=[workspace, rows[0].entry.public_id]) if rows else "",
        "may_add": viewer.has_role(workspace, "contributor"), "ties": waiting_ties(found, viewer),
    }  # fmt: skip
    return render(request, "records/review-desk.html", context)


def _waiting(shown: presenting.BriefRecord, workspace: str, source: str) -> dict[str, Any]:
    return {
        "title": shown.title, "url": reverse("records:review-record", args=[workspace, shown.entry.public_id]),
        "when": shown.when, "where": shown.where, "values": shown.said,
        "mark": presenting.mark_label(shown.mark, f"{shown.url}who/"), "source": source,
    }  # fmt: skip


def _pairs(workspace: Workspace, viewer: Viewer, likely: QuerySet[Candidate]) -> list[dict[str, Any]]:
    """The likeliest pairs with titles and reasons, as the viewer may see them."""
    pairs = list(likely[:PAIRS])
    entries = queries.entries_by_pk(viewer, workspace, [key for one in pairs for key in (one.entry_id, one.other_id)])
    both = [(entries[one.entry_id], entries[one.other_id]) for one in pairs]
    titles = presenting.titles_of(list(entries.values()), viewer)
    return [
        {
            "titles": [titles[one.pk] for one in two], "surely": pair.surely, "reasons": _said(why, workspace),
            "of_actors": is_actor(two[0]),
            "url": reverse("records:pair-show", args=[workspace.slug, pair.pk]),
        }
        for pair, two, why in zip(pairs, both, reasons_for(both, viewer), strict=True)
    ]  # fmt: skip


def _said(reasons: Any, workspace: Workspace, *, against: bool = False) -> list[str]:
    blueprint = blueprint_of(workspace)
    return [reason_words(one, blueprint) for one in reasons if (one.weight < 0) == against and one.weight]


def show_review(request: SignedInRequest, workspace: str, record: str) -> HttpResponse:
    """Show one record for review: its text with the spans marked, its values to decide on, what looks like it."""
    viewer = request.viewer
    found, entry = _find(request, workspace, record)
    shown = presenting.present([entry], viewer)[0]
    rows = reviewing.rows_of(shown)
    turn = queries.turn_of(entry, viewer)
    texts = reviewing.texts_for(rows, viewer)
    desk = reverse("records:review-desk", args=[workspace])
    may_decide = viewer.has_role(workspace, "reviewer")
    data = {
        "title": _("What was read"), "work": texts[0] if texts else None, **reviewing.desk_fields(rows, shown),
        "language": texts[0]["passages"][0]["language"] if texts else "",
        "action": reverse("records:review-act", args=[workspace, record]), "may_decide": may_decide,
        "next_url": reverse("records:review-record", args=[workspace, turn.next]) if turn.next else desk,
        "position": _("%(n)s of %(total)s") % {"n": turn.number, "total": turn.total} if turn.number else "",
    }  # fmt: skip
    context = {
        "workspace": found, "shown": shown, "data": data, "texts": texts, "turn": turn, "crumbs": review_crumbs(request.viewer, found),
        "status": status_word(entry.status), "alike": _alike(entry, viewer), "may_decide": may_decide,
        "page_mark": presenting.mark_label(shown.mark, f"{shown.url}who/", presenting.names_for([shown.mark])),
        "field_options": [(row.field.id, row.label) for row in {row.field.id: row for row in rows}.values()],
    }  # fmt: skip
    return render(request, "records/review.html", context)


def _find(request: SignedInRequest, workspace: str, record: str) -> tuple[Workspace, Any]:
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, "contributor")
    entry = library.get_entry(record, request.viewer, "record")
    if entry.workspace_id != found.pk:
        raise NotFound("entry.unknown", "There is nothing here under {id}. Check the address.", id=record)
    if entry.status == "merged":
        raise Conflict("review.merged", "{id} was merged into another record. Review that one.", id=record)
    return found, entry


def _alike(entry: Any, viewer: Viewer) -> list[dict[str, Any]]:
    found = queries.candidates_for(entry, viewer)
    titles = presenting.titles_of([other for _pair, other in found], viewer)
    return [
        {"title": titles[other.pk], "surely": pair.surely, "of_actors": is_actor(other),
         "url": reverse("records:pair-show", args=[entry.workspace.slug, pair.pk])}
        for pair, other in found
    ]  # fmt: skip


@require_POST
def act(request: SignedInRequest, workspace: str, record: str) -> HttpResponse:
    """Carry a decision of the desk out: on one value (answered as JSON where asked), or on the whole record."""
    found, entry = _find(request, workspace, record)
    decision = request.POST.get("decision", "")
    if decision in ("accept-record", "reject-record"):
        return _decide_record(request, found, entry, decision)
    as_json = "application/json" in request.headers.get("Accept", "")
    try:
        answer = _decide_value(request, entry, decision)
    except PlumblineError as error:
        if as_json:
            return JsonResponse({"message": sentence(error)}, status=status_of(error))
        if not isinstance(error, InvalidInput):
            raise
        messages.error(request, sentence(error))
        answer = {}
    here = reverse("records:review-record", args=[workspace, record])
    back = f"{here}#desk-{request.POST.get('field', '')}"
    if as_json:
        return JsonResponse(answer or {"url": back})
    return redirect(back)


def _decide_record(request: SignedInRequest, workspace: Workspace, entry: Any, decision: str) -> HttpResponse:
    if decision == "accept-record":
        library_actions.set_status(entry, "accepted", by=request.viewer)
        said = _("Accepted, with the values that were proposed in it. Its history can take it back.")
    else:
        reason = request.POST.get("reason", "").strip()
        if reason:
            actions.decline_record(entry, reason, by=request.viewer)
        else:
            library_actions.set_status(entry, "rejected", by=request.viewer)
        said = _("Rejected. It stays in the history and can be put back.")
    messages.success(request, said)
    following = queries.turn_of(entry, request.viewer).next
    if following:
        return redirect("records:review-record", workspace.slug, following)
    return redirect("records:review-desk", workspace.slug)


def _decide_value(request: SignedInRequest, entry: Any, decision: str) -> dict[str, Any]:
    """Decide on one row; gives what the desk shows in its place, or {} where the page is to be read anew."""
    viewer, post = request.viewer, request.POST
    shown = presenting.present([entry], viewer)[0]
    rows = reviewing.rows_of(shown)
    row = reviewing.find_row(rows, post.get("field", ""), post.get("claim", ""))
    blueprint = blueprint_of(entry.workspace)
    typed = decision == "edit" and post.get("value", "").strip() == reviewing.input_of(row, blueprint)
    if decision in ("accept", "reject") or (typed and row.claims):
        return _settle(row, rows, "rejected" if decision == "reject" else "accepted", viewer)
    with transaction.atomic():  # a record that is entered on the way stays only with the value that names it
        if decision == "span":
            words = reviewing.selected(
                entry.workspace, post.get("passage", ""), post.get("start", ""), post.get("end", ""), viewer
            )
            claim = (
                NewClaim(
                    row.field.id,
                    _record_named(entry, row, words.text, viewer, words),
                    words.passage,
                    words.start,
                    words.end,
                )
                if row.field.type == "relation"
                else reviewing.claim_on(row.field, words, blueprint)
            )
        elif decision == "edit" and row.field.type == "relation":
            claim = NewClaim(row.field.id, _record_named(entry, row, post.get("value", ""), viewer))
        elif decision == "edit":
            claim = NewClaim(row.field.id, reviewing.typed_value(post, row.field, blueprint))
        else:
            raise InvalidInput(
                "review.decision", "Accept, reject, edit or choose words; not {decision}.", decision=decision
            )
        return _set(entry, claim, row, rows, decision, viewer)


def _record_named(entry: Any, row: Row, text: str, viewer: Viewer, words: reviewing.Selected | None = None) -> str:
    """The id of the record that a relation is to name, by id, address or name; words of a text enter an actor that is not there yet."""
    workspace, target = entry.workspace, row.field.target or ""
    found = naming.find_named(workspace, target, text, viewer)
    if found is None and words is not None:
        claims = naming.name_claims(
            workspace, target, words.text, words.language, (words.passage, words.start, words.end)
        )
        found = actions.enter_record(workspace, target, claims, named_in=entry, by=viewer) if claims else None
    if found is None:
        raise InvalidInput(
            "review.no-record", "No record is called '{text}'. Choose words of the text, or enter the record first.",
            text=text.strip()[:80],
        )  # fmt: skip
    return str(found.public_id)


def _settle(row: Row, rows: list[Row], status: str, viewer: Viewer) -> dict[str, Any]:
    if not row.claims:
        raise InvalidInput(
            "review.nothing", "Nothing is said of {field} yet. Choose words of the text, or write it.", field=row.label
        )
    claims = [library.get_claim(one.public_id, viewer) for one in row.claims]
    rivals = _others(row, rows) if status == "accepted" and not row.field.many else []
    if status == "accepted":
        actions.choose_value(claims, [library.get_claim(one.public_id, viewer) for one in rivals], by=viewer)
    else:
        library_actions.decide_claims(claims, status, by=viewer)
    return {} if rivals else {"status": status, "value": row.text, "text": status_word(status)}


def _others(row: Row, rows: list[Row]) -> list[Any]:
    """The claims that say otherwise of the same field and still count."""
    return [
        claim
        for other in rows
        if other.field.id == row.field.id and other.key != row.key and other.status != "rejected"
        for claim in other.claims
    ]


def _set(entry: Any, claim: NewClaim, row: Row, rows: list[Row], decision: str, viewer: Viewer) -> dict[str, Any]:
    """Add a person's value; a reviewer's takes the place of what a field with one value had, or of the value corrected."""
    dropped: list[Any] = []
    if viewer.has_role(entry.workspace.slug, "reviewer"):
        dropped = [] if decision == "span" and row.field.many else list(row.claims)
        dropped += [] if row.field.many else _others(row, rows)
    still = [one for one in dropped if one.status != "rejected"]
    actions.edit_record(entry, [claim], still, by=viewer)
    return {}


def show_pair(request: SignedInRequest, workspace: str, pair: int) -> HttpResponse:
    """Show records that look like one event side by side: what differs, why they were found, and the decision."""
    viewer = request.viewer
    found = get_workspace(workspace, viewer)
    candidate, entries = queries.get_pair(pair, viewer, found)
    is_open = candidate.state == candidate.OPEN and all(one.status in queries.OPEN for one in entries)
    if is_open:
        entries += queries.linked_with(candidate, viewer, found)
    if request.method == "POST":
        return _decide_pair(request, found, candidate, entries)
    shown = presenting.present([one for one in entries if one.status != "merged"] or entries, viewer)
    sources = reviewing.source_titles([one.entry for one in shown], viewer)
    reasons = reasons_for([(entries[0], entries[1])], viewer)[0] if is_open else ()
    rest = queries.open_candidates(viewer, found).exclude(pk=pair)
    context = {
        "workspace": found, "pair": candidate, "is_open": is_open, "of_actors": is_actor(entries[0]), "crumbs": review_crumbs(request.viewer, found),
        "columns": [_column(one, sources[one.entry.pk]) for one in shown], "rows": reviewing.pair_rows(shown),
        "reasons": _said(reasons, found), "against": _said(reasons, found, against=True),
        "choices": [(one.entry.public_id, _choice(one, sources[one.entry.pk])) for one in shown], "into": _fullest(shown),
        "these": [{"value": one.entry.public_id, "label": _choice(one, sources[one.entry.pk]), "note": "", "checked": True} for one in shown],
        "may_decide": viewer.has_role(workspace, "reviewer"), "left": rest.count(),
        "next_url": _next_pair(rest.first(), workspace), "act": None if is_open else _last_act(candidate, entries, viewer),
        "post_url": reverse("records:pair-show", args=[workspace, pair]),
        "done": candidate.state, "record_url": _standing(entries),
    }  # fmt: skip
    return render(request, "records/pair.html", context)


def _column(shown: presenting.ShownRecord, source: str) -> dict[str, Any]:
    mark = f"TLP:{shown.mark.level}"
    note = _("%(status)s, %(mark)s") % {"status": status_word(shown.entry.status), "mark": mark}
    note = _("%(note)s; from %(source)s") % {"note": note, "source": source} if source else note
    return {"title": shown.title, "url": shown.url, "note": note}


def _choice(shown: presenting.ShownRecord, source: str) -> str:
    return f"{shown.title} ({source})" if source else shown.title


def _fullest(shown: list[presenting.ShownRecord]) -> str:
    """The record that others had best be merged into: an accepted one, then the one of which most is said."""
    best = max(
        shown, key=lambda one: (one.entry.status == "accepted", sum(map(bool, (f.values for f in one.fields.values()))))
    )
    return best.entry.public_id


def _next_pair(pair: Any, workspace: str) -> str:
    return (
        reverse("records:pair-show", args=[workspace, pair.pk])
        if pair
        else reverse("records:review-desk", args=[workspace])
    )


def _standing(entries: list[Any]) -> str:
    """The address of the record that stands after a merge."""
    return presenting.record_url(next((one for one in entries if one.status in queries.OPEN), entries[0]))


def _last_act(pair: Any, entries: list[Any], viewer: Viewer) -> Any:
    """The act that settled a pair, where the viewer may take it back."""
    if not viewer.has_role(entries[0].workspace.slug, "reviewer"):
        return None
    return queries.settling_act(pair, entries, viewer)


def _decide_pair(request: SignedInRequest, workspace: Workspace, pair: Any, entries: list[Any]) -> HttpResponse:
    """Merge the records into the one chosen, say that they are different, or take such a decision back."""
    viewer, decision = request.viewer, request.POST.get("decision", "")
    needs_role(viewer, workspace, "reviewer")
    if decision in ("merge", "dismiss") and (pair.state != pair.OPEN or any(one.status == "merged" for one in entries)):
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")
    if decision == "merge":
        wanted = {request.POST.get("into", ""), *request.POST.getlist("these")}
        chosen = entries if not request.POST.getlist("these") else [one for one in entries if one.public_id in wanted]
        into = next((one for one in chosen if one.public_id == request.POST.get("into")), None)
        if into is None or len(chosen) < 2:
            raise InvalidInput(
                "pair.into", "Choose the record that the others are merged into, and one other at least."
            )
        others = [one for one in chosen if one.pk != into.pk]
        for each in queries.pairs_between(into, others, viewer):
            actions.merge_candidate(each, into, by=viewer)
    elif decision == "dismiss":
        actions.dismiss_candidate(pair, by=viewer)
    elif decision == "undo" and (last := _last_act(pair, entries, viewer)):
        actions.undo(last, by=viewer)
        messages.success(request, _("Taken back. The pair waits again."))
    else:
        raise InvalidInput("pair.decision", "Merge or keep apart; not {decision}.", decision=decision)
    return redirect("records:pair-show", workspace.slug, pair.pk)
