"""`space moran`, `hotspots`, `kernel` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from plumbline.cli.main import main

PLACES = "place,x,y,n\n" + "".join(
    f"{c}{r},{r},{i},{20 + (r * 7 + i * 3) % 3 if r < 4 and i < 4 else (r * 5 + i) % 4}\n"
    for i, c in enumerate("abcdefgh")
    for r in range(8)
)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p.csv").write_text(PLACES)
    random = np.random.default_rng(1)
    lon, lat = random.normal(15.0, 0.01, 80), random.normal(45.0, 0.01, 80)
    (tmp_path / "e.csv").write_text("lon,lat\n" + "".join(f"{a},{b}\n" for a, b in zip(lon, lat, strict=True)))
    (tmp_path / "t.csv").write_text("one,other\na0,a1\na1,a2\nb0,a0\nb1,h7\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> Result:
    return CliRunner().invoke(main, command.split())


def answer(command: str) -> dict:
    ended = run(f"{command} --json")
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def test_like_values_that_lie_together_are_told(at: Path) -> None:
    found = answer("space moran p.csv --value n --within 1.5 --runs 199")
    assert found["value"] > 0.6
    assert (found["p_runs"], found["neighbours"], found["without_neighbours"]) == (1 / 200, "within 1.5", 0)
    assert found["expected"] == pytest.approx(-1 / 63)
    assert answer("space moran p.csv --value n --by getis-ord --nearest 4")["value"] > 0
    assert answer("space moran p.csv --value n --touching t.csv")["without_neighbours"] == 58
    assert run("space moran p.csv --value n").stdout.startswith("moran 0.")


def test_hot_places_are_named_and_drawn(at: Path) -> None:
    found = answer("space hotspots p.csv --value n --within 1.5 --by moran --chart h.svg")
    hot = {row["place"] for row in found["places"] if row["kind"] == "high-high"}
    assert {"b1", "c2"} <= hot <= {f"{c}{r}" for c in "abcde" for r in range(5)}
    circles = list(etree.parse(at / "h.svg").getroot().iter("{*}circle"))
    assert len(circles) == 64
    assert sum(each.get("r") == "6" for each in circles) == sum(bool(row["kind"]) for row in found["places"])
    assert "high" in run("space hotspots p.csv --value n --within 1.5").stdout


def test_density_map_has_its_peak_and_contours_in_degrees(at: Path) -> None:
    found = answer("space kernel e.csv --bandwidth 500 --window 14.9 44.9 15.1 45.1 --contours c.geojson --chart k.svg")
    assert found["peak"]["at"] == pytest.approx([15, 45], abs=0.01)
    assert found["unit"] == "metre"
    cell = (250.0) ** 2
    assert np.sum(found["density"]) * cell == pytest.approx(80, rel=0.02)
    features = json.loads((at / "c.geojson").read_text())["features"]
    assert [each["properties"]["share_of_peak"] for each in features] == [0.2, 0.4, 0.6, 0.8]
    ring = np.array(features[-1]["geometry"]["coordinates"][0][0])
    assert (np.abs(ring - [15, 45]) < 0.02).all()
    assert (ring[0] == ring[-1]).all()
    assert len(list(etree.parse(at / "k.svg").getroot().iter("{*}rect"))) > 30
    assert answer("space kernel e.csv")["chosen"] == "scott"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("space moran p.csv --value n --nearest 3 --within 2", "one of --nearest"),
        ("space moran p.csv --value m", "m"),
        ("space moran t.csv --value one", "x"),
        ("space hotspots p.csv --value n --nearest 64", "1 to 63"),
        ("space moran p.csv --value n --touching p.csv", "a place of the other table"),
        ("space kernel e.csv --bandwidth 1 --cell 100", "2 at most"),
        ("space kernel e.csv --window 15 45 15.001 45.001", "holds every event"),
    ],
)
def test_bad_input_ends_with_one_sentence(at: Path, command: str, said: str) -> None:
    ended = run(command)
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
