"""Open Outlook's e-mails (MSG) with python-oxmsg, those attached to others included."""

from __future__ import annotations

import email.policy
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import HeaderParser
from typing import Any

from compressed_rtf import decompress
from oxmsg import Message
from oxmsg.domain import constants
from oxmsg.properties import Properties

from plumbline.plugins.readers.model import is_of_machine

DEEPEST = 20
EMBEDDED, EMBEDDED_HEADER = "__substg1.0_3701000D", 24
RECIPIENT_TYPE, COPY, BLIND = 0x0C15, 2, 3


@dataclass(frozen=True, slots=True)
class Letter:
    """Hold what an e-mail says of itself, its text plain, as HTML or, where it is neither, as RTF, its lines of receipt, and its attachments.

    An attachment without bytes is one that cannot be read.
    """

    said: dict[str, str]
    sent: datetime | None
    received: tuple[str, ...]
    plain: str
    page: str
    rich: bytes
    attached: tuple[tuple[str, bytes | None], ...]


def opened(path: str) -> Letter:
    """Open a file; raises whatever the format's reader raises on a damaged one."""
    return _letter(Message.load(path), 0)


class _Embedded(Message):
    """A message within another; the head of its properties is shorter."""

    @property
    def _properties(self) -> Properties:
        return Properties(self._storage, properties_header_offset=EMBEDDED_HEADER)


def _letter(message: Message, depth: int) -> Letter:
    headers = HeaderParser().parsestr(message.properties.str_prop_value(constants.PID_TRANSPORT_MESSAGE_HEADERS) or "")
    sent = message.sent_date
    said = {
        "From": message.sender or "", "To": _people(message, copied=False) or headers.get("to", ""),
        "Cc": _people(message, copied=True) or headers.get("cc", ""),
        "Date": sent.isoformat(" ", "minutes") if sent else headers.get("date", ""), "Subject": message.subject or "",
    }  # fmt: skip
    said = {name: " ".join(str(value).replace("\x00", "").split())[:1_000] for name, value in said.items()}
    received = tuple(str(one) for one in headers.get_all("received", ()))
    attached = tuple(_attachment(one, number, depth) for number, one in enumerate(message.attachments, 1))
    plain, page = message.body or "", message.html_body or ""
    packed = message.properties.binary_prop_value(constants.PID_RTF_COMPRESSED)
    rich = bytes(decompress(packed)) if packed and not plain.strip() and not page.strip() else b""
    return Letter(said, sent.astimezone(UTC) if sent else None, received, plain, page, rich, attached)


def _people(message: Message, *, copied: bool) -> str:
    kinds = [(one, one.properties.int_prop_value(RECIPIENT_TYPE)) for one in message.recipients]
    shown = [one for one, kind in kinds if kind != BLIND and (kind == COPY) is copied]
    return ", ".join(f"{one.name} <{one.email_address}>" for one in shown)


def _attachment(one: Any, number: int, depth: int) -> tuple[str, bytes | None]:
    """Give name and bytes of an attachment; a message becomes an e-mail in the form of the internet."""
    inner = next((place for place in one._storage.storages if place.name == EMBEDDED), None)
    name = one.file_name or one.properties.str_prop_value(constants.PID_DISPLAY_NAME)
    if inner is not None and depth < DEEPEST and any(s.name == "__properties_version1.0" for s in inner.streams):
        try:
            letter = _letter(_Embedded(inner), depth + 1)
            shown, data = letter.said["Subject"], _as_mail(letter).as_bytes()
        except Exception as error:  # whatever is wrong with it, the mail around it is read
            if is_of_machine(error):
                raise
            shown, data = "", None
        return f"{(shown or name or f'message-{number}').removesuffix('.msg')}.eml", data
    suffix = mimetypes.guess_extension(one.mime_type or "") or ""
    return name or f"attachment-{number}{'' if suffix == '.bin' else suffix}", one.file_bytes or b""


def _as_mail(letter: Letter) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.default)
    for name, value in letter.said.items():
        if value and name != "Date":
            mail[name] = _encodable(value)
    if letter.sent:
        mail["Date"] = letter.sent
    if letter.plain or not letter.page:
        mail.set_content(_encodable(letter.plain))
    if letter.page:
        (mail.add_alternative if letter.plain else mail.set_content)(_encodable(letter.page), subtype="html")
    for name, data in [*([("text.rtf", letter.rich)] if letter.rich else []), *letter.attached]:
        if data is None:
            mail.add_attachment(b"", maintype="application", subtype="octet-stream", filename=name)
        elif name.lower().endswith(".eml"):
            mail.add_attachment(email.message_from_bytes(data, policy=email.policy.default), filename=name)
        else:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            kind = "application/octet-stream" if kind.startswith(("message/", "multipart/")) else kind
            main, _, sub = kind.partition("/")
            mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
