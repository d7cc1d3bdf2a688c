"""The source tree as the contract tests read it: modules, their floor and app, their syntax trees."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/plumbline"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, path, text and tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        """domain, engines, plugins, ui, apps, config, cli, or "" for the package itself."""
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def app(self) -> str:
        """The app's name, or "" outside apps."""
        parts = self.name.split(".")
        return parts[2] if self.floor == "apps" and len(parts) > 2 else ""

    @property
    def role(self) -> str:
        """What the module is inside its app: models, queries, actions ... (the first part below the app)."""
        parts = self.name.split(".")
        return parts[3] if self.app and len(parts) > 3 else ""

    @property
    def shown(self) -> str:
        """The path as a person would type it."""
        return self.path.relative_to(ROOT).as_posix()


def read_module(path: Path) -> Module:
    """Read one file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text()
    return Module(name, path, text, ast.parse(text, str(path)))


@cache
def modules() -> tuple[Module, ...]:
    """Read every Python file of the package."""
    return tuple(read_module(path) for path in sorted(PACKAGE.rglob("*.py")))


def on_floors(*floors: str) -> Iterator[Module]:
    """Give the modules of some floors."""
    return (module for module in modules() if module.floor in floors)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Give every function, methods and inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def top_level_functions(module: Module) -> Iterator[Function]:
    """Give the public functions that stand at the top of a module."""
    return (node for node in module.tree.body if isinstance(node, Function) and not node.name.startswith("_"))


def imported_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Give each imported module or name, dotted, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


class _Runtime(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if called_name(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def without_type_checking(tree: ast.Module) -> ast.AST:
    """Give a copy of a tree without its `if TYPE_CHECKING` blocks: what is imported when the code runs."""
    return _Runtime().visit(copy.deepcopy(tree))


def called_name(node: ast.AST) -> str:
    """Give the last part of what is called or named: `a.b.c(...)` is "c"."""
    if isinstance(node, ast.Call):
        return called_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
