"""One record: its values with what they rest on, its history, and who sees it and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions as library_actions
from plumbline.apps.library import queries as library
from plumbline.apps.library.relations import naming
from plumbline.apps.records import presenting, queries
from plumbline.apps.records.actions import can_undo
from plumbline.apps.records.activity import WRAPPERS, claims_touched, who_words
from plumbline.apps.records.forms import MarkForm
from plumbline.apps.records.linking import reasons_for
from plumbline.apps.records.presenting import ShownField, ShownRecord, mark_label, present, readers_of
from plumbline.apps.records.reasons import act_words, reason_words
from plumbline.apps.records.views.common import address, status_word, type_crumbs
from plumbline.apps.records.views.tying import ties_of
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import blueprint_of, history_of, knows_of, mark_of_class
from plumbline.apps.teamwork.presenting import summary_of
from plumbline.apps.teamwork.queries import ROLE as TEAM_ROLE
from plumbline.domain.access import Decision, Mark, Viewer, decide
from plumbline.domain.blueprints import display_value, localised
from plumbline.domain.errors import NotFound, PlumblineError
from plumbline.ui.text import Span, highlighted

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry

CONTEXT = 140
SAID = ("comment.write", "comment.withdraw", "mention.note")
"""Acts of a team that its own page tells, to those who may read the comment."""


def get_shown(record: str, viewer: Viewer) -> ShownRecord:
    """Get one record as the viewer may see it; NotFound alike for none and for one not to be seen."""
    return present([library.get_entry(record, viewer, "record")], viewer)[0]


def record_crumbs(shown: ShownRecord, viewer: Viewer, *, inside: bool = False) -> list[tuple[str, str]]:
    """The way to a record (`inside`: to a page of it)."""
    crumbs = type_crumbs(viewer, shown.entry.workspace, shown.record_type)
    return [*crumbs, (shown.title, shown.url)] if inside else crumbs


def show_record(request: SignedInRequest, record: str) -> HttpResponse:
    """Show a record: each value, what says so, how sure, who sees it; what looks like it; what can be done."""
    viewer = request.viewer
    shown = get_shown(record, viewer)
    claims = [claim for one in shown.fields.values() for claim in _all_claims(one)]
    quotes = library.passages_by_pk([claim.passage_id for claim in claims if claim.passage_id], viewer)
    names = presenting.names_for([mark_of_class(claim.mark_class_id) for claim in claims] + [shown.mark],
                                 *{claim.person for claim in claims})  # fmt: skip
    entry, slug = shown.entry, shown.entry.workspace.slug
    context = {
        "shown": shown,
        "said": [_field(one, shown, quotes, names) for one in shown.fields.values() if _all_claims(one)],
        "unsaid": [one.label for one in shown.fields.values() if not _all_claims(one)],
        "page_mark": mark_label(shown.mark, reverse("records:record-who", args=[record]), names),
        "status": status_word(entry.status),
        "team": summary_of(entry, viewer),
        "point": _point(shown, viewer),
        "alike": _alike(entry, viewer),
        "ties": ties_of(entry, viewer),
        "named": _named_in(entry, viewer),
        "merged": _merged(entry, claims, viewer),
        "can_edit": viewer.has_role(slug, "contributor") and entry.status in queries.OPEN,
        "can_review": viewer.has_role(slug, "reviewer") and entry.status in queries.STATUSES,
        "crumbs": record_crumbs(shown, viewer),
    }
    return render(request, "records/record.html", context)


def _all_claims(one: ShownField) -> list[Claim]:
    return [*(claim for value in one.values for claim in value.claims), *one.other_claims]


def _field(one: ShownField, shown: ShownRecord, quotes: dict[int, Any], names: dict[str, str]) -> dict[str, Any]:
    """A field with its values and, behind a fold, the claims for and beside them."""
    who = reverse("records:record-who", args=[shown.entry.public_id])
    marks = list(dict.fromkeys(value.mark for value in one.values))
    return {
        "shown": one,
        "mark": mark_label(marks[0], f"{who}#{one.field.id}") if len(marks) == 1 else None,
        "marks": [mark_label(value.mark, f"{who}#{one.field.id}") for value in one.values] if len(marks) > 1 else [],
        "claims": [_claim(claim, one, shown, quotes, names) for claim in _all_claims(one)],
        "contested": any(value.contested for value in one.values),
    }


def _claim(
    claim: Claim, one: ShownField, shown: ShownRecord, quotes: dict[int, Any], names: dict[str, str]
) -> dict[str, Any]:
    blueprint = blueprint_of(shown.entry.workspace)
    mark = mark_of_class(claim.mark_class_id)
    found = next((value for value in one.values if claim in value.claims), None)
    text = (
        found.text
        if found
        else display_value(one.field, claim.value, blueprint=blueprint, language=presenting.language())
    )
    return {
        "id": claim.public_id,
        "value": text,
        "status": claim.status,
        "author": names.get(claim.person, claim.person)
        if claim.person
        else _("read by %(name)s") % {"name": claim.extractor or "-"},
        "when": claim.created_at,
        "confidence": None if claim.person else claim.confidence,
        "mark": mark_label(
            mark, reverse("records:record-who", args=[shown.entry.public_id]) + f"?change={claim.public_id}#change"
        ),
        "source": _source(claim, quotes.get(claim.passage_id or 0)),
    }


def _source(claim: Claim, passage: Any) -> dict[str, Any] | None:
    """The sentence a claim rests on, with its words marked; None where there is no passage the viewer may read."""
    if passage is None:
        return None
    start = claim.start if claim.start is not None else 0
    end = claim.end if claim.end is not None else len(passage.text)
    first, last = _cut(passage.text, start, end)
    quote = highlighted(passage.text[first:last], [Span(start, end, "current")], offset=first)
    before, after = "… " if first else "", " …" if last < len(passage.text) else ""
    return {
        "title": passage.work_title, "url": presenting.passage_url(claim), "quote": before + quote + after,
        "quote_language": passage.language,
    }  # fmt: skip


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """Where to cut a passage around a span: at word ends, about 140 characters to either side."""
    first, last = max(0, start - CONTEXT), min(len(text), end + CONTEXT)
    if first:
        first = text.find(" ", first, start) + 1 or first
    if last < len(text):
        found = text.rfind(" ", end, last)
        last = found if found > 0 else last
    return first, last


def _point(shown: ShownRecord, viewer: Viewer) -> dict[str, Any] | None:
    """The coordinates of the record's place, and the map around it."""
    where = shown.said("event", "where")
    place = where.values[0].value if where and where.values else {}
    lat, lon = place.get("lat"), place.get("lon")
    if lat is None or lon is None:
        return None
    box = f"{max(-180, lon - 3):.2f},{max(-90, lat - 2):.2f},{min(180, lon + 3):.2f},{min(90, lat + 2):.2f}"
    url = address("record-map", shown.entry.workspace.slug, shown.entry.type)
    known = knows_of(viewer, shown.entry.workspace)
    return {"text": f"{lat:.3f}, {lon:.3f}", "url": f"{url}?bbox={box}" if known else ""}


def _alike(entry: Entry, viewer: Viewer) -> list[dict[str, Any]]:
    """Records that look like one event with this, and why."""
    found = queries.candidates_for(entry, viewer)
    titles = presenting.titles_of([other for _pair, other in found], viewer)
    reasons = reasons_for([(entry, other) for _pair, other in found], viewer)
    may = viewer.has_role(entry.workspace.slug, "reviewer")
    return [
        {
            "title": titles[other.pk],
            "url": presenting.record_url(other),
            "reasons": [reason_words(one, blueprint_of(entry.workspace)) for one in why if one.weight > 0],
            "compare": address("pair-show", entry.workspace.slug, pair.pk) if may else "",
            "surely": pair.surely,
        }
        for (pair, other), why in zip(found, reasons, strict=True)
    ]


def _named_in(entry: Entry, viewer: Viewer) -> dict[str, Any]:
    """The records that name this one, with the words by which they do; six queries for any number of them."""
    claims, total = naming(entry, viewer)
    shown = {
        one.entry.pk: one
        for one in presenting.brief(list({each.entry_id: each.entry for each in claims}.values()), viewer)
    }
    quotes = library.passages_by_pk([one.passage_id for one in claims if one.passage_id], viewer)
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for claim in claims:
        field = blueprint_of(claim.entry.workspace).types[claim.entry.type].fields.get(claim.field)
        if field is not None:
            row = rows.setdefault((claim.entry_id, claim.field), {
                "shown": shown[claim.entry_id], "field": localised(field.label, presenting.language()),
                "status": status_word(claim.status), "dot": claim.status, "sources": [],
            })  # fmt: skip
            source = _source(claim, quotes.get(claim.passage_id or 0))
            row["sources"] += [source] if source else []
    return {"rows": list(rows.values()), "claims": len(claims), "total": total}


def _merged(entry: Entry, claims: list[Claim], viewer: Viewer) -> dict[str, Any]:
    """The record that this one went into, and those that went into this one, by what their claims said."""
    into = {one.pk: one for one in [_stands_for(entry, viewer)] if one is not None}
    parts = list(library.members_of([entry.pk], viewer).values())
    titles = presenting.titles_of(list(into.values()), viewer)
    for one in parts:
        values: dict[str, list[Any]] = {}
        for claim in claims:
            if claim.came_from == one.public_id and claim.status != "rejected":
                values.setdefault(claim.field, []).append(claim.value)
        titles[one.pk] = presenting.title_for(one, values)
    linked = {one.pk: {"title": titles[one.pk], "url": presenting.record_url(one)} for one in [*into.values(), *parts]}
    return {"into": [linked[key] for key in into], "parts": [linked[one.pk] for one in parts]}


def _stands_for(entry: Entry, viewer: Viewer) -> Entry | None:
    """Find the record in which a merged one lives on, through as many merges as there were, where the viewer sees it."""
    try:
        return library.follow_merge(entry.public_id, viewer)
    except NotFound:
        return None


def show_history(request: SignedInRequest, record: str) -> HttpResponse:
    """Show the acts on a record, newest first, with what can be taken back."""
    shown = get_shown(record, request.viewer)
    fields = {claim.public_id: one.field.id for one in shown.fields.values() for claim in _all_claims(one)}
    kept = () if request.viewer.has_role(shown.entry.workspace.slug, TEAM_ROLE) else ("task.set",)
    acts = [act for act in history_of(f"record:{record}")[:500] if act.verb not in (*WRAPPERS, *SAID, *kept)]
    names = presenting.names_for([], *{act.by for act in acts})
    undone = {act.detail.get("act") for act in acts if act.verb == "act.undo"}
    may = request.viewer.has_role(shown.entry.workspace.slug, "reviewer")
    items = [
        {
            "id": act.pk, "when": act.at, "who": who_words(act.by, names),
            "text": act_words(act.verb, act.detail, _fields_touched(act, fields), shown.record_type),
            "undone": act.pk in undone,
            "can_undo": may and can_undo(act) and act.pk not in undone and claims_touched(act) <= set(fields),
        }
        for act in acts
        if not claims_touched(act) or claims_touched(act) & set(fields)
    ]  # fmt: skip
    context = {"shown": shown, "acts": items, "crumbs": record_crumbs(shown, request.viewer, inside=True)}
    return render(request, "records/history.html", context)


def _fields_touched(act: Any, fields: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(fields[one] for one in sorted(claims_touched(act)) if one in fields))


def show_who(request: SignedInRequest, record: str) -> HttpResponse:
    """Show who sees a record and each of its values, and why the viewer does; contributors change marks here."""
    viewer = request.viewer
    shown = get_shown(record, viewer)
    target = request.GET.get("change", "") or request.POST.get("change", "")
    claims = {claim.public_id: claim for one in shown.fields.values() for claim in _all_claims(one)}
    may_change = viewer.has_role(shown.entry.workspace.slug, "contributor")
    mark = (
        shown.mark if target == "record" else mark_of_class(claims[target].mark_class_id) if target in claims else None
    )
    form = MarkForm(viewer, mark, request.POST if request.method == "POST" else None) if mark and may_change else None
    if form and request.method == "POST" and _changed(form, shown.entry, claims.get(target), viewer):
        messages.success(request, _("Who sees this was changed."))
        return redirect("records:record-who", record=record)
    context = _who_context(shown, viewer) | {"form": form, "target": target, "may_change": may_change}
    context["changing"] = _name_of(target, claims, shown) if form else ""
    return render(request, "records/who.html", context, status=400 if form and form.error else 200)


def _changed(form: MarkForm, entry: Entry, claim: Claim | None, viewer: Viewer) -> bool:
    """Carry the new mark out; what is refused is told in the form."""
    mark = form.mark()
    if mark is None:
        return False
    try:
        if claim:
            library_actions.mark_claim(library.get_claim(claim.public_id, viewer), mark, by=viewer)
        else:
            library_actions.mark_entry(entry, mark, by=viewer)
    except PlumblineError as error:
        form.error = sentence(error)
        return False
    return True


def _name_of(target: str, claims: dict[str, Claim], shown: ShownRecord) -> str:
    if target == "record":
        return _("the record")
    field = shown.fields[claims[target].field]
    found = next((value.text for value in field.values if claims[target] in value.claims), "")
    return f"{field.label}: {found}" if found else field.label


def _who_context(shown: ShownRecord, viewer: Viewer) -> dict[str, Any]:
    claims = [(one, claim) for one in shown.fields.values() for claim in _all_claims(one) if claim.status != "rejected"]
    marks = [shown.mark, *(mark_of_class(claim.mark_class_id) for _one, claim in claims)]
    names = presenting.names_for(marks, *viewer.principals)
    here = reverse("records:record-who", args=[shown.entry.public_id])
    rows = [_who_row(_("The record"), "", shown.mark, names, viewer, f"{here}?change=record#change")]
    blueprint = blueprint_of(shown.entry.workspace)
    for one, claim in claims:
        text = display_value(one.field, claim.value, blueprint=blueprint, language=presenting.language())
        mark = mark_of_class(claim.mark_class_id)
        rows.append(
            _who_row(one.label, text, mark, names, viewer, f"{here}?change={claim.public_id}#change")
            | {"id": one.field.id}
        )
    return {"shown": shown, "rows": rows, "crumbs": record_crumbs(shown, viewer, inside=True)}


def _who_row(
    what: str, value: str, mark: Mark, names: dict[str, str], viewer: Viewer, change_url: str
) -> dict[str, Any]:
    return {
        "id": "", "what": what, "value": value, "mark": mark_label(mark, change_url), "who": readers_of(mark, names),
        "why": _why(decide(viewer, "read", mark, today()), names), "change_url": change_url,
        "owner": names.get(mark.owner, "") if mark.owner else "",
    }  # fmt: skip


def _why(decision: Decision, names: dict[str, str]) -> str:
    """Say why the viewer may read."""
    principal = decision.reason.principal or ""
    name = names.get(principal, principal)
    words = {
        "public": _("it is public"),
        "community": _("you are signed in"),
        "owner": _("%(name)s owns it, and you belong there") % {"name": name},
        "audience": _("you are named")
        if principal.startswith("person:")
        else _("%(name)s is named, and you belong there") % {"name": name},
        "not_named": _("you are not named"),
    }
    return words.get(decision.reason.code, decision.reason.code)
