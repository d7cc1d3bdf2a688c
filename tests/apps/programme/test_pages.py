"""The institute's own pages: home, framework, register of activities, what works, and the demonstration."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.factories import House, a_record, a_work, claim

from plumbline.apps.accounts.models import Person
from plumbline.apps.programme import queries
from plumbline.domain.access import PUBLIC, Mark

REPORT = (
    "Major activities of an institute",
    "Report of the Board of Trustees",
    "I. Introduction",
    "1. The institute was set up in 1968.",
    "4. It works on knowledge of Union law against organized crime.",
    "5. It has looked at counterfeiting for five years.",
)
PAGES = ("/", "/framework/", "/activities/", "/what-works/", "/account/login/", "/w/", "/search/")


@pytest.mark.parametrize("path", PAGES)
def test_page_for_the_public_answers_in_every_language(path: str, house: House, client: Client) -> None:
    for language, way in (("en", "ltr"), ("ar", "rtl"), ("fr", "ltr")):
        client.cookies["django_language"] = language
        answer = client.get(path)
        assert answer.status_code == 200
        assert f'<html lang="{language}" dir="{way}">' in answer.content.decode()


def test_home_counts_what_the_viewer_may_see_and_links_to_it(house: House, client: Client) -> None:
    a_record(house, claim("note", "seen by all"), mark=Mark("CLEAR", "org:police"))
    a_record(house, claim("note", "kept"), mark=Mark("AMBER", "org:police"))
    assert [one.records for one in queries.holdings(PUBLIC)] == [1]
    assert [one.records for one in queries.holdings(house.bo)] == [2]
    assert "/w/trial/" in client.get("/").content.decode()


def test_home_of_a_reviewer_says_what_waits_and_a_reader_is_not_bothered(house: House) -> None:
    a_record(house, claim("note", "to look at"), status="proposed")
    assert [one.to_review for one in queries.holdings(house.ann)] == [1]
    assert [one.to_review for one in queries.holdings(house.bo)] == [0]


def test_register_opens_its_paragraphs_once_somebody_has_added_the_report(house: House, client: Client) -> None:
    assert 'href="/p/' not in client.get("/activities/").content.decode()
    a_work(house, *REPORT, name="report-of-2012.txt", mark=Mark("CLEAR", "org:police"))
    paragraphs = queries.report_paragraphs(PUBLIC, [4, 5, 48])
    assert sorted(paragraphs) == [4, 5]
    assert paragraphs[4].text.startswith("4. It works on knowledge")
    page = client.get("/activities/").content.decode()
    assert f'href="/p/{paragraphs[5].id}/"' in page
    activity = next(one for one in queries.activities() if one.paragraph == 5)
    assert paragraphs[5].text in client.get(f"/activities/{activity.id}/").content.decode()


def test_register_does_not_open_a_report_that_the_viewer_may_not_see(house: House, client: Client) -> None:
    a_work(house, *REPORT, mark=Mark("AMBER", "org:police"))
    assert queries.report_paragraphs(house.bo, [4])
    assert not queries.report_paragraphs(PUBLIC, [4])
    assert 'href="/p/' not in client.get("/activities/").content.decode()


@pytest.mark.skipif("PLUMBLINE_SEEDS" not in os.environ, reason="PLUMBLINE_SEEDS names no folder with the documents")
def test_register_resolves_every_reference_in_the_report_itself(house: House) -> None:
    text = (Path(os.environ["PLUMBLINE_SEEDS"]) / "board-report-2012.txt").read_text(encoding="utf-8")
    a_work(house, text, name="board-report-2012.txt", mark=Mark("CLEAR", "org:police"))
    wanted = {one.paragraph for one in queries.activities()}
    assert set(queries.report_paragraphs(PUBLIC, sorted(wanted))) == wanted


def test_framework_and_parts_have_pages_that_link_to_one_another(house: House, client: Client) -> None:
    framework = queries.framework()
    page = client.get("/framework/").content.decode()
    for priority in framework.priorities:
        assert f"/framework/priorities/{priority.id}/" in page
        assert client.get(f"/framework/priorities/{priority.id}/").status_code == 200
    for theme in framework.themes:
        assert client.get(f"/framework/themes/{theme.id}/").status_code == 200
    assert client.get("/framework/themes/no-such-theme/").status_code == 404


def test_what_works_names_each_row_with_its_state_and_addresses_that_answer(house: House, client: Client) -> None:
    page = client.get("/what-works/").content.decode()
    for row in queries.systems().rows:
        assert f'id="{row.id}"' in page
    own = {shown for row in queries.systems().rows for shown in row.shown_by if shown.startswith("/")}
    assert own
    for address in own - {one for one in own if re.match(r"/w/[a-z]", one)}:
        assert client.get(address).status_code in (200, 302), address


@pytest.fixture
def demonstration(db: None) -> Any:
    from plumbline.apps.programme.demonstration import load

    return list(load(password="a long pass phrase", progress=lambda _: None))


@pytest.mark.slow
def test_demonstration_shows_two_focal_points_one_incident_differently(demonstration: list[str]) -> None:
    from plumbline.apps.accounts.queries import find_viewer_by_email
    from plumbline.apps.library.queries import entries, values_for

    viewers = [find_viewer_by_email(f"focal.{name}@example.org") for name in ("nordravia", "sudria")]
    assert all(viewers)
    told = []
    for viewer in viewers:
        assert viewer is not None
        seen = list(entries(viewer).filter(status="accepted", has_overlay=True).select_related("workspace"))
        told.append({one.public_id: values_for([one], viewer)[one.pk] for one in seen})
    both = set(told[0]) & set(told[1])
    assert both
    fields = [{name for key in both for name in one[key]} for one in told]
    assert "victim_names" in fields[0] - fields[1]
    assert fields[1] - fields[0]


@pytest.mark.slow
def test_demonstration_loaded_twice_holds_everything_once(demonstration: list[str]) -> None:
    from plumbline.apps.accounts.queries import find_viewer_by_email
    from plumbline.apps.library.queries import entries, works
    from plumbline.apps.programme.demonstration import load

    analyst = find_viewer_by_email("analyst@example.org")
    assert analyst is not None
    before = works(analyst).count(), entries(analyst).count()
    list(load(password=None, progress=lambda _: None))
    assert (works(analyst).count(), entries(analyst).count()) == before
    assert before[0] >= 30


@pytest.mark.slow
def test_demonstration_ties_actors_of_two_workspaces_and_draws_flows(demonstration: list[str], client: Client) -> None:
    from plumbline.apps.accounts.queries import find_viewer_by_email
    from plumbline.apps.library.ties import ties

    analyst = find_viewer_by_email("analyst@example.org")
    assert analyst is not None
    for state in ("accepted", "rejected", "open"):
        actors = [one for one in ties(analyst, states=(state,)) if one.kind == "actor"]
        assert len(actors) == 1, state
        spaces = {one.workspace.slug for one in (actors[0].tie.entry, actors[0].tie.other)}
        assert spaces == {"hazardous-waste", "precious-metals"}
    assert ties(PUBLIC, states=("accepted", "rejected", "open")) == []

    address = "/w/hazardous-waste/incident/map/flows/"
    own = client.get(address).content.decode()
    assert "Japan › Malaysia: 1" not in own  # proposed, and so not for everybody
    link = re.search(r'href="([^"]+)" aria-label="Spain › Morocco: 1"', own)
    assert link is not None
    assert "Tangier" in client.get(link[1].replace("&amp;", "&")).content.decode()
    client.force_login(
        Person.objects.get(email="analyst@example.org"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert "Japan › Malaysia: 1" in client.get(address).content.decode()
