"""Pages of one's own account, and of administration: people, organisations, groups, acts, jobs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plumbline.apps.accounts import actions
from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of, open_invitations, organisations, people, sharing_groups
from plumbline.apps.spine.jobs import names_for
from plumbline.apps.spine.queries import audit_log, broken_links, history_of, jobs, workspaces
from plumbline.domain.access import ROLES, Viewer
from plumbline.domain.errors import Forbidden, InvalidInput

View = Callable[..., HttpResponse]


def for_administrators(view: View) -> View:
    """Let administrators in; ask others to sign in, or refuse."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.viewer.administrator:  # type: ignore[attr-defined]
            raise Forbidden("administration.forbidden", "Only an administrator opens this page. Ask yours.")
        return view(request, *args, **kwargs)

    return guarded


def crumbs() -> list[tuple[str, str]]:
    return [(_("Home"), reverse("programme:home")), (_("Administration"), reverse("accounts:administration"))]


@login_required
def show_profile(request: SignedInRequest) -> HttpResponse:
    """Show a person their account: organisation, groups, roles, what they bring when they ask."""
    viewer = request.viewer
    names = names_of(viewer.principals - {"public", "community"})
    context = {
        "belongs": sorted(names[one] for one in names if not one.startswith("person:")),
        "roles": dict(viewer.roles), "acts": _own_acts(viewer), "crumbs": crumbs()[:1],
    }  # fmt: skip
    return render(request, "accounts/profile.html", context)


def _own_acts(viewer: Viewer) -> list[dict[str, Any]]:
    """What was done to one's own account, newest first: who was let in, by whom, and when."""
    words = {
        "person.put": _("changed the account or its roles"), "person.role": _("changed the account or its roles"), "person.active": _("closed the account or opened it again"),
        "person.invite": _("sent an invitation to choose a new password"), "person.accept": _("chose a password by an invitation"),
        "person.password": _("changed the password"), "passkey.add": _("added a passkey"), "passkey.remove": _("removed a passkey"),
    }  # fmt: skip
    acts = list(history_of(viewer.person or "nobody").filter(verb__in=words)[:20])
    names = names_of({act.by for act in acts})
    who = {viewer.person: _("you"), "system": _("Plumbline"), "public": _("somebody who had the link")}
    return [
        {"when": act.at, "who": who.get(act.by) or names.get(act.by, act.by), "text": words[act.verb]} for act in acts
    ]


@for_administrators
def administer(request: SignedInRequest) -> HttpResponse:
    """Show people, organisations, groups, and whether all is well."""
    context = {
        "people": people(), "organisations": organisations(), "groups": sharing_groups(), "roles": ROLES,
        "workspaces": workspaces(request.viewer), "waiting": jobs().filter(state="waiting").count(),
        "failed": jobs().filter(state="failed").count(), "acts": audit_log().count(), "crumbs": crumbs()[:1],
        "invited": {who: timezone.localtime(until).date() for who, until in open_invitations(timezone.now()).items()},
    }  # fmt: skip
    return render(request, "accounts/administration.html", context)


@require_POST
@for_administrators
def set_active(request: SignedInRequest, person: str) -> HttpResponse:
    """Close an account, or open it again."""
    actions.set_active(person, "active" in request.POST, by=request.viewer)
    messages.success(request, _("Saved."))
    return redirect("accounts:administration")


@require_POST
@for_administrators
def put_organisation(request: SignedInRequest) -> HttpResponse:
    """Make or rename an organisation."""
    name = request.POST.get("name", "").strip()
    slug = slugify(request.POST.get("slug") or name)
    if not slug:
        raise InvalidInput(
            "org.name", "An organisation needs a name, or a short name in Latin letters. Nothing was kept."
        )
    actions.put_organisation(slug, name or slug, country=request.POST.get("country", "")[:2].upper(), by=request.viewer)
    messages.success(request, _("Saved."))
    return redirect("accounts:administration")


@require_POST
@for_administrators
def put_group(request: SignedInRequest) -> HttpResponse:
    """Make a sharing group, or say anew which organisations it holds."""
    name = request.POST.get("name", "").strip()
    slug = slugify(request.POST.get("slug") or name)
    if not slug:
        raise InvalidInput("group.name", "A group needs a name, or a short name in Latin letters. Nothing was kept.")
    actions.put_group(slug, name or slug, request.POST.getlist("organisation"), by=request.viewer)
    messages.success(request, _("Saved."))
    return redirect("accounts:administration")


@for_administrators
def list_acts(request: SignedInRequest) -> HttpResponse:
    """List the log of acts, newest first; `?verify=1` walks the whole chain."""
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    rows = list(audit_log()[(number - 1) * 100 : number * 100])
    total = audit_log().count()
    context = {
        "acts": rows, "names": names_of({row.by for row in rows}), "total": total, "number": number,
        "pages": max(1, -(-total // 100)), "crumbs": crumbs(),
        "broken": list(broken_links()) if "verify" in request.GET else None,
    }  # fmt: skip
    return render(request, "accounts/acts.html", context)


@for_administrators
def list_jobs(request: SignedInRequest) -> HttpResponse:
    """List jobs that wait, run or failed; what they are about is named where it is shared with the viewer."""
    rows = list(jobs().exclude(state="done").order_by("-id")[:200])
    context = {"jobs": rows, "names": names_for(rows, request.viewer), "crumbs": crumbs()}
    return render(request, "accounts/jobs.html", context)
