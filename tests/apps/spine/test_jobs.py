"""A job is done once: leased, taken over when its runner died, retried when it broke, kept with its reason."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from plumbline.apps.spine import jobs
from plumbline.apps.spine.actions import enqueue
from plumbline.apps.spine.models import Job
from plumbline.domain.access import Viewer
from plumbline.domain.errors import InvalidInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def done() -> Iterator[list[str]]:
    """What the handler of kind "test" was asked to do; "break" breaks off, "refuse" is refused."""
    seen: list[str] = []

    def handler(job: Job) -> None:
        seen.append(job.key)
        if "break" in job.key:
            raise OSError("the disk is gone")
        if "refuse" in job.key:
            raise InvalidInput("file.empty", "{name} is empty.", name="a.txt")

    jobs.handles("test")(handler)
    yield seen
    jobs._handlers.pop("test")


def ask(key: str, by: Viewer) -> Job:
    return enqueue("test", key, {}, by=by)


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_jobs_are_done_once_in_the_order_in_which_they_came(administrator: Viewer, done: list[str]) -> None:
    for key in ("one", "two", "one"):
        ask(key, administrator)
    runner = jobs.Runner()
    while runner.run_one():
        pass
    assert done == ["one", "two"]
    assert set(Job.objects.values_list("state", flat=True)) == {Job.DONE}


def test_job_under_a_living_lease_is_left_alone(administrator: Viewer, done: list[str]) -> None:
    ask("one", administrator)
    assert jobs.lease("elsewhere:1") is not None
    assert jobs.lease("another:1") is None


def test_job_of_a_runner_whose_lease_ran_out_is_taken_over(administrator: Viewer, done: list[str]) -> None:
    ask("one", administrator)
    jobs.lease("elsewhere:1")
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = jobs.lease("another:1")
    assert taken is not None
    assert (taken.key, taken.runner, taken.attempts) == ("one", "another:1", 2)


def test_job_of_a_killed_runner_on_this_host_is_taken_over_at_once(administrator: Viewer, done: list[str]) -> None:
    ask("one", administrator)
    jobs.lease(f"{socket.gethostname()}:{dead_process()}")
    assert jobs.lease("another:1") is not None


def test_job_that_breaks_off_is_tried_again_and_then_kept_with_its_reason(
    administrator: Viewer, done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    ask("break", administrator)
    runner = jobs.Runner()
    while runner.run_one():
        pass
    job = Job.objects.get()
    assert done == ["break"] * jobs.MOST_ATTEMPTS
    assert job.state == Job.FAILED
    assert "the disk is gone" in job.problem["params"]["error"]


def test_job_that_is_refused_is_not_tried_again(administrator: Viewer, done: list[str]) -> None:
    ask("refuse", administrator)
    runner = jobs.Runner()
    while runner.run_one():
        pass
    job = Job.objects.get()
    assert done == ["refuse"]
    assert (job.state, job.problem["code"], job.problem["params"]) == (Job.FAILED, "file.empty", {"name": "a.txt"})
