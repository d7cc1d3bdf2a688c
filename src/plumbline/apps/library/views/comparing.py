"""Two passages side by side, what differs marked."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.presenting import passage_block
from plumbline.apps.library.queries import ShownPassage, get_passage
from plumbline.domain.linking.versions import changes
from plumbline.ui.text import Span

LONGEST = 20_000
"""Letters of a passage beyond which differences are not looked for."""


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """Lead to the two passages that were ticked, or say that two are needed."""
    ticked = list(dict.fromkeys(one for one in request.GET.getlist("p") if re.fullmatch(r"[-a-zA-Z0-9_]{1,64}", one)))
    if len(ticked) == 2:
        return redirect("library:passage-beside", *ticked)
    return render(request, "library/beside.html", {"blocks": [], "marked": False, "crumbs": _crumbs()})


@require_GET
def beside(request: SignedInRequest, passage: str, other: str) -> HttpResponse:
    """Show two passages side by side, as the viewer may read them."""
    one, two = get_passage(passage, request.viewer), get_passage(other, request.viewer)
    marked = one.language == two.language and max(len(one.text), len(two.text)) <= LONGEST
    spans = differing(one, two) if marked else ([], [])
    blocks = [passage_block(shown, spans=found) for shown, found in zip((one, two), spans, strict=True)]
    return render(request, "library/beside.html", {"blocks": blocks, "marked": marked, "crumbs": _crumbs()})


def differing(one: ShownPassage, two: ShownPassage) -> tuple[list[Span], list[Span]]:
    """Give the stretches of each passage that the other has not."""
    spans: dict[str, list[Span]] = {"out": [], "in": []}
    ends = {"out": 0, "in": 0}
    for kind, text in changes(one.text, two.text):
        for found in re.finditer("[^█]+", text) if kind in spans else ():  # what is withheld stays marked as that
            if found[0].strip():
                spans[kind].append(Span(ends[kind] + found.start(), ends[kind] + found.end()))
        for side in ends if kind == "same" else (kind,):
            ends[side] += len(text)
    return spans["out"], spans["in"]


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Home"), reverse("programme:home")), (_("Search"), reverse("library:search"))]
