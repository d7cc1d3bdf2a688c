"""The queue: jobs are leased, renewed while their runner lives, and taken over when it dies.

A handler (`@handles("kind")`) must be idempotent: after a kill it is run again from the start. A runner on the same
host that is no longer alive loses its jobs at once, one elsewhere when its lease ends.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from plumbline.apps.spine.models import Job
from plumbline.apps.spine.rows import take_first, update_row
from plumbline.domain.access import Viewer
from plumbline.domain.errors import PlumblineError

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 15.0
MOST_ATTEMPTS = 4
TAKEN = "state = %s, runner = %s, lease_until = %s, attempts = attempts + 1"
log = logging.getLogger("plumbline.jobs")
Handler = Callable[[Job], None]
Namer = Callable[[Sequence[Job], Viewer], dict[int, str]]
_handlers: dict[str, Handler] = {}
_namers: dict[str, Namer] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of a kind."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def names(kind: str) -> Callable[[Namer], Namer]:
    """Register how jobs of a kind are named to a viewer: key of each job that they may know of -> its name."""

    def register(namer: Namer) -> Namer:
        _namers[kind] = namer
        return namer

    return register


def names_for(rows: Sequence[Job], viewer: Viewer) -> dict[int, str]:
    """Give the names of jobs, by key, as far as the viewer may see what the jobs are about."""
    found: dict[int, str] = {}
    for kind, namer in _namers.items():
        if of_kind := [job for job in rows if job.kind == kind]:
            found |= namer(of_kind, viewer)
    return found


def handler_for(kind: str) -> Handler:
    """Give the function that does jobs of a kind; KeyError where no app registered one."""
    return _handlers[kind]


@lru_cache(maxsize=1)
def _birth(pid: int) -> str:
    return secrets.token_hex(4)


def runner_name() -> str:
    """Name this process as a runner: host, process id, and a sign of its own, since ids of processes come back."""
    return f"{socket.gethostname()}:{os.getpid()}:{_birth(os.getpid())}"


class Runner:
    """Takes jobs one by one and does them, renewing its leases from a thread of its own."""

    def __init__(self, batch: str | None = None) -> None:
        self.name, self.batch = runner_name(), batch
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> Runner:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def run_one(self) -> Job | None:
        """Do the next job; None when nothing waits."""
        job = lease(self.name, self.batch)
        if job is not None:
            _do(job)
        return job

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            try:
                Job.objects.filter(runner=self.name, state=Job.RUNNING).update(lease_until=timezone.now() + LEASE)
            except DatabaseError as error:  # a lease outlives three missed renewals; the next one makes it good
                log.warning("leases of %s not renewed: %s", self.name, error)
        connection.close()


def lease(runner: str, batch: str | None = None) -> Job | None:
    """Take the oldest job that waits, or one whose runner died; None when there is none."""
    until = connection.ops.adapt_datetimefield_value(timezone.now() + LEASE)
    asked = {"state": Job.WAITING} | ({"batch": batch} if batch else {})
    waiting = take_first(Job, TAKEN, [Job.RUNNING, runner, until], **asked)
    return waiting or _take_over(runner, batch)


def _take_over(runner: str, batch: str | None) -> Job | None:
    with transaction.atomic():
        rows = Job.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        job = _abandoned(rows.filter(batch=batch) if batch else rows, runner)
        if job is None:
            return None
        job.state, job.runner, job.attempts = Job.RUNNING, runner, job.attempts + 1
        job.lease_until = timezone.now() + LEASE
        job.save(update_fields=["state", "runner", "attempts", "lease_until"])
        return job


def _abandoned(rows: Any, runner: str) -> Job | None:
    now = timezone.now()
    for job in rows.filter(state=Job.RUNNING).order_by("id")[:50]:
        if job.lease_until is None or job.lease_until < now or _is_dead(job.runner):
            return job
    return None


def _is_dead(runner: str) -> bool:
    host, _, rest = runner.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return runner != runner_name()
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _do(job: Job) -> None:
    try:
        handler_for(job.kind)(job)
    except PlumblineError as error:
        _finish(job, Job.FAILED, {"code": error.code, "template": error.template, "params": _plain(error.params)})
    except Exception as error:
        log.exception("job %s failed", job.key)
        waits = job.attempts < MOST_ATTEMPTS
        problem = {"code": "job.broke", "template": "{what} broke off: {error}.",
                   "params": {"what": job.kind, "error": f"{type(error).__name__}: {error}"[:300]}}  # fmt: skip
        _finish(job, Job.WAITING if waits else Job.FAILED, problem)
    else:
        _finish(job, Job.DONE, None)


def _finish(job: Job, state: str, problem: Mapping[str, Any] | None) -> None:
    job.state, job.problem, job.lease_until = state, dict(problem) if problem else None, None
    job.finished_at = timezone.now()
    update_row(job, ["state", "problem", "lease_until", "finished_at"])


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in params.items()}
