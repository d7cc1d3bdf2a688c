"""Read a register of activities told by a report."""

from __future__ import annotations

from plumbline.domain.results.model import Activity, Figure
from plumbline.domain.results.reading import Entry, read, unique

_KEYS = (
    "id",
    "paragraph",
    "section",
    "title",
    "summary",
    "theme",
    "priority",
    "tools",
    "years",
    "places",
    "partners",
    "figures",
)


def load_activities(text: str, *, name: str = "activities.yaml") -> tuple[Activity, ...]:
    """Read the activities, in order, from YAML `text`; raises `ContentInvalid` with line and key.

    The file's `document` names the report; each activity's reference becomes '<document>, paragraph <n>'.
    """
    root = read(text, name=name)
    root.only("register", "document", "sections", "activities")
    sections = {section for section, _ in root.pairs("sections")}
    document = root.text("document")
    return tuple(_activity(id, entry, sections, document) for id, entry in unique(root.entries("activities")))


def _activity(id: str, entry: Entry, sections: set[str], document: str) -> Activity:
    entry.only(*_KEYS)
    paragraph = entry.integer("paragraph")
    return Activity(
        id=id,
        paragraph=paragraph,
        section=entry.choice("section", sorted(sections)),
        title=entry.localised("title"),
        summary=entry.localised("summary"),
        theme=entry.text("theme", optional=True) or None,
        priority=entry.text("priority", optional=True) or None,
        tools=entry.texts("tools", optional=True),
        years=_years(entry),
        places=entry.texts("places", optional=True),
        partners=entry.texts("partners", optional=True),
        figures=tuple(_figure(part) for part in entry.entries("figures", optional=True)),
        reference=f"{document}, paragraph {paragraph}",
    )


def _years(entry: Entry) -> tuple[int, ...]:
    texts = entry.texts("years", optional=True)
    if not all(len(text) == 4 and text.isdigit() for text in texts):
        entry.refuse("years", "must be years of four digits.")
    return tuple(int(text) for text in texts)


def _figure(entry: Entry) -> Figure:
    entry.only("value", "what")
    return Figure(entry.text("value"), entry.text("what"))
