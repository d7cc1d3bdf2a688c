"""Real PostgreSQL, Chromium and tesseract for tests, from the system's packages; a private cluster that ends with the tests.

PostgreSQL refuses to run as root, so under root the cluster belongs to the user `postgres`, which its Debian package
makes. It listens on loopback only, with a password of its own, and keeps nothing: its folder is removed at the end.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# What to ask Debian for, by what is missing. Fonts: pages in Arabic and Chinese are looked at in the browser tests.
DEBIAN_PACKAGES = {
    "postgres": ("postgresql",),
    "chromium": ("chromium", "fonts-noto-core"),
    "tesseract": ("tesseract-ocr", "tesseract-ocr-ara", "tesseract-ocr-fra"),
    "java": ("default-jre-headless",),
}


class ServiceMissing(Exception):
    """Say why a service cannot be had here."""


def find_postgres() -> Path | None:
    """Give the folder of PostgreSQL's server programs, the newest version first."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def find_chromium() -> Path | None:
    """Give the browser's program."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def find_tesseract() -> Path | None:
    """Give the program that recognises text."""
    found = shutil.which("tesseract")
    return Path(found) if found else None


def find_java() -> Path | None:
    """Give the program that runs Java, which Spark needs."""
    found = shutil.which("java")
    return Path(found) if found else None


FINDERS = {"postgres": find_postgres, "chromium": find_chromium, "tesseract": find_tesseract, "java": find_java}


def provide(name: str) -> Path:
    """Find a service's programs, installing them when this user may; raises ServiceMissing with the reason."""
    found = FINDERS[name]()
    if found is None:
        install(name)
        found = FINDERS[name]()
    if found is None:
        raise ServiceMissing(f"{name} was installed but its programs were not found")
    return found


def install(name: str) -> None:
    """Install a service from Debian's packages; raises ServiceMissing where that is not possible."""
    packages = DEBIAN_PACKAGES[name]
    by_hand = f"sudo apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ServiceMissing(f"{name} is not installed; on Debian: {by_hand}")
    print(f"test:   installing {', '.join(packages)} from Debian's packages", flush=True)
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=quietly, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise ServiceMissing(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}")


def free_port() -> int:
    """Give a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_server_user(*command: str | Path) -> list[str]:
    """Wrap a command so that it does not run as root."""
    plain = [str(part) for part in command]
    return ["runuser", "-u", "postgres", "--", *plain] if os.geteuid() == 0 else plain


def call(*command: str | Path, cwd: Path) -> None:
    """Run a server program; raises ServiceMissing with its last words."""
    done = subprocess.run(as_server_user(*command), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise ServiceMissing(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-400:]}")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a private PostgreSQL cluster for the block; gives the URL for PLUMBLINE_DATABASE_URL.

    fsync is off: the cluster need not survive a power cut, only the tests.
    """
    programs = provide("postgres")
    folder = Path(tempfile.mkdtemp(prefix="plumbline-postgres-"))
    password, port = secrets.token_hex(12), free_port()
    try:
        (folder / "password").write_text(password)
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres")
        call(
            programs / "initdb", "--username=plumbline", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D", folder / "cluster", cwd=folder,
        )  # fmt: skip
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        call(
            programs / "pg_ctl",
            "-D",
            folder / "cluster",
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
            cwd=folder,
        )
        try:
            yield f"postgresql://plumbline:{password}@127.0.0.1:{port}/postgres"
        finally:
            call(programs / "pg_ctl", "-D", folder / "cluster", "-m", "immediate", "stop", cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
