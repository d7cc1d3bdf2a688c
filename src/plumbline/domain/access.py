"""The sharing rule: who may see what carries which mark, decided in one place.

A `Mark` is a level of the Traffic Light Protocol 2.0 (FIRST, 2022), the organisation that owns it, and an audience.
It opens to a set of *principals*; a `Viewer` brings the principals that hold for them. `decide` is the only rule:
everything else (`visible_to` in SQL, the filter inside the search index) is the same rule worked out beforehand,
and a property test keeps them equal.

How each level opens, our reading of TLP 2.0 for a platform:

- CLEAR: everyone. GREEN: everyone who is signed in (the community).
- AMBER: the owner organisation and the audience (organisations, sharing groups, persons).
- AMBER+STRICT: the owner organisation and the organisations or persons named; no groups.
- RED: the persons named, nobody else.

>>> mark = Mark("AMBER", owner="org:customs", audience=frozenset({"group:basel"}))
>>> decide(PUBLIC, "read", mark).allowed
False
>>> decide(Viewer("person:a", frozenset({"public", "community", "org:police", "group:basel"})), "read", mark).reason.code
'audience'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from plumbline.domain.errors import InvalidInput

Act = Literal["read", "change", "loosen"]
LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
ROLES = ("reader", "contributor", "reviewer", "editor")
KINDS = ("public", "community", "org", "group", "person")


@dataclass(frozen=True)
class Mark:
    """One level, owner and audience; equal marks are one mark class.

    `owner` is an organisation's principal ("org:slug") or None; `audience` holds principals. Refuses an unknown
    level, an audience on CLEAR or GREEN, groups under AMBER+STRICT, and RED that names nobody or more than persons.
    """

    level: str = "CLEAR"
    owner: str | None = None
    audience: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        object.__setattr__(self, "audience", frozenset(self.audience))
        _check(self)

    @cached_property
    def principals(self) -> frozenset[str]:
        """The principals of which any one suffices to read."""
        if self.level == "CLEAR":
            return frozenset({"public"})
        if self.level == "GREEN":
            return frozenset({"community"})
        if self.level == "RED":
            return self.audience
        return self.audience | ({self.owner} if self.owner else frozenset())

    @cached_property
    def digest(self) -> str:
        """Identify the mark class: SHA-256 over its canonical JSON."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Give the mark as plain data: level, owner, sorted audience."""
        return {"level": self.level, "owner": self.owner, "audience": sorted(self.audience)}

    def opens_as_wide_as(self, other: Mark) -> bool:
        """Tell whether everyone who may read `other` may surely read this one.

        Conservative: membership of persons in organisations is not known here, so a mark that names a person is
        only as wide as one that names the same person or a wider level.
        """
        if self.level == "CLEAR":
            return True
        if self.level == "GREEN":
            return other.level != "CLEAR"
        return other.level not in ("CLEAR", "GREEN") and other.principals <= self.principals


def mark_from_json(data: Mapping[str, Any]) -> Mark:
    """Make a mark of plain data ({"level", "owner"?, "audience"?}); refuses as `Mark` does."""
    return Mark(str(data.get("level", "CLEAR")), data.get("owner") or None, frozenset(data.get("audience") or ()))


def stricter(one: Mark, other: Mark) -> Mark:
    """Give the stricter of two marks; where neither is wider, the second."""
    return one if other.opens_as_wide_as(one) else other


@dataclass(frozen=True)
class Viewer:
    """Who asks: a person's id (None for the public), their principals and their role by workspace slug."""

    person: str | None
    principals: frozenset[str]
    roles: Mapping[str, str] = field(default_factory=dict)
    administrator: bool = False
    organisation: str | None = None
    name: str = ""
    language: str = "en"

    @property
    def is_signed_in(self) -> bool:
        """Tell a person from the public."""
        return self.person is not None

    def has_role(self, workspace: str, role: str) -> bool:
        """Tell whether the viewer's role in a workspace is `role` or a higher one (reader < ... < editor)."""
        held = self.roles.get(workspace)
        return held in ROLES and ROLES.index(held) >= ROLES.index(role)


PUBLIC = Viewer(None, frozenset({"public"}))


@dataclass(frozen=True)
class Reason:
    """Why: a stable code, and the principal that decided where one did."""

    code: Literal["public", "community", "owner", "audience", "not_named", "not_owner"]
    principal: str | None = None


@dataclass(frozen=True)
class Decision:
    """Whether, and why."""

    allowed: bool
    reason: Reason


def decide(viewer: Viewer, act: Act, mark: Mark) -> Decision:
    """Decide whether `viewer` may read, change or loosen what carries `mark`.

    Reading and changing need one of the mark's principals (that the workspace's role allows the change is the
    action's own check); loosening is for the owner organisation alone, and for the persons named on RED.
    """
    met = viewer.principals & mark.principals
    if not met:
        return Decision(False, Reason("not_named"))
    if act == "loosen" and mark.level != "RED" and mark.owner and mark.owner not in viewer.principals:
        return Decision(False, Reason("not_owner", mark.owner))
    return Decision(True, _why(mark, met))


def _why(mark: Mark, met: frozenset[str]) -> Reason:
    if mark.level == "CLEAR":
        return Reason("public", "public")
    if mark.level == "GREEN":
        return Reason("community", "community")
    if mark.owner in met:
        return Reason("owner", mark.owner)
    return Reason("audience", sorted(met)[0])


def _check(mark: Mark) -> None:
    if mark.level not in LEVELS:
        raise InvalidInput(
            "mark.level", "{level} is no level. Choose one of {levels}.", level=mark.level, levels=", ".join(LEVELS)
        )
    kinds = {principal.partition(":")[0] for principal in mark.audience}
    if mark.level in ("CLEAR", "GREEN") and mark.audience:
        raise InvalidInput(
            "mark.audience", "{level} is not addressed to anyone. Leave the audience empty.", level=mark.level
        )
    if mark.level == "AMBER+STRICT" and "group" in kinds:
        raise InvalidInput("mark.groups", "AMBER+STRICT names organisations or persons. Name them, or choose AMBER.")
    if mark.level == "RED" and kinds != {"person"}:
        raise InvalidInput("mark.persons", "RED names persons, at least one, and nothing else. Name them.")
    if mark.level.startswith("AMBER") and not mark.principals:
        raise InvalidInput(
            "mark.nobody",
            "{level} without owner and audience would be seen by nobody. Name the owner.",
            level=mark.level,
        )
    if not kinds <= {"org", "group", "person"} or (mark.owner and not mark.owner.startswith("org:")):
        raise InvalidInput("mark.principal", "An audience holds org:, group: or person: names; the owner is an org:.")
