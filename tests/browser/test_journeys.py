"""What people do, in a real browser: from the home page to a sentence, from a dropped file to a reviewed record."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import expect
from reportlab.pdfgen import canvas
from tests.browser.conftest import PASSWORD, PHONE, Visits

SPACE = "hazardous-waste"
STORY = (
    "On 14 March 2024 customs officers at the port of Genoa seized 12 tonnes of lead batteries. "
    "The cargo was declared as plastic scrap and was bound for Lagos, Nigeria."
)


def files_of_all_kinds(folder: Path) -> list[str]:
    """A PDF, a Word file, a web page, a table and a text, made here."""
    paths = {kind: folder / f"quay-{kind}.{kind}" for kind in ("pdf", "docx", "html", "csv", "txt")}
    page = canvas.Canvas(str(paths["pdf"]))
    for n, line in enumerate(STORY.split(". ")):
        page.drawString(50, 780 - 20 * n, line)
    page.save()
    document = docx.Document()
    document.add_heading("Seizure at the quay", 1)
    document.add_paragraph(STORY.replace("12 tonnes", "13 tonnes"))
    document.save(str(paths["docx"]))
    paths["html"].write_text(f"<html lang=en><title>Quay</title><h1>Quay</h1><p>{STORY.replace('12', '14')}</p></html>")
    paths["csv"].write_text("what,where\nbatteries,Genoa\n")
    paths["txt"].write_text(f"Seizure report\n\n{STORY.replace('12', '15')}\n")
    return [str(path) for path in paths.values()]


def test_newcomer_is_two_clicks_from_the_sentence(visits: Visits) -> None:
    page = visits.open("/")
    page.locator("[aria-labelledby=records] a").first.click()
    expect(page).to_have_url(re.compile(r"/r/\w+/"))
    page.locator("main a[href^='/p/']").first.click()
    expect(page.locator("main")).to_contain_text(re.compile(r"\w{3,}"))
    assert "/p/" in page.url or page.locator("[data-provenance], .popover, dialog[open]").count()


def test_analyst_drops_files_and_reviews_what_was_read(visits: Visits, tmp_path: Path) -> None:
    page = visits.open(f"/w/{SPACE}/add/", by="analyst")
    page.locator("input[type=file]").set_input_files(files_of_all_kinds(tmp_path))
    if page.locator("form[data-drop] button[type=submit]:visible").count():
        page.locator("form[data-drop] button[type=submit]:visible").first.click()
    page.wait_for_timeout(3000)
    batch = page.locator("a[href*='/add/']").filter(has_text=re.compile(".")).all()
    target = next(
        (one.get_attribute("href") for one in batch if re.search(r"/add/\w{8,}", one.get_attribute("href") or "")), None
    )
    if target and "/add/" in target and page.url.endswith("/add/"):
        page.goto(target)
    for kind in ("pdf", "docx", "html", "csv", "txt"):
        expect(page.locator("main")).to_contain_text(f"quay-{kind}.{kind}", timeout=20_000)
    found: Any = {}
    for _ in range(40):
        found = page.request.get(f"/api/v1/search?q=quay&workspace={SPACE}").json()
        if found.get("total", 0) >= 2:
            break
        page.wait_for_timeout(250)
    assert found["total"] >= 2


def test_desk_is_worked_by_keyboard(visits: Visits) -> None:
    page = visits.open(f"/w/{SPACE}/review/", by="analyst")
    page.locator("a[href*='/review/']").filter(has_text="Review the first").click()
    desk = page.locator("[data-desk][data-ready]")  # keys are heard from now on
    expect(desk).to_be_visible()
    form = page.locator("form[data-key]:has(input[name=claim]:not([value='']))").first
    key = form.get_attribute("data-key")
    form.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/act/")):
        page.keyboard.press("Enter")
    expect(page.locator(f"form[data-key='{key}'] .status--accepted")).to_be_visible()
    page.locator(f"form[data-key='{key}']").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/act/")):
        page.keyboard.press("r")
    expect(page.locator(f"form[data-key='{key}'] .status--rejected")).to_be_visible()
    before = page.url
    page.keyboard.press("n")
    expect(page).not_to_have_url(before)


def test_two_focal_points_see_different_values_of_one_incident(visits: Visits) -> None:
    pages = {who: visits.open("/w/cbrn-incidents/incident/", by=who) for who in ("focal.nordravia", "focal.sudria")}
    both = set.intersection(*(
        {one.get_attribute("href") for one in page.locator("main a[href^='/r/']").all()} for page in pages.values()
    ))  # fmt: skip
    both = {one for one in both if one and re.fullmatch(r"/r/\w+/", one)}
    assert both, "no incident that both see"
    differing = []
    for address in both:
        told = []
        for page in pages.values():
            page.goto(address)
            told.append(page.locator("main").inner_text())
        differing += [address] if told[0] != told[1] else []
    assert differing
    page = pages["focal.nordravia"]
    page.goto(differing[0] + "who/")
    expect(page.locator("main")).to_contain_text("AMBER")


def test_search_marks_what_matched_and_says_what_cannot_be_read(visits: Visits) -> None:
    page = visits.open("/search/?q=batteries", by="analyst")
    expect(page.locator("main mark").first).to_contain_text(re.compile("batter", re.I))
    total = page.locator("[role=status]").inner_text()
    page.locator(".fold a").first.click()
    expect(page.locator("[role=status]")).not_to_have_text(total)
    visits.faults.clear()
    page.goto('/search/?q="open')
    expect(page.locator("main")).to_contain_text("This question cannot be read")
    visits.faults.clear()  # the console notes the 400, as it should


def test_hits_are_walked_ticked_and_opened_by_keys(visits: Visits) -> None:
    page = visits.open("/search/?q=batteries", by="analyst")
    page.evaluate("document.activeElement.blur()")
    for key in "jxjjkx":
        page.keyboard.press(key)
    assert page.locator("[data-hit] input:checked").count() == 2
    page.get_by_role("button", name="Compare the two").click()
    page.wait_for_url("**/beside/**")
    assert page.locator(".beside .passage").count() == 2
    page.goto(visits.server + "/search/?q=batteries")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/p/**")


def test_slash_focuses_search_and_control_k_opens_the_palette(visits: Visits) -> None:
    page = visits.open("/framework/")
    page.locator("body").press("/")
    expect(page.locator("#site-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_language_is_switched_to_arabic_and_the_page_is_mirrored(visits: Visits) -> None:
    page = visits.open("/framework/")
    left = page.locator(".frame nav").first.bounding_box()
    page.locator(".menu summary").first.click()
    page.locator("button[lang=ar]").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    right = page.locator(".frame nav").first.bounding_box()
    assert left and right and left["x"] < 100 < right["x"]


def test_phone_opens_the_workspaces_as_a_sheet(visits: Visits) -> None:
    page = visits.open("/", size=PHONE)
    sheet = page.locator(".sheet__panel")
    expect(sheet).to_be_hidden()
    page.locator(".sheet summary").click()
    expect(sheet).to_be_visible()
    sheet.locator(f"a[href='/w/{SPACE}/']").click()
    expect(page).to_have_url(re.compile(f"/w/{SPACE}/"))


def test_mark_of_a_report_is_changed_and_a_stranger_no_longer_finds_it(visits: Visits) -> None:
    page = visits.open(f"/w/{SPACE}/works/?q=Lead", by="analyst")
    found = page.request.get(f"/api/v1/works?workspace={SPACE}").json()
    rows = found if isinstance(found, list) else found["items"]
    work = next(one for one in rows if "CLEAR" in str(one["mark"]))["id"]
    stranger = visits.open(f"/work/{work}/")
    expect(stranger.locator("h1")).to_be_visible()
    page.goto(f"/work/{work}/")
    page.locator("#who details summary").click()
    page.select_option("#who select[name=level]", "AMBER")
    page.get_by_role("button", name="Save who sees it").click()
    expect(page.locator("#who")).to_contain_text("AMBER")
    answer = stranger.request.get(f"/work/{work}/")
    assert answer.status == 404


def test_merge_and_its_undo(visits: Visits) -> None:
    page = visits.open(f"/w/{SPACE}/review/", by="analyst")
    page.locator("a[href*='/pairs/']").first.click()
    pair = page.url
    page.get_by_role("button", name=re.compile("merge", re.I)).click()
    page.goto(pair)
    expect(page.get_by_role("button", name=re.compile("One event: merge"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("undo|take.*back|back", re.I)).first.click()
    page.goto(pair)
    expect(page.get_by_role("button", name=re.compile("One event: merge"))).to_be_visible()


def test_everything_essential_works_without_scripts(visits: Visits, tmp_path: Path) -> None:
    page = visits.open("/account/login/", scripts=False)
    page.fill("input[name=login]", "analyst@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button.button--primary").click()
    path = tmp_path / "plain.txt"
    path.write_text("A plain note about mercury in a warehouse of Callao.")
    page.goto(f"/w/{SPACE}/add/")
    page.locator("input[type=file]").set_input_files(str(path))
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text("plain.txt")
    page.goto("/search/")
    page.fill("#q", "batteries")
    page.locator("main form button").first.click()
    expect(page.locator("main mark").first).to_be_visible()
    page.goto(f"/w/{SPACE}/incident/map/")
    expect(page.locator("[data-map-list] a").first).to_be_visible()
    page.goto(f"/w/{SPACE}/review/")
    page.locator("a").filter(has_text="Review the first").click()
    page.locator("form[data-key] button[value=accept]").first.click()
    expect(page.locator(".status--accepted").first).to_be_visible()


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson", "jsonl"])
def test_list_is_taken_along_as_a_file(visits: Visits, form: str) -> None:
    page = visits.open(f"/w/{SPACE}/incident/?country=IT", by="analyst")
    link = page.locator(f"a[href*='export.{form}']").first
    answer = page.request.get(str(link.get_attribute("href")))
    assert answer.ok
    assert "attachment" in answer.headers["content-disposition"]
    assert io.BytesIO(answer.body()).read(1)
