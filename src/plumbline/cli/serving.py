"""Commands that run: the server with its worker, or one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import click

IDLE_SECONDS = 0.25


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Web processes.")
@click.option("--no-worker", is_flag=True, help="Serve pages only; another process works the queue.")
def serve(address: str, port: int, workers: int, no_worker: bool) -> None:
    """Serve pages, and work the queue in processes beside; stops all of them together."""
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", address, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
        "plumbline.config.wsgi:application",
    ]  # fmt: skip
    commands = [web]
    if not no_worker:
        own = [sys.executable, "-m", "plumbline.cli", "work"]
        commands += [[*own, "jobs"], [*own, "index"]]
    click.echo(f"Plumbline answers at http://{address}:{port}/ . Stop it with Ctrl C.", err=True)
    sys.exit(_run_together(commands))


def _run_together(commands: list[list[str]]) -> int:
    running = [subprocess.Popen(command, env=os.environ.copy()) for command in commands]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for one in running:
            one.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(one.poll() is None for one in running):
        time.sleep(0.2)
    stop(0, None)
    for one in running:
        try:
            one.wait(timeout=10)
        except subprocess.TimeoutExpired:
            one.kill()
    return max(0, max(one.returncode or 0 for one in running if one.returncode is not None))


@click.command()
@click.argument("what", type=click.Choice(["jobs", "index", "all"]), default="all")
@click.option("--until-done", is_flag=True, help="End when nothing waits any more.")
def work(what: str, until_done: bool) -> None:
    """Work the queue (jobs), keep the search index current (index), or both."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    if what in ("jobs", "all"):
        _work_jobs(stopping, until_done or what == "all")
    if what in ("index", "all"):
        _work_index(stopping, until_done)


def _work_jobs(stopping: threading.Event, until_done: bool) -> None:
    from plumbline.apps.accounts.queries import SYSTEM
    from plumbline.apps.library.comparing import Follower, compare_waiting
    from plumbline.apps.spine.jobs import Runner

    follower = Follower()
    with Runner() as runner:
        while not stopping.is_set():
            if runner.run_one() is None and not compare_waiting(SYSTEM, follower, most=5):  # only when no job waits
                if until_done:
                    return
                stopping.wait(IDLE_SECONDS)


def _work_index(stopping: threading.Event, until_done: bool) -> None:
    from plumbline.apps.library.indexing import drain_index

    while not stopping.is_set():
        drain_index()
        if until_done:
            return
        stopping.wait(IDLE_SECONDS)
