"""Charts: well-formed, described, with their numbers as a table, turned round for right-to-left pages."""

import re

import pytest
from django.utils import translation
from lxml import etree

from plumbline.ui.charts import Bar, bar_chart, heat_table, stacked_chart, time_chart

BARS = [Bar("Lagos", 31, "/a"), Bar("Odesa & co", 22), Bar("Callao", 0)]


def _charts():
    return [
        bar_chart("Ports", BARS, unit="incidents", category="Port"),
        time_chart("Rising?", BARS, unit="incidents", period="Year"),
        stacked_chart("Parts", ["a", "b"], {"x": [1, 2], "y": [0, 3]}, unit="incidents", category="Port"),
        heat_table("When", ["a"], ["2011", "2012"], [[0, 4]], unit="incidents", corner="Port", urls={(0, 1): "/x"}),
    ]


@pytest.mark.parametrize("index", range(4))
def test_chart_is_well_formed_titled_and_without_inline_style(index):
    html = str(_charts()[index])
    figure = etree.fromstring(html)
    assert figure.find(".//strong").text
    assert "style=" not in html
    assert figure.findall(".//table")


def test_bar_chart_of_right_to_left_page_starts_at_the_right():
    def first_bar():
        html = str(bar_chart("Ports", BARS, unit="incidents", category="Port"))
        return re.search(r'<rect class="series-1" x="([\d.]+)%" y="24" width="([\d.]+)%"', html).groups()

    assert first_bar() == ("0.000", "80.000")
    with translation.override("ar"):
        assert first_bar() == ("20.000", "80.000")


def test_chart_of_nothing_says_so_instead_of_failing():
    assert "No values." in bar_chart("Ports", [], unit="incidents", category="Port")
    assert "No values." in time_chart("Ports", [], unit="incidents", period="Year")


def test_stacked_chart_of_seven_series_is_refused():
    with pytest.raises(ValueError, match="at most six"):
        stacked_chart("Parts", ["a"], {str(i): [1] for i in range(7)}, unit="incidents", category="Port")


def test_heat_table_shades_the_largest_and_links_only_what_counts():
    html = str(
        heat_table("When", ["a"], ["1", "2"], [[0, 4]], unit="n", corner="Port", urls={(0, 0): "/z", (0, 1): "/x"})
    )
    assert '<td class="heat-6"><a href="/x">4</a></td>' in html
    assert "/z" not in html
