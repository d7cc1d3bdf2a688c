"""The environment of pages: strict, escaped, translated; and the gallery, which uses every component."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.utils import translation
from jinja2 import FileSystemLoader, UndefinedError
from lxml import html as parser

import plumbline.ui
from plumbline.ui.environment import environment, format_date, number, query_with
from plumbline.ui.gallery import parts

pytestmark = pytest.mark.urls(__name__)
urlpatterns: list[object] = []

TEMPLATES = Path(plumbline.ui.__file__).parent / "jinja2"


@pytest.fixture
def env():
    made = environment(loader=FileSystemLoader(TEMPLATES))
    made.globals["static"] = lambda path: f"/static/{path}"
    return made


def _gallery(env, **extra):
    request = RequestFactory().get("/gallery/", {"q": '"><script>'})
    frame = {
        "installation": SimpleNamespace(name="Institute", owner="the Institute"),
        "nav": [SimpleNamespace(title="Home", url="/", current=True)],
        "languages": [SimpleNamespace(code="ar", name="العربية", current=True)],
        "viewer": SimpleNamespace(is_signed_in=True, name="Noor", organisation="Ministry"),
        "request": request, "csrf_input": "", "csp_nonce": "", "page_mark": None,
    }  # fmt: skip
    return env.get_template("gallery.html").render({**parts(), **frame, **extra})


@pytest.mark.parametrize(("code", "side"), [("en", "ltr"), ("ar", "rtl")])
def test_gallery_shows_every_component_in_the_direction_of_its_language(env, code, side):
    with translation.override(code):
        page = parser.fromstring(_gallery(env))
    assert page.get("dir") == side
    classes = {name for element in page.iter() for name in (element.get("class") or "").split()}
    wanted = {
        "mark",
        "provenance",
        "field",
        "claim",
        "passage",
        "withheld-block",
        "compare",
        "desk",
        "facet",
        "timeline",
    }
    wanted |= {"chart", "heat", "map", "card", "stat", "steps", "notice", "state", "drop", "file", "citation", "pages"}
    assert wanted <= classes


def test_gallery_keeps_the_content_policy(env):
    text = _gallery(env)
    page = parser.fromstring(text)
    assert not page.xpath("//@style | //style | //script[not(@src)] | //@onclick")
    assert "<script>" not in text
    addresses = page.xpath("//link/@href | //script/@src | //img/@src")
    assert addresses
    assert all(address.startswith("/static/") for address in addresses)


def test_gallery_ids_are_unique_and_labels_point_somewhere(env):
    page = parser.fromstring(_gallery(env))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//label/@for")) <= set(ids)
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)


def test_unknown_name_in_a_template_is_an_error(env):
    with pytest.raises(UndefinedError):
        env.from_string("{{ nobody_gave_this }}").render()


def test_value_from_outside_is_escaped(env):
    assert env.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_query_with_changes_one_part_and_goes_back_to_the_first_page():
    request = RequestFactory().get("/list/", {"country": "NG", "page": "3", "q": "lead"})
    assert query_with(request, country=None) == "/list/?q=lead"
    assert query_with(request, page=4) == "/list/?country=NG&page=4&q=lead"
    assert query_with(request, term=["a", "b"]) == "/list/?country=NG&q=lead&term=a&term=b"


def test_date_claims_show_no_more_than_is_known():
    def shown(start, end, precision):
        return str(format_date({"start": start, "end": end, "precision": precision}))

    assert shown("2011-01-01", "2011-12-31", "year") == '<time datetime="2011">2011</time>'
    assert shown("2011-03-01", "2011-03-31", "month") == '<time datetime="2011-03">March 2011</time>'
    assert "3 March 2011" in shown("2011-03-03", "2011-03-03", "day")
    assert shown("2011-03-01", "2011-04-02", "range").count("<time") == 2


def test_numbers_follow_the_language_of_the_page():
    assert number(1204.5) == "1,204.5"
    with translation.override("fr"):
        assert number(1204.5) == "1\u202f204,5"
    assert number(None) == "–"
