"""Tells by short keyed digests what an export held of a record, so that an import knows which cells were edited since.

A stamp is the text `v1-KEY FIELD=DIGEST…`: a sign of the installation that wrote it, then each field that held a value, with
the digest of what it held, of a place also of where it lies and what it is called, of a text in languages that of the words
that its cell shows and one for each language. It is made of what stands
in the row beside it and of nothing else, so that it tells of nothing that whoever exported may not see; and it is keyed, so
that nobody reads from it what a column held that was taken out of the file. A digest counts for its record alone.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from plumbline.apps.library.resolving import as_evidence
from plumbline.domain import evidence
from plumbline.domain.blueprints import Field
from plumbline.domain.evidence import value_key

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry

HEAD: Final = "seen"
"""The head of the column of stamps."""
SIZE: Final = 5
"""Bytes of a digest: eight letters."""
Stamp = Mapping[str, Sequence[str]]
"""By field the digests of what an export held; a field that held nothing is absent."""


def stamp_of(record: str, said: Iterable[tuple[Field, Sequence[Any], str]]) -> str:
    """Write the stamp of a record (by its permanent id) that says these values of fields.

    The third of each is the words of its cell, which of a text in languages hold only one; "" where the file holds them all.
    """
    parts = [f"{field.id}={'.'.join(digests(record, field, values, shown))}" for field, values, shown in said if values]
    return " ".join([_sign(settings.SECRET_KEY), *parts])


def read_stamp(text: str) -> Stamp | None:
    """Read a stamp; None for what is none, or was written by another installation."""
    sign, *parts = text.split() or [""]
    if sign != _sign(settings.SECRET_KEY):
        return None
    return {name: told.split(".") for name, _is, told in (part.partition("=") for part in parts)}


def digests(record: str, field: Field, values: Sequence[Any], shown: str = "") -> tuple[str, ...]:
    """Give the digests of a field's values, in whatever order they come: none of no value, of places also of where they lie and of their names.

    Of texts in languages the first is of the words shown ("" where there are none), then comes one for each text with its language.
    """
    if not values:
        return ()
    if field.type == "localised":
        first = _digest(record, field.id, shown) if shown else ""
        return first, *sorted({_digest(record, field.id, *one) for one in _texts(values)})
    whole = _digest(record, field.id, *sorted(written(value) for value in values))
    if field.type != "place":
        return (whole,)
    told = ([whereabouts(value) for value in values], [str(value.get("name")) for value in values])
    return whole, *(_digest(record, field.id, *sorted(some)) for some in told)


def written(value: Any) -> str:
    """Give the key of a value as tables write it: 3 is 3.0, and a place stands without its number in the gazetteer."""
    if isinstance(value, dict):
        return value_key({name: _whole(part) for name, part in value.items() if name != "geonameid"})
    return value_key(_whole(value))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def whereabouts(place: Mapping[str, Any]) -> str:
    """Give the key of where a place lies, whatever it is called; "" where it has no coordinates."""
    return (
        value_key([place["lat"], place["lon"]]) if place.get("lat") is not None and place.get("lon") is not None else ""
    )


def _texts(values: Sequence[Any]) -> set[tuple[str, str]]:
    """The texts of a localised field, each with its language."""
    return {(language, text) for value in values for language, text in value.items() if text}


def is_untouched(record: str, field: Field, values: Sequence[Any], stamp: Stamp) -> bool:
    """Tell whether a row still says of a field what the export held; a text in languages need not say all of them.

    The words that the export's cell showed are read as of the page's language, whichever they were in: one text may be these.
    """
    held = stamp.get(field.id, ())
    if field.type != "localised":
        return digests(record, field, values)[:1] == tuple(held[:1])
    texts = _texts(values)
    shown = [one for one in texts if held and _digest(record, field.id, one[1]) == held[0]]
    others = texts - set(shown) if len(shown) == 1 else texts
    return bool(texts) == bool(held) and {_digest(record, field.id, *one) for one in others} <= set(held[1:])


def only_names_differ(record: str, field: Field, places: Sequence[Any], stamp: Stamp) -> bool:
    """Tell whether a row has other names of places than the export held, with the coordinates that it held."""
    held, now = stamp.get(field.id, ()), digests(record, field, places)
    return len(held) == len(now) == 3 and held[1] == now[1] and held[2] != now[2]


def stands(record: str, field: Field, values: Sequence[Any], stamp: Stamp) -> bool:
    """Tell whether a record still says of a field what the export held."""
    held, now = stamp.get(field.id, ()), digests(record, field, values)
    return set(now[1:]) == set(held[1:]) if field.type == "localised" else now[:1] == tuple(held[:1])


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return blake2b(secret.encode(), person=b"plumbline.export", digest_size=32).digest()


def _sign(secret: str) -> str:
    return f"v1-{_written(blake2b(b'sign', key=_key(secret), digest_size=SIZE).digest())}"


def _digest(*parts: str) -> str:
    return _written(blake2b("\0".join(parts).encode(), key=_key(settings.SECRET_KEY), digest_size=SIZE).digest())


def _written(digest: bytes) -> str:
    return base64.b32encode(digest).decode().lower()


@dataclass(frozen=True)
class Clash:
    """A cell that was edited, of a field that others changed since the export: both sets of values, who changed it, and when."""

    row: int
    entry: Entry
    field: Field
    ours: tuple[Any, ...]
    theirs: tuple[Any, ...]
    person: str
    at: datetime | None


def last_change(claims: Iterable[Claim]) -> tuple[str, datetime | None]:
    """Who last said or decided something of a field, and when, by the claims that the viewer may see."""
    at, person = max(_moments(claims), default=(None, ""))
    return person, at


def _moments(claims: Iterable[Claim]) -> list[tuple[datetime, str]]:
    """When something was said or decided of a field, and by whom ("" where a program read it)."""
    found = [(one, at, who) for one in claims for at, who in
             ((one.created_at, one.person), (one.decided_at, one.decided_by))]  # fmt: skip
    return [(at, who) for _, at, who in found if at is not None]


def before_own_acts(claims: Sequence[Claim], person: str) -> Iterator[list[evidence.Claim]]:
    """Give the claims of a field as they were before each of the acts by which a person alone changed it last, newest act first.

    No act is taken back behind one of somebody else. Which status a claim had that the person decided on is not kept: one
    that a person entered stood, one that a program read may have stood or been proposed.
    """
    moments = _moments(claims)
    since = max((at for at, who in moments if who != person), default=None)
    own = {at for at, who in moments if person and who == person and (since is None or at > since)}
    for cut in sorted(own, reverse=True):
        kept = [one for one in claims if one.person != person or one.created_at < cut]
        decided = {one.pk for one in kept if one.decided_by == person and one.decided_at and one.decided_at >= cut}
        for read in ("accepted", "proposed"):
            yield [
                replace(as_evidence(one), status="accepted" if one.person else read)
                if one.pk in decided else as_evidence(one) for one in kept
            ]  # fmt: skip
