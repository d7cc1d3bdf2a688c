"""Permanent random public ids: 16 letters and digits that no one can guess (80 bits) or misread."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_public_id() -> str:
    """Make a new id of 16 letters of Crockford's base 32."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))
