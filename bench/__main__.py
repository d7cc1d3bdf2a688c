"""Run every measurement of this folder, one after the other, each in a process of its own.

    python -m bench [NAME...]

Each measures beside a bare baseline in the same run and prints its ratios. Real corpora are read from the folder that
`PLUMBLINE_BENCH_DATA` names; what needs them says so and is left out where it is unset.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """Name the measurements: the modules of this folder that run by themselves."""
    return [
        path.stem
        for path in sorted(HERE.glob("*.py"))
        if path.stem != "__main__" and 'if __name__ == "__main__":' in path.read_text()
    ]


def main(wanted: list[str]) -> int:
    """Run the wanted measurements, or all; 1 when one fails."""
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted or names():
        print(f"\nbench:  {name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, stdin=subprocess.DEVNULL
        ).returncode
        print(f"bench:  {name} {'failed' if code else 'done'} in {time.monotonic() - began:.0f} s", flush=True)
        failed += bool(code)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
