"""Phrases as vectors: near where they mean the same in two languages, the same beside others, none where the machine cannot."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from plumbline.domain import vectors
from plumbline.domain.vectors import LONGEST, WIDTH, encoder

here = encoder()
needs = pytest.mark.skipif(here is None, reason="this processor cannot run the encoder")


@needs
def test_the_same_said_in_another_language_is_nearer_than_something_else_in_the_same() -> None:
    assert here is not None
    rows = here.vectors(["barrels of acid were emptied into the river", "вылили бочки с кислотой в реку", "倒入河中的酸桶", "the minister opened a school", "министр открыл школу"])  # fmt: skip
    alike = rows @ rows.T
    assert alike[0, 1] > alike[0, 3] and alike[0, 2] > alike[0, 3] and alike[3, 4] > alike[1, 4]


@needs
def test_a_phrase_has_the_same_vector_alone_and_beside_others_and_odd_texts_are_taken() -> None:
    assert here is not None
    odd = ["", "\0", "\ud800 x", "a" * 50_000, "🛢️", "acid", "acid"]
    rows = here.vectors(odd)
    assert rows.shape == (len(odd), WIDTH) and np.isfinite(rows).all()
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    assert np.array_equal(rows[5], here.vectors(["acid"])[0]) and np.array_equal(rows[5], rows[6])
    assert np.array_equal(rows[3], here.vectors(["a" * LONGEST])[0])
    assert here.vectors([]).shape == (0, WIDTH)


@needs
def test_loading_leaves_the_number_of_threads_of_other_libraries_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    encoder.cache_clear()
    assert encoder() is not None and os.environ["OMP_NUM_THREADS"] == "7"


@pytest.mark.parametrize(("system", "machine", "flags"), [("Darwin", "x86_64", "avx2 fma"), ("Linux", "aarch64", "avx2 fma"), ("Linux", "x86_64", "sse2 fma")])  # fmt: skip
def test_a_machine_that_cannot_run_the_encoder_goes_without(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, flags: str
) -> None:
    monkeypatch.setattr(vectors.platform, "system", lambda: system)
    monkeypatch.setattr(vectors.platform, "machine", lambda: machine)
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: f"processor: 0\nflags : {flags}\n")
    encoder.cache_clear()
    assert encoder() is None
    encoder.cache_clear()
