"""The registry of plugins: shipped readers are there, a plugin's reader is asked and may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plumbline.plugins import hookimpl, plugin_registry
from plumbline.plugins.readers import (
    Block,
    Candidate,
    Document,
    Reader,
    Reading,
    format_titles,
    read_file,
    readers,
    safe_name,
)


class Minutes:
    @hookimpl
    def plumbline_readers(self) -> list[Reader]:
        return [Reader("minutes", "minutes", "text/x-minutes", (".min",), self.recognises, self.read, 5)]

    def recognises(self, candidate: Candidate) -> bool:
        return candidate.head.startswith(b"MINUTES")

    def read(self, path: Path, reading: Reading) -> Document:
        return Document("text/x-minutes", None, "en", None, None, [Block(path.read_text()[8:])], reading.all_warnings())


@pytest.fixture
def minutes() -> Iterator[None]:
    plugin = Minutes()
    plugin_registry().register(plugin)
    readers.cache_clear()
    yield
    plugin_registry().unregister(plugin)
    readers.cache_clear()


def test_reader_of_a_plugin_is_asked_first(tmp_path: Path, minutes: None) -> None:
    (tmp_path / "a.min").write_text("MINUTES The board met.")
    assert read_file(tmp_path / "a.min", name="a.min").text == "The board met."
    assert "minutes" in format_titles()


def test_without_the_plugin_the_same_file_is_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.min").write_text("MINUTES The board met.")
    assert read_file(tmp_path / "a.min", name="a.min").media_type == "text/plain"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.txt", "a.txt"),
        ("../a.txt", "a.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("...", "file"),
        ("", "file"),
        ("отчёт.pdf", "отчёт.pdf"),
    ],
)
def test_safe_name_keeps_only_what_may_be_shown(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_safe_name_of_endless_name_keeps_the_suffix() -> None:
    assert len(safe_name("x" * 5000 + ".pdf")) < 200
    assert safe_name("x" * 5000 + ".pdf").endswith(".pdf")
