"""Ask a language model behind an endpoint that speaks OpenAI's chat completions; nothing else is kept or sent."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO, Final
from urllib.parse import urlsplit

from plumbline.domain.errors import Unavailable

MOST_BYTES: Final = 2_000_000
"""Most of a reply that is read."""
LONGEST_WAIT: Final = 86_400
LONGEST_NAME: Final = 56
"""Most characters of a model's name: with `llm/` before it stands beside each value, in a column of sixty."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers: base address (before /chat/completions), its name, a key if one is needed, patience in seconds."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: int = 60

    @property
    def is_usable(self) -> bool:
        """Tell whether address and name can be used; an address holds no password, a name at most `LONGEST_NAME` characters."""
        try:
            at = urlsplit(self.url)
            named = at.scheme in ("http", "https") and bool(at.hostname) and at.port != 0
        except ValueError:
            return False
        plain = self.key.isascii() and self.key.isprintable() and self.url.isascii() and self.url.isprintable()
        return bool(
            named and plain and 0 < len(self.model) <= LONGEST_NAME and self.seconds > 0
            and not (at.username or at.password or at.query)
        )  # fmt: skip

    @property
    def host(self) -> str:
        """The host that texts are sent to."""
        return urlsplit(self.url).hostname or "" if self.is_usable else ""

    @property
    def extractor(self) -> str:
        """The name under which it proposes values."""
        return f"llm/{self.model}"


def usable(endpoint: Endpoint | None) -> Endpoint:
    """Give an endpoint that can be asked; refuses one that is not set up."""
    if endpoint is None or not endpoint.is_usable:
        raise Unavailable(
            "llm.settings",
            "The language model is not set up: PLUMBLINE_LLM_URL is https://host/v1, PLUMBLINE_LLM_MODEL its name there (at most {most} characters), PLUMBLINE_LLM_SECONDS a number.",
            most=LONGEST_NAME,
        )  # fmt: skip
    return endpoint


def complete(endpoint: Endpoint, messages: Sequence[Mapping[str, str]]) -> bytes:
    """Send messages and give the body of the reply.

    Raises Unavailable, with one sentence, where settings are wrong, nobody answers in time, the status is not 200, or
    the body is too large. Follows no redirect: texts and key go to the address that was set, nowhere else.
    """
    usable(endpoint)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    body = json.dumps({"model": endpoint.model, "messages": list(messages), "stream": False}).encode()
    address = endpoint.url.rstrip("/") + "/chat/completions"
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310  # http and https alone
    until = time.monotonic() + endpoint.seconds
    try:
        with _OPENER.open(request, timeout=endpoint.seconds) as reply:
            return _body(reply, until, endpoint)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code, error.headers.get("Retry-After") or "") from None
    except (OSError, HTTPException, ValueError):
        raise _silence(endpoint) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_Stay)


def _body(reply: IO[bytes], until: float, endpoint: Endpoint) -> bytes:
    parts, size = [], 0
    while part := reply.read1(65_536):  # type: ignore[attr-defined]
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise Unavailable("llm.too_large", "The language model's reply does not end. Nothing of it was used.")
        if time.monotonic() > until:
            raise _silence(endpoint)
    return b"".join(parts)


def _refusal(status: int, wait: str) -> Unavailable:
    if status == 429:
        seconds = min(int(wait), LONGEST_WAIT) if wait.isascii() and wait.isdigit() and len(wait) < 9 else 60
        return Unavailable(
            "llm.busy", "The language model takes no more requests now (status 429). Try again in {seconds} seconds.",
            seconds=seconds,
        )  # fmt: skip
    return Unavailable(
        "llm.status", "The language model's service refused or failed (status {status}). Check its address, name and key.",
        status=status,
    )  # fmt: skip


def _silence(endpoint: Endpoint) -> Unavailable:
    return Unavailable(
        "llm.silent", "The language model gave no whole answer within {seconds} seconds, or could not be reached.",
        seconds=endpoint.seconds,
    )  # fmt: skip
