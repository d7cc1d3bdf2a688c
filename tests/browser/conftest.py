"""A real server with the demonstration, and a real browser that may reach nothing but that server.

The server runs in a process of its own on a throw-away data folder. Every page that a test opens is watched: a request
to any other host, an error in the console (a breach of the content security policy is one) or a failed script fails
the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, sync_playwright
from tools.services import find_chromium, free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "seven quiet harbours"
PHONE, DESKTOP = (360, 740), (1280, 860)
WAIT_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[str]:
    """The address of a server that holds the demonstration."""
    folder, port = tmp_path_factory.mktemp("browser"), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLUMBLINE_", "DJANGO_"))}
    environment = kept | {"PLUMBLINE_DATA": str(folder)}
    command = [sys.executable, "-m", "plumbline.cli"]
    loaded = subprocess.run([*command, "demo", "--password", PASSWORD], env=environment, capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    running = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        running.terminate()
        running.wait(timeout=20)


def _wait_for(address: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"no answer at {address} after {WAIT_SECONDS} s")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; closed with the module, since its event loop would keep Django's tests from their database."""
    program = os.environ.get("PLUMBLINE_CHROMIUM") or find_chromium()
    if not program:
        pytest.skip("Chromium is not installed; on Debian: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Visits:
    """Opens pages for people; `faults` holds what no page may do."""

    browser: Browser
    server: str
    states: dict[str, Any]
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self, address: str = "/", *, by: str = "", size: tuple[int, int] = DESKTOP, language: str = "en", dark: bool = False,
        scripts: bool = True,
    ) -> Page:  # fmt: skip
        """Open an address in a browser of its own, signed in as `by` (the name before @example.org; "": nobody)."""
        context = self.browser.new_context(
            base_url=self.server, viewport={"width": size[0], "height": size[1]}, locale=language, java_script_enabled=scripts,
            color_scheme="dark" if dark else "light", storage_state=self.signed_in(by) if by else None, accept_downloads=True,
        )  # fmt: skip
        self.contexts.append(context)
        context.set_default_timeout(15_000)
        context.route("**/*", self._route)
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                self._note(f"{said.text} ({said.location.get('url')} on {page.url})") if said.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: self._note(str(error)))
        page.goto(address)
        return page

    def signed_in(self, by: str) -> Any:
        """Sign a person in by the form, once for the module."""
        if by not in self.states:
            context = self.browser.new_context(base_url=self.server)
            page = context.new_page()
            page.goto("/account/login/")
            page.fill("input[name=login]", f"{by}@example.org")
            page.fill("input[name=password]", PASSWORD)
            page.click("main form button")
            page.wait_for_url(lambda url: "/login" not in url)
            self.states[by] = context.storage_state()
            context.close()
        return self.states[by]

    def _route(self, route: Route, request: Request) -> None:
        if urlsplit(request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            self._note(f"a request left the installation: {request.url}")
            route.abort()

    def _note(self, words: str) -> None:
        if "/gallery/map.json" not in words:  # the gallery shows a map that cannot be filled
            self.faults.append(words)


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    """Cookies of those who have signed in."""
    return {}


@pytest.fixture
def visits(chromium: Browser, server: str, states: dict[str, Any]) -> Iterator[Visits]:
    """Opens pages; fails the test for what no page may do."""
    made = Visits(chromium, server, states)
    yield made
    for context in made.contexts:
        context.close()
    assert made.faults == []
