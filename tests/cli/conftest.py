"""The command line as people and scripts run it: real processes on a data folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Ran:
    """How a command ended, what it printed as a result, and what it told."""

    code: int
    out: str
    told: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ran]:
    """Run `plumbline WORDS...` in a fresh data folder."""

    def start(*words: str | Path, stdin: str = "") -> Ran:
        environment = os.environ | {"PLUMBLINE_DATA": str(tmp_path / "data"), "PLUMBLINE_DATABASE_URL": ""}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, "-m", "plumbline.cli", *map(str, words)],
            env=environment, input=stdin, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return start
