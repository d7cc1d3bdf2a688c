"""Decide how bytes become text: byte order mark, UTF-8, then a guess that is said as a warning."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from plumbline.plugins.readers.model import Reading

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 65_536
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_CHARS = dict.fromkeys([*range(0, 9), 11, *range(14, 32), *range(127, 133), *range(134, 160)])


def marked_encoding(head: bytes) -> str | None:
    """Name the encoding that a byte order mark declares."""
    return next((name for mark, name in MARKS if head.startswith(mark)), None)


def bare_utf16(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: half of the bytes are zero, all on one side of the pairs."""
    sample = head[:4096]
    half = len(sample) // 2
    if half < 4 or not sample.count(0):
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.02 * half else None


def guess_encoding(sample: bytes) -> str:
    """Guess a legacy encoding from a sample; Windows Latin 1 when nothing fits better."""
    best = from_bytes(sample[:SAMPLE]).best()
    name = best.encoding if best is not None else "cp1252"
    return "cp1252" if name in {"ascii", "utf_8", "latin_1", "cp1250", "cp1254", "cp1258"} and _latin(sample) else name


def _latin(sample: bytes) -> bool:
    """Say whether nearly all bytes are ASCII: what is left is western punctuation and accents."""
    return sum(byte > 127 for byte in sample) < 0.1 * len(sample)


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


def mostly_utf8(data: bytes) -> bool:
    """Say whether the bytes are UTF-8 with a few broken places, rather than another encoding."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = len(data) - len(text) - 2 * broken if broken else len(data)
    return sound > 8 * broken


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
