"""Read e-mails (EML and Outlook's MSG): who wrote to whom and when, the text, and attachments as files of their own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from plumbline.plugins.readers.archive import broken
from plumbline.plugins.readers.flow import Line, blocks_of
from plumbline.plugins.readers.html import document_of
from plumbline.plugins.readers.model import Block, Document, FileRefused, Part, Reading, safe_name

EML, MSG = "message/rfc822", "application/vnd.ms-outlook"
SHOWN = ("From", "To", "Cc", "Date", "Subject")
SLACK = timedelta(days=2)
"""So far may the date that a sender wrote lie from the receiving server's before a reader is told."""
SIGNATURE = re.compile(r"^-- ?$", re.M)


def read_eml(path: Path, reading: Reading) -> Document:
    """Read an e-mail as a mail program saves it."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default.clone(raise_on_defect=False))
    assert isinstance(message, EmailMessage)
    said = {name: _header(message, name) for name in SHOWN}
    if not any(said.values()):
        raise broken(reading)
    _refuse_deep(message, reading)
    plain, page = _text(message, "plain"), _text(message, "html")
    received = [_moment(str(one).rpartition(";")[2]) for one in message.get_all("Received", ())]
    sent = _when(_moment(said["Date"]), [one for one in received if one], said["Date"], reading)
    return _document(EML, said, plain, page, sent, _attachments(message, reading), reading)


def read_msg(path: Path, reading: Reading) -> Document:
    """Read an e-mail as Outlook saves it."""
    from oxmsg import Message

    try:
        message = Message.load(str(path))
        headers = {name.lower(): value for name, value in message.message_headers.items()}
        people = ", ".join(f"{one.name} <{one.email_address}>" for one in message.recipients)
        sent = message.sent_date
        said = {
            "From": message.sender or headers.get("from", ""), "To": people or headers.get("to", ""),
            "Cc": headers.get("cc", ""), "Date": sent.isoformat(" ", "minutes") if sent else headers.get("date", ""),
            "Subject": message.subject or "",
        }  # fmt: skip
        plain, page = message.body or "", message.html_body or ""
        moment = sent.astimezone(UTC) if sent else _moment(said["Date"])
        taken = _moment(headers.get("received", "").rpartition(";")[2])
        parts = [
            Part(safe_name(one.file_name or f"attachment-{number}"), lambda data=one.file_bytes or b"": data)  # type: ignore[misc]
            for number, one in enumerate(message.attachments, 1)
        ]
    except FileRefused:
        raise
    except Exception as error:  # the format is a file system of its own, and its reader trusts it
        raise broken(reading) from error
    if not any(said.values()) and not plain and not page:
        raise broken(reading)
    when = _when(moment, [taken] if taken else [], said["Date"], reading)
    return _document(MSG, said, plain, page, when, parts, reading)


def _document(
    media: str, said: dict[str, str], plain: str, page: str, sent: date | None, parts: Sequence[Part], reading: Reading
) -> Document:
    subject = said["Subject"]
    head = "; ".join(f"{name}: {said[name]}" for name in SHOWN[:4] if said[name])
    blocks = [Block(subject, None, (), "heading")] if subject else []
    blocks += [Block(head)] if head else []
    blocks += _body(plain, page, reading)
    parts = parts[: reading.limits.parts]
    blocks += [Block(part.name, None, (), "list-item") for part in parts]
    metadata = {name.lower(): value for name, value in said.items() if value}
    return Document(
        media, subject or None, None, sent, said["From"] or None, blocks, reading.all_warnings(), metadata, tuple(parts)
    )


def _body(plain: str, page: str, reading: Reading) -> list[Block]:
    """Give the blocks of the text: the plain one where there is one, else the page's."""
    if plain.strip():
        lines, gap = [], True
        for text in SIGNATURE.split(plain)[0].replace("\x00", "").splitlines():
            stripped = text.strip()
            if stripped:
                lines.append(Line(stripped, None, gap))
            gap = not stripped
        return list(blocks_of(lines, sized=False))
    if page.strip():
        try:
            return list(document_of(page, reading).blocks)
        except FileRefused:
            return []  # a page of nothing but pictures
    return []


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = str(message.get(name, ""))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):  # headers that no rule foresees
        value = ""
    return " ".join(value.replace("\x00", "").split())[:1_000]


def _text(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
        content = part.get_content() if part is not None else ""
    except (LookupError, ValueError, KeyError, AttributeError, TypeError, AssertionError):
        payload = part.get_payload(decode=True) if part is not None else b""
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""


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


def _attachments(message: EmailMessage, reading: Reading) -> list[Part]:
    found = []
    for number, part in enumerate(message.iter_attachments(), 1):
        reading.check_time()
        name = safe_name(part.get_filename() or "")
        if part.get_content_type() == EML:
            inner = part.get_payload(0) if part.is_multipart() else part
            name = name if name != "file" else f"message-{number}.eml"
            data = inner.as_bytes(policy=email.policy.default) if isinstance(inner, EmailMessage) else b""
        else:
            payload = part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else b""
            name = name if name != "file" else f"attachment-{number}"
        if data:
            found.append(Part(name, lambda data=data: data))  # type: ignore[misc]
    return found


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _when(written: datetime | None, received: Sequence[datetime], said: str, reading: Reading) -> date | None:
    """Give the day of a mail: as its sender wrote it, unless the server that took it in last, the first named, says otherwise.

    Lines further down were there when that server got the mail, so whoever sent it may have written them.
    """
    first = next(iter(received), None)
    if first is None:
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
