"""Make .venv/bin/plumbline out of a fresh clone, with nothing but Python 3.11+ (standard library only).

Each step keeps a digest of what it was made from inside the environment and runs again only when that changed, so a
second call takes well under a second.

    python3 tools/setup.py [--dev]
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / "stamps"


class SetupFailed(Exception):
    """Carry the one sentence that the person at the keyboard needs."""


@dataclass(frozen=True)
class Step:
    """One part of set-up: what it says, what it depends on, what it must leave behind, how it is done."""

    name: str
    says: str
    inputs: tuple[Path, ...]
    leaves: tuple[Path, ...]
    do: Callable[[], None]


def run(*command: str | Path) -> None:
    """Run a command in the project folder; on failure show its output and stop with a sentence."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=os.environ | {"PATH": search_path()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print((done.stdout or "") + (done.stderr or ""), file=sys.stderr)
        shown = " ".join(str(part) for part in command[:6])
        raise SetupFailed(
            f"This command failed, its words are above: {shown}. Run the same make command again once mended."
        )


def make_environment() -> None:
    """Create .venv, or say in one sentence what the system lacks."""
    try:
        import ensurepip
        import venv
    except ImportError as missing:
        raise SetupFailed(
            "This Python comes without its venv module, a package of its own on Debian and Ubuntu: "
            "run  sudo apt-get install python3-venv  and then the same make command again."
        ) from missing
    assert ensurepip.version()
    venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)


def install_locked(*names: str) -> None:
    """Install the named locks of requirements/, every file checked against its hash."""
    locks = [part for name in names for part in ("-r", f"requirements/{name}.txt")]
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes", *locks)


def install_packages() -> None:
    """Install what the platform needs, and what turns the source tree into a package."""
    install_locked("base", "build")


def install_project() -> None:
    """Link the source tree into the environment; nothing is downloaded."""
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")


def install_development() -> None:
    """Install the PostgreSQL driver, what matches rows, and the tools of contributors."""
    install_locked("postgres", "matching", "dev")


def copy_assets() -> None:
    """Fetch the locked browser packages and copy what pages use into the static folder."""
    if shutil.which("node", path=search_path()) is None or shutil.which("npm", path=search_path()) is None:
        print("        no node on this machine: taking it from a Python package")
        install_locked("node")
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run("node", "tools/assets.mjs")


def build_fonts() -> None:
    """Put the fonts of pages together for pictures that are drawn on the server."""
    run(BIN / "python", "tools/fonts.py")


def search_path() -> str:
    """Give the PATH in which the environment's own programs come first."""
    return f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"


def compile_translations() -> None:
    """Turn the .po files into the .mo files that Django reads, with Babel."""
    run(BIN / "python", "tools/messages.py", "compile")


def requirement_files(*names: str) -> tuple[Path, ...]:
    """Give the paths of the named locks."""
    return tuple(ROOT / "requirements" / f"{name}.txt" for name in names)


def steps(*, development: bool) -> Iterable[Step]:
    """List the steps in order; later ones rely on earlier ones."""
    locale = ROOT / "src/plumbline/locale"
    catalogues = tuple(sorted(locale.glob("*/LC_MESSAGES/*.po")))
    static = ROOT / "src/plumbline/ui/static"
    yield Step("environment", "Python environment in .venv", (), (BIN / "python",), make_environment)
    yield Step("packages", "locked packages", requirement_files("base", "build"), (), install_packages)
    yield Step(
        "project",
        "plumbline itself",
        (ROOT / "pyproject.toml", ROOT / "requirements/base.in"),
        (BIN / "plumbline",),
        install_project,
    )
    if development:
        yield Step(
            "development",
            "test and check tools",
            requirement_files("postgres", "matching", "dev"),
            (),
            install_development,
        )
    yield Step(
        "assets",
        "browser assets",
        (ROOT / "package.json", ROOT / "package-lock.json", ROOT / "tools/assets.mjs"),
        (static / "vendor", static / "geo"),
        copy_assets,
    )
    yield Step(
        "fonts",
        "fonts of pictures",
        (ROOT / "package-lock.json", ROOT / "tools/fonts.py", *requirement_files("build")),
        (ROOT / "src/plumbline/engines/data/fonts",),
        build_fonts,
    )
    yield Step(
        "translations",
        "translations",
        (*catalogues, ROOT / "tools/messages.py"),
        tuple(path.with_suffix(".mo") for path in catalogues),
        compile_translations,
    )


def digest(step: Step) -> str:
    """Digest what a step is made from: its files and the Python it runs on."""
    seen = hashlib.sha256(f"{step.name} {sys.version_info[:2]}".encode())
    for path in step.inputs:
        seen.update(path.relative_to(ROOT).as_posix().encode())
        seen.update(path.read_bytes())
    return seen.hexdigest()


def is_done(step: Step) -> bool:
    """Tell whether the step was done from the same inputs and its results still stand."""
    stamp = STAMPS / step.name
    return stamp.exists() and stamp.read_text() == digest(step) and all(path.exists() for path in step.leaves)


def perform(step: Step) -> None:
    """Do one step and remember from what."""
    began = time.monotonic()
    print(f"setup:  {step.says} ...", flush=True)
    step.do()
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step.name).write_text(digest(step))
    print(f"        done in {time.monotonic() - began:.1f} s", flush=True)


def main() -> int:
    """Do every step that is not done yet."""
    try:
        waiting = 0
        for step in steps(development="--dev" in sys.argv[1:]):
            if not is_done(step):
                perform(step)
                waiting += 1
        if not waiting:
            print("setup:  nothing to do")
    except SetupFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
