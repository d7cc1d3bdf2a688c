"""Read e-mails (EML and Outlook's MSG): who wrote to whom and when, the text, and attachments as files of their own."""

from __future__ import annotations

import codecs
import email
import email.policy
import mimetypes
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from plumbline.engines.encoding import legacy_encoding
from plumbline.plugins.readers.encoding import decode
from plumbline.plugins.readers.flow import Line, blocks_of
from plumbline.plugins.readers.html import document_of
from plumbline.plugins.readers.model import Block, Document, FileRefused, Part, Reading, broken, safe_name
from plumbline.plugins.readers.rtf import rtf_blocks

UNFORESEEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What Python's parser of headers raises on those that no rule foresees."""
EML, MSG = "message/rfc822", "application/vnd.ms-outlook"
SHOWN = ("From", "To", "Cc", "Date", "Subject")
SLACK = timedelta(days=2)
"""So far may the date that a sender wrote lie from the receiving server's before a reader is told."""
FIRST_MAIL = datetime(1971, 1, 1, tzinfo=UTC)
SIGNATURE = re.compile(r"^-- ?$", re.M)
SURROGATES = re.compile("[\ud800-\udfff]")
MOST_OF_A_HEADER = 100_000
NOT_OF_TEXTS = {"unicode-escape", "raw-unicode-escape", "punycode", "idna"}
"""What Python can decode, but no mail program writes: its cost and letters are beyond control."""
SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
TEXTS = ("text/plain", "text/html")
WIDER = {"iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030"}
"""What senders declare -> what they mean by it: the wider encoding of the same letters."""


class _Bounded(email.policy.EmailPolicy):
    """Parse headers up to a length, and not beyond the time of a reading: how they are written decides what that costs."""

    reading: Reading | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Give name and value of a header; called for each when a mail is taken apart."""
        if self.reading is not None:
            self.reading.check_time()
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MOST_OF_A_HEADER]


def headers_of(data: bytes, reading: Reading) -> EmailMessage:
    """Take a mail apart, or the beginning of one; a header is read once it is asked for."""
    message = email.message_from_bytes(data, policy=_Bounded(raise_on_defect=False, reading=reading))  # type: ignore[call-overload]
    assert isinstance(message, EmailMessage)
    return message


def subject_of(message: EmailMessage) -> str:
    """Give the subject of a mail; empty where it has none that can be read."""
    return _header(message, "Subject", "")


def read_eml(path: Path, reading: Reading) -> Document:
    """Read an e-mail as a mail program saves it."""
    message = headers_of(path.read_bytes(), reading)
    _refuse_deep(message, reading)
    shown, attached = _leaves(message, reading)
    texts = [(part.get_content_subtype() == "html", _text(part, reading)) for part in shown]
    said = {name: _header(message, name, "".join(text for _, text in texts)) for name in SHOWN}
    if not any(said.values()):
        raise broken(reading)
    received = [_moment(one.rpartition(";")[2]) for one in _all(message, "Received")]
    written = next((day for one in _all(message, "Date") if (day := _moment(one))), None)
    sent = _when(written, [one for one in received if one], said["Date"], reading)
    body = [block for paged, text in texts for block in _body(text, paged, reading)]
    return _document(EML, said, body, sent, _parts(attached, reading), reading)


def read_msg(path: Path, reading: Reading) -> Document:
    """Read an e-mail as Outlook saves it; messages that are attached to it become e-mails of their own."""
    from plumbline.plugins.readers.outlook import opened

    letter = opened(str(path))  # the format is a file system of its own, and its reader trusts it
    if not any(letter.said.values()) and not (letter.plain or letter.page or letter.rich):
        raise broken(reading)
    taken = [_moment(one.rpartition(";")[2]) for one in letter.received]
    written = letter.sent or _moment(letter.said["Date"])
    when = _when(written, [one for one in taken if one], letter.said["Date"], reading)
    parts = [Part(safe_name(name), lambda data=data: _sound(data, reading)) for name, data in letter.attached]  # type: ignore[misc]
    if letter.rich:
        body = rtf_blocks(letter.rich, reading)[0]
    else:
        body = _body(letter.plain, False, reading) if letter.plain.strip() else _body(letter.page, True, reading)
    return _document(MSG, letter.said, body, when, parts, reading)


def _sound(data: bytes | None, reading: Reading) -> bytes:
    if data is None:
        raise broken(reading)
    return data


def _document(
    media: str,
    said: dict[str, str],
    body: Sequence[Block],
    sent: date | None,
    parts: Sequence[Part],
    reading: Reading,
) -> Document:
    subject = said["Subject"]
    head = "; ".join(f"{name}: {said[name]}" for name in SHOWN[:4] if said[name])
    blocks = [Block(subject, None, (), "heading")] if subject else []
    blocks += [Block(head)] if head else []
    blocks += body
    parts = parts[: reading.limits.parts]
    blocks += [Block(part.name, None, (), "list-item") for part in parts]
    metadata = {name.lower(): value for name, value in said.items() if value}
    return Document(
        media, subject or None, None, sent, said["From"] or None, blocks, reading.all_warnings(), metadata, tuple(parts)
    )


def _body(text: str, paged: bool, reading: Reading) -> list[Block]:
    """Give the blocks of a text, plain or (`paged`) as HTML; what follows a signature's line is left out of plain ones."""
    if not text.strip():
        return []
    if paged:
        try:
            return list(document_of(text, reading).blocks)
        except FileRefused:
            return []  # a page of nothing but pictures
    lines, gap = [], True
    for line in SIGNATURE.split(text)[0].replace("\x00", "").splitlines():
        stripped = line.strip()
        if stripped:
            lines.append(Line(stripped, None, gap))
        gap = not stripped
    return list(blocks_of(lines, sized=False))


def _header(message: EmailMessage, name: str, text: str) -> str:
    """Give a header; where its bytes are in no declared encoding, that which they and the mail's text speak for."""
    try:
        raw = next(iter(_all(message, name)), "")
        if SURROGATES.search(raw):
            data = raw.encode("utf-8", "surrogateescape")
            value = data.decode(legacy_encoding(data, text), "replace")
        else:
            value = str(message.get(name, ""))
    except UNFORESEEN:
        value = ""
    return " ".join(SURROGATES.sub("\ufffd", value).replace("\x00", "").split())[:1_000]


def _all(message: EmailMessage, name: str) -> list[str]:
    """Give all headers of a name as they were sent: parsing one may fail in many ways."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _text(part: EmailMessage, reading: Reading) -> str:
    """Decode a text by the encoding that it declares, or, where its bytes are not in that, by the one they speak for."""
    data = _payload(part)
    declared = (part.get_content_charset() or "utf-8").lower()
    declared = WIDER.get(declared, declared)
    try:
        text = "" if codecs.lookup(declared).name.replace("_", "-") in NOT_OF_TEXTS else data.decode(declared)
    except (LookupError, ValueError):
        text = ""
    return decode(data, reading) if not text or SURROGATES.search(text) else text.replace("\r\n", "\n")


def _payload(part: EmailMessage) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError):
        data = b""
    return data if isinstance(data, bytes) else b""


def _refuse_deep(message: EmailMessage, reading: Reading) -> None:
    level, deep = [message], 0
    while level:
        reading.check_time()
        deep += 1
        if deep > reading.limits.nesting:
            raise reading.refuse(
                "xml.too_deep", "{name} nests its parts too deeply to be a document. Nothing was stored; save it anew."
            )
        level = [one for part in level if part.is_multipart() for one in part.iter_parts()]  # type: ignore[misc]


def _leaves(message: EmailMessage, reading: Reading) -> tuple[list[EmailMessage], list[EmailMessage]]:
    """Tell the texts that a mail shows from what hangs on it, at any depth: lists and signatures wrap mails in others.

    Of forms of one text the plain one is shown, else the page; signatures say nothing by themselves.
    """
    shown: list[EmailMessage] = []
    attached: list[EmailMessage] = []
    waiting: list[tuple[EmailMessage, bool]] = [(message, False)]
    while waiting:
        reading.check_time()
        part, other = waiting.pop()
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inner: list[EmailMessage] = list(part.iter_parts())  # type: ignore[arg-type]
            chosen = _best(inner) if kind == "multipart/alternative" else None
            waiting += [
                (one, other or (chosen is not None and one is not chosen and _holds_text(one)))
                for one in reversed(inner)
            ]
        elif kind in TEXTS and not part.is_attachment() and (part is message or not part.get_filename()):
            shown += [] if other else [part]
        elif kind not in SIGNATURES and not (other and part.get_content_maintype() == "text"):
            attached.append(part)
    return shown, attached


def _best(forms: Sequence[EmailMessage]) -> EmailMessage | None:
    """Choose among forms of one text: the plain one unless it is blank, else the last that holds text."""
    plain = next((one for one in forms if one.get_content_type() == "text/plain" and _payload(one).strip()), None)
    return (
        plain
        if plain is not None
        else next((one for one in reversed(forms) if _holds_text(one) and _is_filled(one)), None)
    )


def _holds_text(part: EmailMessage) -> bool:
    return any(one.get_content_maintype() == "text" for one in part.walk())


def _is_filled(part: EmailMessage) -> bool:
    return any(one.get_content_type() in TEXTS and _payload(one).strip() for one in part.walk())


def _parts(attached: Sequence[EmailMessage], reading: Reading) -> list[Part]:
    found = []
    data: bytes | None
    for number, part in enumerate(attached, 1):
        reading.check_time()
        name = safe_name(part.get_filename() or "")
        if part.get_content_type() == EML:
            inner = part.get_payload(0) if part.is_multipart() else part
            name = name if name != "file" else f"message-{number}.eml"
            data = _as_bytes(inner) if isinstance(inner, EmailMessage) else b""
        else:
            data = _payload(part)
            suffix = mimetypes.guess_extension(part.get_content_type()) or ""
            name = name if name != "file" else f"attachment-{number}{suffix}"
        if data != b"":
            found.append(Part(name, lambda data=data: _sound(data, reading)))  # type: ignore[misc]
    return found


def _as_bytes(message: EmailMessage) -> bytes | None:
    try:
        return message.as_bytes(policy=email.policy.default)
    except UNFORESEEN:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _when(written: datetime | None, received: Sequence[datetime], said: str, reading: Reading) -> date | None:
    """Give the day of a mail: as its sender wrote it, unless the server that took it in last, the first named, says otherwise.

    Lines further down were there when that server got the mail, so whoever sent it may have written them. A day that is
    still to come, or lies before there was e-mail (a clock at zero), is none.
    """
    first = next(iter(received), None)
    if first is None:
        if written and not FIRST_MAIL < written < datetime.now(UTC) + SLACK:
            reading.warn(
                "mail.date_impossible",
                "{name} says it was sent on {said}, which cannot be; its day is left open.",
                name=reading.name,
                said=said or "?",
            )
            return None
        return written.date() if written else None
    if written is None or abs(written - first) > SLACK:
        reading.warn(
            "mail.date_differs",
            "{name} says it was sent on {said}, but was received on {received}; the day of receipt counts.",
            name=reading.name,
            said=said or "?",
            received=first.date().isoformat(),
        )
        return first.date()
    return written.date()
