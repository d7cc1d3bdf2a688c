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

A mark may hold dates, in the days of UTC: before its `embargo` and after its `expiry` only the owner organisation may
read. Nothing has to run when such a day comes: `decide` takes the day.

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
from datetime import date
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

    `owner` is an organisation's principal ("org:slug") or None; `audience` holds principals. `embargo` is the first
    day, `expiry` the last, on which more than the owner may read. Refuses an unknown level, an audience on CLEAR or
    GREEN, groups under AMBER+STRICT, RED that names nobody or more than persons, and dates without an owner or on RED.
    """

    level: str = "CLEAR"
    owner: str | None = None
    audience: frozenset[str] = field(default_factory=frozenset)
    embargo: date | None = None
    expiry: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "audience", frozenset(self.audience))
        _check(self)

    @cached_property
    def principals(self) -> frozenset[str]:
        """The principals of which any one suffices to read, on the days on which the mark is open."""
        if self.level == "CLEAR":
            return frozenset({"public"})
        if self.level == "GREEN":
            return frozenset({"community"})
        if self.level == "RED":
            return self.audience
        return self.audience | ({self.owner} if self.owner else frozenset())

    @property
    def is_dated(self) -> bool:
        """Tell whether who may read depends on the day."""
        return self.embargo is not None or self.expiry is not None

    @property
    def always(self) -> frozenset[str]:
        """The principals of which any one suffices to read on every day."""
        return frozenset({self.owner or ""}) if self.is_dated else self.principals

    def principals_on(self, day: date) -> frozenset[str]:
        """The principals of which any one suffices to read on a day."""
        return self.principals | self.always if self._is_open(day) else self.always

    def _is_open(self, day: date) -> bool:
        return (self.embargo or date.min) <= day <= (self.expiry or date.max)

    def _is_open_throughout(self, other: Mark) -> bool:
        return (self.embargo or date.min) <= (other.embargo or date.min) and (other.expiry or date.max) <= (
            self.expiry or date.max
        )

    @cached_property
    def digest(self) -> str:
        """Identify the mark class: SHA-256 over its canonical JSON."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Give the mark as plain data: level, owner, sorted audience, and the dates that it has."""
        dates = {"embargo": self.embargo, "expiry": self.expiry}
        return {"level": self.level, "owner": self.owner, "audience": sorted(self.audience)} | {
            name: day.isoformat() for name, day in dates.items() if day
        }

    def opens_as_wide_as(self, other: Mark) -> bool:
        """Tell whether everyone who may read `other` may surely read this one.

        Conservative: membership of persons in organisations is not known here, so a mark that names a person is
        only as wide as one that names the same person or a wider level. With dates it must be open on every day on
        which the other is, and have the same owner for the days on which neither is.
        """
        if self.is_dated:
            if other.level not in ("CLEAR", "GREEN") and other.principals <= self.always:
                return True
            if not other.is_dated or self.owner != other.owner or not self._is_open_throughout(other):
                return False
        if self.level == "CLEAR":
            return True
        if self.level == "GREEN":
            return other.level != "CLEAR"
        return other.level not in ("CLEAR", "GREEN") and other.principals <= self.principals


def mark_from_json(data: Mapping[str, Any]) -> Mark:
    """Make a mark of plain data ({"level", "owner"?, "audience"?, "embargo"?, "expiry"?}); refuses as `Mark` does."""
    return Mark(
        str(data.get("level", "CLEAR")), data.get("owner") or None, frozenset(data.get("audience") or ()),
        _day(data.get("embargo")), _day(data.get("expiry")),
    )  # fmt: skip


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        raise InvalidInput("mark.date", "{value} is no date. Write it as 2011-03-05.", value=value) from None


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

    code: Literal["public", "community", "owner", "audience", "not_named", "not_owner", "not_today"]
    principal: str | None = None


@dataclass(frozen=True)
class Decision:
    """Whether, and why."""

    allowed: bool
    reason: Reason


def decide(viewer: Viewer, act: Act, mark: Mark, day: date | None = None) -> Decision:
    """Decide whether `viewer` may read, change or loosen what carries `mark`.

    Reading and changing need one of the mark's principals (that the workspace's role allows the change is the
    action's own check); loosening is for the owner organisation alone, and for the persons named on RED. Marks with an
    embargo or an expiry are judged by the `day`; without one, by what holds on every day.
    """
    met = viewer.principals & (mark.principals_on(day) if day else mark.always)
    if not met:
        return Decision(False, Reason("not_today" if viewer.principals & mark.principals else "not_named"))
    if act == "loosen" and mark.level != "RED" and mark.owner and mark.owner not in viewer.principals:
        return Decision(False, Reason("not_owner", mark.owner))
    return Decision(True, _why(mark, met))


def _why(mark: Mark, met: frozenset[str]) -> Reason:
    if mark.is_dated and mark.owner in met:
        return Reason("owner", mark.owner)
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
    if mark.is_dated and (mark.level == "RED" or not mark.owner):
        raise InvalidInput(
            "mark.dates",
            "Days from which or until which others may read need an owner, and no RED. Choose AMBER, GREEN or CLEAR.",
        )
    if mark.embargo and mark.expiry and mark.embargo > mark.expiry:
        raise InvalidInput("mark.days", "Others could never read: {embargo} lies after {expiry}. Exchange the days.",
                           embargo=mark.embargo.isoformat(), expiry=mark.expiry.isoformat())  # fmt: skip
    if not kinds <= {"org", "group", "person"} or (mark.owner and not mark.owner.startswith("org:")):
        raise InvalidInput("mark.principal", "An audience holds org:, group: or person: names; the owner is an org:.")
