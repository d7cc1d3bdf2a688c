"""Microdata: k-anonymity and l-diversity, with the groups that offend.

Sources: Sweeney, k-anonymity (2002); Machanavajjhala et al., l-diversity (2007, distinct l-diversity). A missing key is a
category of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plumbline.domain.columns import Columns


@dataclass(frozen=True)
class Group:
    """Hold the people who share their keys: how many, and how many different sensitive values they have."""

    keys: tuple[str, ...]
    size: int
    diversity: int | None


@dataclass(frozen=True)
class Anonymity:
    """Hold the smallest group (k), the least diversity (l), and the groups below what was asked."""

    k: int
    diversity: int | None
    groups: int
    offending: tuple[Group, ...]


def measure_anonymity(
    people: Columns, keys: Sequence[str], *, k: int, sensitive: str | None = None, diversity: int = 1
) -> Anonymity:
    """Group people by their keys and name the groups of fewer than `k` or of fewer than `diversity` sensitive values."""
    people.require(*keys)
    rows = zip(*(people.text(key).tolist() for key in keys), strict=True)
    secrets = people.text(sensitive).tolist() if sensitive else [""] * len(people)
    members: dict[tuple[str, ...], list[str]] = {}
    for row, secret in zip(rows, secrets, strict=True):
        members.setdefault(row, []).append(secret)
    groups = [Group(row, len(who), len(set(who)) if sensitive else None) for row, who in members.items()]
    bad = [g for g in groups if g.size < k or (g.diversity is not None and g.diversity < diversity)]
    least = min((g.diversity for g in groups if g.diversity is not None), default=None)
    return Anonymity(
        min((g.size for g in groups), default=0), least, len(groups), tuple(sorted(bad, key=lambda g: (g.size, g.keys)))
    )
