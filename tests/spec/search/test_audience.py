"""Who sees what: hits, totals and facets equal a brute-force filter, and hidden passages leave no trace."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumbline.domain.query import parse
from plumbline.engines.search import IndexedPassage, SearchRequest, open_engine

WORDS = ["lead", "ship", "paint", "drum", "acid"]
PRINCIPALS = ["public", "community", "org:1", "group:1", "group:2", "person:1"]
FACETS = ("waste", "country", "language", "year")


@st.composite
def passages(draw, prefix="p", max_size=14):
    rows = draw(
        st.lists(
            st.tuples(
                st.lists(st.sampled_from(WORDS), max_size=8),
                st.sets(st.sampled_from(PRINCIPALS), max_size=3),
                st.sets(st.sampled_from(PRINCIPALS), max_size=1),
                st.lists(st.sampled_from(["Y1", "Y2", "Y3"]), max_size=3),
                st.sampled_from(["NG", "GH", ""]),
                st.sampled_from(["en", "fr"]),
                st.sampled_from([None, "2011", "2012-02-03"]),
            ),
            max_size=max_size,
        )
    )
    return [
        IndexedPassage(
            id=f"{prefix}{n}",
            work=f"{prefix}w{n % 3}",
            workspace="s",
            type="report",
            text=" ".join(text),
            title="",
            heading="",
            language=language,
            ordinal=n,
            page=None,
            principals=tuple(shown),
            hidden_from=tuple(hidden),
            facets={"waste": tuple(waste), "country": (country,)},
            date=dated,
        )
        for n, (text, shown, hidden, waste, country, language, dated) in enumerate(rows)
    ]


def visible(passage, viewer):
    return bool(set(passage.principals) & viewer) and not set(passage.hidden_from) & viewer


def near(text, one, other, between):
    places = [(n, word) for n, word in enumerate(text) if word in (one, other)]
    return any(a != b and abs(m - n) <= between + 1 for m, a in places for n, b in places)


QUERIES = {
    "": lambda text: True,
    "lead": lambda text: "lead" in text,
    "lead ship": lambda text: {"lead", "ship"} <= set(text),
    "lead OR acid": lambda text: bool({"lead", "acid"} & set(text)),
    "lead NOT drum": lambda text: "lead" in text and "drum" not in text,
    "pai*": lambda text: "paint" in text,
    "paimt~1": lambda text: "paint" in text,
    "sihp~": lambda text: "ship" in text,
    '"lead ship"~2': lambda text: near(text, "lead", "ship", 2),
    '"drum acid"': lambda text: ("drum", "acid") in zip(text, text[1:], strict=False),
}


def expected_facets(found, facets):
    counted = {}
    for name in facets:
        tally = Counter()
        for passage in found:
            values = {"language": (passage.language,), "year": ((passage.date or "")[:4],), **passage.facets}[name]
            tally.update({value for value in values if value})
        counted[name] = tuple(sorted(tally.items(), key=lambda pair: (-pair[1], pair[0])))
    return counted


def ask(engine, text, viewer, **asks):
    return engine.search(
        SearchRequest(query=parse(text), principals=frozenset(viewer), facets=FACETS, limit=100, **asks)
    )


def index(folder, *batches):
    engine = open_engine(Path(folder))
    for batch in batches:
        engine.add(batch)
        engine.commit()
    return engine


slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(corpus=passages(), viewer=st.sets(st.sampled_from(PRINCIPALS), max_size=4))
def test_search_equals_a_brute_force_filter(engine_name, corpus, viewer):
    with tempfile.TemporaryDirectory() as folder:
        engine = index(folder, corpus[:5], corpus[5:])
        for text, matches in QUERIES.items():
            found = ask(engine, text, viewer)
            wanted = [passage for passage in corpus if visible(passage, viewer) and matches(passage.text.split())]
            assert {hit.id for hit in found.hits} == {passage.id for passage in wanted}
            assert (found.total, found.facets) == (len(wanted), expected_facets(wanted, FACETS))
        engine.close()


@slow
@given(
    corpus=passages(),
    secret=passages(prefix="s"),
    viewer=st.sets(st.sampled_from(PRINCIPALS[:4]), min_size=1, max_size=3),
)
def test_hidden_passages_change_nothing_that_the_viewer_gets(engine_name, corpus, secret, viewer):
    hidden = [passage for passage in secret if not visible(passage, viewer)]
    with tempfile.TemporaryDirectory() as without, tempfile.TemporaryDirectory() as beside:
        bare, full = index(without, corpus), index(beside, hidden[:4], corpus[6:][::-1], hidden[4:], corpus[:6][::-1])
        for text in QUERIES:
            for sort in ("rank", "date"):
                assert ask(bare, text, viewer, sort=sort) == ask(full, text, viewer, sort=sort)
        bare.close()
        full.close()


def test_many_hidden_passages_with_the_word_keep_the_order_of_the_others(engine, passage):
    """Under BM25, where rare words weigh more, the fifty hidden ones would turn this order round."""
    seen = [
        passage("a", "lead ship ship word word"),
        passage("b", "lead lead ship word word word word"),
        passage("c", "lead"),
        passage("d", "ship and other things"),
    ]
    viewer = frozenset({"public"})
    engine.add(seen)
    engine.commit()
    before = [ask(engine, text, viewer) for text in ("lead OR ship", "lead ship", "ship")]
    engine.add(passage(f"h{n}", "lead lead " * (n % 7 + 1), principals=("group:9",)) for n in range(50))
    engine.commit()
    assert [ask(engine, text, viewer) for text in ("lead OR ship", "lead ship", "ship")] == before
    assert ask(engine, "lead", viewer | {"group:9"}).total == 53


def test_rarity_of_alternatives_is_counted_among_visible_passages(engine, passage):
    """Among the visible, 'ship' is the rarer word; fifty hidden passages with it must not make it the commoner one."""
    viewer = frozenset({"public"})
    engine.add([passage("rare", "ship word"), *(passage(f"common{n}", "lead word") for n in range(9))])
    engine.commit()
    before = ask(engine, "lead OR ship", viewer)
    engine.add(passage(f"h{n}", "ship word", principals=("group:9",)) for n in range(50))
    engine.commit()
    assert ask(engine, "lead OR ship", viewer) == before
    assert before.hits[0].id == "rare"
    assert ask(engine, "lead OR ship", viewer | {"group:9"}).hits[0].id.startswith("common")


def test_equal_passages_keep_their_order_however_they_were_written(engine, passage):
    viewer, rows = frozenset({"public"}), [passage(f"p{n}", "lead") for n in range(40)]
    engine.add(rows)
    engine.commit()
    before = [ask(engine, "lead", viewer, sort=sort) for sort in ("rank", "date")]
    engine.add(rows[20:][::-1])
    engine.commit()
    engine.add(rows[:7])
    engine.commit()
    assert [ask(engine, "lead", viewer, sort=sort) for sort in ("rank", "date")] == before


def test_viewer_without_principals_sees_nothing_and_no_counts(engine, passage):
    engine.add([passage("a", "lead")])
    engine.commit()
    found = ask(engine, "lead", frozenset())
    assert (found.total, found.hits, set(found.facets.values())) == (0, (), {()})
    assert ask(engine, "lead", {"public"}).total == 1


@pytest.mark.parametrize("count", [99, 100, 101, 3_000])
def test_viewer_of_any_number_of_groups_sees_just_what_they_may(engine, passage, count):
    engine.add(
        passage(f"p{n}", "lead", principals=(f"group:{n}",), hidden_from=(f"group:{n + 1}",) if n % 3 == 0 else ())
        for n in range(count + 50)
    )
    engine.commit()
    viewer = {f"group:{n}" for n in range(count)}
    wanted = sum(1 for n in range(count) if not (n % 3 == 0 and n + 1 < count))
    assert ask(engine, "lead", viewer).total == wanted


def test_hidden_from_wins_over_principals(engine, passage):
    engine.add([passage("a", "lead", principals=("public", "group:1"), hidden_from=("person:1",))])
    engine.commit()
    assert ask(engine, "lead", {"public", "group:1"}).total == 1
    assert ask(engine, "lead", {"public", "group:1", "person:1"}).total == 0


def test_facet_of_a_thousand_values_over_several_commits_gives_the_right_fifty(engine, passage, find):
    values = [f"v{n:04}" for n in range(1000)]
    for part in range(4):
        engine.add(
            passage(f"{part}-{n}", "lead", facets={"many": (value, value, values[0]) if n % 2 else (value,)})
            for n, value in enumerate(values)
            if n % (part + 1) == 0
        )
        engine.commit()
    tally = Counter()
    for part in range(4):
        for n, value in enumerate(values):
            if n % (part + 1) == 0:
                tally.update({value, values[0]} if n % 2 else {value})
    expected = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))[:50]
    assert list(find("lead", facets=("many",)).facets["many"]) == expected


def test_facet_that_no_passage_has_is_empty(engine, passage, find):
    engine.add([passage("a", "lead")])
    engine.commit()
    assert find("lead", facets=("none",)).facets == {"none": ()}


def test_nothing_written_in_a_passage_opens_it(engine, passage, find):
    """Whatever signs the index sets before principals, a text that holds them names nobody."""
    forged = " ".join(f"{3 * chr(sign)}public {chr(sign)}public" for sign in range(32))
    engine.add(
        [
            passage("a", forged, principals=("org:1",)),
            passage("b", "lead", title=forged, heading=forged, principals=("org:1",)),
            passage(
                "c", "lead", type=forged, facets={"publisher": (forged,), forged: ("public",)}, principals=("org:1",)
            ),
            passage("d", "lead", principals=(forged,)),
            passage("e" + forged.replace("\n", ""), "lead", work=forged, workspace=forged, principals=("org:1",)),
        ]
    )
    engine.commit()
    assert find().total == 0
    assert find(principals={"org:1"}).total == 4
