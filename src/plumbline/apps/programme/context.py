"""What every page's frame shows: whose installation this is, the workspaces, the languages, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from plumbline.apps.accounts.queries import names_of
from plumbline.apps.spine.queries import installation, workspaces
from plumbline.domain.access import PUBLIC, Viewer
from plumbline.domain.blueprints import localised


@dataclass(frozen=True)
class Link:
    """A place to go, and whether the page is it; links of one group stand together, in the order of the groups."""

    title: str
    url: str
    current: bool
    group: int = 1


@dataclass(frozen=True)
class Choice:
    """A language of the interface, by its own name."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True)
class Named:
    """Whose installation this is."""

    name: str
    owner: str


@dataclass(frozen=True)
class Who:
    """Who is signed in, in words."""

    is_signed_in: bool
    name: str
    organisation: str
    administrator: bool


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the frame its words; `viewer` is the person as shown, `request.viewer` the one who asks."""
    viewer: Viewer = getattr(request, "viewer", PUBLIC)
    found = installation()
    language = get_language() or "en"
    return {
        "installation": _named(found, language),
        "nav": _navigation(request, viewer, language),
        "languages": [
            Choice(code, get_language_info(code)["name_local"], code == language) for code, _name in settings.LANGUAGES
        ],
        "viewer": _who(viewer),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }


def _named(found: Any, language: str) -> Named:
    if found is None:
        return Named("Plumbline", "")
    name = localised(found.about["name"], language) if found.about.get("name") else found.name
    return Named(name, "" if found.owner == found.name else found.owner)


def _navigation(request: HttpRequest, viewer: Viewer, language: str) -> list[Link]:
    own = [
        (_("Start"), "programme:home"), (_("Framework"), "programme:framework-show"),
        (_("Activities"), "programme:activity-list"), (_("What works"), "programme:system-list"),
    ]  # fmt: skip
    if viewer.roles:
        own.insert(0, (_("What waits for me"), "teamwork:task-mine"))
    if viewer.administrator:
        own.append((_("Administration"), "accounts:administration"))
    links = [_link(request, one.slug, localised(one.title, language)) for one in workspaces(viewer)]
    for title, name in own:
        url = reverse(name)
        current = request.path == url if url == "/" else request.path.startswith(url)
        links.append(Link(title, url, current, group=2))
    return links


def _link(request: HttpRequest, slug: str, title: str) -> Link:
    url = reverse("records:workspace-show", args=[slug])
    return Link(title, url, request.path.startswith(url))


def _who(viewer: Viewer) -> Who:
    organisation = names_of([viewer.organisation])[viewer.organisation] if viewer.organisation else ""
    return Who(viewer.is_signed_in, viewer.name, organisation, viewer.administrator)
