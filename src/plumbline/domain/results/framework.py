"""Read a strategic programme framework."""

from __future__ import annotations

from plumbline.domain.results.model import (
    Framework,
    Goal,
    Link,
    Outcome,
    Priority,
    Route,
    StatuteFunction,
    Theme,
    Threat,
    Tool,
)
from plumbline.domain.results.reading import Entry, read, unique

_KEYS = (
    "framework",
    "title",
    "summary",
    "years",
    "reference",
    "basis",
    "functions",
    "goals",
    "tools",
    "threats",
    "priorities",
    "themes",
)
_BASES = ("document", "reading")


def load_framework(text: str, *, name: str = "framework.yaml") -> Framework:
    """Read a framework from YAML `text`; raises `ContentInvalid` with line and key.

    Inside the file every id that a link uses must be defined. Theme -> system links are ids of another file and
    are checked by `check_links`.
    """
    root = read(text, name=name)
    root.only(*_KEYS)
    goals = tuple(_goal(id, entry) for id, entry in unique(root.entries("goals")))
    threats = tuple(_threat(id, entry) for id, entry in unique(root.entries("threats")))
    known = {threat.id for threat in threats}, {goal.id for goal in goals}
    priorities = tuple(_priority(id, entry, *known) for id, entry in unique(root.entries("priorities")))
    start, end = _years(root)
    return Framework(
        id=root.identifier("framework"),
        title=root.localised("title"),
        summary=root.localised("summary"),
        start=start,
        end=end,
        reference=root.text("reference"),
        basis=_basis(root),
        functions=tuple(
            StatuteFunction(id, entry.localised("title")) for id, entry in unique(root.entries("functions"))
        ),
        goals=goals,
        tools=tuple(_tool(id, entry) for id, entry in unique(root.entries("tools"))),
        threats=threats,
        priorities=priorities,
        themes=_themes(root, {priority.id for priority in priorities}),
    )


def _years(root: Entry) -> tuple[int, int]:
    years = root.entry("years")
    start, end = years.integer("start"), years.integer("end")
    if end < start:
        root.refuse("years", "end before they start.")
    return start, end


def _basis(root: Entry) -> tuple[Link, ...]:
    entry = root.entry("basis")
    return tuple(Link(kind, entry.choice(kind, _BASES)) for kind, _ in root.pairs("basis"))


def _goal(id: str, entry: Entry) -> Goal:
    entry.only("id", "number", "lead", "title")
    return Goal(id, entry.integer("number"), entry.localised("title"), entry.flag("lead"))


def _threat(id: str, entry: Entry) -> Threat:
    entry.only("id", "number", "title", "summary")
    return Threat(id, entry.integer("number"), entry.localised("title"), entry.localised("summary"))


def _tool(id: str, entry: Entry) -> Tool:
    entry.only("id", "title", "summary", "routes")
    routes = unique(entry.entries("routes", optional=True))
    return Tool(
        id,
        entry.localised("title"),
        entry.localised("summary"),
        tuple(Route(route, part.localised("title"), part.localised("summary")) for route, part in routes),
    )


def _priority(id: str, entry: Entry, threats: set[str], goals: set[str]) -> Priority:
    entry.only("id", "number", "title", "summary", "threats", "goals", "outcomes")
    return Priority(
        id,
        entry.integer("number"),
        entry.localised("title"),
        entry.localised("summary"),
        entry.known("threats", threats),
        entry.known("goals", goals),
        tuple(_outcome(outcome, part, id) for outcome, part in unique(entry.entries("outcomes"))),
    )


def _outcome(id: str, entry: Entry, priority: str) -> Outcome:
    entry.only("id", "number", "title")
    return Outcome(id, entry.integer("number"), priority, entry.localised("title"))


def _themes(root: Entry, priorities: set[str]) -> tuple[Theme, ...]:
    return tuple(_theme(id, entry, priorities) for id, entry in unique(root.entries("themes")))


def _theme(id: str, entry: Entry, priorities: set[str]) -> Theme:
    entry.only("id", "title", "priorities", "systems", "note")
    systems, note = entry.texts("systems"), entry.find_localised("note")
    if not systems and note is None:
        entry.refuse("note", "is missing: a theme that no system serves says so.")
    return Theme(id, entry.localised("title"), entry.known("priorities", priorities), systems, note)
