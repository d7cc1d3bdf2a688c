"""Permanent random public ids: 16 letters and digits that no one can guess (80 bits) or misread."""

from __future__ import annotations

import base64
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


def new_public_id() -> str:
    """Make a new id of 16 letters of Crockford's base 32."""
    return new_public_ids(1)[0]


def new_public_ids(count: int) -> list[str]:
    """Make several new ids at once."""
    letters = base64.b32encode(secrets.token_bytes(10 * count)).translate(FROM_RFC_4648).decode()
    return [letters[at : at + 16] for at in range(0, 16 * count, 16)]


def is_public_id(text: str) -> bool:
    """Tell whether a text has the form of an id.

    >>> is_public_id("pjc15fht7ek6qwjd"), is_public_id("1234"), is_public_id("iiiiiiiiiiiiiiii")
    (True, False, False)
    """
    return len(text) == 16 and set(text) <= set(ALPHABET)
