"""What every part of the REST interface answers with: refusals and marks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema


class Refusal(Schema):
    """Why a request was refused: a stable code, a sentence in the asker's language, what it is about."""

    code: str
    message: str
    params: dict[str, Any]


REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409), Refusal)


class MarkOut(Schema):
    """Who may see: a TLP 2.0 level, the owner and the audience as principals ("org:slug", "group:slug", "person:id")."""

    level: str
    owner: str | None
    audience: list[str]
    embargo: date | None = None
    expiry: date | None = None


class MediumOut(Schema):
    """A picture, sound or video on a work or record: what it shows, its bytes' type, SHA-256, size and address."""

    id: str
    caption: str
    media_type: str
    name: str
    sha256: str
    size: int
    state: str
    added_at: datetime
    url: str
    file: str
    mark: MarkOut
