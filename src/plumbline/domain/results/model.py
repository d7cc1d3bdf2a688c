"""The shapes of a programme: frozen, plain, ready for pages and for tests.

`Localised` maps a language code to text and always holds English ('en'), the source language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Localised = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatuteFunction:
    """One function that the statute gives the institute; `id` is its letter."""

    id: str
    title: Localised


@dataclass(frozen=True, slots=True)
class Goal:
    """One Sustainable Development Goal; `lead` says that the framework names it first."""

    id: str
    number: int
    title: Localised
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One of the ways in which a tool is carried out."""

    id: str
    title: Localised
    summary: Localised


@dataclass(frozen=True, slots=True)
class Tool:
    """One way in which the institute works: research, training, evaluation..."""

    id: str
    title: Localised
    summary: Localised
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat that the framework answers."""

    id: str
    number: int
    title: Localised
    summary: Localised


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expected outcome; `number` counts within its priority."""

    id: str
    number: int
    priority: str
    title: Localised


@dataclass(frozen=True, slots=True)
class Priority:
    """One strategic priority with the threats it answers, the goals it serves and its outcomes (ids)."""

    id: str
    number: int
    title: Localised
    summary: Localised
    threats: tuple[str, ...]
    goals: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme of work; an empty `systems` means that none serves it yet, and `note` says so."""

    id: str
    title: Localised
    priorities: tuple[str, ...]
    systems: tuple[str, ...]
    note: Localised | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One kind of link and its basis: 'document' (stated there) or 'reading' (our reading of it)."""

    kind: str
    basis: str


@dataclass(frozen=True, slots=True)
class Framework:
    """A strategic programme framework: years inclusive, everything in the order of the document."""

    id: str
    title: Localised
    summary: Localised
    start: int
    end: int
    reference: str
    basis: tuple[Link, ...]
    functions: tuple[StatuteFunction, ...]
    goals: tuple[Goal, ...]
    tools: tuple[Tool, ...]
    threats: tuple[Threat, ...]
    priorities: tuple[Priority, ...]
    themes: tuple[Theme, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All expected outcomes, in the order of their priorities."""
        return tuple(outcome for priority in self.priorities for outcome in priority.outcomes)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number exactly as the document prints it, and what it counts."""

    value: str
    what: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity told by a paragraph of a report.

    `paragraph` is the printed number; `places` are ISO 3166-1 alpha-2 codes or names of regions; `theme`,
    `priority` are None where the later framework has no place for it; `years` may be empty when none is printed.
    """

    id: str
    paragraph: int
    section: str
    title: Localised
    summary: Localised
    theme: str | None
    priority: str | None
    tools: tuple[str, ...]
    years: tuple[int, ...]
    places: tuple[str, ...]
    partners: tuple[str, ...]
    figures: tuple[Figure, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class SystemGroup:
    """One family of systems."""

    id: str
    title: Localised


@dataclass(frozen=True, slots=True)
class System:
    """One system that the documents describe and how far the product is.

    `state` is 'works', 'in part' or 'not yet'; `shown_by` are addresses of pages or paths of tests.
    """

    id: str
    group: str
    title: Localised
    described: str
    works_when: str
    reference: str
    state: str
    shown_by: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Systems:
    """All systems, grouped, in their order."""

    groups: tuple[SystemGroup, ...]
    rows: tuple[System, ...]
