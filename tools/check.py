"""Check the source without running it: style, types, architecture, migrations, translations, generated docs.

Two checks run at a time; each prints one line with its time, and its output when it fails. Warm, all of them take
under twenty seconds.

    python tools/check.py [NAME...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [name for name in ("src", "tests", "tools", "bench") if (ROOT / name).is_dir()]

# The slowest first, so that the two workers end together.
CHECKS: dict[str, list[str]] = {
    "types": ["mypy"],
    "migrations": ["django", "makemigrations", "--check", "--dry-run", "-v", "1"],
    "architecture": ["importlinter"],
    "style": ["ruff", "check", "--quiet", *SOURCES],
    "format": ["ruff", "format", "--check", "--quiet", *SOURCES],
    "translations": ["tools/messages.py", "check"],
    "docs": ["tools/docs.py", "check"],
}


def command_of(name: str) -> list[str]:
    """Give the command line of a check."""
    first, *rest = CHECKS[name]
    if first.endswith(".py"):
        return [sys.executable, first, *rest]
    if first == "importlinter":
        return [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"]
    return [sys.executable, "-m", first, *rest]


def run(name: str, data: str) -> tuple[str, int, float, str]:
    """Run one check; gives its name, exit code, seconds and output."""
    began = time.monotonic()
    done = subprocess.run(
        command_of(name),
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "plumbline.config.settings", "PLUMBLINE_DATA": data},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return name, done.returncode, time.monotonic() - began, done.stdout + done.stderr


def main(names: list[str]) -> int:
    """Run the named checks, or all; 1 when one fails."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"No such check: {', '.join(sorted(unknown))}. There are: {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plumbline-check-") as data, ThreadPoolExecutor(2) as pool:
        for name, code, seconds, output in pool.map(lambda name: run(name, data), names or CHECKS):
            print(f"check:  {name:14}{'FAILED' if code else 'ok':8}{seconds:5.1f} s", flush=True)
            if code:
                print(output)
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
