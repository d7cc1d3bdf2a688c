"""Resolve requirements/*.in into hashed locks that name no package index.

Each lock is resolved for the lowest supported Python (3.11) and keeps the hashes of every wheel, so the same files
serve 3.11 to 3.13. Earlier pins are kept unless `--upgrade` is given.

    python tools/lock.py [--upgrade]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"

# In this order: a later lock is constrained by the earlier ones, so that all of them can be installed together.
LOCKS = ("base", "build", "postgres", "matching", "dev", "spark", "node")

OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-options",
    "--no-emit-trusted-host",
    "--strip-extras",
    "--allow-unsafe",
    "--resolver=backtracking",
)


def compile_lock(name: str, *, earlier: tuple[str, ...], upgrade: bool) -> None:
    """Write requirements/<name>.txt, agreeing with the locks in `earlier`."""
    constraints = [f"--constraint={REQUIREMENTS.name}/{other}.txt" for other in earlier]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "piptools",
            "compile",
            *OPTIONS,
            *(["--upgrade"] if upgrade else []),
            *constraints,
            f"--output-file={REQUIREMENTS.name}/{name}.txt",
            f"{REQUIREMENTS.name}/{name}.in",
        ],
        check=True,
        cwd=ROOT,
        env=os.environ | {"CUSTOM_COMPILE_COMMAND": "make lock"},
    )
    print(f"  {REQUIREMENTS.name}/{name}.txt")


def main() -> int:
    """Compile every lock in order."""
    if sys.version_info[:2] != (3, 11):
        print("Locks are resolved for Python 3.11, the lowest supported; run this with a 3.11 environment.")
        return 2
    for position, name in enumerate(LOCKS):
        compile_lock(name, earlier=LOCKS[:position], upgrade="--upgrade" in sys.argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
