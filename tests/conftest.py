"""Where tests run: a throw-away data folder, settings from the environment, nothing beyond this machine.

`PLUMBLINE_DATABASE_URL` chooses the database (empty: SQLite), so the same tests run on both; `make test` does that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from hypothesis import settings as examples

# Before Django reads its settings. Not named in pyproject.toml, since pytest-django would then read them earlier still.
DATA = Path(tempfile.mkdtemp(prefix="data-", dir=os.environ.get("PLUMBLINE_TEST_ROOT")))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
os.environ["PLUMBLINE_DATA"] = str(DATA)
os.environ["DJANGO_SETTINGS_MODULE"] = "plumbline.config.settings"
for name in (
    "PLUMBLINE_SECRET_KEY",
    "PLUMBLINE_DEBUG",
    "PLUMBLINE_SECURE",
    "PLUMBLINE_EMAIL_URL",
    "PLUMBLINE_HOSTS",
    "PLUMBLINE_LLM_URL",
):
    os.environ.pop(name, None)

django.setup()
# Passwords of test accounts guard nothing, so they are hashed quickly.
django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# How long an example takes says how busy the machine is; no test is timed.
examples.register_profile("untimed", deadline=None)
examples.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each xdist worker, which inherits this environment, make its own data folder before Django reads it."""
    if not hasattr(session.config, "workerinput"):
        del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture
def root() -> Path:
    """The folder of the project."""
    return ROOT


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run has no database for, and what has run on the other one already."""
    on_postgres = bool(os.environ.get("PLUMBLINE_DATABASE_URL"))

    def belongs(item: pytest.Item) -> bool:
        marked = item.get_closest_marker("postgres") is not None
        return (marked or ROOT / "tests/spec" not in item.path.parents) if on_postgres else not marked

    left_out = [item for item in items if not belongs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if belongs(item)]


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """Leave no language active for the next test: a request in Arabic stays active on its thread."""
    yield
    from django.utils import translation

    translation.deactivate()
