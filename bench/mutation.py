"""Mutation score: how many small faults, planted one at a time, the tests of a package find.

    python -m bench.mutation [PACKAGE] [--count N] [--seed N] [--jobs N] [--file NAME]

Faults are drawn from all that fit: a comparison or an operator turned, a constant changed, a condition negated, a result
dropped. Each runs in a process of its own against the tests that reach its line, with a limit of CPU time; what no test
notices survives and is listed. The score stands beside its 95 % interval by Wilson. Each fault is told on stderr when it was tried.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import resource
import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
SOURCE = HERE / "src" / "plumbline" / "domain"
TESTS = {
    "trends": ("tests/unit/domain/trends", "tests/cli/test_flows_and_trends.py", "tests/cli/test_space.py"),
    "surveys": ("tests/unit/domain/surveys", "tests/cli/test_survey.py"),
    "disclosure": ("tests/unit/domain/disclosure", "tests/cli/test_disclose.py"),
    "flows": ("tests/unit/domain/flows", "tests/cli/test_flows_and_trends.py"),
}
MOST_SECONDS = 60
QUIET = ("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
TURNED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.USub: ast.UAdd, ast.Invert: ast.UAdd,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Hold a fault: its file, the place of the node among all of the file's, which part of it, the line and what changed."""

    path: Path
    node: int
    part: int
    line: int
    what: str


def nodes(tree: ast.AST) -> list[ast.AST]:
    """List the nodes that run: without docstrings, annotations and imports."""
    out: list[ast.AST] = []

    def visit(node: ast.AST) -> None:
        out.append(node)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "type_params", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _speaks(child):
                    visit(child)

    visit(tree)
    return out


def _speaks(node: ast.AST) -> bool:
    """Tell a docstring, an import or `strict=True` of a zip, which only asserts, from what works."""
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return text or isinstance(node, (ast.Import, ast.ImportFrom))


def faults(path: Path) -> Iterator[Fault]:
    """List every fault that fits a file."""
    for place, node in enumerate(nodes(ast.parse(path.read_text(encoding="utf-8")))):
        for part in range(8):
            changed = fault_of(copy.deepcopy(node), part)
            if changed is None:
                break
            yield Fault(path, place, part, int(getattr(node, "lineno", 0)), f"{_said(node)} -> {_said(changed)}")


def _said(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:70]


def fault_of(node: Any, part: int) -> ast.AST | None:
    """Give the node with its fault, None where there is no such part; the node may be changed in place."""
    if isinstance(node, ast.Compare) and part < len(node.ops):
        node.ops[part] = TURNED[type(node.ops[part])]()
        return node
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.AugAssign) and type(node.op) in TURNED and not part:
        node.op = TURNED[type(node.op)]()
        return node
    if isinstance(node, ast.Constant) and not part:
        return _constant(node.value)
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not part:
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return node
    if (
        isinstance(node, ast.Return)
        and node.value is not None
        and not isinstance(node.value, ast.Constant)
        and not part
    ):
        node.value = ast.Constant(None)
        return node
    return None


def _constant(value: object) -> ast.AST | None:
    if isinstance(value, bool):
        return ast.Constant(not value)
    if isinstance(value, int | float):
        return ast.Constant(value + 1)
    return None  # texts are sentences, names and keys: a wrong one is another kind of fault


def planted(fault: Fault) -> ast.Module:
    """Give the file's tree with the fault in it."""
    tree = ast.parse(fault.path.read_text(encoding="utf-8"))
    target: Any = nodes(tree)[fault.node]
    changed = fault_of(target, fault.part)

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return changed if node is target else self.generic_visit(node)

    return ast.fix_missing_locations(Swap().visit(tree))


class Reached:
    """Write down, as a plugin of pytest, which test reaches which lines of a package, and which lines importing it reaches."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = str(folder), ""
        self.tests: dict[tuple[str, int], dict[str, None]] = defaultdict(dict)
        self.order: dict[str, float] = {}
        sys.settrace(self._call)

    def _call(self, frame: Any, event: str, arg: Any) -> Any:
        path = frame.f_code.co_filename
        if not path.startswith(self.folder):
            return None
        self._seen(path, frame.f_lineno)

        def line(frame: Any, event: str, arg: Any) -> Any:
            if event == "line":
                self._seen(path, frame.f_lineno)
            return line

        return line

    def _seen(self, path: str, line: int) -> None:
        self.tests[path, line][self.now] = None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin a test."""
        self.now = nodeid

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep how long a test takes: quick ones go first."""
        if report.when == "call":
            self.order[report.nodeid] = report.duration


def apart(work: Any, seconds: int | None = None) -> tuple[int, str]:
    """Run work in a process of its own, without output: its exit code (99 when it was ended), and what it printed."""
    with tempfile.TemporaryFile("w+") as printed:
        child = os.fork()
        if child == 0:
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            if seconds:
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            try:
                code = int(work())
            except BaseException:  # a fault may end the process in any way
                traceback.print_exc()
                code = 98
            sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        return (os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99), printed.read()


def reached(package: str) -> tuple[dict[tuple[str, int], list[str]], dict[str, float]]:
    """Run all tests once: which reach a line, and how long each takes."""
    import pytest

    def work() -> int:
        seen = Reached(SOURCE / package)
        code = pytest.main([*QUIET, *TESTS[package]], plugins=[seen])
        Path(kept).write_text(repr(({place: list(tests) for place, tests in seen.tests.items()}, seen.order)))
        return code

    with tempfile.NamedTemporaryFile() as file:
        kept = file.name
        code, printed = apart(work)
        if code:
            raise SystemExit(f"The tests fail without a fault:\n{printed[-2000:]}")
        found: tuple[dict[tuple[str, int], list[str]], dict[str, float]] = ast.literal_eval(Path(kept).read_text())
    return found


def survives(fault: Fault, tests: list[str]) -> bool:
    """Plant a fault and run the tests; true where all pass."""
    import pytest

    def work() -> int:
        tree, wanted = planted(fault), str(fault.path)
        plain = SourceFileLoader.get_code

        def get_code(self: SourceFileLoader, fullname: str) -> Any:
            return compile(tree, wanted, "exec") if self.path == wanted else plain(self, fullname)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
        return pytest.main([*QUIET, *tests])

    return apart(work, MOST_SECONDS)[0] == 0


def interval(found: int, of: int) -> tuple[float, float]:
    """Give Wilson's 95 % interval of a share."""
    z, p = 1.959964, found / of
    centre, reach = p + z * z / (2 * of), z * ((p * (1 - p) + z * z / (4 * of)) / of) ** 0.5
    return (centre - reach) / (1 + z * z / of), (centre + reach) / (1 + z * z / of)


def score(package: str, *, count: int, seed: int, jobs: int, only: str) -> float:
    """Measure the score of a package and print what survives."""
    files = [path for path in sorted((SOURCE / package).glob("*.py")) if path.stem != "__init__"]
    every = [fault for path in files if not only or path.stem == only for fault in faults(path)]
    drawn = random.Random(seed).sample(every, min(count, len(every)))
    lines, order = reached(package)

    def tried(fault: Fault) -> bool:
        asked = sorted(
            {test for test in lines.get((str(fault.path), fault.line), []) if test}, key=lambda one: order.get(one, 0)
        )
        imported = "" in lines.get((str(fault.path), fault.line), [])
        return survives(fault, list(TESTS[package]) if imported else asked) if imported or asked else True

    results: list[bool] = []
    with ThreadPoolExecutor(jobs) as pool:
        for fault, lives in zip(drawn, pool.map(tried, drawn), strict=True):
            results.append(lives)
            where = f"{fault.path.stem}:{fault.line}: {fault.what}"
            done = f"{package}: {len(results)} of {len(drawn)} tried, {results.count(False)} found"
            print(f"{done}; {'SURVIVES' if lives else 'found'}  {where}", file=sys.stderr, flush=True)
    left = sorted(
        (fault for fault, lives in zip(drawn, results, strict=True) if lives), key=lambda one: (one.path, one.line)
    )
    for fault in left:
        known = "" if lines.get((str(fault.path), fault.line)) else "  (no test reaches it)"
        print(f"  {fault.path.stem}:{fault.line}: {fault.what}{known}")
    killed = len(drawn) - len(left)
    low, high = interval(killed, len(drawn))
    print(
        f"{package}: {killed} of {len(drawn)} faults found ({killed / len(drawn):.1%}, 95 % interval {low:.1%} to {high:.1%}), "
        f"drawn by seed {seed} out of {len(every)} that fit", flush=True,
    )  # fmt: skip
    return killed / len(drawn)


def main() -> int:
    """Measure the packages asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("package", nargs="*", help=f"any of {', '.join(TESTS)}; left out: all")
    asked.add_argument("--count", type=int, default=120)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--file", default="")
    given = asked.parse_args()
    os.chdir(HERE)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    with contextlib.suppress(ImportError):  # read once, before the forks
        import duckdb  # noqa: F401
        import numpy  # noqa: F401
        import scipy.optimize
        import scipy.sparse
        import scipy.stats  # noqa: F401
    scores = [
        score(package, count=given.count, seed=given.seed, jobs=given.jobs, only=given.file)
        for package in given.package or TESTS
    ]
    return int(min(scores) < 0.8)


if __name__ == "__main__":
    sys.exit(main())
