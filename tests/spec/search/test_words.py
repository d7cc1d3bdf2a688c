"""What a query finds: forms of words in seven languages, characters, phrases, beginnings, fields, and what is lit up."""

from __future__ import annotations

import doctest
import unicodedata

import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.query import QuerySyntaxError, parse
from plumbline.engines.search import lookup, words


def ids(result):
    return {hit.id for hit in result.hits}


def lit(result):
    return [[hit.text[start:end] for start, end in hit.highlights] for hit in result.hits]


@pytest.fixture
def put(engine, passage):
    def add(*rows):
        engine.add([passage(f"p{n}", text, language=language) for n, (language, text) in enumerate(rows)])
        engine.commit()

    return add


@pytest.mark.parametrize(
    ("language", "text", "asked", "matched"),
    [
        ("en", "Two smugglers were dumping batteries.", "dumped battery", ["dumping", "batteries"]),
        ("fr", "Des cargaisons illégales furent interceptées.", "illegale intercepté", ["illégales", "interceptées"]),
        (
            "es",
            "Los traficantes transportaban residuos químicos.",
            "transportar quimico",
            ["transportaban", "químicos"],
        ),
        ("it", "I rifiuti tossici erano bruciati nelle campagne.", "rifiuto tossico", ["rifiuti", "tossici"]),
        ("ru", "Опасные отходы нашли на городских свалках.", "опасный свалка", ["Опасные", "свалках"]),
        ("ar", "ضبطت الشرطة النفايات الخطرة في الميناء", "نفايات شرطة", ["الشرطة", "النفايات"]),
        ("zh", "海关查获了走私文件和危险废物。", "文件", ["文件"]),
        ("ja", "税関は有害廃棄物のコンテナを押収した。", "廃棄物", ["廃棄物"]),
        ("ko", "세관은 유해 폐기물을 압수했다.", "폐기물", ["폐기물"]),
        (
            "fr",
            unicodedata.normalize("NFD", "Un cargo intercepté."),
            "intercepter",
            [unicodedata.normalize("NFD", "intercepté")],
        ),
        ("de", "Der Zoll fand gefährliche Abfälle.", "abfalle", ["Abfälle"]),
    ],
)
def test_search_for_another_form_finds_and_lights_the_word_as_written(put, find, language, text, asked, matched):
    put((language, text), ("en", "Nothing of the kind."), ("zh", "文章与零件"))
    found = find(asked)
    assert (ids(found), lit(found)) == ({"p0"}, [matched])


def test_search_for_two_characters_finds_every_passage_that_has_them(put, find):
    texts = [
        "文件",
        "该文件已签署",
        "两份文件,一份文件",
        "这个文件很重要abc文件xyz",
        "文 件",
        "件文",
        "文章和零件",
        "重要文件夹",
    ]
    put(*[("zh", text) for text in texts])
    assert ids(find("文件", limit=50)) == {f"p{n}" for n, text in enumerate(texts) if "文件" in text}


def test_search_for_one_character_finds_it_within_words(put, find):
    put(("zh", "危险废物"), ("zh", "安全"))
    assert ids(find("废")) == {"p0"}


@pytest.mark.parametrize("asked", ["أحمد", "احمد", "إحمد", "أَحْمَد", "أحـمـد"])
@pytest.mark.parametrize("written", ["أحمد", "احمد", "أَحْمَد", "أحــمد"])
def test_search_in_arabic_puts_spelling_variants_aside_on_both_sides(put, find, asked, written):
    put(("ar", f"قال {written} ذلك"), ("ar", "قال محمود ذلك"))
    found = find(asked)
    assert (ids(found), lit(found)) == ({"p0"}, [[written]])


@pytest.mark.parametrize("written", ["نفايات", "النفايات", "والنفايات", "بالنفايات", "نفاية", "للنفايات"])
def test_search_in_arabic_sees_through_article_and_conjunction(put, find, written):
    put(("ar", f"نقل {written} ليلا"), ("ar", "نقل البضائع ليلا"))
    for asked in ("نفايات", "النفايات", "نفاية"):
        assert (ids(find(asked)), lit(find(asked))) == ({"p0"}, [[written]])


@pytest.mark.parametrize("asked", ["المدينة", "المدينه", '"المدينه"', "المدين*"])
def test_search_in_arabic_reads_ta_marbuta_like_ha(put, find, asked):
    put(("ar", "في المدينة القديمة"))
    assert ids(find(asked)) == {"p0"}


def test_search_in_cyrillic_keeps_short_i_and_folds_yo(put, find):
    put(("ru", "Самолёт и район"), ("ru", "ион"))
    assert ids(find("самолет")) == {"p0"}
    assert ids(find('"раион"')) == set()


def test_search_for_a_word_meets_stems_of_the_passages_own_language_only(put, find):
    """'posting' and 'posts' share the English stem 'post', which is also the French stem of 'poste'."""
    put(("fr", "La poste est fermée"), ("en", "He posts letters"))
    assert ids(find("posting")) == {"p1"}


def test_search_with_stop_words_beside_others_does_not_ask_for_them(put, find):
    put(("en", "Smuggling batteries."), ("en", "The cause of it."))
    assert ids(find("the smuggling of batteries")) == {"p0"}


def test_search_for_stop_words_alone_still_finds_them(put, find):
    put(("en", "To be or not to be"), ("en", "Lead"))
    assert ids(find("to be")) == {"p0"}
    assert lit(find("to be")) == [["To", "be", "to", "be"]]


def test_phrase_asks_for_the_very_words_side_by_side(put, find):
    put(("en", "Lead batteries"), ("en", "lead battery"), ("en", "batteries of lead"), ("fr", "LEAD BATTERY"))
    assert ids(find('"lead battery"')) == {"p1", "p3"}
    assert ids(find("lead battery", limit=9)) >= {"p0", "p1", "p2"}
    assert lit(find('"lead battery" lang:en')) == [["lead battery"]]


def test_phrase_in_chinese_asks_for_the_characters_side_by_side(put, find):
    put(("zh", "危险废物转移"), ("zh", "废物危险"))
    assert ids(find('"危险废物"')) == {"p0"} == ids(find("危险废物"))


def test_phrase_with_accents_and_signs_matches_without(put, find):
    put(("fr", "L'élimination: déchets dangereux"))
    assert ids(find('"elimination dechets"')) == {"p0"}
    assert lit(find('"elimination dechets"')) == [["élimination: déchets"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("smugg*", {"p0", "p1"}),
        ("SMUGGL*", {"p0", "p1"}),
        ("déch*", {"p2"}),
        ("dech*", {"p2"}),
        ("свал*", {"p3"}),
        ("废*", {"p4"}),
        ("smuggled*", {"p1"}),
        ("zzz*", set()),
        ("e-wast*", {"p5"}),
    ],
)
def test_prefix_finds_any_word_that_begins_so(put, find, asked, found):
    put(
        ("en", "Smuggling"),
        ("en", "smuggled"),
        ("fr", "Les déchets"),
        ("ru", "на свалке"),
        ("zh", "废物"),
        ("en", "e-wastes"),
    )
    assert ids(find(asked)) == found


def test_hyphenated_word_is_looked_for_as_written(put, find):
    put(("en", "An e-waste site"), ("en", "waste of e"))
    assert ids(find("e-waste")) == {"p0"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("lead", {"p0", "p1"}),
        ("lead NOT ship", {"p0"}),
        ("lead AND ship", {"p1"}),
        ("ship OR paint", {"p1", "p2"}),
        ("(ship OR paint) NOT lead", {"p2"}),
        ("lead (NOT ship)", {"p0"}),
        ("NOT ship lead", {"p0"}),
        ("", {"p0", "p1", "p2"}),
        ("lead NOT (ship OR paint)", {"p0"}),
        ("nothing", set()),
        ("lead OR nothing", {"p0", "p1"}),
    ],
)
def test_operators_combine(put, find, asked, found):
    put(("en", "lead"), ("en", "lead ship"), ("en", "paint"))
    result = find(asked)
    assert (ids(result), result.total) == (found, len(found))


def test_words_not_wanted_are_not_lit(put, find):
    put(("en", "lead ship"))
    assert lit(find("lead OR (ship NOT boat)")) == [["lead", "ship"]]
    assert lit(find("lead NOT boat")) == [["lead"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("title:report", {"a"}),
        ("title:reports", {"a"}),
        ('title:"annual report"', {"a"}),
        ("title:annu*", {"a"}),
        ("heading:routes", {"b"}),
        ("title:(annual OR other)", {"a", "b"}),
        ("report", set()),
        ("lang:fr", {"b"}),
        ("lang:FR", {"b"}),
        ("work:w-a", {"a"}),
        ("type:law", {"b"}),
        ("workspace:other", {"b"}),
        ("year:2011", {"a"}),
        ("year:2010..2012", {"a", "b"}),
        ("year:2010..2011", {"a"}),
        ("year:2012..", {"b"}),
        ("year:..2011", {"a"}),
        ("waste:Y31", {"a", "b"}),
        ("waste:y32", {"b"}),
        ('waste:"lead and its compounds"', {"a"}),
        ('country:"cote d\'ivoire"', {"b"}),
        ("text NOT lang:fr", {"a"}),
        ("waste:Y31 NOT title:annual", {"b"}),
        ("waste:Y3", set()),
    ],
)
def test_field_filters_look_where_they_say(engine, passage, find, asked, found):
    engine.add(
        [
            passage(
                "a",
                "text",
                title="Annual report",
                date="2011-12-31",
                facets={"waste": ("Y31", "Lead and its compounds")},
            ),
            passage(
                "b",
                "text",
                title="Other",
                heading="Smuggling routes",
                language="fr",
                type="law",
                workspace="other",
                date="2012",
                facets={"waste": ("Y32", "Y31"), "country": ("Côte d'Ivoire",)},
            ),
        ]
    )
    engine.commit()
    assert ids(find(asked, fields=("waste", "country"))) == found


def test_filters_and_dates_of_the_request_narrow(engine, passage, find):
    engine.add(
        [
            passage("a", "lead", date="2011-03-01", facets={"waste": ("Y31",)}),
            passage("b", "lead", date="2011-03-02", facets={"waste": ("Y31", "Y32")}),
            passage("c", "lead", workspace="other", facets={"waste": ("Y33",)}),
        ]
    )
    engine.commit()
    assert ids(find("lead", filters={"waste": ("Y32", "Y33")})) == {"b", "c"}
    assert ids(find("lead", filters={"waste": ("Y31",), "workspace": ("waste",), "language": ("en",)})) == {"a", "b"}
    assert ids(find("lead", filters={"year": ("2011",)}, date_to="2011-03-01")) == {"a"}
    assert ids(find("lead", date_from="2011-03-02")) == {"b"}
    assert ids(find("lead", date_from="2011", date_to="2011-03")) == {"a", "b"}
    assert ids(find("lead", workspaces=("other",))) == {"c"}
    assert ids(find("lead", filters={"nothing": ("x",)})) == set()


def test_rank_puts_passages_about_the_word_first_and_says_positions(put, find):
    filler = " ".join(f"word{n}" for n in range(150))
    put(("en", f"lead {filler}"), ("en", "lead lead lead"), ("en", f"{filler} lead lead {filler}"))
    found = find("lead")
    assert found.hits[0].id == "p1"
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert [hit.rank for hit in find("lead", offset=1, limit=1).hits] == [2]


def test_rank_prefers_the_language_that_is_asked_for(put, find):
    put(("fr", "batteries"), ("en", "batteries"))
    assert [hit.id for hit in find("batteries", language="fr").hits] == ["p0", "p1"]
    assert [hit.id for hit in find("batteries", language="en").hits] == ["p1", "p0"]


def test_rank_of_alternatives_puts_the_rarer_first(put, find):
    put(*[("en", "common thing")] * 20, ("en", "rare thing"))
    assert find("common OR rare").hits[0].id == "p20"


def test_sort_by_date_puts_newest_first_and_undated_last(engine, passage, find):
    engine.add(
        [passage("old", "lead", date="1999-01-01"), passage("none", "lead"), passage("new", "lead", date="2020")]
    )
    engine.commit()
    assert [hit.id for hit in find("lead", sort="date").hits] == ["new", "old", "none"]


def test_pages_of_many_equal_passages_show_each_once(engine, passage, find):
    engine.add(passage(f"p{n}", "lead") for n in range(75))
    engine.commit()
    for sort in ("rank", "date"):
        pages = [hit.id for offset in range(0, 80, 10) for hit in find("lead", offset=offset, limit=10, sort=sort).hits]
        assert sorted(pages) == sorted(f"p{n}" for n in range(75))


def test_hit_carries_what_a_page_shows(engine, passage, find):
    engine.add([passage("a", "Lead.", work="w1", title="T", heading="H", page=4, date="2011-03", language="en")])
    engine.commit()
    hit = find("lead").hits[0]
    assert (
        hit.id,
        hit.work,
        hit.rank,
        hit.text,
        hit.highlights,
        hit.title,
        hit.heading,
        hit.page,
        hit.language,
        hit.date,
        hit.workspace,
    ) == ("a", "w1", 1, "Lead.", ((0, 4),), "T", "H", 4, "en", "2011-03", "waste")


def test_half_characters_of_broken_files_are_replaced_in_place(engine, passage, find):
    engine.add([passage("a", "x\ud83d lead", title="\udc00", facets={"waste": ("Y\ud800",)})])
    engine.commit()
    found = find("lead", facets=("waste",))
    assert (found.hits[0].text, lit(found), found.facets["waste"]) == ("x\ufffd lead", [["lead"]], (("Y\ufffd", 1),))


def test_date_that_is_none_is_refused_and_the_passage_before_stays(engine, passage, find):
    engine.add([passage("a", "lead")])
    engine.commit()
    with pytest.raises(InvalidInput, match="'soon' is not a date"):
        engine.add([passage("a", "paint", date="soon")])
    engine.commit()
    assert ids(find("lead")) == {"a"}


@pytest.mark.parametrize("text", ["", "\n", "🙂", "a" * 70_000, "\x00lead\x1f", "lead~2 en:lead"])
def test_odd_texts_are_indexed_and_given_back_as_they_are(engine, passage, find, text):
    engine.add([passage("a", text, facets={"odd name.\x1f": ("v.w=~",)})])
    engine.commit()
    found = find("", facets=("odd name.\x1f",))
    assert (found.hits[0].text, found.facets["odd name.\x1f"]) == (text, (("v.w=~", 1),))


@pytest.mark.parametrize("module", [words, lookup])
def test_examples_in_the_modules_run(module):
    tried = doctest.testmod(module)
    assert (tried.failed, tried.attempted > 0) == (0, True)


def test_query_mistake_is_refused_before_any_engine():
    with pytest.raises(QuerySyntaxError):
        parse('"never closed')


@pytest.mark.parametrize(
    "asked",
    ["drum", '"drum"', "d*", "drum~1", "drom~1", "drome~2", '"drum cart"~3', '"drum cart"', "危险", '"危险"', "危*"],
)
def test_words_of_title_heading_and_text_are_told_apart(engine, passage, find, asked):
    words_of_part = "drum cart 危险"
    engine.add([passage("t", "lead", title=words_of_part), passage("h", "lead", heading=words_of_part)])
    engine.add([passage("p", words_of_part, title="lead", heading="lead")])
    engine.commit()
    assert ids(find(asked)) == {"p"}
    assert ids(find(f"title:{asked}")) == {"t"}
    assert ids(find(f"heading:{asked}")) == {"h"}


def test_words_that_differ_in_a_letter_or_two_are_found_and_lit_up(put, find):
    put(("en", "The smugglers left."), ("en", "A smugler was seen."), ("fr", "Des déchets."), ("en", "Snuggle up."))
    assert sorted(lit(find("smugglers~"))) == [["smugglers"], ["smugler"]]
    assert ids(find("smugler~1")) == {"p1"}
    assert ids(find("dechet~1")) == {"p2"}
    assert ids(find("title:smugler~")) == set()


def test_words_near_one_another_are_found_in_either_order_and_lit_up_where_they_are_near(put, find):
    put(
        ("en", "Lead was found in the old battery. Lead pipes lay elsewhere."),
        ("en", "The battery held much lead."),
        ("en", "Lead " + "and more of it " * 4 + "battery."),
    )
    found = find('"lead battery"~5')
    assert ids(found) == {"p0", "p1"}
    assert {hit.id: [hit.text[s:e] for s, e in hit.highlights] for hit in found.hits} == {
        "p0": ["Lead", "battery", "Lead"],
        "p1": ["battery", "lead"],
    }


@pytest.mark.parametrize("asked", ['"lead battery"~', '"lead battery"~0', '"lead battery"~99', "ab~", "battery~3"])
def test_distance_that_makes_no_sense_is_refused_with_its_place(asked):
    with pytest.raises(QuerySyntaxError, match="at character"):
        parse(asked)
