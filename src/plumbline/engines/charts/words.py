"""The words of charts in the reader's language: the catalogues of the pages, read without Django."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

CATALOGUES: Final = Path(__file__).resolve().parents[2] / "locale"
FROM_THE_RIGHT: Final = ("ar", "fa", "he", "ur")
OWN_WAY, FROM_LEFT, END = (
    "\u2068",
    "\u2066",
    "\u2069",
)  # what stands between runs by its own direction, or from the left
_spoken: ContextVar[gettext.NullTranslations | None] = ContextVar("spoken", default=None)


def languages() -> tuple[str, ...]:
    """Name the languages that charts speak, English first, by the codes of web pages such as zh-hans."""
    return ("en", *sorted(path.name.lower().replace("_", "-") for path in CATALOGUES.iterdir() if path.is_dir()))


def locale_of(language: str) -> str:
    """Give the name of a language's catalogue and locale: zh_Hans of zh-hans."""
    tongue, _, script = language.replace("_", "-").partition("-")
    return f"{tongue}_{script.title()}" if script else tongue


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have `_` speak a language for a while; what has no translation stays English."""
    found = gettext.translation("django", CATALOGUES, [locale_of(language)], fallback=True)
    before = _spoken.set(found)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(words: str, **params: object) -> str:
    """Say words in the language that is spoken, with their parameters."""
    spoken = _spoken.get()
    if spoken is None:
        return words.format(**params)
    said = spoken.gettext(words)
    if said != words and spoken.info().get("language") in FROM_THE_RIGHT:
        # a number has no letter to tell its direction by, and its minus would fall behind it
        params = {
            name: f"{OWN_WAY if any(map(str.isalpha, str(value))) else FROM_LEFT}{value}{END}"
            for name, value in params.items()
        }
    return said.format(**params)
