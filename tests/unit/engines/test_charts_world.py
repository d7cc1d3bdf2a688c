"""Shapes of the world: projected, thinned together, parted from what lists count apart; a missing file is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from plumbline.domain.errors import Unavailable
from plumbline.engines.charts.world import HEIGHT, WIDTH, project, read_world
from plumbline.engines.countries import countries


def topology(folder: Path) -> Path:
    """Two squares beside one another, a third that crosses the 180th meridian; the line between the first two is shared."""
    arcs = [[[0, 0], [0, 10]], [[0, 10], [-10, 10], [-10, 0], [0, 0]], [[0, 10], [10, 10], [10, 0], [0, 0]],
            [[175, 0], [175, 10], [-175, 10], [-175, 0], [175, 0]]]  # fmt: skip
    steps = [[arc[0], *np.diff(np.array(arc), axis=0).tolist()] for arc in arcs]
    shapes = [("ITA", [[0, 1]]), ("FRA", [[-1, -3]]), ("FJI", [[3]])]
    geometries = [{"type": "Polygon", "arcs": rings, "properties": {"a3": name}} for name, rings in shapes]
    path = folder / "world.json"
    path.write_text(json.dumps({"type": "Topology", "transform": {"scale": [1, 1], "translate": [0, 0]}, "arcs": steps,
                                "objects": {"countries": {"geometries": geometries}}}))  # fmt: skip
    return path


def points(path: str) -> np.ndarray:
    """The points of a path, step by step."""
    found = []
    for ring in re.findall(r"M(-?\d+) (-?\d+)l([^zM]*)", path):
        numbers = [int(one) for one in re.findall(r"-?\d+", ring[2])]
        found.append(np.cumsum([[int(ring[0]), int(ring[1])], *zip(numbers[::2], numbers[1::2], strict=True)], axis=0))
    return np.concatenate(found)


def test_neighbours_share_their_border_and_what_crosses_the_date_line_is_cut(tmp_path: Path) -> None:
    world = read_world(topology(tmp_path), {"ITA": "IT", "FRA": "FR", "FJI": "FJ"}, {"IT": (5.0, -5.0)})
    border = {tuple(one) for one in points(world.borders).tolist()}
    assert border
    assert border <= {tuple(one) for one in points(world.shapes["IT"]).tolist()}
    assert border <= {tuple(one) for one in points(world.shapes["FR"]).tolist()}
    crossing = points(world.shapes["FJ"])[:, 0]
    assert world.shapes["FJ"].count("M") == 2
    assert crossing.min() < 60 < WIDTH - 60 < crossing.max()
    assert world.middles["IT"] == pytest.approx(project(-5.0, 5.0), abs=0.1)
    assert world.disputed == ""


def test_equal_areas_on_the_globe_are_equal_on_the_map() -> None:
    lat = np.linspace(-50, 80, 27)
    x, _y = project(np.full(27, 10.0), lat)
    west, _ = project(np.full(27, 9.0), lat)
    _, up = project(np.full(27, 10.0), lat + 0.05)
    _, down = project(np.full(27, 10.0), lat - 0.05)
    areas = (x - west) * (down - up) / np.cos(np.radians(lat))
    assert areas.max() / areas.min() < 1.001


def test_every_country_with_inhabitants_has_a_place_on_the_real_map() -> None:
    from plumbline.ui.maps import world

    shapes = world()
    missing = {code for code, one in countries().items() if one.population and code not in shapes.middles}
    assert missing <= {"BQ"}
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in shapes.middles.values())
    assert {"MT", "SG", "GF"} <= set(shapes.middles)
    assert {"GF", "SJ", "SO"} <= set(shapes.shapes)
    assert len(shapes.disputed) > 100
    assert sum(map(len, shapes.shapes.values())) < 100_000


def test_missing_shapes_are_named_with_what_adds_them(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make setup"):
        read_world(tmp_path / "none.json", {}, {})
