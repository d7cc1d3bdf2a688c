"""The same file twice is one work for its owner, and tells nobody of a work that they may not see."""

from __future__ import annotations

import io

import pytest
from tests.factories import House, a_person

from plumbline.apps.accounts.queries import viewer_for
from plumbline.apps.library.intake import take_in
from plumbline.domain.access import Mark


@pytest.mark.parametrize(("level", "told"), [("AMBER", True), ("RED", False)])
def test_file_of_a_colleague_is_the_same_work_only_where_it_is_visible(house: House, level: str, told: bool) -> None:
    ann = house.ann
    colleague = viewer_for(a_person("col", "police", {"trial": "contributor"}))
    audience = frozenset({ann.person or ""}) if level == "RED" else frozenset()
    first = take_in(
        io.BytesIO(b"one text"), "a.txt", house.workspace, by=ann, mark=Mark(level, ann.organisation, audience)
    )
    second = take_in(io.BytesIO(b"one text"), "a.txt", house.workspace, by=colleague)
    assert second.again is told
    assert (second.work == first.work) is told
    third = take_in(io.BytesIO(b"one text"), "a.txt", house.workspace, by=colleague)
    assert third.again
    assert third.work == second.work
