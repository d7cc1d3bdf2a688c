"""tools/setup.py does a step once, again when its inputs or its results changed, and says what a system lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tools import setup


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "STAMPS": tmp_path / ".venv/stamps"}.items():
        monkeypatch.setattr(setup, name, value)
    (tmp_path / "lock.txt").write_text("one")
    return tmp_path


def step_in(folder: Path) -> setup.Step:
    result = folder / "result"
    return setup.Step("step", "a step", (folder / "lock.txt",), (result,), lambda: result.write_text("made") and None)


def test_step_that_was_done_is_not_done_again(folder: Path) -> None:
    step = step_in(folder)
    assert not setup.is_done(step)
    setup.perform(step)
    assert setup.is_done(step)


def test_step_is_done_again_when_its_input_changed(folder: Path) -> None:
    step = step_in(folder)
    setup.perform(step)
    (folder / "lock.txt").write_text("two")
    assert not setup.is_done(step)


def test_step_is_done_again_when_its_result_is_gone(folder: Path) -> None:
    step = step_in(folder)
    setup.perform(step)
    (folder / "result").unlink()
    assert not setup.is_done(step)


def test_step_that_failed_is_not_remembered(folder: Path) -> None:
    def fail() -> None:
        raise setup.SetupFailed("no")

    step = setup.Step("step", "a step", (), (), fail)
    with pytest.raises(setup.SetupFailed):
        setup.perform(step)
    assert not setup.is_done(step)


def test_missing_venv_module_is_one_sentence_with_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(setup.SetupFailed, match="sudo apt-get install python3-venv"):
        setup.make_environment()


def test_failing_command_shows_its_words(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(setup.SetupFailed, match="This command failed"):
        setup.run(sys.executable, "-c", "import sys; sys.exit('the disk is full')")
    assert "the disk is full" in capfd.readouterr().err
