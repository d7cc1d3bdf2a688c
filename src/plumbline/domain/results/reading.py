"""Walk a YAML text and say, for whatever is wrong, in which file, line and key.

>>> root = read("a: {en: Title}\\nn: 3", name="a.yaml")
>>> root.localised("a"), root.integer("n")
({'en': 'Title'}, 3)
>>> root.text("b")
Traceback (most recent call last):
    ...
plumbline.domain.results.reading.ContentInvalid: a.yaml, line 1, b: is missing. Nothing was loaded; add it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NoReturn

import yaml

from plumbline.domain.errors import InvalidInput

_TRUE = {"true": True, "false": False}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


class ContentInvalid(InvalidInput):
    """Refuse a content file: `params` hold name, line (from 1), key (path) and problem."""

    def __init__(self, name: str, line: int, key: str, problem: str) -> None:
        super().__init__(
            "content.invalid", "{name}, line {line}, {key}: {problem}", name=name, line=line, key=key, problem=problem
        )


def read(text: str, *, name: str) -> Entry:
    """Parse `text` into its top mapping; refuse text that is not YAML or not a mapping."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentInvalid(name, line, "the file", f"is not YAML ({error.problem}). Nothing was loaded.") from error
    if not isinstance(node, yaml.MappingNode):
        raise ContentInvalid(name, 1, "the file", "must hold keys and values. Nothing was loaded.")
    return Entry(node, path="", name=name)


class Entry:
    """One mapping of the file, which knows its place."""

    def __init__(self, node: yaml.MappingNode, *, path: str, name: str) -> None:
        self._node, self._path, self._name = node, path, name
        self._values: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in self._values:
                raise ContentInvalid(name, key.start_mark.line + 1, self._at(key.value), "stands twice. Keep one.")
            self._values[key.value] = value

    @property
    def line(self) -> int:
        """The line on which the mapping begins, from 1."""
        return int(self._node.start_mark.line) + 1

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Raise `ContentInvalid` at `key`."""
        node = self._values.get(key, self._node)
        raise ContentInvalid(self._name, node.start_mark.line + 1, self._at(key), problem)

    def only(self, *keys: str) -> None:
        """Refuse any key that is not one of `keys`, so that a misspelt one cannot be lost."""
        for key in self._values:
            if key not in keys:
                self.refuse(key, f"is not a key here. Use one of: {', '.join(keys)}.")

    def _require(self, key: str) -> yaml.Node:
        if key not in self._values:
            self.refuse(key, "is missing. Nothing was loaded; add it.")
        return self._values[key]

    def text(self, key: str, *, optional: bool = False) -> str:
        """The text at `key`, trimmed; empty only where `optional`."""
        if optional and key not in self._values:
            return ""
        node = self._require(key)
        value = node.value.strip() if isinstance(node, yaml.ScalarNode) else None
        if value is None or not (value or optional):
            self.refuse(key, "must be text.")
        return str(value)

    def identifier(self, key: str = "id") -> str:
        """The id at `key`: letters, digits and hyphens."""
        value = self.text(key)
        if not _NAME.fullmatch(value):
            self.refuse(key, f"'{value}' must hold letters, digits and hyphens only.")
        return value

    def integer(self, key: str) -> int:
        """The whole number at `key`."""
        try:
            return int(self.text(key))
        except ValueError:
            self.refuse(key, "must be a whole number.")

    def flag(self, key: str) -> bool:
        """True or false at `key`; false where it is absent."""
        value = self.text(key, optional=True) or "false"
        if value not in _TRUE:
            self.refuse(key, "must be true or false.")
        return _TRUE[value]

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """The text at `key`, which must be one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            self.refuse(key, f"'{value}' is unknown. Use one of: {', '.join(allowed)}.")
        return value

    def localised(self, key: str) -> dict[str, str]:
        """The map language -> text at `key`, which must hold English."""
        entry = self.entry(key)
        found = {language: entry.text(language) for language in entry._values}
        if "en" not in found:
            self.refuse(key, "has no English ('en').")
        return found

    def find_localised(self, key: str) -> dict[str, str] | None:
        """The map at `key`, or None where it is absent."""
        return self.localised(key) if key in self._values else None

    def entry(self, key: str) -> Entry:
        """The mapping at `key`."""
        node = self._require(key)
        if not isinstance(node, yaml.MappingNode):
            self.refuse(key, "must hold keys and values.")
        return Entry(node, path=self._at(key), name=self._name)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """The keys and texts of the mapping at `key`, in order."""
        entry = self.entry(key)
        return tuple((name, entry.text(name)) for name in entry._values)

    def entries(self, key: str, *, optional: bool = False) -> Iterator[Entry]:
        """The mappings in the list at `key`, in order."""
        for number, node in enumerate(self._list(key, optional=optional)):
            if not isinstance(node, yaml.MappingNode):
                self.refuse(key, f"item {number + 1} must hold keys and values.")
            yield Entry(node, path=f"{self._at(key)}[{number}]", name=self._name)

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """The texts in the list at `key`."""
        nodes = self._list(key, optional=optional)
        if not all(isinstance(node, yaml.ScalarNode) and node.value.strip() for node in nodes):
            self.refuse(key, "must be a list of texts.")
        return tuple(node.value.strip() for node in nodes)

    def known(self, key: str, known: Collection[str], *, optional: bool = False) -> tuple[str, ...]:
        """The ids in the list at `key`, each of which must be in `known`."""
        found = self.texts(key, optional=optional)
        for value in found:
            if value not in known:
                self.refuse(key, f"'{value}' is not defined in this file.")
        return found

    def _list(self, key: str, *, optional: bool) -> list[yaml.Node]:
        if optional and key not in self._values:
            return []
        node = self._require(key)
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(key, "must be a list.")
        return list(node.value)


def unique(entries: Iterator[Entry]) -> Iterator[tuple[str, Entry]]:
    """Yield each entry with its id and refuse the second use of an id."""
    seen: set[str] = set()
    for entry in entries:
        found = entry.identifier()
        if found in seen:
            entry.refuse("id", f"'{found}' is used twice.")
        seen.add(found)
        yield found, entry
