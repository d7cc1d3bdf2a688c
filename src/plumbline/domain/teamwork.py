"""Work of a team on an entry: the states of a task, who may move it between them, names mentioned in a comment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from plumbline.domain.errors import InvalidInput

STATES = ("todo", "review", "done", "published")
"""To do, in review, done (checked), published (released by an editor), in the order of the work."""
OPEN = ("todo", "review")
"""The states in which somebody still has to do something."""
_NEEDED = {"todo": "contributor", "review": "contributor", "done": "reviewer", "published": "editor"}
LONGEST = 4000
"""Letters of a comment at most."""


def role_to_move(before: str, after: str) -> str:
    """Give the role that moving a task from one state to another needs: whoever may set either of them.

    >>> role_to_move("todo", "review"), role_to_move("review", "done"), role_to_move("published", "todo")
    ('contributor', 'reviewer', 'editor')
    """
    return _NEEDED[max(before, after, key=STATES.index)]


def state_named(value: str) -> str:
    """Give a state by its id; refuses others."""
    if value not in STATES:
        raise InvalidInput("task.state", "{value} is no state of a task. Choose one of {states}.", value=value, states=", ".join(STATES))  # fmt: skip
    return value


def due_day(value: str) -> date | None:
    """Read the day by which something is due, None for nothing written; refuses what is no day.

    >>> due_day(" 2026-12-03 "), due_day("")
    (datetime.date(2026, 12, 3), None)
    """
    text = value.strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("mark.date", "{value} is no date. Write it as 2011-03-05.", value=text) from None


def mentioned(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Find who a text mentions by "@name": the keys of `names` (key -> name), in the order in which they stand.

    Case does not count. Of names that begin alike the longest counts; a name that two bear mentions both.

    >>> mentioned("@Ann Lee, please ask @bo.", {"1": "Ann", "2": "Ann Lee", "3": "Bo", "4": "Cy"})
    ('2', '3')
    """
    folded = text.casefold()
    found: dict[str, int] = {}
    at = folded.find("@")
    while at >= 0:
        rest = folded[at + 1 :]
        fitting = [name.casefold() for name in names.values() if name and _begins(rest, name.casefold())]
        if fitting:
            longest = max(fitting, key=len)
            found |= {key: at for key, name in names.items() if name.casefold() == longest and key not in found}
        at = folded.find("@", at + 1)
    return tuple(sorted(found, key=lambda key: found[key]))


def _begins(rest: str, name: str) -> bool:
    return rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()
