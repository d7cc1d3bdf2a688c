"""When passages came: what came last is first, what came later is told apart, whoever else's passages lie in between."""

from __future__ import annotations


def ids(result):
    return [hit.id for hit in result.hits]


def test_order_by_arrival_puts_what_came_last_first_and_a_work_in_its_own_order(engine, passage, find):
    engine.add(
        [
            passage("a1", "drum", work="a", ordinal=1, arrived=1_000),
            passage("a0", "drum", work="a", ordinal=0, arrived=1_000),
            passage("b", "drum", arrived=3_000),
            passage("h", "drum", arrived=2_500, principals=("org:x",)),
            passage("c", "drum", arrived=2_000),
        ]
    )
    engine.commit()
    found = find("drum", sort="arrived")
    assert ids(found) == ["b", "c", "a0", "a1"]
    assert [hit.arrived for hit in found.hits] == [3_000, 2_000, 1_000, 1_000]
    assert ids(find("drum", sort="arrived", offset=1, limit=2)) == ["c", "a0"]


def test_only_what_came_later_is_found_and_counted(engine, passage, find):
    engine.add(passage(f"p{at}", "drum", arrived=at) for at in (0, 1_000, 1_001, 1_800_000_000_000))
    engine.commit()
    for after, total in (
        (-1, 3),
        (0, 3),
        (999, 3),
        (1_000, 2),
        (1_001, 1),
        (1_799_999_999_999, 1),
        (1_800_000_000_000, 0),
        (10**14, 0),
    ):
        found = find("drum", arrived_after=after, facets=("language",))
        assert (found.total, sum(count for _, count in found.facets["language"])) == (total, total)


def test_hits_asked_for_without_highlights_have_none(engine, passage, find):
    engine.add([passage("p", "drum")])
    engine.commit()
    assert find("drum").hits[0].highlights == ((0, 4),)
    assert find("drum", highlight=False).hits[0].highlights == ()
