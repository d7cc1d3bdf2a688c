"""Passkeys: a device that signs as a real one does, against the pages that people use."""

from __future__ import annotations

import html
import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256
from tests.factories import House

from plumbline.apps.accounts.actions import accept_invitation, invite, put_person, remove_passkey
from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import SYSTEM, viewer_for
from plumbline.apps.spine.models import AuditEntry
from plumbline.domain.access import PUBLIC
from plumbline.domain.errors import NotFound

pytestmark = pytest.mark.django_db
WORD = "seven quiet harbours"
SIGN_IN, PAGE = "/account/login/", "/account/passkeys/"
ORIGIN = "http://localhost"


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """A software authenticator: one ES256 key, verified user, attestation "none"; `origin` is what its browser says."""

    origin: str = ORIGIN
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""
    count: int = 0

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, rp: str, flags: int) -> bytes:
        self.count += 1
        return sha256(rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(b"device-of-the-test")
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )

    def make(self, options: dict[str, Any]) -> str:
        """What a browser posts after it made a key."""
        self.user = options["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        name = b"device-of-the-test"
        data = self._data(options["rp"]["id"], 0x45) + bytes(16) + len(name).to_bytes(2, "big") + name + public
        return self._answer({
            "clientDataJSON": text(self._client("webauthn.create", options["challenge"])),
            "attestationObject": text(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
        })  # fmt: skip

    def sign(self, options: dict[str, Any]) -> str:
        """What a browser posts after the key signed."""
        client, data = self._client("webauthn.get", options["challenge"]), self._data(options["rpId"], 0x05)
        signed = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({
            "clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signed),
            "userHandle": self.user,
        })  # fmt: skip


def options_in(page: str) -> dict[str, Any]:
    """The options that a page hands to its form."""
    return json.loads(html.unescape(re.search(r"data-options='([^']*)'", page)[1]))["publicKey"]  # type: ignore[index,no-any-return]


def browser() -> Client:
    return Client(headers={"accept-language": "en"}, SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def _patient() -> None:
    """Forget how often somebody tried."""
    cache.clear()


@pytest.fixture
def person(house: House) -> Person:
    return put_person("key@example.org", name="Key", organisation="police", roles={}, password=WORD, by=SYSTEM)


@pytest.fixture
def signed_in(person: Person) -> Client:
    """A browser in which the person just gave the password."""
    made = browser()
    assert made.post(SIGN_IN, {"login": person.email, "password": WORD}).status_code == 302
    assert made.get(f"{PAGE}add/").url.startswith("/account/reauthenticate/"), "adding asks for the password again"
    assert made.post("/account/reauthenticate/", {"password": WORD}).status_code == 302
    return made


def added(signed_in: Client, device: Device | None = None) -> Device:
    device = device or Device()
    made = device.make(options_in(signed_in.get(f"{PAGE}add/").content.decode()))
    answer = signed_in.post(f"{PAGE}add/", {"name": "Telephone", "passwordless": "on", "credential": made})
    assert answer.status_code == (302 if device.origin == ORIGIN else 200)
    return device


def offered(guest: Client) -> dict[str, Any]:
    answer = guest.get(f"{PAGE}sign-in/", headers={"accept": "application/json"})
    return answer.json()["request_options"]["publicKey"]  # type: ignore[no-any-return]


def test_passkey_signs_in_alone_and_adding_it_is_an_act(signed_in: Client, person: Person) -> None:
    device, guest = added(signed_in), browser()
    assert "Telephone" in signed_in.get(PAGE).content.decode()
    assert AuditEntry.objects.filter(verb="passkey.add", by=f"person:{person.public_id}").count() == 1
    assert guest.get("/me/").status_code == 302
    answer = guest.post(f"{PAGE}sign-in/", {"credential": device.sign(offered(guest))})
    assert answer.status_code == 302 and guest.get("/me/").status_code == 200


def test_password_alone_no_longer_signs_in_where_there_is_a_passkey(signed_in: Client, person: Person) -> None:
    device, guest = added(signed_in), browser()
    answer = guest.post(SIGN_IN, {"login": person.email, "password": WORD})
    assert answer.url == f"{PAGE}second-step/" and guest.get("/me/").status_code == 302
    options = options_in(guest.get(answer.url).content.decode())
    assert guest.post(answer.url, {"credential": Device(user=device.user).sign(options)}).status_code == 200
    assert guest.get("/me/").status_code == 302, "another device's signature"
    options = options_in(guest.get(answer.url).content.decode())
    assert guest.post(answer.url, {"credential": device.sign(options)}).status_code == 302
    assert guest.get("/me/").status_code == 200


def test_signatures_for_another_site_or_used_twice_are_refused(signed_in: Client) -> None:
    added(signed_in, Device("https://evil.example"))
    assert not Authenticator.objects.exists()
    device, guest = added(signed_in), browser()
    device.origin = "https://evil.example"
    guest.post(f"{PAGE}sign-in/", {"credential": device.sign(offered(guest))})
    assert guest.get("/me/").status_code == 302
    device.origin, once = ORIGIN, ""
    once = device.sign(offered(guest))
    other = browser()
    offered(other)
    other.post(f"{PAGE}sign-in/", {"credential": once})
    assert other.get("/me/").status_code == 302, "the challenge was another browser's"


@pytest.mark.parametrize("broken", ["", "{}", "[1]", '{"id": 1}', '{"response": {"userHandle": "!"}}', "cut"])
def test_what_is_no_credential_is_refused(signed_in: Client, person: Person, broken: str) -> None:
    device, guest = added(signed_in), browser()
    options = offered(guest)
    whole = json.loads(device.sign(options))
    whole["response"]["authenticatorData"] = whole["response"]["authenticatorData"][:20]
    sent = {"credential": json.dumps(whole) if broken == "cut" else broken}
    assert guest.post(f"{PAGE}sign-in/", sent).status_code == 302
    assert guest.get("/me/").status_code == 302
    assert guest.post(SIGN_IN, {"login": person.email, "password": WORD}).url == f"{PAGE}second-step/"
    guest.get(f"{PAGE}second-step/")
    assert guest.post(f"{PAGE}second-step/", sent).status_code == 200
    signed_in.get(f"{PAGE}add/")
    assert signed_in.post(f"{PAGE}add/", sent | {"name": "Broken"}).status_code == 200
    assert Authenticator.objects.count() == 1


def test_only_ones_own_passkey_is_removed(signed_in: Client, person: Person, house: House) -> None:
    added(signed_in)
    key = Authenticator.objects.get().pk
    with pytest.raises(NotFound):
        remove_passkey(key, by=house.ann)
    assert signed_in.get(f"{PAGE}{key}/remove/").status_code == 200
    assert signed_in.post(f"{PAGE}{key}/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.filter(verb="passkey.remove", by=viewer_for(person).person).exists()
    assert browser().post(SIGN_IN, {"login": person.email, "password": WORD}).url == "/"


def test_accepting_a_new_invitation_ends_lost_passkeys(signed_in: Client, person: Person) -> None:
    added(signed_in)
    now = timezone.now()
    invite(person.public_id, "secret", until=now + timedelta(days=1), by=SYSTEM)
    assert Authenticator.objects.exists()
    accept_invitation("secret", "nine loud harbours", now=now, by=PUBLIC)
    assert not Authenticator.objects.exists()
