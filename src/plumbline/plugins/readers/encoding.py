"""Decide how bytes become text: byte order mark, UTF-8, then a guess that is said as a warning."""

from __future__ import annotations

import re

from plumbline.engines.encoding import bare_utf16, guess_encoding, marked_encoding, mostly_utf8
from plumbline.plugins.readers.model import Reading

CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_CHARS = dict.fromkeys([*range(0, 9), 11, *range(14, 32), *range(127, 133), *range(134, 160)])


def looks_binary(head: bytes) -> bool:
    """Say whether bytes cannot be text: many control bytes, and no Unicode encoding that explains them."""
    if not head or marked_encoding(head) or bare_utf16(head):
        return False
    return len(CONTROLS.findall(head)) > 0.06 * len(head)


def decode(data: bytes, reading: Reading) -> str:
    """Decode the whole of a text file, saying what was guessed or taken out.

    Warnings: `text.encoding_guessed`, `text.bytes_replaced`, `text.controls_removed`.
    """
    name = marked_encoding(data[:4]) or bare_utf16(data)
    if name is None:
        try:
            return _clean(data.decode("utf-8"), reading)
        except UnicodeDecodeError:
            name = "utf-8" if mostly_utf8(data) else guess_encoding(data)
    text = data.decode(name, errors="replace")
    replaced = text.count("\ufffd")
    if name not in {"utf-8", "utf-8-sig", "utf-16", "utf-32"}:
        reading.warn(
            "text.encoding_guessed",
            "The encoding of {name} is not declared; it was read as {encoding}. Check accented letters.",
            name=reading.name,
            encoding=name,
        )
    if replaced:
        reading.warn(
            "text.bytes_replaced",
            "{count} bytes of {name} are no valid {encoding} and show as \ufffd.",
            count=replaced,
            name=reading.name,
            encoding=name,
        )
    return _clean(text, reading)


def _clean(text: str, reading: Reading) -> str:
    """Take out NUL and other control characters, and bring line ends to \\n."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = text.translate(_CONTROL_CHARS) if CONTROLS_TEXT.search(text) else text
    if len(cleaned) != len(text):
        reading.warn(
            "text.controls_removed",
            "{count} control characters were taken out of {name}.",
            count=len(text) - len(cleaned),
            name=reading.name,
        )
    return cleaned.replace("\ufeff", "")


CONTROLS_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
