"""Maps that compare countries: numbers agree with lists, hidden records count nowhere, files say what they are."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from lxml import etree
from tests.apps.records import making as make
from tests.apps.records.test_pages import many, text_of, total_of

from plumbline.apps.library.actions import NewClaim
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark

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
        found.append((cells[0], url[1] if url else "", cells[1]))
    return {name: (count, html.unescape(url)) for name, url, count in found if count.isdecimal()}


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
