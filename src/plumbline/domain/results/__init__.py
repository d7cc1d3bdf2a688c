"""What an institute sets out to do and has done: framework, register of activities, systems, read and checked.

The three files are data (YAML). Loaders take their text, never a path, and refuse the first thing that is wrong
with the file's name, the line and the key. `check_links` then looks across the files.
"""

from __future__ import annotations

from plumbline.domain.results.activities import load_activities
from plumbline.domain.results.framework import load_framework
from plumbline.domain.results.links import BrokenLink, check_links
from plumbline.domain.results.model import (
    Activity,
    Figure,
    Framework,
    Goal,
    Link,
    Localised,
    Outcome,
    Priority,
    Route,
    StatuteFunction,
    System,
    SystemGroup,
    Systems,
    Theme,
    Threat,
    Tool,
)
from plumbline.domain.results.reading import ContentInvalid
from plumbline.domain.results.systems import STATES, load_systems

__all__ = [
    "STATES",
    "Activity",
    "BrokenLink",
    "ContentInvalid",
    "Figure",
    "Framework",
    "Goal",
    "Link",
    "Localised",
    "Outcome",
    "Priority",
    "Route",
    "StatuteFunction",
    "System",
    "SystemGroup",
    "Systems",
    "Theme",
    "Threat",
    "Tool",
    "check_links",
    "load_activities",
    "load_framework",
    "load_systems",
]
