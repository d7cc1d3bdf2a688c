"""Every kind of page: no accessibility finding that matters, no overflow on a phone, little weight, both scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import DESKTOP, PHONE, Visits

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
MOST_BYTES = 200_000
SPACE = "hazardous-waste"


def kinds(visits: Visits) -> dict[str, tuple[str, str]]:
    """One address of each kind of page and who opens it."""
    page = visits.open("/", by="analyst")

    def ask(address: str) -> Any:
        return page.request.get(address).json()

    records = ask(f"/api/v1/workspaces/{SPACE}/types/incident/records?status=accepted")
    waiting = ask(f"/api/v1/workspaces/{SPACE}/types/incident/records?status=proposed")
    record, proposed = (_first(found)["id"] for found in (records, waiting))
    work = _first(ask(f"/api/v1/works?workspace={SPACE}"))["id"]
    passage, second = (one["id"] for one in ask(f"/api/v1/works/{work}/passages")[:2])
    pair = page.goto(f"/w/{SPACE}/review/") and page.locator("a[href*='/pairs/']").first.get_attribute("href")
    listed = f"/w/{SPACE}/incident/"
    version = two_versions(page, ask(f"/api/v1/works?workspace={SPACE}")["items"])
    analyst = {
        "workspaces": "/w/", "workspace": f"/w/{SPACE}/", "list": listed, "map": f"{listed}map/", "timeline": f"{listed}timeline/",
        "counts": f"{listed}counts/", "new": f"{listed}new/", "record": f"/r/{record}/", "edit": f"/r/{record}/edit/",
        "history": f"/r/{record}/history/", "who": f"/r/{record}/who/", "review": f"/w/{SPACE}/review/",
        "desk": f"/w/{SPACE}/review/{proposed}/", "pair": str(pair), "works": f"/w/{SPACE}/works/", "add": f"/w/{SPACE}/add/",
        "work": f"/work/{work}/", "describe": f"/work/{work}/describe/", "withdraw": f"/work/{work}/withdraw/",
        "passage": f"/p/{passage}/", "found": "/search/?q=batteries", "nothing": "/search/?q=xyzzy",
        "saved": "/searches/", "version": version, "version-changes": f"{version}?only=changes", "mine": "/mine/",
        "columns": f"{listed}?show=country&show=_status", "table": "/search/?q=batteries&show=work&show=date&show=mark", "like": f"/work/{work}/like/", "beside": f"/p/{passage}/beside/{second}/", "account": "/me/", "passkeys": "/account/passkeys/",
    }  # fmt: skip
    public = {
        "home": "/", "framework": "/framework/", "priority": "/framework/priorities/priority-1/", "activities": "/activities/",
        "theme": "/framework/themes/illicit-capital/", "systems": "/what-works/", "search": "/search/", "login": "/account/login/",
        "gallery": "/gallery/",
    }  # fmt: skip
    chief = {"administration": "/administration/", "acts": "/administration/acts/", "jobs": "/administration/jobs/"}
    return {
        **{kind: (address, "") for kind, address in public.items()},
        **{kind: (address, "analyst") for kind, address in analyst.items()},
        **{kind: (address, "admin") for kind, address in chief.items()},
    }


def two_versions(page: Page, works: list[Any]) -> str:
    """The page of two works that are versions of each other, linked by hand where they are not yet."""
    one, other = (work["id"] for work in works[:2])
    known = [pair for pair in page.request.get(f"/api/v1/works/{one}/versions").json() if pair["other"] == other]
    if not known:
        page.goto(f"/work/{one}/")
        page.get_by_text("Link another work by hand").click()
        form = page.locator(f"form[action='/work/{one}/versions/']")
        form.locator("[name=other]").fill(other)
        form.locator("[name=kind]").select_option("version")
        form.locator("button").click()
        known = [pair for pair in page.request.get(f"/api/v1/works/{one}/versions").json() if pair["other"] == other]
    return f"/version/{known[0]['id']}/"


def _first(found: Any) -> Any:
    rows = found if isinstance(found, list) else next(value for value in found.values() if isinstance(value, list))
    return rows[0]


def findings(page: Page) -> list[str]:
    """What axe finds on a page that is serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} ({one['nodes'][0]['failureSummary'][:200]})"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def over(page: Page) -> str:
    """What reaches beyond the width of the page; "" where nothing does."""
    return str(
        page.evaluate("""() => {
        const root = document.documentElement, wide = root.clientWidth
        if (root.scrollWidth <= wide + 1) return ""
        const beyond = [...document.body.querySelectorAll("*")].filter(one => {
            const box = one.getBoundingClientRect()
            return box.width && (box.right > wide + 1 || box.left < -1)
        })
        return `${root.scrollWidth} > ${wide}: ` + beyond.slice(0, 4).map(one => one.outerHTML.slice(0, 90)).join(" | ")
    }""")
    )


def in_arabic(page: Page) -> None:
    """Switch the interface to Arabic, as its button does."""
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": page.url}])
    page.reload()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "size", "dark"), [("en", DESKTOP, False), ("ar", PHONE, True)])
def test_every_kind_of_page_is_accessible_and_fits(
    visits: Visits, language: str, size: tuple[int, int], dark: bool
) -> None:
    wrong: dict[str, Any] = {}
    pages: dict[str, Page] = {}
    for kind, (address, by) in kinds(visits).items():
        if by not in pages:
            pages[by] = visits.open("/", by=by, size=size, dark=dark)
            if language == "ar":
                in_arabic(pages[by])
        page = pages[by]
        page.goto(address)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr"), address
        found = findings(page) + ([f"overflow: {over(page)}"] if over(page) else [])
        if found:
            wrong[f"{kind} {address}"] = found
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)


@pytest.mark.timeout(240)
def test_a_long_word_in_a_name_or_an_address_breaks_and_widens_no_page(visits: Visits) -> None:
    wrong: dict[str, str] = {}
    pages: dict[str, Page] = {}
    for kind, (address, by) in kinds(visits).items():
        if by not in pages:
            pages[by] = visits.open("/", by=by, size=PHONE)
        page = pages[by]
        page.goto(address)
        page.evaluate(
            "for (const one of document.querySelectorAll('main bdi:not(.mark *, :has(time))')) one.append('abcdefgh'.repeat(8))"
        )
        if over(page):
            wrong[f"{kind} {address}"] = over(page)
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)


@pytest.mark.timeout(240)
def test_pages_weigh_little(visits: Visits) -> None:
    heavy = {}
    for kind, (address, by) in kinds(visits).items():
        if kind in ("map", "gallery"):
            continue
        page = visits.open("/what-works/" if kind == "home" else "/me/" if by else "/framework/", by=by)
        page.goto("about:blank")
        weights: list[int] = []
        page.on("requestfinished", lambda request, weights=weights: weights.append(request.sizes()["responseBodySize"]))
        fresh = page.context.new_cdp_session(page)
        fresh.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(visits.server + address, wait_until="networkidle")
        if sum(weights) > MOST_BYTES:
            heavy[kind] = sum(weights)
        page.close()
    assert heavy == {}
