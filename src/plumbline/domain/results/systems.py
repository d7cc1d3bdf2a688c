"""Read the rows of 'what works'."""

from __future__ import annotations

from plumbline.domain.results.model import System, SystemGroup, Systems
from plumbline.domain.results.reading import Entry, read, unique

STATES = ("works", "in part", "not yet")


def load_systems(text: str, *, name: str = "systems.yaml") -> Systems:
    """Read groups and rows from YAML `text`; raises `ContentInvalid` with line and key.

    A row that works, wholly or in part, must name what shows it.
    """
    root = read(text, name=name)
    root.only("groups", "systems")
    groups = tuple(SystemGroup(id, entry.localised("title")) for id, entry in unique(root.entries("groups")))
    known = [group.id for group in groups]
    return Systems(groups, tuple(_system(id, entry, known) for id, entry in unique(root.entries("systems"))))


def _system(id: str, entry: Entry, groups: list[str]) -> System:
    entry.only("id", "group", "title", "described", "works_when", "reference", "state", "shown_by", "note")
    state, shown_by = entry.choice("state", STATES), entry.texts("shown_by", optional=True)
    if state != "not yet" and not shown_by:
        entry.refuse("shown_by", f"is missing: a row in state '{state}' names the page or test that shows it.")
    return System(
        id=id,
        group=entry.choice("group", groups),
        title=entry.localised("title"),
        described=entry.text("described"),
        works_when=entry.text("works_when"),
        reference=entry.text("reference"),
        state=state,
        shown_by=shown_by,
        note=entry.text("note", optional=True),
    )
