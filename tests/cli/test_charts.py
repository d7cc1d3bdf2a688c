"""`--chart` of analyses: a drawing that stands alone, its numbers beside it, refused where it cannot be written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from tests.unit.domain.ratings.test_cooke import ASSESSMENTS, REALISATIONS

from plumbline.cli.main import main
from plumbline.engines.charts.words import languages

MODEL = """currency: GBP
draws: 500
offences:
  burglary:
    cases: 100
    costs:
      police: {stage: response, payer: public, amount: {distribution: gamma, mean: 8, sd: 2}}
"""
FILES = {
    "series.csv": "month,n\n" + "".join(f"2020-{i:02},{(9 if i < 12 else 2) + i % 3}\n" for i in range(24)),
    "weeks.csv": "week,a,b\n" + "".join(f"{i},{20 + i % 5},{9 + i % 4 + 40 * (i == 79)}\n" for i in range(80)),
    "counts.csv": "role,before,after\ntreated,80,20\ncontrol,100,50\n",
    "events.csv": "x,y,date\n0,0,2011-03-01\n0,0,2011-03-02\n3,0,2011-03-08\n900,900,2011-05-01\n",
    "cases.csv": "year,county,count,population\n"
    + "".join(f"{y},{n},{9 if (y, n) == (2014, 'b') else 2},1000\n" for y in range(2010, 2015) for n in "abc"),
    "places.csv": "county,lon,lat\na,0,0\nb,1,0\nc,2,0\n",
    "sites.csv": "name,x,y,n\n" + "".join(f"s{i},{i % 3},{i // 3},{3 * i}\n" for i in range(9)),
    "edges.csv": "source,target\nhub,a\nhub,b\nhub,c\nc,d\n",
    "small.dtt": ASSESSMENTS,
    "small.rls": REALISATIONS,
    "rounds.csv": "rater,item,rating\n"
    + "".join(f"{r},{i},{3 + (r + len(i)) % 3}\n" for r in range(5) for i in ("x", "yy")),
    "risks.csv": "risk,likelihood_low,likelihood,likelihood_high,impact_low,impact,impact_high\n"
    "flood,.1,.2,.3,10,20,30\nfire,.01,.02,.03,90,100,200\n",
    "scores.csv": "option,cost,reach\nA,10,5\nB,20,9\n",
    "criteria.yaml": "cost: {weight: 1, better: less}\nreach: 2\n",
    "ach.csv": "evidence,hypothesis,mark\ne1,port,I\ne1,sea,II\ne2,port,C\ne2,sea,C\n",
    "ahp.csv": "criterion,reach,cost\nreach,1,4\ncost,0.25,1\n",
    "ucla.csv": "rater,item,rating\nx,raid,8\ny,raid,9\nx,wait,1\ny,wait,2\n",
    "forecasts.csv": "forecaster,forecast,outcome\nAmina,0.9,1\nBoris,0.6,0\n",
    "ratings.csv": "item,rater,rating\n"
    + "".join(f"p{i},{who},{(i * (2 - n)) % 3}\n" for i in range(9) for n, who in enumerate("xy")),
    "studies.csv": "study,effect,se\nAronson,-0.89,0.57\nFerguson,-1.58,0.44\nRosenthal,-1.35,0.64\n",
    "proceeds.yaml": "currency: USD\nflows:\n  sales: {type: drug-sales, direction: inward, quantity: 10, price: "
    "{distribution: pert, low: 1, mode: 2, high: 3}}\n",
    "a.yaml": MODEL,
    "b.yaml": MODEL.replace("100", "110"),
}
COMMANDS = [
    ("trend breaks series.csv", "Breaks found in n: 1"),
    ("trend alert weeks.csv --period 20 --years 3 --value b --runs 0", "1 of 1 counts above"),
    ("trend alert weeks.csv --period 20 --years 3 --last 2 --runs 0", "of 4 counts above"),
    ("trend model series.csv --family poisson", "What goes with n"),
    ("trend interrupted series.csv --at 13", "what changed at 2020-12"),
    ("trend displacement counts.csv", "Change less that of the control"),
    ("trend knox events.csv", "close"),
    ("trend scan cases.csv --places places.csv --neighbours 2 --runs 9", "Where cases gather"),
    ("network disrupt edges.csv", "cut off after 1 removals"),
    ("network measures edges.csv", "Who stands between"),
    ("elicit cooke small.dtt small.rls", "How well stated quantiles hold"),
    ("elicit delphi rounds.csv", "of 2 items in round 1"),
    ("elicit risk risks.csv --runs 500", "Risks by expected loss"),
    ("elicit decide scores.csv criteria.yaml --runs 500", "is first under"),
    ("elicit ach ach.csv", "Least contradicted: port"),
    ("elicit ahp ahp.csv", "reach weighs most"),
    ("elicit appropriateness ucla.csv", "Judged appropriate: 1 of 2"),
    ("elicit forecasts forecasts.csv", "Amina came closest"),
    ("rate agreement ratings.csv", "Raters agree on 3 of 9 items"),
    ("meta pool studies.csv", "Studies pooled: 3"),
    ("flows proceeds proceeds.yaml --draws 500", "proceeds.yaml"),
    ("space moran sites.csv --value n --nearest 2 --runs 99", "values lie together"),
    ("space moran sites.csv --value n --nearest 2 --runs 99 --by getis-ord", "values lie together"),
    ("space hotspots sites.csv --value n --nearest 2 --runs 99", "of 9 places stand out"),
    ("cost estimate a.yaml", "what moves the social total"),
    ("cost compare a.yaml b.yaml", "A less B"),
]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, *more: str) -> Result:
    return CliRunner().invoke(main, [*command.split(), *more])


@pytest.mark.parametrize(("command", "title"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_chart_stands_alone_with_title_numbers_and_source(at: Path, command: str, title: str) -> None:
    plain, drawn = run(command), run(command, "--chart", "out.svg")
    assert (drawn.exit_code, drawn.stdout) == (0, plain.stdout), drawn.output
    root = etree.parse(at / "out.svg").getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    assert title in root.findtext("s:title", namespaces=space)
    rows = list(csv.reader((at / "out.numbers.csv").open(encoding="utf-8")))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    assert rows[1][0] in root.findtext("s:desc", namespaces=space)
    source = command.split()[2]
    assert f"Source: {source}" in "".join(root.itertext())
    assert "nan" not in " ".join(" ".join(each.attrib.values()) for each in root.iter(etree.Element))
    for each in root.iter("{*}text"):
        assert 0 <= float(each.get("x")) <= 720
        assert 0 < float(each.get("y")) < float(root.get("height"))


def test_chart_as_picture_under_a_title_of_ones_own(at: Path) -> None:
    assert run("trend breaks series.csv", "--chart", "out.png", "--chart-title", "تغيّر السلسلة").exit_code == 0
    assert (at / "out.png").read_bytes().startswith(b"\x89PNG")
    run("trend breaks series.csv", "--chart", "out.svg", "--chart-title", "تغيّر السلسلة")
    mirrored = etree.parse(at / "out.svg").getroot().find("{*}text")
    assert (mirrored.get("x"), mirrored.get("text-anchor")) == ("696.00", "end")


@pytest.mark.parametrize(("name", "need"), [("out.pdf", ".svg or .png"), ("nowhere/out.svg", "a folder that exists")])
def test_chart_that_cannot_be_written_is_refused_by_one_sentence(at: Path, name: str, need: str) -> None:
    ended = run("trend breaks series.csv", "--chart", name)
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert need in ended.stderr


@pytest.mark.parametrize("language", [one for one in languages() if one != "en"])
def test_words_of_every_chart_are_in_the_readers_language(at: Path, language: str) -> None:
    english: set[str] = set()
    for command in (
        "trend breaks series.csv",
        "trend interrupted series.csv --at 13",
        "trend knox events.csv",
        "elicit ach ach.csv",
        "elicit ahp ahp.csv",
        "elicit appropriateness ucla.csv",
        "elicit forecasts forecasts.csv",
        "rate agreement ratings.csv",
        "meta pool studies.csv",
    ):
        drawn = {}
        for one in ("en", language):
            assert run(command, "--chart", f"{one}.svg", "--language", one).exit_code == 0
            drawn[one] = etree.parse(at / f"{one}.svg").getroot()
        assert drawn[language].get("{http://www.w3.org/XML/1998/namespace}lang").lower() == language
        words = [
            {each.text for each in root.iter("{*}title")} | {root.find("{*}text[@class='chart__unit']").text}
            for root in drawn.values()
        ]
        english |= words[0] & words[1]
        first = drawn[language].find("{*}text[@class='chart__title']")
        assert first.get("text-anchor") == ("end" if language == "ar" else "start")
    assert not english


def test_numbers_of_a_chart_are_written_as_its_language_writes_them(at: Path) -> None:
    run("meta pool studies.csv", "--chart", "de.svg", "--language", "fr")
    text = (at / "de.svg").read_text(encoding="utf-8")
    assert "-0,89" in text
    assert "-0.89" in (at / "de.numbers.csv").read_text(encoding="utf-8")


def test_chart_of_an_interruption_shows_what_would_have_been(at: Path) -> None:
    found = json.loads(run("trend interrupted series.csv --at 13", "--chart", "out.svg", "--json").stdout)
    head, *rows = csv.reader((at / "out.numbers.csv").open(encoding="utf-8"))
    assert head == ["time", "n", "fitted", "what would have been"]
    assert [row[3] for row in rows[:11]] == [""] * 11
    gap = sum(float(row[2]) - float(row[3]) for row in rows[12:])
    assert gap == pytest.approx(found["total"]["estimate"])
    assert [float(row[2]) for row in rows[:12]] == pytest.approx(found["counterfactual"][:12])


def test_chart_of_neighbours_has_the_slope_of_its_statistic(at: Path) -> None:
    found = json.loads(
        run("space moran sites.csv --value n --nearest 2 --runs 99", "--chart", "out.svg", "--json").stdout
    )
    rows = list(csv.reader((at / "out.numbers.csv").open(encoding="utf-8")))[1:]
    x, y = ([float(row[axis]) for row in rows] for axis in (1, 2))
    assert sum(a * b for a, b in zip(x, y, strict=True)) / sum(a * a for a in x) == pytest.approx(found["value"])
    circles = [
        (float(each.get("cx")), float(each.get("cy")))
        for each in etree.parse(at / "out.svg").getroot().iter("{*}circle")
    ]
    assert sorted(range(9), key=lambda n: circles[n][0]) == sorted(range(9), key=lambda n: x[n])


def test_letters_without_a_font_are_told_and_kept_as_svg(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plumbline.engines.raster.letters_missing", lambda words: "断" if "断" in words else "")
    words = ("trend breaks series.csv", "--chart", "out.png", "--language", "zh-hans")
    result = run(*words)
    assert result.exit_code == 0
    assert "out.png lacks these letters, out.letters.svg beside it holds them" in result.stderr
    assert "断" in (at / "out.letters.svg").read_text()
    (at / "out.letters.svg").unlink()
    assert run(*words[:3]).stderr == ""
    assert not (at / "out.letters.svg").exists()


def test_coefficients_without_an_interval_are_drawn_without_one(at: Path) -> None:
    """Alpha and AC1 have none; kappa has, but not where raters agree throughout."""
    found = json.loads(run("rate agreement ratings.csv", "--chart", "out.svg", "--json").stdout)
    kept = {each["method"]: each for each in found["agreement"][0]["coefficients"]}
    assert [kept[name]["low"] is None for name in ("alpha/nominal", "kappa/none", "ac1")] == [True, False, True]
    root = etree.parse(at / "out.svg").getroot()
    assert len(root.findall("{*}line[@class='chart__interval']")) == 1
    shown = [each.text for each in root.iter("{*}text") if each.get("class") == "chart__label"]
    assert len([words for words in shown if ";" in words]) == 1
    rows = {row[0]: row[1:] for row in csv.reader((at / "out.numbers.csv").open(encoding="utf-8"))}
    assert rows["Gwet's AC1"][1:] == ["", ""]
    (at / "same.csv").write_text("item,rater,rating\na,x,1\na,y,1\nb,x,2\nb,y,2\n")
    told = run("rate agreement same.csv", "--chart", "out.svg")
    assert "nan" not in told.stdout
    assert not etree.parse(at / "out.svg").getroot().findall("{*}line[@class='chart__interval']")


def test_verdicts_and_what_decides_stand_on_the_charts(at: Path) -> None:
    run("elicit appropriateness ucla.csv", "--chart", "out.svg", "--language", "fr")
    rows = list(csv.reader((at / "out.numbers.csv").open(encoding="utf-8")))[1:]
    assert [row[0] for row in rows] == ["raid: approprié", "wait: inapproprié"]
    assert [float(cell) for cell in rows[0][1:]] == pytest.approx([8.5, 8.3, 8.7])
    (at / "tied.csv").write_text((at / "ach.csv").read_text().replace("II", "I"))
    run("elicit ach tied.csv", "--chart", "out.svg")
    assert "alike: 2 hypotheses" in etree.parse(at / "out.svg").getroot().findtext("{*}title")
    (at / "torn.csv").write_text("c,x,y,z\nx,1,9,0.111\ny,0.111,1,9\nz,9,0.111,1\n".replace("0.111", str(1 / 9)))
    run("elicit ahp torn.csv", "--chart", "out.svg")
    assert "contradict each other: consistency ratio 6" in etree.parse(at / "out.svg").getroot().findtext("{*}title")
