"""The query language: what each text means, and what each mistake is told."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain import query
from plumbline.domain.query import (
    And,
    Everything,
    FieldIs,
    InField,
    Not,
    Or,
    Phrase,
    Prefix,
    QuerySyntaxError,
    Word,
    YearBetween,
    known_fields,
    parse,
    words_of,
)

A, B, C = Word("a1"), Word("b1"), Word("c1")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("   ", Everything()),
        ("a1", A),
        ("a1 b1", And((A, B))),
        ("a1 AND b1", And((A, B))),
        ("a1 OR b1", Or((A, B))),
        ("a1 b1 OR c1", Or((And((A, B)), C))),
        ("a1 (b1 OR c1)", And((A, Or((B, C))))),
        ("a1 NOT b1", And((A, Not(B)))),
        ("a1 AND NOT (b1 OR c1)", And((A, Not(Or((B, C)))))),
        ("a1 NOT NOT b1", And((A, B))),
        ("a1 and or not", And((A, Word("and"), Word("or"), Word("not")))),
        ('"lead battery"', Phrase("lead battery")),
        ("“lead battery”", Phrase("lead battery")),
        ("«plomb usé»", Phrase("plomb usé")),
        ("smugg*", Prefix("smugg")),
        ("文件", Word("文件")),
        ("a1 & b1 -", And((A, B))),
        ("title:a1", InField("title", A)),
        ("Title:a1", InField("title", A)),
        ('heading:"two words"', InField("heading", Phrase("two words"))),
        ("title:ship*", InField("title", Prefix("ship"))),
        ("title:(a1 OR b1)", InField("title", Or((A, B)))),
        ("lang:fr a1", And((FieldIs("lang", "fr"), A))),
        ("work:AND", FieldIs("work", "AND")),
        ('type:"field report"', FieldIs("type", "field report")),
        ("waste:Y31", FieldIs("waste", "Y31")),
        ("year:2011", YearBetween(2011, 2011)),
        ("year:2011..2014", YearBetween(2011, 2014)),
        ("year:2011..", YearBetween(2011, None)),
        ("year:..2014", YearBetween(None, 2014)),
        ("a1 AND (b1) c1", And((A, B, C))),
        ("10:30", Word("10:30")),
        ("title :", Word("title")),
    ],
)
def test_parse_of_each_form_gives_its_tree(text, tree):
    assert parse(text, facets=["waste"]) == tree


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ('a1 "b1 c1', "query.unclosed_quote", 4),
        ("a1 “b1", "query.unclosed_quote", 4),
        ("a1 OR", "query.lone_operator", 4),
        ("OR a1", "query.lone_operator", 1),
        ("AND", "query.lone_operator", 1),
        ("a1 AND OR b1", "query.lone_operator", 8),
        ("a1 NOT", "query.lone_operator", 4),
        ("(a1 OR) b1", "query.lone_operator", 5),
        ("a1 (b1", "query.unclosed_parenthesis", 4),
        ("a1) b1", "query.unopened_parenthesis", 3),
        (")", "query.unopened_parenthesis", 1),
        ("a1 ()", "query.empty_group", 4),
        ("(", "query.empty_group", 1),
        ("a1 colour:red", "query.unknown_field", 4),
        ("a1 title:", "query.field_without_value", 4),
        ('a1 title:""', "query.field_without_value", 4),
        ("lang:(fr OR es)", "query.field_without_value", 1),
        ("NOT a1", "query.only_negative", 1),
        ("NOT a1 NOT b1", "query.only_negative", 1),
        ("a1 OR NOT b1", "query.only_negative", 1),
        ("title:(NOT a1)", "query.only_negative", 7),
        ("a1 *ing", "query.leading_wildcard", 4),
        ("*", "query.leading_wildcard", 1),
        ("title:*ing", "query.leading_wildcard", 7),
        ("lang:*", "query.leading_wildcard", 6),
        ("a1 year:soon", "query.bad_year", 9),
        ("year:2014..2011", "query.bad_year", 6),
        ("year:20112014", "query.bad_year", 6),
        ("& -", "query.no_words", 1),
        ("a1 " * 101, "query.too_many_terms", 301),
        ("x" * 2001, "query.too_long", 2001),
    ],
)
def test_parse_of_each_mistake_names_its_place_and_the_way_out(text, code, position):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.params["position"]) == (code, position)
    assert str(caught.value).endswith(".")


def test_parse_of_an_unknown_field_lists_those_that_exist():
    with pytest.raises(QuerySyntaxError, match="title, heading, lang, type, work, workspace, year, waste"):
        parse("colour:red", facets=["waste"])


def test_examples_in_the_module_run():
    tried = doctest.testmod(query)
    assert (tried.failed, tried.attempted > 2) == (0, True)


def test_known_fields_with_a_facet_named_like_a_built_in_lists_it_once():
    assert known_fields(["type", "waste"]).count("type") == 1


def test_parse_of_deep_parentheses_refuses_before_python_does():
    with pytest.raises(QuerySyntaxError) as caught:
        parse("(" * 900 + "a1" + ")" * 900)
    assert caught.value.code == "query.too_deep"


def test_parse_of_many_nots_refuses_before_python_does():
    with pytest.raises(QuerySyntaxError) as caught:
        parse("a1 " + "NOT " * 400 + "b1")
    assert caught.value.code == "query.too_deep"


def test_words_of_leaves_out_what_is_not_wanted():
    assert words_of(parse('a1 ("b1 c1" OR title:d*) NOT e1 lang:fr')) == ("a1", "b1 c1", "d")


SIGNS = [*'ab文 ()"*:&-', "AND ", "OR ", "NOT ", "title:", "year:", "2011", "..", "«", "»", "ß"]


@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join) | st.text(max_size=40))
def test_parse_of_anything_gives_a_tree_or_a_placed_refusal(text):
    try:
        places = [len(words_of(parse(text)))]
    except QuerySyntaxError as error:
        places = [error.params["position"]]
    assert all(0 <= place <= len(text) + 1 for place in places)
