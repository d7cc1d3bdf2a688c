"""Pages of workspaces and records: what each viewer sees, that numbers agree, that what is hidden is not there."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.apps.records import making as make

from plumbline.apps.library.actions import NewClaim, merge_records, set_status
from plumbline.apps.library.models import Entry
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db
PLACES = [("Genoa", 44.41, 8.93, "IT"), ("Lagos", 6.45, 3.39, "NG"), ("Hamburg", 53.55, 9.99, "DE")]


@pytest.fixture
def space() -> Workspace:
    for slug in ("customs", "police", "clinic"):
        make.organisation(slug)
    make.group("north", "customs", "police")
    return make.workspace()


@pytest.fixture
def reviewer(space: Workspace) -> Any:
    return make.person("ann", "customs", spills="reviewer")


@pytest.fixture
def contributor(space: Workspace) -> Any:
    return make.person("carl", "customs", spills="contributor")


@pytest.fixture
def outsider(space: Workspace) -> Any:
    return make.person("pola", "police", spills="reader")


def many(space: Workspace, by: Any, count: int) -> list[Entry]:
    """Records over three places, three years and three matters, some with two."""
    made = []
    for n in range(count):
        name, lat, lon, country = PLACES[n % 3]
        matters = [["oil", "acid"], ["acid"], ["oil"], ["lead", "oil"], ["acid", "lead"]][n % 5]
        made.append(make.record(space, make.viewer(by), {
            "date": make.day(f"201{n % 3}-0{1 + n % 9}-05"), "place": make.place(name, lat, lon + n / 100, country),
            "country": country, "matter": matters,
        }))  # fmt: skip
    return made


def text_of(page: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))


def total_of(page: Any) -> int:
    found = re.search(r"filters__total[^>]*>\s*([\d,]+)", page.content.decode())
    assert found, "the page says no total"
    return int(found[1].replace(",", ""))


# -- who sees what ---------------------------------------------------------------------------------------------------


def test_record_with_stricter_date_shows_each_viewer_the_best_date_they_may_see(space, reviewer, outsider) -> None:
    by = make.viewer(reviewer)
    entry = make.record(space, by, {"date": make.day("2011-03-05"), "matter": "oil"})
    make.add(entry, by, NewClaim("date", make.day("2012-07-09"), mark=Mark("AMBER", "org:customs")))
    url = f"/r/{entry.public_id}/"
    inside, outside = text_of(make.client(reviewer).get(url)), text_of(make.client(outsider).get(url))
    assert "9 July 2012" in inside
    assert "5 March 2011" in outside
    assert "July" not in outside
    lists = [text_of(make.client(one).get("/w/spills/spill/")) for one in (reviewer, outsider)]
    assert "9 July 2012" in lists[0]
    assert "5 March 2011" in lists[1]
    assert "9 July 2012" not in lists[1]


def test_field_with_sharing_of_its_own_shows_to_its_owner_alone(space, reviewer, outsider) -> None:
    entry = make.record(space, make.viewer(reviewer), {"matter": "oil", "victim": "Jon Smit"})
    for page in ("", "who/", "history/"):
        inside = make.client(reviewer).get(f"/r/{entry.public_id}/{page}")
        outside = make.client(outsider).get(f"/r/{entry.public_id}/{page}")
        assert outside.status_code == 200
        assert "Jon Smit" not in text_of(outside), page
        assert page == "history/" or "Jon Smit" in text_of(inside), page


@pytest.mark.parametrize("page", ["", "edit/", "history/", "who/"])
def test_invisible_record_answers_exactly_like_an_unknown_id(space, reviewer, outsider, page: str) -> None:
    hidden = make.record(space, make.viewer(reviewer), {"matter": "oil"}, mark=Mark("AMBER", "org:customs"))
    assert make.client(reviewer).get(f"/r/{hidden.public_id}/{page}").status_code == 200
    browser, unknown = make.client(outsider), "0" * 16
    answers = [browser.get(f"/r/{key}/{page}") for key in (hidden.public_id, unknown)]
    assert [one.status_code for one in answers] == [404, 404]
    bodies = [re.sub(rb'(csrfmiddlewaretoken" value|nonce)="[^"]+"', b"", one.content) for one in answers]
    assert bodies[0].replace(hidden.public_id.encode(), unknown.encode()) == bodies[1]


@pytest.mark.parametrize("page", ["status/", "decide/", "undo/", "edit/", "who/"])
def test_post_to_invisible_record_answers_404(space, reviewer, outsider, page: str) -> None:
    hidden = make.record(space, make.viewer(reviewer), {"matter": "oil"}, mark=Mark("AMBER", "org:customs"))
    assert make.client(outsider).post(f"/r/{hidden.public_id}/{page}", {"status": "rejected"}).status_code == 404


def test_invisible_records_count_nowhere(space, reviewer, outsider) -> None:
    many(space, reviewer, 4)
    make.record(space, make.viewer(reviewer), {"matter": "oil", "country": "FR", "place": make.place("Nice", 43.7, 7.2, "FR")},
                mark=Mark("AMBER", "org:customs"))  # fmt: skip
    for page in ("", "map/", "timeline/", "counts/"):
        assert total_of(make.client(reviewer).get(f"/w/spills/spill/{page}")) == 5
        answer = make.client(outsider).get(f"/w/spills/spill/{page}")
        assert total_of(answer) == 4
        assert "France" not in text_of(answer)


def test_history_hides_acts_on_values_that_are_kept_to_others(space, reviewer, outsider) -> None:
    entry = make.record(space, make.viewer(reviewer), {"matter": "oil"})
    make.add(entry, make.viewer(reviewer), NewClaim("victim", "Jon Smit"))
    url = f"/r/{entry.public_id}/history/"
    assert "Victim" in text_of(make.client(reviewer).get(url))
    assert "Victim" not in text_of(make.client(outsider).get(url))
    assert "made the record" in text_of(make.client(outsider).get(url))


# -- numbers agree ---------------------------------------------------------------------------------------------------


def test_facets_promise_what_following_them_gives(space, reviewer) -> None:
    many(space, reviewer, 12)
    browser = make.client(reviewer)
    page = browser.get("/w/spills/spill/?matter=oil").content.decode()
    items = re.findall(r'class="facet__item[^"]*" href="([^"]+)"[^>]*>.*?facet__count">(\d+)<', page, re.S)
    assert len(items) >= 8, items
    checked = 0
    for url, count in items:
        query = html.unescape(url)
        if "matter=oil" in query and query.count("matter=") == 1 and "country=" in query:
            assert total_of(browser.get(query)) == int(count), query
            checked += 1
    assert checked == 3


def test_counts_cells_equal_the_totals_of_their_lists(space, reviewer) -> None:
    many(space, reviewer, 14)
    make.record(
        space,
        make.viewer(reviewer),
        {"matter": "oil", "date": {"start": "2010-12-01", "end": "2011-02-01", "precision": "range"}},
    )
    browser = make.client(reviewer)
    checked = 0
    for query in ("rows=matter&columns=year", "rows=matter&columns=country", "rows=country&columns=year&matter=oil&matter=acid",
                  "rows=matter&columns=year&matter=oil&from=2011"):  # fmt: skip
        page = browser.get(f"/w/spills/spill/counts/?{query}").content.decode()
        for url, count in re.findall(r'<td class="heat-\d"><a href="([^"]+)">(\d+)</a>', page):
            assert total_of(browser.get(html.unescape(url))) == int(count), (query, url)
            checked += 1
    assert checked > 15


def test_bars_of_the_timeline_equal_the_totals_of_their_lists(space, reviewer) -> None:
    many(space, reviewer, 9)
    make.record(
        space, make.viewer(reviewer), {"date": {"start": "2010-12-01", "end": "2011-02-01", "precision": "range"}}
    )
    browser = make.client(reviewer)
    page = browser.get("/w/spills/spill/timeline/").content.decode()
    bars = re.findall(r'<a href="([^"]*year=[^"]*)" aria-label="\d+: (\d+)"', page)
    assert len(bars) == 3
    assert [total_of(browser.get(html.unescape(url))) for url, _n in bars] == [int(n) for _url, n in bars]


@pytest.mark.parametrize("query", ["", "zoom=1", "zoom=9", "zoom=9&matter=oil", "zoom=3&bbox=-10,0,20,50"])
def test_clusters_add_up_to_the_total_of_the_list(space, reviewer, query: str) -> None:
    many(space, reviewer, 11)
    browser = make.client(reviewer)
    found = json.loads(browser.get(f"/w/spills/spill/clusters.json?{query}").content)
    on_map = sum(one["count"] for one in found["clusters"]) + len(found["points"])
    assert on_map == total_of(browser.get(f"/w/spills/spill/?{query}")) > 0


def test_cluster_of_one_spot_leads_to_the_list_of_its_records(space, reviewer) -> None:
    by = make.viewer(reviewer)
    for matter in ("oil", "acid", "lead"):
        make.record(space, by, {"matter": matter, "place": make.place("Genoa", 44.41, 8.93, "IT")})
    make.record(space, by, {"matter": "oil", "place": make.place("Lagos", 6.45, 3.39, "NG")})
    browser = make.client(reviewer)
    found = json.loads(
        browser.get("/w/spills/spill/clusters.json?zoom=6&bbox=-20,0,20,50&matter=oil&matter=acid").content
    )
    (cluster,) = found["clusters"]
    assert cluster["count"] == 2 == total_of(browser.get(cluster["url"]))


def test_clusters_with_a_broken_box_are_refused(space, reviewer) -> None:
    answer = make.client(reviewer).get("/w/spills/spill/clusters.json?bbox=1,2")
    assert answer.status_code == 400


def test_filters_stay_on_the_way_from_view_to_view(space, reviewer) -> None:
    many(space, reviewer, 6)
    page = make.client(reviewer).get("/w/spills/spill/?matter=oil&from=2010&q=Genoa").content.decode()
    tabs = [
        html.unescape(one) for one in re.findall(r'href="([^"]+)"', page.split('class="tabs"')[1].split("</nav>")[0])
    ]
    assert [one.split("?")[0].rsplit("/", 2)[1] for one in tabs] == ["spill", "map", "timeline", "counts"]
    assert all("matter=oil" in one and "from=2010" in one and "q=Genoa" in one for one in tabs)


@pytest.mark.parametrize(("words", "total"), [("Genoa", 2), ("نفط", 4), ("Oil", 4), ("ألمانيا", 2), ("مطر", 0)])
def test_words_find_records_by_what_they_name_in_any_language(space, reviewer, words: str, total: int) -> None:
    many(space, reviewer, 6)
    assert total_of(make.client(reviewer).get("/w/spills/spill/", {"q": words})) == total


def test_date_that_is_none_is_named_and_left_out(space, reviewer) -> None:
    many(space, reviewer, 3)
    answer = make.client(reviewer).get("/w/spills/spill/?from=sometime")
    assert answer.status_code == 200
    assert "sometime" in text_of(answer)
    assert "is no date" in text_of(answer)
    assert total_of(answer) == 3


# -- speed -----------------------------------------------------------------------------------------------------------


def queries_of(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize("page", ["/w/spills/spill/", "/w/spills/spill/map/", "/w/spills/spill/timeline/", "/w/spills/spill/counts/",
                                  "/w/spills/spill/clusters.json", "/w/spills/"])  # fmt: skip
def test_pages_ask_the_same_number_of_queries_for_5_and_50_records(space, reviewer, page: str) -> None:
    browser = make.client(reviewer)
    by = make.viewer(reviewer)
    many(space, reviewer, 5)
    make.record(space, by, {"matter": "oil", "victim": "A"})
    few = queries_of(browser, page)
    many(space, reviewer, 44)
    make.record(space, by, {"matter": "acid", "victim": "B"})
    assert queries_of(browser, page) <= few
    assert few < 46  # inside a transaction, as here, a board is read anew each time


# -- the record's page -----------------------------------------------------------------------------------------------


def test_value_opens_the_sentence_it_was_read_from(space, reviewer) -> None:
    by = make.viewer(reviewer)
    report = make.work(
        space, by, ["On 5 March 2011 oil was spilled in Genoa.", "Nobody was hurt."], title="Port bulletin"
    )
    entry = make.record(
        space, by, claims=[make.said(report, "date", make.day("2011-03-05"), "5 March 2011")], status="proposed"
    )
    passage = report.work.passages.get(ordinal=0).public_id
    for url in (f"/r/{entry.public_id}/", "/w/spills/spill/", "/w/spills/"):
        page = make.client(reviewer).get(url).content.decode()
        assert f'href="/p/{passage}/?from=3&amp;to=15" data-provenance' in page, url
    page = make.client(reviewer).get(f"/r/{entry.public_id}/").content.decode()
    assert '<mark class="highlight highlight--current">5 March 2011</mark>' in page
    assert "Port bulletin" in page


def test_claim_on_a_passage_kept_to_others_shows_no_word_of_it(space, reviewer, outsider) -> None:
    by = make.viewer(reviewer)
    report = make.work(
        space,
        by,
        ["On 5 March 2011 oil was spilled in Genoa."],
        title="Secret bulletin",
        mark=Mark("AMBER", "org:customs"),
    )
    claim = make.said(report, "date", make.day("2011-03-05"), "5 March 2011", mark=Mark("GREEN"))
    entry = make.record(space, by, {"matter": "oil"}, claims=[claim])
    passage = report.work.passages.get().public_id
    for url in (f"/r/{entry.public_id}/", "/w/spills/spill/"):
        inside, outside = (make.client(one).get(url).content.decode() for one in (reviewer, outsider))
        assert passage in inside
        assert "5 March 2011" in outside
        assert passage not in outside
        assert "Secret bulletin" not in outside
        assert "was spilled" not in outside


def test_decisions_from_the_page_are_carried_out_and_taken_back(space, reviewer) -> None:
    by = make.viewer(reviewer)
    report = make.work(space, by, ["On 5 March 2011 oil was spilled in Genoa."])
    entry = make.record(
        space, by, claims=[make.said(report, "date", make.day("2011-03-05"), "5 March 2011")], status="proposed"
    )
    browser, url = make.client(reviewer), f"/r/{entry.public_id}/"
    claim = entry.claims.get().public_id
    assert browser.post(url + "decide/", {"claim": claim, "status": "accepted"}).status_code == 302
    assert entry.claims.get().status == "accepted"
    page = browser.get(url + "history/").content.decode()
    act = re.search(r'name="act" value="(\d+)"', page)
    assert act, page
    assert "accepted values of: Date" in text_of(browser.get(url + "history/"))
    browser.post(url + "undo/", {"act": act[1]})
    assert entry.claims.get().status == "proposed"
    browser.post(url + "status/", {"status": "accepted"})
    entry.refresh_from_db()
    assert entry.status == "accepted"


def test_reader_is_offered_no_decision_and_refused_one(space, reviewer, outsider) -> None:
    entry = make.record(space, make.viewer(reviewer), {"matter": "oil"}, status="proposed")
    url = f"/r/{entry.public_id}/"
    assert "Accept the record" in text_of(make.client(reviewer).get(url))
    assert "Accept the record" not in text_of(make.client(outsider).get(url))
    assert make.client(outsider).post(url + "status/", {"status": "accepted"}).status_code == 403
    assert make.client(outsider).get(url + "edit/").status_code == 403
    entry.refresh_from_db()
    assert entry.status == "proposed"


def test_act_of_another_record_is_not_taken_back(space, reviewer) -> None:
    by = make.viewer(reviewer)
    one, other = (make.record(space, by, {"matter": "oil"}, status="proposed") for _ in range(2))
    set_status(one, "accepted", by=by)
    page = make.client(reviewer).get(f"/r/{one.public_id}/history/").content.decode()
    act = re.search(r'name="act" value="(\d+)"', page)
    assert act
    assert make.client(reviewer).post(f"/r/{other.public_id}/undo/", {"act": act[1]}).status_code == 404
    one.refresh_from_db()
    assert one.status == "accepted"


def test_merged_record_leads_on_and_says_what_it_came_from(space, reviewer) -> None:
    by = make.viewer(reviewer)
    into, other = (make.record(space, by, {"matter": matter}) for matter in ("oil", "acid"))
    merge_records(into, [other], by=by)
    browser = make.client(reviewer)
    assert f'href="/r/{into.public_id}/"' in browser.get(f"/r/{other.public_id}/").content.decode()
    assert f'href="/r/{other.public_id}/"' in browser.get(f"/r/{into.public_id}/").content.decode()


def test_relation_shows_the_title_only_to_those_who_may_see_it(space, reviewer, outsider) -> None:
    by = make.viewer(reviewer)
    hidden = make.record(
        space, by, {"matter": "acid", "place": make.place("Genoa", 44.4, 8.9, "IT")}, mark=Mark("AMBER", "org:customs")
    )
    entry = make.record(space, by, {"matter": "oil", "related": hidden.public_id})
    inside, outside = (make.client(one).get(f"/r/{entry.public_id}/").content.decode() for one in (reviewer, outsider))
    assert "Genoa" in inside
    assert f"/r/{hidden.public_id}/" in inside
    assert "Genoa" not in outside
    assert f"/r/{hidden.public_id}/" not in outside


# -- languages and empty pages ---------------------------------------------------------------------------------------


def test_pages_speak_the_language_of_the_viewer(space, reviewer) -> None:
    entry = make.record(
        space, make.viewer(reviewer), {"date": make.day("2011-03-05"), "country": "IT", "matter": "oil"}
    )
    browser = make.client(reviewer, "ar")
    page = text_of(browser.get(f"/r/{entry.public_id}/"))
    assert "نفط" in page
    assert "إيطاليا" in page
    assert 'dir="rtl"' in browser.get("/w/spills/spill/").content.decode()
    assert "انسكابات" in text_of(browser.get("/w/spills/spill/"))


@pytest.mark.parametrize(
    ("language", "tag", "country", "history"),
    [
        ("es", "es", "Italia", "Historial"),
        ("fr", "fr", "Italie", "Historique"),
        ("it", "it", "Italia", "Cronologia"),
        ("ru", "ru", "Италия", "История"),
        ("zh-hans", "zh-Hans", "意大利", "历史"),
    ],
)
def test_pages_speak_every_language_of_the_interface(space, reviewer, language, tag, country, history) -> None:
    entry = make.record(space, make.viewer(reviewer), {"date": make.day("2011-03-05"), "country": "IT"})
    page = make.client(reviewer, language).get(f"/r/{entry.public_id}/").content.decode()
    assert f'<html lang="{tag}" dir="ltr">' in page
    assert country in page
    assert history in page


def test_empty_workspace_says_what_to_do_first(space, contributor, outsider) -> None:
    assert "Add the first files" in text_of(make.client(contributor).get("/w/spills/"))
    assert "Add the first files" not in text_of(make.client(outsider).get("/w/spills/"))
    assert make.client().get("/w/spills/").status_code == 200
    assert make.client().get("/w/").status_code == 200
    for page in ("", "map/", "timeline/", "counts/"):
        assert make.client().get(f"/w/spills/spill/{page}").status_code == 200


def test_unknown_type_answers_404(space, reviewer) -> None:
    assert make.client(reviewer).get("/w/spills/leak/").status_code == 404
