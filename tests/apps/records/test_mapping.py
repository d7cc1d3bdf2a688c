"""Maps that compare countries: numbers agree with lists, hidden records count nowhere, files say what they are."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from lxml import etree
from tests.apps.records import making as make
from tests.apps.records.test_pages import many, text_of, total_of

from plumbline.apps.library.actions import NewClaim
from plumbline.apps.records import mapping
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark
from plumbline.ui.maps import world

pytestmark = pytest.mark.django_db
MAP = "/w/spills/spill/map/"


@pytest.fixture
def space() -> Workspace:
    for slug in ("customs", "police", "clinic"):
        make.organisation(slug)
    return make.workspace()


@pytest.fixture
def reviewer(space: Workspace) -> Any:
    return make.person("ann", "customs", spills="reviewer")


@pytest.fixture
def outsider(space: Workspace) -> Any:
    return make.person("pola", "police", spills="reader")


def rows_of(answer: Any) -> dict[str, tuple[str, str]]:
    """Name -> (number, address) of the table of countries."""
    body = answer.content.decode().split('id="numbers"')[1]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.S):
        url = re.search(r'<td[^>]*>\s*(?:<bdi[^>]*>)?<a href="([^"]*)"', row)
        cells = [re.sub("<[^>]+>", "", one).strip() for one in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row, re.S)]
        found.append((cells[0], url[1] if url else "", next((one for one in cells[1:] if one.isdecimal()), "")))
    return {name: (count, html.unescape(url)) for name, url, count in found if count}


def shaded(svg: str) -> dict[str, str]:
    """Code of a country -> how it is shaded."""
    return dict(re.findall(r'<use href="#c-([A-Z]{2})" (?:class|fill)="([^"]+)"', svg))


# -- countries -------------------------------------------------------------------------------------------------------


def test_numbers_of_countries_equal_the_totals_of_their_lists(space, reviewer) -> None:
    many(space, reviewer, 11)
    make.record(space, make.viewer(reviewer), {"matter": "oil"})
    browser = make.client(reviewer)
    for query in ("", "matter=oil", "country=IT&country=NG", "from=2010&to=2011&measure=rate&classes=equal", "q=Genoa"):
        answer = browser.get(f"{MAP}countries/?{query}")
        found = rows_of(answer)
        assert found, query
        for count, url in found.values():
            assert count == "0" or total_of(browser.get(url)) == int(count), (query, url)
    page = browser.get(f"{MAP}countries/").content.decode()
    nowhere = re.search(r'href="([^"]*without=country[^"]*)">1 record', page)
    assert total_of(browser.get(html.unescape(nowhere[1]))) == 1


def test_each_map_says_what_its_borders_do_not_mean_and_names_stand_beside_codes(space, reviewer) -> None:
    many(space, reviewer, 11)
    browser = make.client(reviewer)
    for view in ("", "countries/", "small/"):
        answer = browser.get(MAP + view)
        assert answer.status_code == 200, view
        assert "imply no judgement" in answer.content.decode(), view
    page = browser.get(f"{MAP}countries/").content.decode()
    for name, codes in (("Italy", "ITA 380"), ("Nigeria", "NGA 566")):
        assert name in page
        assert codes in page


def test_zero_is_told_from_no_data_and_rates_rest_on_inhabitants(space, reviewer) -> None:
    by = make.viewer(reviewer)
    make.record(space, by, {"country": "IT", "date": {"start": "2010-01-01", "end": "2010-01-01", "precision": "day"}})
    make.record(space, by, {"country": "NG", "date": {"start": "2012-01-01", "end": "2012-01-01", "precision": "day"}})
    browser = make.client(reviewer)
    page = browser.get(f"{MAP}countries/?from=2012").content.decode()
    assert shaded(page) == {"IT": "url(#zero)", "NG": "area-5"}
    assert "none within these limits" in page
    assert "none within these limits" not in browser.get(f"{MAP}countries/").content.decode()
    rate = text_of(browser.get(f"{MAP}countries/?measure=rate"))
    assert "GeoNames" in rate
    assert "0.000511" in rate  # 1 of 195,874,740


def test_hidden_records_and_hidden_values_are_on_no_map_and_in_no_file(space, reviewer, outsider) -> None:
    many(space, reviewer, 3)
    make.record(space, make.viewer(reviewer), {"country": "FR"}, mark=Mark("AMBER", "org:customs"))
    open_one = make.record(space, make.viewer(reviewer), {"matter": "oil"})
    make.add(open_one, make.viewer(reviewer), NewClaim("country", "PE", mark=Mark("AMBER", "org:customs")))
    mine, theirs = make.client(reviewer), make.client(outsider)
    assert "France" in rows_of(mine.get(f"{MAP}countries/"))
    for path in ("countries/", "countries.svg"):
        answer = theirs.get(MAP + path).content.decode()
        assert "France" not in answer
        assert "Peru" not in answer
        assert "FR" not in shaded(answer)
    assert "TLP:AMBER" in mine.get(f"{MAP}countries.svg").content.decode()
    assert "TLP:GREEN" in theirs.get(f"{MAP}countries.svg").content.decode()


def test_file_holds_title_source_date_mark_and_boundary_note(space, reviewer) -> None:
    many(space, reviewer, 4)
    browser = make.client(reviewer)
    answer = browser.get(f"{MAP}countries.svg?matter=oil")
    assert answer["Content-Type"] == "image/svg+xml"
    assert re.search(r'filename="spills-spill-countries-\d{4}-\d\d-\d\d\.svg"', answer["Content-Disposition"])
    drawing = etree.fromstring(answer.content)
    words = " ".join("".join(drawing.itertext()).split())
    for said in ("Spills by Country", "Source: Spills", "Matter: Oil", "imply no judgement", "TLP:GREEN", "quantiles"):
        assert said in words, said
    assert "<a " not in answer.content.decode()
    assert browser.get(f"{MAP}countries.png").content[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("path", ["countries.pdf", "moon.svg"])
def test_picture_that_is_not_drawn_answers_404(space, reviewer, path: str) -> None:
    assert make.client(reviewer).get(MAP + path).status_code == 404


def test_choices_that_are_none_fall_back_and_a_broken_file_address_is_refused(space, reviewer) -> None:
    many(space, reviewer, 3)
    browser = make.client(reviewer)
    assert browser.get(f"{MAP}countries/?by=nope&measure=weight&classes=jenks&without=nope").status_code == 200
    assert browser.get(f"{MAP}countries.svg?from=sometime").status_code == 400


def test_type_without_countries_has_no_map_of_them(reviewer) -> None:
    make.workspace(
        make.SPILLS.replace("blueprint: spills", "blueprint: drips").replace(
            "type: country, facet: true", "type: country"
        )
    )
    browser = make.client(reviewer)
    assert browser.get("/w/drips/spill/map/countries/").status_code == 404
    assert "map/countries" not in browser.get("/w/drips/spill/map/").content.decode()


# -- flows -----------------------------------------------------------------------------------------------------------

WAYS = (
    make.SPILLS.replace("blueprint: spills", "blueprint: ways")
    .replace("{event: {when: date, where: place}", "{event: {when: date, where: place, country: country}, "
             "route: {origin: origin, transit: through, destination: target, seizure: place}")
    .replace("      victim:", "      origin: {type: country, many: true, label: {en: Origin, ar: المنشأ}}\n"
             "      through: {type: country, many: true, label: {en: Transit, ar: العبور}}\n"
             "      target: {type: country, many: true, label: {en: Destination, ar: المقصد}}\n      victim:")
)  # fmt: skip
FLOWS = "/w/ways/spill/map/flows/"


@pytest.fixture
def ways(space: Workspace) -> Any:
    """A person of a workspace whose records tell of ways, some of them by a third country."""
    place = make.workspace(WAYS)
    by = make.person("wim", "customs", ways="reviewer")
    for origin, through, target, country in (
        ("BE", "", "NG", "NG"), ("BE", "", "NG", "BE"), ("DE", "NL", "GH", "NL"), (["DE", "BE"], "NL", "GH", "GH"),
        ("DE", ["NL", "MT"], "NG", "MT"), ("IT", "", "IT", "IT"), ("JP", "", "", "JP"),
    ):  # fmt: skip
        said = {"origin": origin, "through": through, "target": target, "country": country}
        make.record(place, make.viewer(by), {name: value for name, value in said.items() if value})
    return by


@pytest.mark.parametrize(
    "query", ["", "legs=seizure", "legs=straight", "origin=DE", "legs=transit&target=NG&target=GH"]
)
def test_flows_equal_the_totals_of_the_lists_that_they_open(ways, query: str) -> None:
    browser = make.client(ways)
    page = browser.get(f"{FLOWS}?{query}").content.decode()
    body = page.split('id="numbers"')[1]
    found = re.findall(r'<td class="cell--number"[^>]*>(?:<bdi[^>]*>)?<a href="([^"]+)">(\d+)</a>', body)
    assert len(found) >= 3
    for url, count in found:
        assert total_of(browser.get(html.unescape(url))) == int(count), url


def test_records_with_a_stage_between_do_not_also_go_straight(ways) -> None:
    said = text_of(make.client(ways).get(FLOWS))
    assert "imply no judgement" in said
    assert "Belgium › Nigeria: 2" in said
    assert "Germany › Netherlands: 3" in said
    assert "Netherlands › Ghana: 2" in said
    assert "Germany › Ghana" not in said
    assert "Germany › Ghana: 2" in text_of(make.client(ways).get(f"{FLOWS}?legs=straight"))
    assert "1 record names no two stages" in said


def test_flow_kept_from_a_reader_is_drawn_for_nobody_who_may_not_see_it(ways) -> None:
    place = Workspace.objects.get(slug="ways")
    make.record(place, make.viewer(ways), {"origin": "PE", "target": "FR"}, mark=Mark("AMBER", "org:customs"))
    shared = make.record(place, make.viewer(ways), {"origin": "CL"})
    make.add(shared, make.viewer(ways), NewClaim("target", "ES", mark=Mark("AMBER", "org:customs")))
    outsider = make.person("pola", "police", ways="reader")
    assert "Peru › France: 1" in text_of(make.client(ways).get(FLOWS))
    for path in (FLOWS, "/w/ways/spill/map/flows.svg"):
        said = text_of(make.client(outsider).get(path))
        assert "Belgium › Nigeria: 2" in said
        assert "Peru" not in said
        assert "Spain" not in said


def test_countries_on_a_route_are_a_facet_of_lists_though_the_blueprint_says_none(ways) -> None:
    assert total_of(make.client(ways).get("/w/ways/spill/?through=NL&without=country")) == 0
    assert total_of(make.client(ways).get("/w/ways/spill/?through=NL")) == 3


def test_migration_counts_countries_on_routes_of_records_that_stand(ways) -> None:
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps

    from plumbline.apps.library.models import FacetValue
    from plumbline.apps.spine.models import Workspace

    of_route = FacetValue.objects.filter(field__in=["origin", "through", "target"]).order_by(
        "entry_id", "field", "value"
    )
    before = list(of_route.values_list("entry_id", "field", "value", "mark_class_id", "status", "type"))
    of_route.delete()
    then = [SimpleNamespace(pk=one.pk, blueprint=one.blueprint.text) for one in Workspace.objects.all()]
    spaces = SimpleNamespace(objects=SimpleNamespace(iterator=lambda: iter(then)))
    as_it_was = SimpleNamespace(
        get_model=lambda app, name: spaces if name == "Workspace" else apps.get_model(app, name)
    )
    import_module("plumbline.apps.library.migrations.0012_route_facets").count_countries_on_routes(as_it_was, None)
    assert list(of_route.values_list("entry_id", "field", "value", "mark_class_id", "status", "type")) == before
    assert len(before) > 15


def test_type_without_a_route_has_no_flows_and_one_without_ways_says_so(reviewer) -> None:
    assert make.client(reviewer).get(f"{MAP}flows/").status_code == 404
    make.workspace(WAYS)
    assert "No ways to draw" in text_of(make.client(reviewer).get(FLOWS))


# -- small maps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "split=matter", "split=matter&matter=oil&country=IT&country=NG", "from=2011"])
def test_small_maps_and_their_table_equal_the_totals_of_their_lists(space, reviewer, query: str) -> None:
    many(space, reviewer, 11)
    browser = make.client(reviewer)
    page = browser.get(f"{MAP}small/?{query}").content.decode()
    cells = re.findall(r'<td class="heat-\d"><a href="([^"]+)">(\d+)</a>', page)
    assert len(cells) > 1
    for url, count in cells:
        assert total_of(browser.get(html.unescape(url))) == int(count), url
    assert "One scale for all maps" in page
    drawn = browser.get(f"{MAP}small.svg?{query}").content.decode()
    assert drawn.count('href="#lines"') == page.count('href="#lines"') <= 12


def test_small_maps_say_and_open_their_areas_while_these_are_few(space, reviewer) -> None:
    many(space, reviewer, 11)
    page = make.client(reviewer).get(f"{MAP}small/").content.decode()
    opened = re.findall(
        r'<g class="area-\d">(?:<a href="[^"]+" aria-label="([^"]+)"><title>\1</title>.*?</a>)+</g>', page
    )
    assert opened
    assert page.count('id="ground"') == 1


@pytest.mark.parametrize(("view", "language"), [("flows", "en"), ("flows", "ar"), ("small", "en"), ("small", "ar")])
def test_pages_stay_light_where_every_country_has_records(
    ways, monkeypatch: pytest.MonkeyPatch, view: str, language: str
) -> None:
    codes = sorted(world().middles)
    pairs = [(codes[n % len(codes)], codes[(7 * n + 3) % len(codes)]) for n in range(400)]
    counted = tuple(mapping.Flow(1 + n % 3, *pair, 400 - n) for n, pair in enumerate(pairs))
    counts = {code: 60 + n for n, code in enumerate(codes)}
    years = {str(year): {code: year % 7 + n % 90 + 1 for n, code in enumerate(codes)} for year in range(2010, 2026)}
    monkeypatch.setattr(mapping, "flows", lambda *_: mapping.Flows(counted, 9_999, 12, "GREEN"))
    monkeypatch.setattr(mapping, "country_counts", lambda *_: mapping.CountryCounts(counts, 9_999, 12, "GREEN"))
    monkeypatch.setattr(mapping, "split_counts", lambda *_: years)
    browser = make.client(ways)
    browser.cookies["django_language"] = language
    page = browser.get(f"/w/ways/spill/map/{view}/").content
    assert page.count(b'class="world__drawing"') == (1 if view == "flows" else 12)
    assert len(page) < 250_000


# -- years that play, counts as a file -------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["count", "share", "rate"])
def test_frames_hold_what_the_years_alone_count(space, reviewer, measure: str) -> None:
    many(space, reviewer, 11)
    browser = make.client(reviewer)
    page = browser.get(f"{MAP}countries/?measure={measure}").content.decode()
    frames = json.loads(html.unescape(re.search(r"data-frames='([^']+)'", page)[1]))
    assert frames["years"] == ["2010", "2011", "2012"]
    assert set(frames["values"]) == {"IT", "NG", "DE"}
    for at, year in enumerate(frames["years"]):
        rows = rows_of(browser.get(f"{MAP}countries/?year={year}"))
        for code, name in (("IT", "Italy"), ("NG", "Nigeria"), ("DE", "Germany")):
            value, level = frames["values"][code][at], frames["levels"][code][at]
            assert (value == 0) == (level == "0") == (rows[name][0] == "0")
            assert measure != "count" or value == int(rows[name][0])
    assert re.search(r"data-player [^>]*hidden>", page), "without JavaScript the player is not shown"


def test_one_year_plays_nothing(space, reviewer) -> None:
    many(space, reviewer, 6)
    assert "data-player" not in make.client(reviewer).get(f"{MAP}countries/?from=2011&to=2011").content.decode()


def test_counts_as_a_file_hold_numbers_source_and_mark_of_what_the_viewer_may_see(space, reviewer, outsider) -> None:
    many(space, reviewer, 4)
    make.record(space, make.viewer(reviewer), {"country": "FR", "matter": "lead"}, mark=Mark("AMBER", "org:customs"))
    mine, theirs = (make.client(one) for one in (reviewer, outsider))
    path = "/w/spills/spill/counts.svg?rows=country&columns=matter"
    words = " ".join("".join(etree.fromstring(mine.get(path).content).itertext()).split())
    for said in ("Spills by Country and Matter", "France", "Source: Spills, 5 records", "TLP:AMBER", "several values"):
        assert said in words, said
    hidden = theirs.get(path).content.decode()
    assert "France" not in hidden
    assert "TLP:GREEN" in hidden
    assert theirs.get("/w/spills/spill/counts.png").content[:4] == b"\x89PNG"
    assert theirs.get("/w/spills/spill/counts.gif").status_code == 404
