"""`network` and `trend knox`, `trend scan` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main

EDGES = "source,target\nhub,a\nhub,b\nhub,c\nc,d\n"
EVENTS = "x,y,date\n0,0,2011-03-01\n0,0,2011-03-02\n3,0,2011-03-08\n900,900,NA\n"
CASES = "year,county,count,population\n" + "".join(
    f"{year},{name},{9 if (year, name) == (2014, 'b') else 2},1000\n" for year in range(2010, 2015) for name in "abc"
)
PLACES = "county,lon,lat\na,0,0\nb,1,0\nc,2,0\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_disrupt_answers_with_nodes_edges_and_the_curve(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(EDGES)
    found = json.loads(
        run("network", "disrupt", tmp_path / "e.csv", "--by", "betweenness", "--sequential", "--json").stdout
    )
    assert (found["nodes"], found["edges"], found["removed"][0]) == (5, 4, "hub")
    assert found["curve"] == [0.4, 0.2, 0.2, 0.2]
    assert run("network", "disrupt", tmp_path / "e.csv", "--most", 1).stdout == "1\thub\t0.4000\n"


def test_list_of_numbers_without_a_head_is_a_list_of_edges(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("1\t1\t1\n1\t2\t1\n2\t3\t4\n")
    found = json.loads(run("network", "measures", tmp_path / "e.txt", "--json").stdout)
    assert (found["nodes"], found["edges"], found["loops"]) == (3, 2, 1)
    (tmp_path / "e.txt").write_text("1 2\n1 2 3\n")
    result = run("network", "measures", tmp_path / "e.txt")
    assert (result.exit_code, "e.txt, line 2" in result.stderr) == (2, True)


def test_measures_take_groups_layers_two_modes_and_missing_edges(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("person,meeting,layer\na,m,kin\nb,m,kin\nb,n,trade\nc,n,trade\n")
    (tmp_path / "g.csv").write_text("node,group\na,1\nb,2\nc,1\n")
    result = run("network", "measures", tmp_path / "e.csv", "--two-mode", "person", "meeting", "--layer", "layer",
                 "--groups", tmp_path / "g.csv", "--missing", "0.2", "--runs", "5", "--json")  # fmt: skip
    found = json.loads(result.stdout)
    assert (found["nodes"], found["edges"], found["rows"][1]["itinerant"]) == (3, 2, 2)
    assert set(found["overlap"]) == set(found["layers"]) == {"kin", "trade"}
    assert found["stability"]["runs"] == 5


def test_paths_tell_links_and_the_rows_they_rest_on(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("source,target,weight,call\nhub,a,2,c1\na,hub,1,c2\nhub,c,1,c3\nc,d,1,c4\nx,y,1,c5\na,d,4,c6\n")
    found = json.loads(run("network", "paths", path, "hub", "d", "--json").stdout)
    assert (found["shortest"], [one["steps"] for one in found["paths"]]) == (2, [2, 2])
    by_strength = json.loads(
        run("network", "paths", path, "hub", "d", "--by", "strength", "--most", 1, "--json").stdout
    )
    assert by_strength["paths"][0]["nodes"] == ["hub", "a", "d"]
    assert by_strength["paths"][0]["links"][0] == {
        "source": "hub", "target": "a", "weight": 3.0,
        "rows": [{"row": 2, "weight": "2", "call": "c1"}, {"row": 3, "weight": "1", "call": "c2"}],
    }  # fmt: skip
    assert run("network", "paths", path, "hub", "d", "--by", "strength", "--most", 1).stdout.splitlines()[1:] == [
        "1\t2 steps\thub - a - d",
        "\thub - a\tweight 3\trow 2 (call c1); row 3 (call c2)",
        "\ta - d\tweight 4\trow 7 (call c6)",
    ]
    assert (
        run("network", "paths", path, "hub", "y").stdout
        == "No path joins hub and y: they lie in parts of 4 and 2 nodes.\n"
    )


def test_paths_from_nodes_that_are_not_there_are_refused_with_the_nearest_names(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("source,target\nAnna Lund,Bo Ek\nBo Ek,Cy Twist\n")
    result = run("network", "paths", tmp_path / "e.csv", "Ana Lund", "Bo Ek")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "e.csv has no node Ana Lund. The nearest are: Anna Lund" in result.stderr
    assert run("network", "paths", tmp_path / "e.csv", "Bo Ek", "Bo Ek").exit_code == 2
    (tmp_path / "e.csv").write_text("")
    assert "is empty" in run("network", "paths", tmp_path / "e.csv", "a", "b").stderr


def test_paths_of_followthemoney_name_relations(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("\n".join(json.dumps(one) for one in [
        {"id": "p1", "schema": "Person", "properties": {"name": ["Ann"]}},
        {"id": "c1", "schema": "Company", "properties": {"name": ["Eco"]}},
        {"id": "o1", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["c1"]}},
    ]))  # fmt: skip
    (tmp_path / "e.csv").write_text(run("ftm", "edges", tmp_path / "e.jsonl").stdout)
    (path,) = json.loads(run("network", "paths", tmp_path / "e.csv", "Ann", "Eco", "--json").stdout)["paths"]
    assert (path["names"], path["links"][0]["rows"][0]["schema"], path["links"][0]["rows"][0]["id"]) == (
        ["Ann", "Eco"],
        "Ownership",
        "o1",
    )


def test_knox_leaves_rows_without_a_date_out_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(EVENTS)
    words = ("trend", "knox", tmp_path / "v.csv", "--space", "1,200", "--time", "0,7", "--runs", "9", "--seed", "1")
    result = run(*words, "--json")
    found = json.loads(result.stdout)
    assert found["observed"] == [[1, 0], [1, 1], [0, 0]]
    assert (found["events"], found["space"], found["time"]) == (
        3,
        ["[0, 1)", "[1, 200)", "[200, inf)"],
        ["[0, 7)", "[7, inf)"],
    )
    assert "1 rows have no date" in result.stderr
    assert "[1, 200)\t1" in run(*words).stdout
    (tmp_path / "bare.csv").write_text("\n".join(EVENTS.splitlines()[1:4]) + "\n")
    assert (
        json.loads(run("trend", "knox", tmp_path / "bare.csv", *words[3:], "--json").stdout)["observed"]
        == found["observed"]
    )


def test_scan_names_the_places_and_periods_of_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CASES)
    (tmp_path / "p.csv").write_text(PLACES)
    words = ("trend", "scan", tmp_path / "c.csv", "--places", tmp_path / "p.csv", "--neighbours", 2, "--runs", 99)
    found = json.loads(run(*words, "--json").stdout)
    best = found["clusters"][0]
    assert (best["places"], best["first"], best["last"], best["cases"], found["zones"]) == (["b"], "2014", "2014", 9, 5)
    assert best["p"] <= 0.1
    assert (
        "2014 to 2014: b: 9 cases"
        in run(*words, "--model", "expectation-poisson", "--history", "2013", "--alive").stdout
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("network", "disrupt", "none.csv"), "There is no file"),
        (("network", "disrupt", "one.csv"), "has no column 'source'"),
        (("trend", "knox", "e.csv"), "has no column 'x'"),
        (("trend", "knox", "v.csv", "--space", "200,100"), "rising limits"),
        (("trend", "scan", "c.csv", "--places", "few.csv"), "has no place 'c'"),
        (("trend", "scan", "c.csv", "--places", "few.csv", "--history", "1999"), "one of 2010 to 2014"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_one_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    files = {
        "e.csv": EDGES,
        "v.csv": EVENTS,
        "c.csv": CASES,
        "few.csv": "county,lon,lat\na,0,0\nb,1,0\n",
        "one.csv": "name\nx\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    result = run(*(tmp_path / word if word.endswith(".csv") else word for word in words))
    assert result.exit_code in (2, 3)
    assert said in result.stderr
    assert len([line for line in result.stderr.splitlines() if "have no date" not in line]) == 1


@pytest.mark.parametrize("told", ["period", "year,month", "date", "Time"])
def test_periods_of_a_scan_are_in_order_of_time(tmp_path: Path, told: str) -> None:
    """A cluster in periods 9 to 11 of 24 and its neighbours in time; text would put 10 before 9."""
    write = {
        "period": str, "Time": lambda n: f"week {n}", "date": lambda n: f"{2020 + (n - 1) // 12}-{(n - 1) % 12 + 1:02}-01",
        "year,month": lambda n: f"{2020 + (n - 1) // 12},{(n - 1) % 12 + 1}",
    }[told]  # fmt: skip
    rows = [
        f"{write(n)},{place},{5 + 12 * (place == 'b' and 9 <= n <= 11)}" for n in range(24, 0, -1) for place in "abcd"
    ]
    (tmp_path / "c.csv").write_text("\n".join([f"{told},place,cases", *rows]))
    (tmp_path / "p.csv").write_text("place,x,y\na,0,0\nb,1,0\nc,2,0\nd,3,0\n")
    result = run("trend", "scan", tmp_path / "c.csv", "--places", tmp_path / "p.csv", "--runs", 19, "--json")
    found = json.loads(result.stdout)
    best = found["clusters"][0]
    labels = {n: write(n).replace(",", "-") if n > 9 or told != "year,month" else "2020-09" for n in (9, 11)}
    assert (found["periods"], best["places"], best["first"], best["last"], best["cases"]) == (
        24, ["b"], labels[9], labels[11], 51)  # fmt: skip
    assert result.stderr == ""


def test_gap_between_periods_of_a_scan_is_told_and_an_empty_one_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("place,x,y\na,0,0\nb,1,0\n")
    (tmp_path / "c.csv").write_text("period,place,cases\n1,a,2\n2,b,3\n3,a,1\n9,b,4\n10,a,1\n")
    words = ("trend", "scan", tmp_path / "c.csv", "--places", tmp_path / "p.csv", "--runs", 9)
    assert (
        run(*words).stderr
        == "1 gaps between the periods of c.csv, the first after 3; windows take them as evenly spaced.\n"
    )
    (tmp_path / "c.csv").write_text("period,place,cases\n1,a,2\n,b,3\n")
    result = run(*words)
    assert (result.exit_code, "row 3, column 'period': a period is needed here" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    [("network", "measures", "e.csv", "--seed", str(10**30)), ("network", "measures", "e.csv", "--missing", ".2", "--runs", "99999999999"),
     ("trend", "knox", "v.csv", "--runs", "99999999999")],
)  # fmt: skip
def test_numbers_beyond_what_can_be_run_are_refused_at_once(tmp_path: Path, words: tuple[str, ...]) -> None:
    for name, text in {"e.csv": EDGES, "v.csv": EVENTS}.items():
        (tmp_path / name).write_text(text)
    result = run(*(tmp_path / word if word.endswith(".csv") else word for word in words))
    assert (result.exit_code, "is not in the range" in result.stderr, result.exception.__class__) == (
        2,
        True,
        SystemExit,
    )


def test_cell_of_several_lines_is_quoted_on_one(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text('month,n\n2020-01,"a\nb"\n2020-02,3\n2020-03,4\n')
    result = run("trend", "model", tmp_path / "s.csv", "--value", "n")
    assert (result.exit_code, "not 'a b'" in result.stderr, result.stderr.count("\n")) == (2, True, 1)
