"""Makes workspaces from the blueprints that ship, and puts a starter into one: short fictional reports to begin with."""

from __future__ import annotations

from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Any

import yaml
from django.db import transaction

from plumbline.apps.accounts.actions import give_role
from plumbline.apps.accounts.queries import viewer_named
from plumbline.apps.library.intake import Taken, take_in
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import load_shipped
from plumbline.domain.errors import InvalidInput

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

PUBLISHER = "Fictional publisher (demonstration)"


def starters() -> dict[str, list[dict[str, Any]]]:
    """Give the reports of each starter, by the blueprint that reads them."""
    source = resources.files("plumbline.demonstration").joinpath("starters.yaml").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load(source)
    return found


def check_starter(name: str) -> None:
    """Refuse a name that is no starter, naming those that there are."""
    known = sorted(starters())
    if name not in known:
        template = "There is no starter '{name}'. There are: {known}."
        raise InvalidInput("starter.unknown", template, name=name, known=", ".join(known))


def deposit_starter(name: str, workspace: Workspace, *, by: Viewer) -> list[Taken]:
    """Take the reports of a starter in; again, it adds nothing. Reading them is the jobs' work."""
    check_starter(name)
    return [
        take_in(
            BytesIO(one["text"].encode()), one["name"], workspace, by=by,
            about={"title": one["title"], "publisher": PUBLISHER, "language": one["language"], "date": one["published"]},
        )
        for one in starters()[name]
    ]  # fmt: skip


def make_workspace(name: str, *, with_reports: bool, by: Viewer) -> Workspace:
    """Make a workspace from a blueprint that ships, with its maker as editor; Conflict where it stands already."""
    blueprint = load_shipped(name)
    with transaction.atomic():
        made: Workspace = apply_blueprint(blueprint.text, name=name, first=True, by=by)
        give_role(by.person or "", made, "editor", by=by)
    if with_reports and name in starters():
        deposit_starter(name, made, by=viewer_named(by.person or ""))
    return made
