"""Kernel density: mass, edges and contours against closed forms; grids that would lie are refused."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends.kernel import Surface, contours, kernel_density, rule_of_thumb

WINDOW = (-10.0, -10.0, 10.0, 10.0)


def _area(ring):
    points = np.array(ring)
    return float((points[:-1, 0] * points[1:, 1] - points[1:, 0] * points[:-1, 1]).sum() / 2)


def test_one_event_spreads_as_the_kernel_and_holds_its_mass() -> None:
    found = kernel_density(np.zeros(1), np.zeros(1), bandwidth=1.5, cell=0.1, window=WINDOW, corrected=False)
    assert found.density.max() == pytest.approx(1 / (2 * np.pi * 1.5**2))
    assert found.density.sum() * 0.01 == pytest.approx(1, abs=1e-6)
    row, column = np.unravel_index(found.density.argmax(), found.density.shape)
    assert (found.x[column], found.y[row]) == pytest.approx((0, 0))


def test_even_events_are_even_up_to_the_rim_with_correction_and_halved_without() -> None:
    x, y = (each.ravel() for each in np.meshgrid(np.arange(-9.9, 10, 0.2), np.arange(-9.9, 10, 0.2)))
    plain, mended = (
        kernel_density(x, y, bandwidth=1, cell=0.5, window=WINDOW, corrected=corrected) for corrected in (False, True)
    )
    assert mended.density == pytest.approx(np.full((41, 41), 25), rel=0.01)
    assert plain.density[20, 20] == pytest.approx(25, rel=0.01)
    assert plain.density[20, 0] == pytest.approx(12.5, rel=0.02)
    assert plain.density[0, 0] == pytest.approx(6.25, rel=0.03)


def test_weights_count_an_event_as_often() -> None:
    x, y = np.array([0.0, 3]), np.array([0.0, 1])
    twice = kernel_density(np.append(x, 3.0), np.append(y, 1.0), bandwidth=1, cell=1, window=WINDOW)
    weighed = kernel_density(x, y, bandwidth=1, cell=1, window=WINDOW, weights=np.array([1.0, 2]))
    assert weighed.density == pytest.approx(twice.density)


def test_contour_of_one_event_is_the_circle_of_its_level() -> None:
    found = kernel_density(np.zeros(1), np.zeros(1), bandwidth=2, cell=0.1, window=WINDOW, corrected=False)
    ((ring,),) = contours(found, found.density.max() * np.exp(-0.5))
    assert np.hypot(*np.array(ring).T) == pytest.approx(np.full(len(ring), 2), abs=0.01)
    assert _area(ring) == pytest.approx(np.pi * 4, rel=0.003)
    assert ring[0] == ring[-1]


def test_ring_of_density_has_a_hole_and_an_area_at_the_rim_is_closed() -> None:
    x, y = (each.astype(float) for each in np.meshgrid(np.arange(-20, 21), np.arange(-20, 21)))
    away = np.hypot(x, y)
    surface = Surface(x[0], y[:, 0], np.exp(-((away - 10) ** 2) / 8), np.ones_like(away), 1, False, 1)
    ((outer, hole),) = contours(surface, 0.5)
    assert _area(outer) == pytest.approx(np.pi * (10 + np.sqrt(8 * np.log(2))) ** 2, rel=0.02)
    assert _area(hole) == pytest.approx(-np.pi * (10 - np.sqrt(8 * np.log(2))) ** 2, rel=0.02)
    half = Surface(x[0], y[:, 0], x, np.ones_like(away), 1, False, 1)
    ((edge,),) = contours(half, 0.5)
    assert _area(edge) == pytest.approx(19.5 * 40, rel=1e-3)
    assert contours(half, 21) == []


@pytest.mark.parametrize(("middle", "parts"), [(0.9, 1), (0.1, 2)])
def test_saddles_join_or_part_by_the_mean_of_the_square(middle: float, parts: int) -> None:
    grid = np.array([[1.0, middle - 0.4], [middle - 0.4, 1.0]])
    for turned in (grid, grid[:, ::-1]):
        surface = Surface(np.arange(2.0), np.arange(2.0), turned, np.ones((2, 2)), 1, False, 1)
        assert len(contours(surface, 0.6)) == parts


def test_rule_of_thumb_is_scotts() -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(0, 3, 4096), random.normal(0, 3, 4096)
    assert rule_of_thumb(x, y) == pytest.approx(3 / 4, rel=0.05)


@pytest.mark.parametrize(
    "change",
    [
        {"bandwidth": 0.0},
        {"bandwidth": 0.2},
        {"bandwidth": 1e20},
        {"cell": 0.001, "bandwidth": 1.0},
        {"window": (1.0, -10.0, 10.0, 10.0)},
        {"window": (5.0, 5.0, -5.0, -5.0)},
    ],
)
def test_grids_that_would_lie_are_refused(change: dict) -> None:
    with pytest.raises(InvalidInput):
        kernel_density(np.zeros(1), np.zeros(1), **({"bandwidth": 1.0, "cell": 0.5, "window": WINDOW} | change))
