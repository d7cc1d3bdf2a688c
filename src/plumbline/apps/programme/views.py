"""Pages of the institute: home, framework, register of activities, what works."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.ties import ties_to_decide
from plumbline.apps.programme import queries
from plumbline.apps.records.presenting import present
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.queries import blueprint_of
from plumbline.apps.teamwork.queries import mentions_of, tasks_for
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import country_name, localised
from plumbline.domain.results import Activity
from plumbline.ui.environment import number

TIES_COUNTED = 100
"""So many of the likeliest ties are read for the home page."""

# Regions that the register of activities names.
REGIONS = frozenset({
    N_("Africa"), N_("African Atlantic façade"), N_("Americas"), N_("Asia-Pacific"), N_("Caucasus"),
    N_("Central Asia"), N_("East Africa"), N_("Europe"), N_("European Union"), N_("Former Yugoslavia"), N_("Gulf"),
    N_("Mediterranean"), N_("Middle East"), N_("North Africa"), N_("South-East Asia"), N_("South-Eastern Europe"),
    N_("Sub-Saharan Africa"), N_("West Africa"), N_("World"),
})  # fmt: skip


def _language() -> str:
    return get_language() or "en"


def _home_crumb() -> tuple[str, str]:
    return _("Home"), reverse("programme:home")


def home(request: SignedInRequest) -> HttpResponse:
    """Say whose installation this is, what it holds, what is new, what waits."""
    held = queries.holdings(request.viewer)
    framework = queries.framework()
    context = {
        "held": [_card(one) for one in held],
        "records": sum(one.records for one in held),
        "works": sum(one.works for one in held),
        "waits": [*_mine(request.viewer), *(item for one in held for item in _waiting(one))],
        "newest": queries.newest(request.viewer),
        "known": {one.workspace.pk for one in held},
        "latest": present(queries.newest_records(request.viewer), request.viewer),
        "framework": framework,
        "activity_count": len(queries.activities()),
        "states": Counter(row.state for row in queries.systems().rows),
        "said": localised,
        "lang": _language(),
    }
    return render(request, "programme/home.html", context)


def _card(one: queries.Holding) -> dict[str, Any]:
    blueprint = blueprint_of(one.workspace)
    url = reverse("records:workspace-show", args=[one.workspace.slug])
    figures = [
        {"label": _("works"), "value": one.works, "url": reverse("library:work-list", args=[one.workspace.slug])}
    ]
    if blueprint.types:
        first = next(iter(blueprint.types.values()))
        listed = reverse("records:record-list", args=[one.workspace.slug, first.id])
        figures.insert(
            0, {"label": _("records"), "value": one.records, "url": listed if len(blueprint.types) == 1 else url}
        )
    waits = _waiting(one)
    return {
        "title": localised(blueprint.title, _language()), "url": url,
        "summary": localised(blueprint.summary, _language()), "figures": figures, "waits": waits[0] if waits else None,
    }  # fmt: skip


def _mine(viewer: Viewer) -> list[dict[str, Any]]:
    """What waits for the viewer by name: tasks, those past their day, what was said to them."""
    if not viewer.roles:
        return []
    url, tasks = reverse("teamwork:task-mine"), tasks_for(viewer)
    late = tasks.filter(due__lt=today()).count()
    count, said = tasks.count(), len(mentions_of(viewer))
    waits = len(ties_to_decide(viewer, TIES_COUNTED))
    words = [
        (count, ngettext("%(n)s task is yours", "%(n)s tasks are yours", count)),
        (late, ngettext("%(n)s task of yours is late", "%(n)s tasks of yours are late", late)),
        (said, ngettext("%(n)s comment is for you", "%(n)s comments are for you", said)),
    ]
    found = [{"text": text % {"n": number(n)}, "url": url} for n, text in words if n]
    if waits:
        told = ngettext(
            "%(n)s likely tie between workspaces to decide", "%(n)s likely ties between workspaces to decide", waits
        )
        found.append({"text": told % {"n": number(waits)}, "url": url + "#ties"})
    return found


def _waiting(one: queries.Holding) -> list[dict[str, Any]]:
    slug = one.workspace.slug
    title = localised(one.workspace.title, _language())
    found = []
    if one.to_review:
        words = _("%(count)s records to review in %(workspace)s") % {"count": number(one.to_review), "workspace": title}
        found.append({"text": words, "url": reverse("records:review-desk", args=[slug])})
    if one.alike:
        words = _("%(count)s likely pairs in %(workspace)s") % {
            "count": number(one.alike),
            "workspace": title,
        }
        found.append({"text": words, "url": reverse("records:review-desk", args=[slug]) + "#pairs"})
    if one.failed:
        words = _("%(count)s files could not be read in %(workspace)s") % {
            "count": number(one.failed),
            "workspace": title,
        }
        found.append({"text": words, "url": reverse("library:work-list", args=[slug]) + "?state=failed"})
    return found


def show_framework(request: HttpRequest) -> HttpResponse:
    """Show the framework: threats, priorities with their outcomes, tools, goals, themes."""
    framework = queries.framework()
    per_priority = Counter(one.priority for one in queries.activities())
    context = {
        "framework": framework, "per_priority": per_priority, "said": localised, "lang": _language(),
        "threats": {one.id: one for one in framework.threats}, "goals": {one.id: one for one in framework.goals},
        "crumbs": [_home_crumb()],
    }  # fmt: skip
    return render(request, "programme/framework.html", context)


def show_priority(request: HttpRequest, part: str) -> HttpResponse:
    """Show one priority: threats, goals, outcomes, themes, and the activities of the register under it."""
    framework = queries.framework()
    priority = queries.get_part(framework.priorities, part)
    context = {
        "priority": priority, "said": localised, "lang": _language(),
        "threats": [one for one in framework.threats if one.id in priority.threats],
        "goals": [one for one in framework.goals if one.id in priority.goals],
        "themes": [one for one in framework.themes if priority.id in one.priorities],
        "activities": [one for one in queries.activities() if one.priority == priority.id],
        "basis": {one.kind: one.basis for one in framework.basis},
        "crumbs": [_home_crumb(), (_("Framework"), reverse("programme:framework-show"))],
    }  # fmt: skip
    return render(request, "programme/priority.html", context)


def show_theme(request: HttpRequest, part: str) -> HttpResponse:
    """Show one theme: the systems that serve it (or that none does), its activities."""
    framework = queries.framework()
    theme = queries.get_part(framework.themes, part)
    context = {
        "theme": theme, "said": localised, "lang": _language(),
        "priorities": [one for one in framework.priorities if one.id in theme.priorities],
        "systems": [row for row in queries.systems().rows if row.id in theme.systems],
        "activities": [one for one in queries.activities() if one.theme == theme.id],
        "crumbs": [_home_crumb(), (_("Framework"), reverse("programme:framework-show"))],
    }  # fmt: skip
    return render(request, "programme/theme.html", context)


def list_activities(request: SignedInRequest) -> HttpResponse:
    """List the register of activities of 2012, each with the paragraph it rests on."""
    framework = queries.framework()
    wanted = request.GET.get("priority", "")
    shown = [one for one in queries.activities() if not wanted or one.priority == wanted]
    passages = queries.report_paragraphs(request.viewer, [one.paragraph for one in shown])
    context = {
        "activities": shown, "passages": passages, "said": localised, "lang": _language(), "wanted": wanted,
        "priorities": framework.priorities, "counts": Counter(one.priority for one in queries.activities()),
        "total": len(queries.activities()), "crumbs": [_home_crumb()],
    }  # fmt: skip
    return render(request, "programme/activities.html", context)


def show_activity(request: SignedInRequest, activity: str) -> HttpResponse:
    """Show one activity of the register and the passage it rests on, where the report is here."""
    found: Activity = queries.get_activity(activity)
    framework = queries.framework()
    passage = queries.report_paragraphs(request.viewer, [found.paragraph]).get(found.paragraph)
    context = {
        "activity": found, "said": localised, "lang": _language(), "passage": passage,
        "theme": next((one for one in framework.themes if one.id == found.theme), None),
        "priority": next((one for one in framework.priorities if one.id == found.priority), None),
        "tool_names": [localised(one.title, _language()) for one in framework.tools if one.id in found.tools],
        "places": [_place(one) for one in found.places],
        "crumbs": [_home_crumb(), (_("Activities of 2012"), reverse("programme:activity-list"))],
    }  # fmt: skip
    return render(request, "programme/activity.html", context)


def _place(name: str) -> str:
    """Name a country by its code, or a region of the register, in the language of the page."""
    if name in REGIONS:
        return _(name)
    return country_name(name, _language()) if len(name) == 2 else name


def list_systems(request: HttpRequest) -> HttpResponse:
    """List what the product must be, row by row, with its honest state and what shows it."""
    found = queries.systems()
    context = {
        "groups": [(group, [row for row in found.rows if row.group == group.id]) for group in found.groups],
        "states": Counter(row.state for row in found.rows), "total": len(found.rows), "said": localised,
        "lang": _language(), "crumbs": [_home_crumb()],
    }  # fmt: skip
    return render(request, "programme/systems.html", context)
