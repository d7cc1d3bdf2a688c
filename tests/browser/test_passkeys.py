"""Invitation and passkey in a real browser, whose authenticator is a virtual one; passkeys need a host name."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import PASSWORD

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def opened(chromium: Browser, server: str, faults: list[str]) -> Page:
    """A page by host name, with a device that verifies its user; `faults` gets errors and requests elsewhere."""
    base = f"http://localhost:{urlsplit(server).port}"
    page = chromium.new_context(base_url=base, locale="en").new_page()
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith((base, "data:")) else faults.append(sent.url))
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


@pytest.mark.timeout(120)
def test_person_is_invited_adds_a_passkey_and_signs_in_by_it(chromium: Browser, server: str) -> None:
    faults: list[str] = []
    page, guest = opened(chromium, server, faults), opened(chromium, server, faults)
    page.goto("/account/login/")
    page.fill("input[name=login]", "admin@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button")
    page.goto("/administration/")
    form = page.locator("form[action='/administration/people/']")
    page.locator("details", has=form).locator("summary").click()
    form.locator("[name=email]").fill("amal@example.org")
    form.locator("[name=name]").fill("Amal")
    form.locator("button").click()

    guest.goto(page.locator("[data-citation]").inner_text())
    for name in ("new_password1", "new_password2"):
        guest.fill(f"[name={name}]", PASSWORD)
    guest.click("main form button")
    guest.get_by_role("link", name="Passkeys").click()
    guest.get_by_role("link", name="Add a passkey").click()
    guest.fill("input[name=password]", PASSWORD)
    guest.click("main form button")
    guest.fill("main [name=name]", "Telephone")
    guest.click("form[data-passkey] button")
    expect(guest.locator("main table")).to_contain_text("Telephone")

    guest.context.clear_cookies()
    guest.goto("/account/login/")
    guest.click("form[data-passkey] button")
    guest.wait_for_url(lambda url: "/account/" not in url)
    guest.goto("/me/")
    expect(guest.locator("main")).to_contain_text("Amal")
    guest.goto(f"{server}/account/login/")
    expect(guest.locator("form[data-passkey]")).to_be_hidden()
    assert [one for one in faults if not one.startswith(server)] == []
    for one in (page, guest):
        one.context.close()
