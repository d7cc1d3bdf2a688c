"""What may be said about a work, and how it is kept: a part of the actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from plumbline.domain.errors import InvalidInput

WORK_FIELDS = (
    "title", "language", "date", "publisher", "author", "licence", "reliability", "credibility", "type",
)  # fmt: skip

GRADES = {"reliability": "ABCDEF", "credibility": "123456"}
LENGTHS = {"title": 300, "type": 40}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


def checked_about(about: Mapping[str, str]) -> dict[str, str]:
    """Give what is said about a work as it is kept; refuses a grade or language that there is not."""
    kept = {}
    for name, value in about.items():
        text = str(value).strip()
        if text and name in GRADES and text not in GRADES[name]:
            raise InvalidInput("work.grade", "{value} is no {name}. Choose one of {grades}.", value=text, name=name,
                               grades=", ".join(GRADES[name]))  # fmt: skip
        if text and name == "language" and not LANGUAGE.fullmatch(text):
            raise InvalidInput("work.language", "{value} is no language code. Write en, ar, zh, pt-BR.", value=text)
        kept[name] = text[: LENGTHS.get(name, 200)]
    return kept


def day_of(value: Any) -> date | None:
    """Give the day of a date, a moment or an ISO date; None for nothing; refuses what is none."""
    if not value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InvalidInput("work.date", "{value} is no date. Write it as 2011-03-05.", value=value) from None
