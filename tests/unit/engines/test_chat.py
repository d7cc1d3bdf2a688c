"""The chat completions of a language model over real HTTP, by recorded replies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.chatting import Service, serving

from plumbline.domain.errors import PlumblineError, Unavailable
from plumbline.domain.extraction.pointing import content_of
from plumbline.engines.chat import LONGEST_NAME, Endpoint, complete

KEY = "sk-never-shown"
MESSAGES = [{"role": "user", "content": "Où ?"}]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as found:
        yield found


def test_a_request_has_the_documented_form_and_the_message_is_taken_out(service: Service) -> None:
    body = complete(Endpoint(service.url + "/", "tiny", KEY, 5), MESSAGES)
    assert content_of(body).startswith('{"records"')
    [(path, headers, sent)] = service.asked
    assert path == "/v1/chat/completions" and headers["Authorization"] == f"Bearer {KEY}"
    assert sent == {"model": "tiny", "messages": MESSAGES, "stream": False}
    complete(Endpoint(service.url, "tiny"), MESSAGES)
    assert "Authorization" not in service.asked[1][1]


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        ("401", "llm.status", "status 401"),
        ("500", "llm.status", "status 500"),
        ("302", "llm.status", "status 302"),
        ("429", "llm.busy", "in 17 seconds"),
        ("slow", "llm.silent", "within 1 seconds"),
        ("dripping", "llm.silent", "within 1 seconds"),
        ("endless", "llm.too_large", "does not end"),
        ("formless", "llm.reply", "form"),
    ],
)
def test_what_goes_wrong_is_one_sentence_without_the_key(service: Service, reply: str, code: str, words: str) -> None:
    service.reply = reply
    service.headers = {"Retry-After": "17", "Location": "/v1/elsewhere"}
    with pytest.raises(PlumblineError, match=words) as refused:
        content_of(complete(Endpoint(service.url, "tiny", KEY, 1), MESSAGES))
    assert refused.value.code == code and KEY not in str(refused.value)
    assert len(service.asked) == 1, "no redirect is followed, nothing asked twice"


def test_a_wait_that_cannot_be_read_is_a_minute(service: Service) -> None:
    service.reply, service.headers = "429", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    with pytest.raises(Unavailable, match="in 60 seconds"):
        complete(Endpoint(service.url, "tiny"), MESSAGES)


def test_nobody_there_is_said() -> None:
    with serving() as gone:
        url = gone.url
    with pytest.raises(Unavailable, match="could not be reached"):
        complete(Endpoint(url, "tiny", seconds=2), MESSAGES)


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("file:///etc/passwd", "m"), Endpoint("host/v1", "m"), Endpoint("http://", "m"), Endpoint("http://h/v1", ""),
        Endpoint("http://u:secret@h/v1", "m"), Endpoint("http://h:99999999/v1", "m"), Endpoint("http://h/v1", "m", "a\nb"),
        Endpoint("http://h/v1", "m", "schlüssel"), Endpoint("http://h/v1", "m", seconds=0), Endpoint("http://h/v1?key=1", "m"),
        Endpoint("http://[h/v1", "m"), Endpoint("http://h/v1", "m" * (LONGEST_NAME + 1)),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused_before_anything_is_sent(endpoint: Endpoint) -> None:
    with pytest.raises(Unavailable, match="PLUMBLINE_LLM_URL") as refused:
        complete(endpoint, MESSAGES)
    assert "secret" not in str(refused.value) and not endpoint.host
    assert not endpoint.key or endpoint.key not in repr(endpoint)
