"""Read YAML into plain values with the line of every key, and refuse what a blueprint never needs.

No object is ever constructed: the node tree is turned into dict, list, str, int, float, bool and None here. Keys stay
text (`no:` is Norwegian, not false). Anchors, aliases, tags and several documents are refused, so that a small file
cannot become a large one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from plumbline.domain.blueprints.model import Problem

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 20
Path = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Tree:
    """Hold the values of a file, the 1-based line of each path, and the problems met on the way."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Give the line of a path, or of the nearest thing above it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: Path, message: str) -> None:
        """Note a problem at a path."""
        self.problems.append(Problem(self.line_of(path), dotted(path), message))

    def at(self, *path: str | int) -> Any:
        """Give the value at a path, None where the file has nothing there."""
        value = self.value
        for step in path:
            if isinstance(value, dict) and step in value:
                value = value[str(step)]
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def mapping(self, *path: str | int) -> Mapping[str, Any]:
        """Give the mapping at a path, an empty one where the file has something else."""
        value = self.at(*path)
        return value if isinstance(value, dict) else {}

    def strings(self, *path: str | int) -> list[str]:
        """Give the texts listed at a path, [] where the file has something else."""
        value = self.at(*path)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def dotted(path: Path) -> str:
    """Write a path as people say it: `vocabularies.waste.terms[3].label`."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return words.removeprefix(".")


def read_tree(text: str) -> Tree:
    """Read a YAML text. A tree with problems and `value` None could not be read at all."""
    tree = Tree()
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        tree.problems.append(
            Problem(1, "", f"The file is larger than {MAX_BYTES // 1_000_000} MB; split the vocabularies.")
        )
        return tree
    try:
        tree.problems.extend(_forbidden(text))
        if not tree.problems:
            node = yaml.compose(text, Loader=_Loader)
            tree.value = None if node is None else _plain(node, (), tree)
    except yaml.YAMLError as error:
        tree.problems.append(_syntax_problem(error))
    except UnicodeError:
        tree.problems.append(Problem(1, "", "The file is not valid Unicode text; save it as UTF-8."))
    return tree


def _forbidden(text: str) -> Iterator[Problem]:
    """Yield aliases, anchors, tags, second documents and too deep nesting, from the event stream alone."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.events.DocumentStartEvent):
            documents += 1
            if documents == 2:
                yield Problem(line, "", "The file holds a second document (---); keep one blueprint per file.")
        elif isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            yield Problem(line, "", f"Nested more than {MAX_DEPTH} levels deep; a blueprint needs fewer than ten.")
            return
        yield from _forbidden_in(event, line)


def _forbidden_in(event: Any, line: int) -> Iterator[Problem]:
    if isinstance(event, yaml.events.AliasEvent):
        yield Problem(line, "", f"Alias *{event.anchor} is not allowed; write the value out.")
    elif getattr(event, "anchor", None):
        yield Problem(line, "", f"Anchor &{event.anchor} is not allowed; write the value out.")
    if getattr(event, "tag", None):
        yield Problem(line, "", f"Tag {event.tag} is not allowed; write plain text, numbers, true or false.")


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return Problem(mark.line + 1 if mark else 1, "", f"The file is not well-formed YAML: {what}.")


def _plain(node: yaml.Node, path: Path, tree: Tree) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), tree) for index, item in enumerate(node.value)]
    return _plain_scalar(node)


def _plain_mapping(node: yaml.MappingNode, path: Path, tree: Tree) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            tree.problems.append(
                Problem(line, dotted(path), "A key must be a word; put quotes around text with brackets.")
            )
            continue
        key = str(key_node.value)
        if key in values:
            first = tree.lines[(*path, key)]
            message = f"The key '{key}' is already on line {first}; keep one of the two."
            tree.problems.append(Problem(line, dotted((*path, key)), message))
            continue
        tree.lines[(*path, key)] = line
        values[key] = _plain(value_node, (*path, key), tree)
    return values


def _plain_scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("int", "float"):
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text
    return text
