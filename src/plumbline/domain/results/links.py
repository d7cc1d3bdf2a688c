"""Look across framework, activities and systems for links that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plumbline.domain.results.model import Activity, Framework, Systems


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link from `source` (kind and id) to `target` (kind and id), which nobody defines."""

    source: str
    target: str


def check_links(framework: Framework, activities: Sequence[Activity], systems: Systems) -> tuple[BrokenLink, ...]:
    """Find every link between the three files whose target is missing; empty when all is well."""
    return (*_of_themes(framework, systems), *_of_activities(framework, activities))


def _of_themes(framework: Framework, systems: Systems) -> Iterator[BrokenLink]:
    known = {system.id for system in systems.rows}
    for theme in framework.themes:
        for system in theme.systems:
            if system not in known:
                yield BrokenLink(f"theme {theme.id}", f"system {system}")


def _of_activities(framework: Framework, activities: Sequence[Activity]) -> Iterator[BrokenLink]:
    themes = {theme.id for theme in framework.themes}
    priorities = {priority.id for priority in framework.priorities}
    tools = {tool.id for tool in framework.tools}
    for activity in activities:
        if activity.theme and activity.theme not in themes:
            yield BrokenLink(f"activity {activity.id}", f"theme {activity.theme}")
        if activity.priority and activity.priority not in priorities:
            yield BrokenLink(f"activity {activity.id}", f"priority {activity.priority}")
        for tool in activity.tools:
            if tool not in tools:
                yield BrokenLink(f"activity {activity.id}", f"tool {tool}")
