"""What a file's columns mean: labels of variables and of their values, which values stand for no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plumbline.domain.surveys.cells import Level


@dataclass(frozen=True)
class Variable:
    """Hold one column: its label, labels of values, values that mean no answer, whether it is a number, whether it weighs."""

    name: str
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    numeric: bool = True
    weight: bool = False


@dataclass(frozen=True)
class Codebook:
    """Hold the variables of a file, its title, and in words how it was sampled."""

    title: str
    variables: tuple[Variable, ...]
    sampling: str = ""

    def find(self, name: str) -> Variable | None:
        """Find a variable."""
        return next((one for one in self.variables if one.name == name), None)

    def label_of(self, name: str, level: Level) -> str:
        """Give the label of a value, '' where it has none."""
        found = self.find(name)
        return found.values.get(key_of(level), "") if found else ""


def key_of(level: Level) -> str:
    """Write a value as codebooks key it: 2.0 as 2."""
    return str(int(level)) if isinstance(level, float) and level == int(level) else str(level)
