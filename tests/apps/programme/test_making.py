"""The page on which an administrator makes a workspace from a blueprint that ships, or brings one up to date."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests import factories as make
from tests.factories import House

from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import viewer_named
from plumbline.apps.library.queries import works
from plumbline.apps.records.queries import counts_by_type
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.apps.spine.models import Workspace
from plumbline.apps.spine.queries import get_workspace
from plumbline.domain.blueprints import load_shipped, shipped_ids

ADDRESS = "/administration/workspaces/"
MADE, READ = "Made, and you are its editor.", "Reports that came with it are being read."
SAID = {MADE, READ}


def client_of(house: House, name: str) -> Client:
    client = Client()
    person = Person.objects.get(public_id=house.people[name])
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def said(client: Client, address: str) -> set[str]:
    page = client.get(address).content.decode()
    return {one for one in SAID if one in page}


@pytest.fixture
def root(house: House) -> Any:
    return client_of(house, "root")


def test_administrator_makes_a_workspace_whose_reports_are_read(house: House, root: Client, index: None) -> None:
    page = root.get(ADDRESS).content.decode()
    assert page.count('name="blueprint"') == len(shipped_ids())
    assert ADDRESS in root.get("/w/").content.decode()
    answer = root.post(ADDRESS, {"blueprint": "precious-metals", "reports": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/w/precious-metals/")
    assert said(root, "/w/precious-metals/") == SAID
    make.run_jobs()
    viewer = viewer_named(house.root.person or "")
    space = get_workspace("precious-metals", viewer)
    assert viewer.has_role("precious-metals", "editor")
    assert set(viewer.roles) == {*house.root.roles, "precious-metals"}
    assert works(viewer, space).count() == 3
    assert counts_by_type(viewer, space)["incident"] == 3
    assert 'value="precious-metals"' not in root.get(ADDRESS).content.decode()


def test_workspace_without_reports_is_empty_and_is_not_made_twice(house: House, root: Client) -> None:
    root.post(ADDRESS, {"blueprint": "wildlife-minerals"})
    assert said(root, "/w/wildlife-minerals/") == {MADE}
    viewer = viewer_named(house.root.person or "")
    assert works(viewer, get_workspace("wildlife-minerals", viewer)).count() == 0
    again = root.post(ADDRESS, {"blueprint": "wildlife-minerals", "reports": "1"})
    assert again.status_code == 409
    assert "already" in again.content.decode()
    assert works(viewer).count() == 0
    unknown = root.post(ADDRESS, {"blueprint": "wildlife"})
    assert unknown.status_code == 404
    assert "wildlife-minerals" in unknown.content.decode()


def test_older_workspace_is_brought_up_to_date_and_nobody_gains_a_role(house: House, root: Client) -> None:
    text = load_shipped("drug-observatory").text
    older = text.replace("version: 3", "version: 2", 1)
    apply_blueprint(older, name="drug-observatory", by=house.root)
    assert "Bring it to version 3" in root.get(ADDRESS).content.decode()
    assert root.post(ADDRESS, {"blueprint": "drug-observatory", "do": "update"}).status_code == 302
    assert Workspace.objects.get(slug="drug-observatory").blueprint_version == 3
    assert "drug-observatory" not in viewer_named(house.root.person or "").roles
    assert root.post(ADDRESS, {"blueprint": "hazardous-waste", "do": "update"}).status_code == 404


def test_workspace_for_which_no_reports_ship_tells_of_none(
    house: House, root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plumbline.apps.programme.making.starters", dict)
    monkeypatch.setattr("plumbline.apps.programme.starters.starters", dict)
    root.post(ADDRESS, {"blueprint": "precious-metals", "reports": "1"})
    assert said(root, "/w/precious-metals/") == {MADE}


@pytest.mark.parametrize("name", ["ann", "di"])
def test_others_are_refused_and_see_no_button(house: House, name: str) -> None:
    browser = client_of(house, name)
    assert browser.get(ADDRESS).status_code == 403
    assert browser.post(ADDRESS, {"blueprint": "precious-metals"}).status_code == 403
    assert ADDRESS not in browser.get("/w/").content.decode()
    assert Client().get(ADDRESS).status_code == 302
    assert not Workspace.objects.filter(slug="precious-metals").exists()
