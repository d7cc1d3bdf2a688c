"""Read Rich Text Format: paragraphs, headings, rows of tables, notes and boxes; pictures and objects are left out.

The reader is the project's own: striprtf 0.0.35 gives no notes and boxes, gives deleted words as text, and takes letters of
two bytes apart (Rich Text Format Specification 1.9.1, Microsoft 2008).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from plumbline.plugins.readers.flow import label_of
from plumbline.plugins.readers.headings import HeadingPath
from plumbline.plugins.readers.model import Block, Document, Reading, broken
from plumbline.plugins.readers.symbols import holds_signs, sign

MEDIA = "application/rtf"
DIGITS_OF_PICTURES = re.compile(rb"(?:[0-9A-Fa-f]{2}[\r\n \t]*+){256,}+")
BINARY = re.compile(rb"\\bin(\d{1,9}) ?")
MOST = 30_000_000
"""So many bytes of text and commands are taken, once pictures are out: the parser works command by command."""
TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?\d{1,12})?[ ]?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    254: "cp437", 255: "cp850",
}  # fmt: skip
LETTERS = {
    "tab": " ", "line": " ", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "zwj": "\u200d", "zwnj": "\u200c",
    "~": " ", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\", "nestcell": " ", "nestrow": " ",
}  # fmt: skip
NOTES, BOXES, ABOUT = {"footnote"}, {"shptxt", "dptxbxtext"}, {"title", "author"}
PASSED_THROUGH = {
    "info", "shp", "shpinst", "do", "object", "result", "field", "fldrslt", "shpgrp", "listtext", "pntext",
}  # fmt: skip
LEFT_OUT = {
    "aftncn", "aftnsep", "aftnsepc", "annotation", "atnauthor", "atndate", "atnicn", "atnid", "atnparent", "atnref",
    "atntime", "atrfend", "atrfstart", "background", "bkmkend", "bkmkstart", "blipuid", "category",
    "colorschememapping", "colortbl", "comment", "company", "creatim", "datafield", "datastore", "defchp", "defpap",
    "doccomm", "docvar", "falt", "filetbl", "fldinst", "fldtype", "footer", "footerf", "footerl", "footerr",
    "formfield", "ftncn", "ftnsep", "ftnsepc", "generator", "header", "headerf", "headerl", "headerr", "hlinkbase",
    "keywords", "latentstyles", "levelnumbers", "leveltext", "listname", "listoverridetable", "listpicture",
    "liststylename", "listtable", "manager", "mmathPr", "nesttableprops", "nextfile", "nonesttables", "nonshppict",
    "objalias", "objclass", "objdata", "objname", "objsect", "objtime", "operator", "panose", "password",
    "passwordhash", "pgptbl", "picprop", "pict", "pn", "pnseclvl", "printim", "private", "protusertbl",
    "pxe", "revtbl", "revtim", "rsidtbl", "rxe", "shprslt", "sn", "sp", "staticval", "stylesheet", "subject", "sv",
    "tc", "template", "themedata", "txe", "ud", "userprops", "wgrffmtfilter", "windowcaption", "xe", "xmlnstbl",
}  # fmt: skip


KNOWN = {
    *NOTES, *BOXES, *ABOUT, *PASSED_THROUGH, *LEFT_OUT, *LETTERS, "fonttbl", "f", "fcharset", "cpg", "ansicpg", "mac", "pc",
    "pca", "uc", "deff", "deleted", "plain", "chftn", "par", "sect", "page", "column", "pard", "intbl", "outlinelevel", "trowd", "cell",
    "row",
}  # fmt: skip
"""Commands that change what is read; the many others say how it looks."""


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group: where its text goes ('' for nowhere), its font, and what stands after a letter's number."""

    to: str = "body"
    font: str = ""
    skip: int = 1
    deleted: bool = False


@dataclass(slots=True)
class _Flow:
    """Gather the paragraphs and rows of one stream of text."""

    words: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str, int | None]] = field(default_factory=list)  # kind, text, outline level
    level: int | None = None
    in_table: bool = False
    row: int = 0
    filled: bool = False  # whether the words say anything

    @property
    def begun(self) -> bool:
        """Tell whether a paragraph or row is open that says something."""
        return self.filled or self.in_table or bool(self.cells)

    def say(self, text: str) -> None:
        """Add words to the paragraph."""
        self.words.append(text)
        self.filled = self.filled or bool(text.strip())

    def end(self) -> None:
        """End what is open, as at the end of a note, a box or the file."""
        self.in_table = False
        if self.cells:
            self.end_row()
        self.end_paragraph()

    def end_paragraph(self) -> None:
        """End a paragraph; within a cell, its words go on."""
        if self.in_table or self.cells:
            self.say(" ")
            return
        text = self.taken()
        if text:
            self.blocks.append(("paragraph", text, self.level))
            self.row = 0

    def end_row(self) -> None:
        """End a row of a table; that one is within a table holds until the next paragraph is described anew."""
        last = self.taken()
        cells = [*self.cells, last] if last else self.cells
        self.row += 1
        if any(cells):
            self.blocks.append((str(self.row), " | ".join(cells), None))
        self.cells = []

    def taken(self) -> str:
        """Give the words gathered since, and begin anew."""
        text = " ".join("".join(self.words).replace("\x00", "").split())
        self.words, self.filled = [], False
        return text


def read_rtf(path: Path, reading: Reading) -> Document:
    """Read an RTF file; what it embeds is not looked at."""
    blocks, parser = rtf_blocks(path.read_bytes(), reading)
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    title = parser.said("title") or next((one.text for one in blocks[:3] if one.kind == "heading"), None)
    return Document(MEDIA, title, None, None, parser.said("author"), blocks, reading.all_warnings())


def rtf_blocks(data: bytes, reading: Reading) -> tuple[list[Block], _Parser]:
    """Give the blocks of RTF, with what the file says of itself."""
    data = DIGITS_OF_PICTURES.sub(b"", _without_binary(data))
    if len(data) > MOST:
        raise reading.refuse(
            "file.too_large",
            "{name} has {size} bytes, more than the {limit} that are taken. Nothing was stored; split the file.",
            size=len(data),
            limit=MOST,
        )
    if data.count(b"{") > data.count(b"}") + 100:
        raise broken(reading)
    parser = _Parser(reading)
    parser.read(data.decode("latin-1"))
    blocks = list(_blocks(parser.blocks()))
    if parser.unread:
        reading.warn(
            "text.bytes_replaced",
            "{count} bytes of {name} are no valid {encoding} and show as \ufffd.",
            count=parser.unread,
            name=reading.name,
            encoding=parser.encoding,
        )
    return blocks, parser


def _without_binary(data: bytes) -> bytes:
    r"""Take the raw bytes out that follow `\binN`: they are no text, whatever they look like."""
    parts, at = [], 0
    while found := BINARY.search(data, at):
        parts.append(data[at : found.start()])
        at = min(len(data), found.end() + int(found.group(1)))
    return b"".join([*parts, data[at:]])


class _Parser:
    """Go through the commands once; bytes wait until it is known in which encoding they end."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._state = _State()
        self._groups: list[_State] = []
        self._flows: dict[str, _Flow] = {}
        self._pending = bytearray()
        self._half = 0  # the first half of a letter of two
        self._skipping = 0
        self._fonts: dict[str, str] = {}  # their encodings
        self._names: dict[str, str] = {}
        self._defining = self._default = ""
        self._notes = 0
        self.encoding = "cp1252"
        self.unread = 0

    def read(self, source: str) -> None:
        """Go through the source, up to the end of its outermost group."""
        for number, found in enumerate(TOKEN.finditer(source)):
            if number % 50_000 == 0:
                self._reading.check_time()
            word, argument, digits, mark, brace, text = found.groups()
            if brace == "{":
                self._end_bytes()
                self._groups.append(self._state)
                self._skipping = 0
            elif brace:
                self._close()
                if not self._groups:
                    return
            elif word:
                self._command(word, int(argument) if argument else None)
            elif digits:
                self._bytes(bytes.fromhex(digits))
            elif mark == "*":
                self._state = replace(self._state, to=f"*{self._state.to}")
            elif mark in ("\n", "\r"):
                self._command("par", None)
            elif mark:
                self._sign(mark)
            elif text:
                self._bytes(text.encode("latin-1"))
        self._end_bytes()

    def blocks(self) -> list[tuple[str, str, int | None]]:
        """Give (kind, text, outline level); the kind of a row is its number."""
        body = self._flow("body")
        body.end()
        self._flush_notes()
        return body.blocks

    def said(self, what: str) -> str | None:
        """Give what the file says of itself."""
        return (self._flow(what).taken()[:300] or None) if what in self._flows else None

    def _flow(self, name: str) -> _Flow:
        return self._flows.setdefault(name, _Flow())

    def _close(self) -> None:
        self._end_bytes()
        before, self._skipping = self._state, 0
        self._state = self._groups.pop() if self._groups else _State()
        if before.to in ("note", "box") and self._state.to != before.to:
            self._flow(before.to).end()
            if not self._flow("body").begun:
                self._flush_notes()

    def _flush_notes(self) -> None:
        for name in ("note", "box"):
            if name in self._flows:
                self._flow("body").blocks += self._flows.pop(name).blocks

    def _command(self, word: str, number: int | None) -> None:
        if word == "u":
            return self._letter(number or 0)
        if self._skipping and word not in ("par", "cell", "row"):
            self._skipping -= 1
            return None
        to = self._state.to
        if word not in KNOWN and to[:1] != "*":
            return None
        self._end_bytes()
        if word in NOTES or word in BOXES:
            if to.lstrip("*") in ("body", "note", "box", "shape"):
                self._state = replace(self._state, to="note" if word in NOTES else "box")
        elif word in ("shpinst", "shpgrp", "do"):
            self._state = replace(self._state, to="shape" if to.lstrip("*") in ("body", "shape") else "")
        elif word in ABOUT and to == "about":
            self._state = replace(self._state, to=word)
        elif word == "info":
            self._state = replace(self._state, to="about")
        elif word == "fonttbl":
            self._state = replace(self._state, to="fonts")
        elif word in LEFT_OUT or (to.startswith("*") and word not in PASSED_THROUGH):
            self._state = replace(self._state, to="")
        elif to == "fonts":
            self._font(word, number)
        else:
            self._format(word, number)
        return None

    def _font(self, word: str, number: int | None) -> None:
        if word == "f":
            self._defining = str(number)
        elif word == "fcharset" and number in CHARSETS:
            self._fonts[self._defining] = CHARSETS[number]
        elif word == "cpg":
            self._fonts[self._defining] = _known(number)

    def _format(self, word: str, number: int | None) -> None:
        flow = self._flow(self._state.to) if self._state.to in ("body", "note", "box") else None
        if word == "ansicpg":
            self.encoding = _known(number)
        elif word in ("mac", "pc", "pca"):
            self.encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "f":
            self._state = replace(self._state, font=str(number))
        elif word == "uc":
            self._state = replace(self._state, skip=max(0, min(number or 0, 10)))
        elif word == "deff":
            self._default = str(number)
            self._state = replace(self._state, font=self._default)
        elif word == "deleted":
            self._state = replace(self._state, deleted=number != 0)
        elif word == "plain":
            self._state = replace(self._state, deleted=False, font=self._default)
        elif word == "chftn":
            self._mark()
        elif flow is not None and not (self._state.deleted and word in LETTERS):
            self._place(flow, word, number)

    def _place(self, flow: _Flow, word: str, number: int | None) -> None:
        if word in ("par", "sect", "page", "column"):
            flow.end_paragraph()
            if self._state.to == "body" and not flow.words:
                self._flush_notes()
        elif word == "pard":
            flow.in_table, flow.level = False, None
        elif word == "intbl":
            flow.in_table = True
        elif word == "outlinelevel":
            flow.level = None if number is None or not 0 <= number <= 8 else number + 1
        elif word == "trowd" and not flow.cells and not flow.in_table:
            flow.end_paragraph()
        elif word == "cell":
            flow.cells.append(flow.taken())
        elif word == "row":
            flow.end_row()
            if self._state.to == "body":
                self._flush_notes()
        elif word in LETTERS:
            flow.say(LETTERS[word])

    def _mark(self) -> None:
        """Number a note where it hangs, and again where it begins."""
        if self._state.to == "note":
            self._flow("note").say(f"[{self._notes}] ")
        elif self._state.to == "body":
            self._notes += 1
            self._flow("body").say(f" [{self._notes}]")

    def _sign(self, mark: str) -> None:
        if mark in "\\{}" and self._pending:  # the second byte of a letter may look like one of these
            self._bytes(mark.encode())
            return
        if self._skipping:
            self._skipping -= 1
            return
        self._end_bytes()
        if mark in LETTERS:
            self._write(LETTERS[mark])

    def _letter(self, number: int) -> None:
        """Write a letter by its number; those beyond 16 bits come as two halves."""
        self._end_bytes()
        self._skipping = self._state.skip
        if not -0x8000 <= number <= 0xFFFF:
            return
        code = number & 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self._half = code
            return
        if 0xDC00 <= code < 0xE000:
            code, self._half = (0x10000 + ((self._half - 0xD800) << 10) + code - 0xDC00 if self._half else 0xFFFD), 0
        self._half = 0
        self._write(sign(code, self._signs() or "symbol") if 0xF020 <= code <= 0xF0FF else chr(code))

    def _bytes(self, data: bytes) -> None:
        passed = min(self._skipping, len(data))
        self._skipping -= passed
        self._pending += data[passed:]

    def _end_bytes(self) -> None:
        if not self._pending:
            return
        data, self._pending = bytes(self._pending), bytearray()
        if signs := self._signs():
            self._write("".join(sign(one, signs) for one in data))
            return
        text = data.decode(self._fonts.get(self._state.font, self.encoding), "replace")
        if self._state.to in ("body", "note", "box"):
            self.unread += text.count("\ufffd")
        self._write(text)

    def _write(self, text: str) -> None:
        to = self._state.to
        if to == "fonts":
            self._names[self._defining] = (self._names.get(self._defining, "") + text)[:100]
        elif to in ("body", "note", "box", "title", "author") and not self._state.deleted:
            self._flow(to).say(text)

    def _signs(self) -> str:
        """Name the font that is set if it holds signs."""
        name = self._names.get(self._state.font, "").partition(";")[0]
        return name if self._state.to != "fonts" and holds_signs(name) else ""


def _known(number: int | None) -> str:
    """Give the encoding of a code page; Western where there is none of this number."""
    name = {65001: "utf-8", 10000: "mac_roman", 936: "gb18030", 1361: "johab"}.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _blocks(found: list[tuple[str, str, int | None]]) -> Iterator[Block]:
    path = HeadingPath()
    for kind, text, level in found:
        if kind != "paragraph":
            yield Block(text, None, path.current, "row", kind)
        elif level is not None:
            path.close(level)
            yield Block(text, None, path.current, "heading")
            path.enter(level, text)
        else:
            told, label = label_of(text)
            yield Block(text, None, path.current, told, label)
