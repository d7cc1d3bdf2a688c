"""Rebuild paragraphs, headings and numbered paragraphs from the lines of a page or text file.

A line-based source (plain text, the text layer of a PDF) gives `Line`s; `blocks_of` returns blocks. Order of work:
running heads and page numbers fall away, lines are cut into chunks at gaps and at enumerators, each chunk is
classified, and what a page break cut in two is joined again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plumbline.plugins.readers.model import Block, BlockKind

ROMAN = re.compile(r"(?=[IVXLC])(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})[.)]\s+\S")
LETTER = re.compile(r"([A-Z])[.)]\s+\S")
DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,4})[.)]?\s+[^\d\s]")
PARAGRAPH_NUMBER = re.compile(r"(\d{1,4})\.\s+\S")
PART = re.compile(
    r"(?:(?i:part|chapter|section|annex|appendix|title|article|chapitre|partie|annexe|cap[ií]tulo|parte|anexo)"
    r"\s+[\dIVXLC]|(?:Глава|ГЛАВА|Раздел|РАЗДЕЛ|Часть|ЧАСТЬ)\s+[\dIVXLC]|第[一二三四五六七八九十百\d]+[章节条部])"
)
LIST_ITEM = re.compile(r"(?:([•‣◦▪●○■□–—*·\uf0b7\ufffd-]+)\s+|\(?([a-z]|[ivx]{1,4})[.)]\s+|\((\d{1,3}|[A-Z])\)\s+)\S")
PAGE_NUMBER = re.compile(
    r"[-–—\s|/]*(?:(?i:page|p\.|seite|página|стр\.?|صفحة|第)\s*)?(\d{1,5}|[ivxl]{1,6})(?:\s*(?:/|of|de|из|页)?\s*\d{0,5})?[-–—\s|]*"
)
DIGITS = re.compile(r"\d+")
STOPS = ".!?。！？؟…;；:：۔"
CLOSERS = "”\"’')]»）】」 \t"
WORD = re.compile(r"[^\W\d_]+")
SIBLING = 0
LONGEST = 20_000  # characters: a longer paragraph is cut at the next line that ends a sentence
HYPHENATED = re.compile(r"[^\W\d_]+-[^\W\d_]+")
HYPHENS = "-\u00ad\u2010\ufffe\x02"


@dataclass(slots=True)
class Line:
    """Hold one printed line. `gap`: a new paragraph surely begins here; `size`: points, 0 where unknown."""

    text: str
    page: int | None = None
    gap: bool = False
    size: float = 0.0
    break_before: bool = False


@dataclass(slots=True)
class _Chunk:
    text: str
    page: int | None
    size: float
    lines: int
    after_break: bool


class _Run:
    """Gather the lines of one chunk; only its last line is looked at, so that long runs cost no more than short ones."""

    def __init__(self, line: Line, text: str) -> None:
        self.page, self.size, self.after_break = line.page, line.size, line.break_before
        self.last = text
        self.lines = 1
        self.length = len(text)
        self._parts = [text]

    def add(self, text: str, joiner: _Joiner) -> None:
        """Join one more line on."""
        self._parts[-1] = joiner.join(self._parts[-1], text)[: -len(text)]
        self._parts.append(text)
        self.last = text
        self.lines += 1
        self.length += len(text)

    def chunk(self) -> _Chunk:
        """Give what was gathered."""
        return _Chunk("".join(self._parts), self.page, self.size, self.lines, self.after_break)


def ends_sentence(text: str) -> bool:
    """Say whether the text ends with a stop, closing quotes and brackets set aside."""
    stripped = text.rstrip(CLOSERS)
    return bool(stripped) and stripped[-1] in STOPS


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Drop page numbers and lines that recur at the top or bottom of pages; mark each page's first line."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_shape(line.text) for line in (*page[:2], *page[2:][-2:])})
    often = max(3, len(pages) * 3 // 10)
    kept: list[Line] = []
    for page in pages:
        lines = [line for at, line in enumerate(page) if not _is_furniture(line.text, at, len(page), counts, often)]
        if not lines:  # a page of nothing else: what recurs is its text
            lines = [line for line in page if not _is_page_number(line.text)]
        if lines and kept:
            lines[0].break_before = True
        kept.extend(lines)
    return kept


def _shape(text: str) -> str:
    return DIGITS.sub("#", text.strip())


def _is_furniture(text: str, at: int, total: int, counts: Counter[str], often: int) -> bool:
    if 2 <= at < total - 2:
        return False
    stripped = text.strip()
    if _is_page_number(stripped):
        return True
    return len(stripped) < 160 and counts[_shape(stripped)] >= often and not PARAGRAPH_NUMBER.match(stripped)


def _is_page_number(text: str) -> bool:
    stripped = text.strip()
    return len(stripped) < 40 and bool(PAGE_NUMBER.fullmatch(stripped))


def blocks_of(lines: Sequence[Line], *, sized: bool) -> list[Block]:
    """Turn lines into blocks. `sized`: font sizes are known, so an unnumbered heading must be larger than the body."""
    joiner = _Joiner(lines)
    chunks = list(_chunks(lines, joiner))
    return _Classifier(chunks, joiner, sized=sized, body=_body_size(lines) if sized else 0.0).run()


def _body_size(lines: Sequence[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


class _Joiner:
    """Join two lines: words cut by a hyphen are healed, Han and kana join without a space."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._words: set[str] | None = None
        self._hyphenated: set[str] = set()

    def join(self, head: str, tail: str) -> str:
        """Give `head` and `tail` as one text."""
        if not head or not tail:
            return head or tail
        last = head[-1]
        if last in HYPHENS and len(head) > 1 and head[-2].isalpha() and tail[0].islower():
            return head[:-1] + self._hyphen(head, tail) + tail
        if last in "\ufffe\x02":
            return f"{head[:-1]}-{tail}"
        if last >= "\u2e80" and tail[0] >= "\u2e80" and _is_han(last) and _is_han(tail[0]):
            return head + tail
        return f"{head} {tail}"

    def _hyphen(self, head: str, tail: str) -> str:
        """Say which hyphen stays: one that the document also prints inside a line, or between two of its words."""
        if head[-1] == "\u00ad":
            return ""
        first = (WORD.findall(head[-60:-1]) or [""])[-1].lower()
        second = (WORD.match(tail) or WORD.search("x")).group().lower()  # type: ignore[union-attr]
        words = self._known_words()
        if first + second in words:
            return ""
        if f"{first}-{second}" in self._hyphenated or (first in words and second in words):
            return "-"
        return ""

    def _known_words(self) -> set[str]:
        if self._words is None:
            self._words = set()
            for line in self._lines:
                lowered = line.text.lower()
                found = WORD.findall(lowered)
                if "-" in lowered:
                    self._hyphenated.update(HYPHENATED.findall(lowered))
                self._words.update(found[1:-1] if line.text.rstrip()[-1:] in HYPHENS else found[1:])
        return self._words


def _is_han(char: str) -> bool:
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uff65"
        or char >= "\U00020000"
    )


def _chunks(lines: Sequence[Line], joiner: _Joiner) -> Iterable[_Chunk]:
    """Cut lines at gaps, and inside a run where a stop is followed by an enumerator, a bullet or another font size."""
    current: _Run | None = None
    for at, line in enumerate(lines):
        text = line.text.strip()
        if not text:
            continue
        if current is not None and not _starts_chunk(line, text, current, lines, at):
            current.add(text, joiner)
            continue
        if current is not None:
            yield current.chunk()
        current = _Run(line, text)
    if current is not None:
        yield current.chunk()


def _starts_chunk(line: Line, text: str, current: _Run, lines: Sequence[Line], at: int) -> bool:
    if line.gap or line.break_before:
        return True
    if current.length > LONGEST and ends_sentence(current.last):
        return True
    if line.size and current.size and abs(line.size - current.size) > 0.12 * current.size:
        return True
    if not line.size and text.isupper() != current.last.isupper() and _is_capitals(text, current.last):
        return True
    first = text[0]
    if not (first.isdigit() or first.isupper() or not first.isalnum() or text[1:2] in ".)"):
        return False
    bullet = LIST_ITEM.match(text)
    if bullet and (bullet.group(1) or ends_sentence(current.last)):
        return (len(bullet.group(1) or "x") < 4 and first not in "–—-*") or ends_sentence(current.last)
    if not ends_sentence(current.last):
        return False
    return bool(PARAGRAPH_NUMBER.match(text) or _heads_a_run(text, lines, at))


def _is_capitals(text: str, before: str) -> bool:
    """Say whether a heading in capitals begins here or ended on the line before."""
    heading = text if text.isupper() else before
    return (
        len(heading) > 8
        and " " in heading
        and not heading[0].isdigit()
        and (ends_sentence(before) or before.isupper() or "\t" in before)
    )


def _heads_a_run(text: str, lines: Sequence[Line], at: int) -> bool:
    """Say whether an enumerated line and the few that follow it up to the next gap read like a heading."""
    if not (ROMAN.match(text) or LETTER.match(text) or DECIMAL.match(text)):
        return False
    run = [text]
    for line in lines[at + 1 : at + 4]:
        if line.gap:
            break
        run.append(line.text.strip())
    return len(run) <= 3 and not ends_sentence(run[-1])


class _Classifier:
    """Give each chunk its kind, label and heading path, and join what a page break cut."""

    def __init__(self, chunks: list[_Chunk], joiner: _Joiner, *, sized: bool, body: float) -> None:
        self._chunks = chunks
        self._joiner = joiner
        self._sized = sized
        self._body = body
        self._blocks: list[Block] = []
        self._stack: list[tuple[tuple[float, int], str]] = []
        self._titled = False
        self._letter = ""

    def run(self) -> list[Block]:
        """Classify every chunk in order."""
        for at, chunk in enumerate(self._chunks):
            if self._continues(chunk):
                self._extend(chunk)
                continue
            rank = self._heading_rank(chunk, self._chunks[at + 1] if at + 1 < len(self._chunks) else None)
            if rank is None:
                kind, label = label_of(chunk.text)
                self._blocks.append(Block(chunk.text, chunk.page, self._path(), kind, label))
            else:
                self._add_heading(chunk, rank)
        return self._blocks

    def _path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._stack)

    def _continues(self, chunk: _Chunk) -> bool:
        """Say whether the chunk goes on from the block before: cut by a page break, or begun in lower case."""
        if not self._blocks:
            return False
        last = self._blocks[-1]
        if last.kind == "heading" or len(last.text) > LONGEST or ends_sentence(last.text[-200:]):
            return False
        first = chunk.text[0]
        if first.islower():
            return not LIST_ITEM.match(chunk.text)
        if not chunk.after_break or self._enlarged(chunk) or len(last.text) < 60:
            return False
        return not (PARAGRAPH_NUMBER.match(chunk.text) or LIST_ITEM.match(chunk.text) or ROMAN.match(chunk.text))

    def _extend(self, chunk: _Chunk) -> None:
        last = self._blocks[-1]
        joined = self._joiner.join(last.text, chunk.text)
        self._blocks[-1] = Block(joined, last.page, last.heading_path, last.kind, last.label)

    def _enlarged(self, chunk: _Chunk) -> bool:
        return self._sized and chunk.size > self._body * 1.08

    def _add_heading(self, chunk: _Chunk, rank: int) -> None:
        key = (-round(max(chunk.size, self._body), 1), rank)
        if not self._titled and not self._blocks and not _enumerated(chunk.text):
            self._titled = True
            self._blocks.append(Block(chunk.text, chunk.page, (), "heading"))
            return
        while self._stack and (self._stack[-1][0] >= key or self._stack[-1][0] == (key[0], SIBLING)):
            self._stack.pop()
        self._blocks.append(Block(chunk.text, chunk.page, self._path(), "heading"))
        self._stack.append((key, chunk.text))

    def _heading_rank(self, chunk: _Chunk, following: _Chunk | None) -> int | None:
        """Rank a heading by its enumerator (1 outermost); None for body text."""
        text = chunk.text
        if len(text) > 220 or chunk.lines > 4 or "\t" in text or following is None:
            return None
        if following.text[0].islower() and not LIST_ITEM.match(following.text):
            return None
        if self._sized and not self._enlarged(chunk) and following.after_break and len(text) > 100:
            return None
        last = text.rstrip(CLOSERS)[-1:]
        enumerated = _enumerated(text)
        if last in ".;；。:：," or not last or (last in STOPS and not (enumerated or self._enlarged(chunk))):
            return None
        if not _mostly_letters(text):
            return None
        return self._enumerated_rank(text, chunk) if enumerated else self._plain_rank(chunk, following)

    def _enumerated_rank(self, text: str, chunk: _Chunk) -> int | None:
        if chunk.lines > 3 or (LIST_ITEM.match(text) and not self._enlarged(chunk)):
            return None
        if PART.match(text):
            return 1
        letter = LETTER.match(text)
        follows = letter and self._letter and ord(letter.group(1)) == ord(self._letter) + 1
        if ROMAN.match(text) and not follows:
            return 2
        if letter:
            self._letter = letter.group(1)
            return 3
        decimal = DECIMAL.match(text)
        return 4 + decimal.group(1).count(".") if decimal else None

    def _plain_rank(self, chunk: _Chunk, following: _Chunk) -> int | None:
        text = chunk.text
        first = text[0]
        if first.islower() or not first.isalpha() or LIST_ITEM.match(text):
            return None
        capitals = text.isupper() and len(text) > 3 and len(text.split()) > 1
        if self._sized:
            return SIBLING if self._enlarged(chunk) else 8 if capitals and chunk.lines <= 2 else None
        if chunk.lines > 2 or len(text) > 160 or len(text.split()) > 22:
            return None
        return 1 if capitals else 9


def _mostly_letters(text: str) -> bool:
    """Say whether six tenths of a text are letters and spaces; most headings hold nothing else, which is told at once."""
    return text.replace(" ", "").isalpha() or sum(char.isalpha() or char.isspace() for char in text) >= 0.6 * len(text)


def _enumerated(text: str) -> bool:
    return bool(ROMAN.match(text) or LETTER.match(text) or DECIMAL.match(text) or PART.match(text))


def label_of(text: str) -> tuple[BlockKind, str | None]:
    """Give kind and printed number of a body text by how it begins."""
    number = PARAGRAPH_NUMBER.match(text)
    if number:
        return "paragraph", number.group(1)
    item = LIST_ITEM.match(text)
    if item:
        return "list-item", item.group(2) or item.group(3)
    return "paragraph", None
