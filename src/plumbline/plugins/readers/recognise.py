"""Tell formats apart by content; the suffix only decides between plain text and a table of values."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

from plumbline.engines.encoding import bare_utf16, marked_encoding
from plumbline.plugins.readers.encoding import looks_binary
from plumbline.plugins.readers.model import is_of_machine
from plumbline.plugins.readers.reader import Candidate

PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
HEADER = re.compile(r"\A(?:From |>?[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\r?\n)")
MAIL = re.compile(r"^(?:From|Date|Subject|Message-ID|Received|MIME-Version|To|Return-Path|Delivered-To):", re.I | re.M)
MAIL_BOX = re.compile(rb"From (?=[^\r\n]{0,300}\d:\d\d)[^\r\n]{1,400}\r?\n>?[!-9;-~]{1,80}:")
HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.I)
HTML_PIECE = re.compile(
    r"^\s*(?:<!--.*?-->\s*)*<(?:p|div|h[1-6]|table|ul|ol|section|article|main|title|meta|script|style)[\s>]",
    re.I | re.S,
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KNOWN = (
    (b"\x1f\x8b", "gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"%!PS", "PostScript"),
    (b"SQLite format 3", "SQLite database"),
    (b"OggS", "sound or video"),
    (b"ID3", "sound"),
)


def head_text(head: bytes) -> str:
    """Decode the first bytes well enough to look for marks of a format."""
    return head[:16_384].decode(marked_encoding(head[:4]) or bare_utf16(head) or "utf-8", errors="replace")


def is_pdf(candidate: Candidate) -> bool:
    """Say whether the PDF mark stands within the first kilobyte."""
    return b"%PDF-" in candidate.head[:1024]


def is_zip(head: bytes) -> bool:
    """Say whether the bytes begin an archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def entry_names(path: Path) -> frozenset[str]:
    """List the entry names of an archive; empty where its directory cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist()[:20_000])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        if is_of_machine(error):
            raise
        return frozenset()


def is_docx(candidate: Candidate) -> bool:
    """Say whether an archive holds the main part of a Word document."""
    if not is_zip(candidate.head):
        return False
    names = entry_names(candidate.path)
    return "word/document.xml" in names or (not names and candidate.suffix in {".docx", ".docm"})


def is_workbook(candidate: Candidate) -> bool:
    """Say whether the file is a workbook: Excel (new, binary, old) or OpenDocument."""
    if candidate.head.startswith(OLE):
        return "Workbook".encode("utf-16-le") in candidate.path.read_bytes() and not _encrypted_package(candidate)
    if not is_zip(candidate.head):
        return False
    names = entry_names(candidate.path)
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return True
    if b"opendocument.spreadsheet" in candidate.head[:200]:
        return True
    return not names and candidate.suffix in {".xlsx", ".xlsm", ".xlsb"}


def is_odt(candidate: Candidate) -> bool:
    """Say whether an archive is an OpenDocument text."""
    if not is_zip(candidate.head):
        return False
    return b"mimetypeapplication/vnd.oasis.opendocument.text" in candidate.head[:200] or (
        candidate.suffix in {".odt", ".ott"} and "content.xml" in entry_names(candidate.path)
    )


def is_pptx(candidate: Candidate) -> bool:
    """Say whether an archive holds the main part of a presentation."""
    return is_zip(candidate.head) and "ppt/presentation.xml" in entry_names(candidate.path)


def is_archive(candidate: Candidate) -> bool:
    """Say whether the file is an archive, of none of the formats that are archives themselves."""
    return is_zip(candidate.head)


def is_rtf(candidate: Candidate) -> bool:
    """Say whether the file begins as Rich Text Format."""
    return candidate.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf")


def is_msg(candidate: Candidate) -> bool:
    """Say whether the file is a mail of Outlook: its properties bear a name of their own."""
    if not candidate.head.startswith(OLE):
        return False
    return "__properties_version1.0".encode("utf-16-le") in candidate.path.read_bytes() or candidate.suffix == ".msg"


def is_eml(candidate: Candidate) -> bool:
    """Say whether the text begins with the headers of a mail: three of the usual ones, or two and the suffix."""
    if looks_binary(candidate.head):
        return False
    text = head_text(candidate.head).lstrip("\ufeff")
    if not HEADER.match(text):
        return False
    top = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    known = {one.group().lower() for one in MAIL.finditer(top)}
    return len(known) >= (2 if candidate.suffix in {".eml", ".mht"} else 4)


def is_mbox(candidate: Candidate) -> bool:
    """Say whether the text begins as a mail box does; a file named as a mail may be one that came out of a mail box."""
    return bool(MAIL_BOX.match(candidate.head)) and candidate.suffix not in {".eml", ".mht"}


def is_picture(candidate: Candidate) -> bool:
    """Say whether the file begins as a picture of a kind that is read."""
    head = candidate.head
    return (
        head.startswith((*PICTURES, b"BM"))
        if candidate.suffix == ".bmp"
        else (head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"))
    )


def is_markdown(candidate: Candidate) -> bool:
    """Say whether text is named as Markdown; nothing in the text could tell for sure."""
    return candidate.suffix in {".md", ".markdown", ".mdown"} and is_text(candidate)


def _encrypted_package(candidate: Candidate) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in candidate.path.read_bytes()


def is_html(candidate: Candidate) -> bool:
    """Say whether the text begins like a web page or a piece of one."""
    if looks_binary(candidate.head):
        return False
    text = head_text(candidate.head)
    found = HTML.search(text[:4096])
    if found and (found.start() < 1024 or candidate.suffix in {".html", ".htm", ".xhtml"}):
        return text.lstrip("\ufeff \t\r\n")[:1] == "<"
    return bool(HTML_PIECE.match(text.lstrip("\ufeff")))


def is_csv(candidate: Candidate) -> bool:
    """Say whether text is a table: named so and with a separator, or unnamed and the same number of separators a line."""
    if looks_binary(candidate.head):
        return False
    lines = [line for line in head_text(candidate.head).splitlines()[:30] if line.strip()]
    if candidate.suffix in {".csv", ".tsv", ".tab"}:
        return True
    if candidate.suffix in {".txt", ".text", ".md"} or len(lines) < 4:
        return False
    for separator in ",;\t|":
        counts = Counter(line.count(separator) for line in lines[:-1])
        most, times = counts.most_common(1)[0]
        if most >= 2 and times >= 0.9 * (len(lines) - 1):
            return True
    return False


def is_text(candidate: Candidate) -> bool:
    """Say whether the bytes are text of some encoding and no format that only looks like text."""
    if foreign_format(candidate) is not None:
        return False
    return not looks_binary(candidate.head)


def foreign_format(candidate: Candidate) -> str | None:
    """Name a format that is known and not read here."""
    head = candidate.head
    if head.startswith(OLE):
        return "protected Office document" if _encrypted_package(candidate) else "Word document of the old kind (.doc)"
    if is_zip(head):
        return "archive"
    if head[4:8] == b"ftyp":
        return "video"
    if head[:4] == b"RIFF":
        return "sound, image or video"
    text = head_text(head).lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        return "XML"
    return next((title for mark, title in KNOWN if head.startswith(mark)), None)
