"""Guess the encoding of bytes: byte order mark, UTF-16 by its zeros, UTF-8 nearly everywhere, then a legacy one."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 65_536
WORDS = re.compile(r"[^\W\d_]+")
IDEOGRAPHS = frozenset({"CJK", "LATIN"})
KANA = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
LATIN = frozenset({"LATIN"})
HANGUL = frozenset({"HANGUL", "LATIN"})
HANGUL_ROWS, ENOUGH = range(0xB0, 0xC9), 8
ZIPPED: tuple[tuple[str, frozenset[str]], ...] = (
    ("utf-8", frozenset()), ("cp866", frozenset({"CYRILLIC"})), ("shift_jis", KANA | {"CJK"}), ("cp437", LATIN),
    ("cp850", LATIN), ("gb2312", IDEOGRAPHS), ("shift_jis", IDEOGRAPHS), ("gb18030", IDEOGRAPHS), ("big5", IDEOGRAPHS),
    ("euc_kr", HANGUL),
)  # fmt: skip
"""Encodings of names in archives, with the scripts of the words that speak for each; none speak against UTF-8."""
UMLAUTS = frozenset("ÄÖÜÅäöüåß")
LEGACY = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp866", "koi8_r"),
    *("iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "utf_16"),
]


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
    from charset_normalizer import from_bytes  # most files are UTF-8, and commands start without it

    best = from_bytes(sample[:SAMPLE], cp_isolation=LEGACY).best()
    name = best.encoding if best is not None else "cp1252"
    return "cp1252" if name in {"ascii", "utf_8", "latin_1", "cp1250", "cp1254", "cp1258"} and _latin(sample) else name


def legacy_encoding(data: bytes, beside: str = "") -> str:
    """Name the encoding of a few bytes, such as a name or a title: UTF-8, else what they speak for.

    `beside` is text of the same origin. Few letters say little, so an encoding that makes letters of the scripts that
    stand there goes first.
    """
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    scripts = {_script(char) for char in beside[:20_000] if ord(char) > 127 and char.isalpha()}
    for name in ("cp1251", "gb18030", "shift_jis", "cp1256", "big5", "euc_kr", "cp1253", "cp1252") if scripts else ():
        try:
            letters = {_script(char) for char in data.decode(name) if ord(char) > 127}
        except UnicodeDecodeError:
            continue
        if letters and letters <= scripts:
            return name
    return guess_encoding(data)


def zipped_names(raw: Sequence[bytes]) -> list[str]:
    """Decode the names in one archive that does not say their encoding: one system wrote them all, so they are judged together.

    Each by itself (`zipped_name`) where no encoding gives words of one script in all of them. Korean is told from Chinese
    where at least `ENOUGH` characters all lie in the part of the table that holds Hangul in one and 62 of 100 common characters in the other.

    >>> zipped_names([one.encode("cp949") for one in ("압수 보고서.txt", "항구 검사.txt")])
    ['압수 보고서.txt', '항구 검사.txt']
    >>> zipped_names([one.encode("cp932") for one in ("警察庁.txt", "レポート.txt")])
    ['警察庁.txt', 'レポート.txt']
    """
    if len(raw) == 0:
        return []
    whole = b"\n".join(raw)
    hangul = [char for word in _words(whole, "cp949", HANGUL) for char in word if not char.isascii()]
    if len(hangul) >= ENOUGH and all(char.encode("cp949")[0] in HANGUL_ROWS for char in hangul) and not _utf8(whole):
        return [one.decode("cp949") for one in raw]
    name = _zipped_encoding(whole)
    return [one.decode(name) for one in raw] if name else [zipped_name(one) for one in raw]


def _utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def zipped_name(raw: bytes) -> str:
    """Decode the name of a file in an archive that does not say its encoding: UTF-8, else what its maker's system wrote.

    Russian and western systems write their own DOS code page, East Asian ones their own encoding; letters of one word must
    be of one script, and capitals stand where capitals stand. A name that could be Russian and western is Russian if
    some word is longer than a letter and would be accented letters alone. Japanese names of the commonest Chinese characters
    alone look Chinese. A name that is none of these comes out as ZIP says: cp437.

    >>> zipped_name("Отчёт 2.txt".encode("cp866")), zipped_name("Größe.txt".encode("cp437"))
    ('Отчёт 2.txt', 'Größe.txt')
    >>> zipped_name("报告.txt".encode("gbk")), zipped_name("レポート.txt".encode("shift_jis"))
    ('报告.txt', 'レポート.txt')
    """
    return raw.decode(_zipped_encoding(raw) or "cp437")


def _zipped_encoding(raw: bytes) -> str | None:
    western = [words for words in (_words(raw, "cp437", LATIN), _words(raw, "cp850", LATIN)) if words]
    far = all(any(map(_is_foreign, words)) for words in western)
    for name, scripts in ZIPPED:
        words = _words(raw, name, scripts)
        if not words or (name == "cp866" and not far) or (name == "cp850" and far):
            continue
        if (
            name != "shift_jis"
            or scripts == IDEOGRAPHS
            or any(_script(char) in KANA for word in words for char in word)
        ):
            return name
    return None


def _words(raw: bytes, name: str, scripts: frozenset[str]) -> list[str]:
    """Give the words of a name that are not ASCII, if it is one of an encoding whose words are of these scripts."""
    try:
        text = raw.decode(name)
    except UnicodeDecodeError:
        return []
    words = [word for word in WORDS.findall(text) if not word.isascii()]
    if not scripts:
        return words or [text]
    marks = {char for char in text if ord(char) > 127 and not (char.isalpha() or char.isdecimal())}
    return words if not marks and all(_is_word(word, scripts) for word in words) else []


def _is_word(word: str, scripts: frozenset[str]) -> bool:
    found = {_script(char) for char in word}
    cased = word.islower() or word.isupper() or word[1:].islower() or not any(map(str.islower, word.upper().lower()))
    return found <= scripts and bool(found - {"LATIN"} or scripts == {"LATIN"}) and cased


def _is_foreign(word: str) -> bool:
    """Tell whether a word reads as western by chance: few words are of accented letters alone.

    Those are words of one letter (`à`) and umlauts in a row (`ÄÖÜ`).
    """
    umlauts = set(word) <= UMLAUTS and len(set(word)) == len(word)
    return len(word) > 1 and not any(map(str.isascii, word)) and not umlauts


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]


def _latin(sample: bytes) -> bool:
    """Say whether nearly all bytes are ASCII: what is left is western punctuation and accents."""
    return sum(byte > 127 for byte in sample) < 0.1 * len(sample)


def mostly_utf8(data: bytes) -> bool:
    """Say whether the bytes are UTF-8 with a few broken places, rather than another encoding."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = len(data) - len(text) - 2 * broken if broken else len(data)
    return sound > 8 * broken
