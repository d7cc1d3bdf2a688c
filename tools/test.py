"""Run every test: the apps on PostgreSQL first, then everything on SQLite, so that the last line counts them all.

PostgreSQL, Chromium and tesseract come from the system's packages (tools/services.py). Where they cannot be had, their tests are
left out with the reason; with CI=true that is a failure. Spark is large: its tests run with --spark, which installs it, and with CI=true
where it can be had.

    python tools/test.py [--spark] [arguments for pytest]
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5

# Apps run on both databases; of `tests/spec` only what is marked `postgres` has something new to say there.
ON_POSTGRES = ("tests/apps", "tests/spec")


def pytest(*arguments: str, **environment: str) -> int:
    """Run pytest on two workers with a throw-away data folder; gives its exit code."""
    with tempfile.TemporaryDirectory(prefix="plumbline-tests-") as data:
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-q", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PLUMBLINE_TEST_ROOT": data} | environment,
            stdin=subprocess.DEVNULL,
        ).returncode


def test_on_postgres(arguments: list[str]) -> int:
    """Run the apps' tests on a private PostgreSQL; 0 when there are none yet."""
    folders = [name for name in ON_POSTGRES if any((ROOT / name).rglob("test_*.py"))]
    if not folders:
        return 0
    try:
        with services.postgres() as url:
            print(f"test:   {', '.join(folders)} on PostgreSQL", flush=True)
            code = pytest(*folders, "-m", "not bench and not browser", *arguments, PLUMBLINE_DATABASE_URL=url)
    except services.ServiceMissing as missing:
        print(f"test:   PostgreSQL left out: {missing}", flush=True)
        return 1 if services.IN_CI else 0
    return 0 if code == NO_TESTS_COLLECTED else code


def test_on_sqlite(arguments: list[str]) -> int:
    """Run every test on SQLite, with the browser where there is one."""
    wanted, environment = "not bench and not postgres", {}
    try:
        environment["PLUMBLINE_CHROMIUM"] = str(services.provide("chromium"))
    except services.ServiceMissing as missing:
        print(f"test:   browser tests left out: {missing}", flush=True)
        if services.IN_CI:
            return 1
        wanted += " and not browser"
    print("test:   everything on SQLite", flush=True)
    return pytest("-m", wanted, *arguments, **environment)


def add_spark() -> bool:
    """Install Spark into the environment; says why where it cannot be had."""
    if importlib.util.find_spec("pyspark") is not None:
        return True
    print("test:   installing Spark (requirements/spark.txt)", flush=True)
    words = (
        "install",
        "--quiet",
        "--require-hashes",
        "--no-build-isolation",
        "--requirement",
        "requirements/spark.txt",
    )
    try:
        services.provide("java")
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words], cwd=ROOT, capture_output=True, text=True, timeout=600
        )
        problem = done.stderr.strip()[-300:] if done.returncode else ""
    except (services.ServiceMissing, subprocess.TimeoutExpired) as missing:
        problem = str(missing)
    if problem:
        print(f"test:   Spark left out: {problem}", flush=True)
    return not problem


def main() -> int:
    """Fail when either run fails."""
    arguments = sys.argv[1:]
    if "--spark" in arguments:
        arguments.remove("--spark")
        return pytest("-m", "spark", "tests/cli/test_spark.py", *arguments) if add_spark() else 1
    if services.IN_CI:
        add_spark()
    try:
        services.provide("tesseract")
    except services.ServiceMissing as missing:
        print(f"test:   tests of text recognition left out: {missing}", flush=True)
        if services.IN_CI:
            return 1
    on_postgres = test_on_postgres(arguments)
    on_sqlite = test_on_sqlite(arguments)
    if on_postgres:
        print("test:   failed on PostgreSQL, see above", file=sys.stderr)
    return on_postgres or on_sqlite


if __name__ == "__main__":
    sys.exit(main())
