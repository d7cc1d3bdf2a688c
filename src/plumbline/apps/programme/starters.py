"""Puts the starter of a clearing house into its workspace: a few short fictional reports to begin with."""

from __future__ import annotations

from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Any

import yaml

from plumbline.apps.library.intake import Taken, take_in
from plumbline.domain.access import Viewer
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
