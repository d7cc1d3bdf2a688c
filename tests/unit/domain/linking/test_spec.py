"""The spec by which rows of tables are matched: what it takes, and how it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.linking.spec import Key, read_spec

GOOD: dict[str, Any] = {
    "compare": [{"column": "family", "kind": "name"}, {"column": ["lat", "lon"], "kind": "distance", "levels": [5]}, {"column": "sex"}],
    "block": [["family[:3]", "born"], "sex"],
}  # fmt: skip


def test_a_spec_fills_in_what_is_not_said() -> None:
    spec = read_spec(GOOD, name="s.yaml")
    assert spec.block == ((Key("family", 3), Key("born")), (Key("sex"),)) == spec.sure == spec.learn
    assert [one.levels for one in spec.compare] == [(0.95, 0.85), (5.0,), ()]
    assert spec.columns == {"family": "name", "born": "exact", "sex": "exact", "lat": "distance", "lon": "distance"}
    assert (spec.id, spec.recall) == ("id", 0.7)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"compare": []}, "compare: a list with at least one entry"),
        ({"compare": [{"column": "a", "kind": "sound"}]}, "compare, entry 1: kind is one of exact, name, date"),
        ({"compare": [{"column": "a"}, {"column": "a", "kind": "name"}]}, "each column once is needed here, not a"),
        ({"compare": [{"column": ["a", "b"]}]}, "entry 1: one column is needed"),
        ({"compare": [{"column": "a", "kind": "distance"}]}, "latitude and longitude"),
        ({"compare": [{"column": "a", "kind": "name", "levels": [0.8, 0.9]}]}, "from the closest to the farthest"),
        ({"compare": [{"column": "a", "kind": "name", "levels": [1.2]}]}, "levels from the closest"),
        ({"compare": [{"column": "a", "levels": [1]}]}, "no levels are known, not [1]"),
        ({"compare": [{"column": "a", "kind": "date", "frequencies": True}]}, "frequencies is true or false"),
        ({"compare": [{"column": "a", "weight": 2}]}, "column, kind, levels and frequencies are known here"),
        ({"compare": [{"column": "a", "kind": ["name"]}]}, "entry 1: kind is one of"),
        ({"compare": [{"column": ["a", "a"], "kind": "distance"}]}, "latitude and longitude"),
        ({"compare": [{"column": "a", "kind": "number", "levels": [0.1, float("inf")]}]}, "levels from the closest"),
        ({"compare": [{"column": "a"}, {"column": ["a", "b"], "kind": "distance"}]}, "each column once is needed here, not a"),
        ({"block": [["lat[:2]"], "sex"]}, "block: a number has no first letters: a column of texts or dates is needed here, not lat"),
        ({"block": [[]]}, "block: columns such as [family, born]"),
        ({"block": [[3]]}, "block: columns such as"),
        ({"recall": 0}, "recall: a share above 0 and up to 1"),
        ({"recall": True}, "recall: a share"),
        ({"id": "sex"}, "id: a column that is not compared"),
        ({"learn": [["family"]]}, "learn: a line without family is needed here, or nothing is learnt about it, not [family]"),
        ({"blocks": []}, "blocks: one of block, compare, id, learn, recall, sure is needed here"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_spec(GOOD | change, name="s.yaml")
    assert str(refusal.value).startswith("s.yaml: ") and said in str(refusal.value)


def test_a_spec_is_a_mapping() -> None:
    with pytest.raises(InvalidInput, match=r"settings by name are needed here, not list"):
        read_spec([], name="s.yaml")
