"""Charts in files: shapes stand where their numbers say, from the right in Arabic, and words stay words."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from lxml import etree

from plumbline.engines.charts import Bar, Chart, Moment, Point, Range, bars, heat, lines, points, ranges, surface
from plumbline.engines.charts.canvas import ticks
from plumbline.engines.charts.words import _, speaking


def _drawn(chart: Chart) -> etree._Element:
    return etree.fromstring(chart.svg())


def _shapes(chart: Chart, tag: str, kind: str) -> list[dict[str, float]]:
    found = _drawn(chart).iter("{*}" + tag)
    return [
        {key: float(each.get(key)) for key in each.attrib if key not in ("class", "d", "text-anchor")}
        for each in found
        if each.get("class") == kind
    ]


def test_bars_are_in_proportion_and_start_at_the_right_under_an_arabic_title() -> None:
    values = [Bar("a", 30, low=20, high=40), Bar("b", 15), Bar("c", 0)]
    left = _shapes(bars("Ports", values, unit="n", category="port"), "rect", "series-1")
    right = _shapes(bars("موانئ", values, unit="n", category="port"), "rect", "series-1")
    assert [each["width"] for each in left] == pytest.approx([0.6 * 672, 0.3 * 672, 0])
    assert {each["x"] for each in left} == {24}
    assert [each["x"] + each["width"] for each in right] == pytest.approx([696] * 3, abs=0.02)
    (line,) = _shapes(bars("Ports", values, unit="n", category="port"), "line", "chart__interval")
    assert (line["x1"], line["x2"]) == pytest.approx((24 + 0.4 * 672, 24 + 0.8 * 672))


def test_lines_break_at_what_is_missing_and_moments_stand_at_their_place() -> None:
    chart = lines("T", list("abcde"), {"n": [1, 2, math.nan, 4, 5]}, unit="n", axis="t", moments=[Moment(2, "c", 1, 3)])
    (path,) = [each for each in _drawn(chart).iter("{*}path") if each.get("class") == "line-1"]
    steps = path.get("d").split("M")[1:]
    assert len(steps) == 2
    heights = [float(step.split()[1].split("L")[0]) for step in steps]
    assert heights[0] > heights[1]
    (mark,), (band,) = _shapes(chart, "line", "chart__mark"), _shapes(chart, "rect", "chart__band")
    assert mark["x1"] == mark["x2"] == pytest.approx(band["x"] + band["width"] / 2, abs=0.02)
    assert chart.csv().splitlines()[3] == "c,"
    assert "t c; n –" in chart.description()


def test_ranges_stand_on_one_scale_and_the_pooled_one_is_a_diamond() -> None:
    rows = [Range("one", 1, 0, 2, 0.2), Range("two", 3, 2, 4, 1), Range("all", 2, 1.5, 2.5, pooled=True)]
    chart = ranges("T", rows, unit="log RR", category="study")
    first, second = _shapes(chart, "line", "chart__interval")
    assert first["x2"] == pytest.approx(second["x1"], abs=0.02)
    small, large = _shapes(chart, "rect", "series-1")
    assert small["height"] < large["height"]
    assert small["x"] + small["width"] / 2 == pytest.approx((first["x1"] + first["x2"]) / 2, abs=0.02)
    (diamond,) = [each for each in _drawn(chart).iter("{*}path") if each.get("class") == "chart__pooled"]
    assert diamond.get("d").count("L") == 4
    endless = ranges("T", [Range("one", 1, -math.inf, math.inf)], unit="n", category="study")
    assert "inf" not in endless.svg().split("</desc>")[1].replace("infinity", "").split("<line")[1]


def test_ranges_without_an_interval_are_points_and_open_ones_reach_the_edge() -> None:
    rows = [Range("none", 1), Range("open", 2, 1, math.inf), Range("untold", math.nan), Range("kept", 3, 2, 4)]
    chart = ranges("T", rows, unit="n", category="c")
    drawn = _shapes(chart, "line", "chart__interval")
    assert len(drawn) == 2
    assert drawn[0]["x2"] == drawn[1]["x2"]  # 4, the largest end of the scale
    assert len(_shapes(chart, "rect", "series-1")) == 3
    words = [each.text for each in _drawn(chart).iter("{*}text")]
    assert {"1", "2 (1; ∞)", "–", "3 (2; 4)"} <= set(words)
    assert chart.csv().splitlines()[1] == "none,1,,"


def test_long_names_of_ranges_take_two_lines_and_no_more() -> None:
    words = "prosecution of the crew without the owner of the vessel that was seized at the quay"
    drawn = _drawn(ranges("T", [Range(words, 1, 0, 2)], unit="n", category="c"))
    shown = [each.text or "" for each in drawn.iter("{*}text")]
    first, second = (line for line in shown if any(word in line for word in ("prosecution", "owner")))
    assert words.startswith(f"{first} {second.removesuffix('…').strip()}")
    assert max(len(first), len(second)) <= 34


def test_heat_shades_by_size_rings_what_is_strong_and_leaves_nothing_for_what_is_missing() -> None:
    chart = heat("T", ["r"], ["a", "b", "c"], [[6, 1, math.nan]], unit="n", corner="x", strong=[[True, False, False]])
    kinds = [each.get("class") for each in _drawn(chart).iter("{*}rect")]
    assert [kind for kind in kinds if kind and kind.startswith("heat")] == ["heat-6", "heat-1", "heat-0"]
    assert kinds.count("chart__ring") == 1


def test_points_keep_north_up_and_one_scale_whatever_the_direction() -> None:
    places = [Point(0, 0, "a"), Point(1, 0, "b"), Point(0, 1, "c", 1)]
    for title in ("Places", "أماكن"):
        by = {
            each.findtext("{*}title"): each
            for each in _drawn(points(title, places, unit="n", category="p", groups=["g"])).iter("{*}circle")
        }
        at = {name: (float(each.get("cx")), float(each.get("cy"))) for name, each in by.items()}
        assert at["b"][0] > at["a"][0]
        assert at["c"][1] < at["a"][1]
        assert at["b"][0] - at["a"][0] == pytest.approx(400, rel=0.06)
        assert at["a"][1] - at["c"][1] == pytest.approx(400, rel=0.06)


def test_words_of_a_file_are_never_markup() -> None:
    chart = bars("<script>x</script> & co", [Bar("<b>", 1)], unit="<u>", category="c", source="]]>")
    root = _drawn(chart)
    assert not list(root.iter("{*}script", "{*}b", "{*}u"))
    assert root.findtext("{*}title") == "<script>x</script> & co"


def test_long_title_and_many_rows_stay_inside() -> None:
    chart = bars("word " * 60, [Bar(str(n), n) for n in range(70)], unit="n", category="c")
    root = _drawn(chart)
    assert max(len(each.text or "") for each in root.iter("{*}text")) < 70
    assert "… 10" in chart.description()
    assert len(chart.csv().splitlines()) == 71


@pytest.mark.parametrize(("low", "high"), [(0, 47), (-3, 2), (1e-6, 3e-6), (0, 0), (5, 5), (-2e9, 7e9)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 12
    assert all(low - 1e-12 <= tick <= high + 1e-12 for tick in found)


def test_nought_has_no_sign_whatever_was_written_before() -> None:
    for first, second in ((-0.0, 0.0), (-1e-14, 0.0)):
        chart = bars("T", [Bar("a", first), Bar("b", second)], unit="n", category="c")
        assert [words for words in chart.description().split("; ") if "-" in words] == []


def test_seven_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="one to six"):
        lines("T", ["a"], {str(n): [1.0] for n in range(7)}, unit="n", axis="t")


def test_intervals_and_numbers_keep_their_order_where_words_run_from_the_right() -> None:
    drawn = heat("أزواج", ["[0, 1)", "بيت"], ["[1, inf)"], [[1.0], [2.0]], unit="n", corner="م").svg()
    assert {"\u2066[0, 1)\u2069", "\u2066[1, inf)\u2069"} <= set(re.findall("\u2066[^\u2066\u2069]+\u2069", drawn))
    assert "\u2066بيت" not in drawn
    with speaking("ar"):
        assert "\u2066-92\u2069" in _("{column}: what changed at {date}", column="n", date="-92")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3.183e-5, "3.18E-5"),
        (-0.00042, "-4.2E-4"),
        (1e-15, "0"),
        (0.0012, "0.0012"),
        (-1e30, "-1E30"),
        (1234567.0, "1,234,567"),
    ],
)
def test_very_small_and_large_numbers_are_written_with_powers_of_ten(value: float, said: str) -> None:
    assert said in ranges("t", [Range("a", value)], unit="u", category="c").svg()


def test_keys_of_a_drawing_do_not_touch() -> None:
    drawn = lines("t", ["1", "2"], {"预期的数值": [1.0, 2.0], "上限": [2.0, 3.0]}, unit="n", axis="x").svg()
    root = etree.fromstring(drawn.encode())
    first, second = (root.find(f".//{{*}}line[@class='line-{n}']") for n in (1, 2))
    assert float(second.get("x1")) - float(first.get("x2")) > 5 * 14  # five letters of 14 units
    steps = etree.fromstring(surface("t", [0, 1], [0, 1], [[0.0001, 0], [0, 0.0009]], unit="u").svg().encode())
    keys = [each for each in steps.iter("{*}rect") if each.get("height") == "14"]
    assert len({(each.get("x"), each.get("y")) for each in keys}) == 6
    gaps = [float(b.get("x")) - float(a.get("x")) for a, b in pairwise(keys) if a.get("y") == b.get("y")]
    assert min(gaps) > 160
