"""Learning from reviewed reports: what is learned, what is refused, and the rule by which it is scored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.domain.extraction_making import example

from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.learned import (
    PIECE,
    VERSION,
    Example,
    Filler,
    Model,
    Told,
    entities,
    labels_of,
    load,
    spans_of,
)
from plumbline.domain.extraction.learning import train
from plumbline.domain.extraction.templates import Count, Template, score
from plumbline.domain.extraction.tokens import tokens_of


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    found = train([example(n) for n in range(150)], ["attack", "kidnapping"], folder).report
    assert found["f1_of_types"]["attack"] > 0.9
    return load(folder)


def test_model_reads_reports_that_it_has_not_seen(model: Model) -> None:
    whole = Count()
    for number in range(1000, 1090):
        unseen = example(number)
        predicted = [
            Template(frozenset([one.type]), {name: [[f.text] for f in fillers] for name, fillers in one.fields.items()})
            for one in model.incidents(unseen.text)
        ]
        keys = [
            Template(frozenset([one.type]), {name: [[f.text] for f in fillers] for name, fillers in one.fields.items()})
            for one in unseen.incidents
        ]
        whole = whole + score(predicted, keys)
    assert whole.f1 > 0.85


def test_fillers_stand_where_they_say_and_are_sure_between_0_and_1(model: Model) -> None:
    text = example(3000).text + " " + example(3003).text
    found = [filler for told in model.incidents(text) for fillers in told.fields.values() for filler in fillers]
    assert found
    assert all(text[one.start : one.end] == one.text and 0 <= one.confidence <= 1 for one in found)


def test_report_of_many_pages_is_read_piece_by_piece(model: Model) -> None:
    text = "Coffee prices rose again. " * (PIECE // 2) + example(3000).text
    assert len(tokens_of(text)) > 2 * PIECE
    found = model.mentions(text)
    assert found
    assert all(text[one.start : one.end] == one.text for _name, one in found)


@pytest.mark.parametrize("text", ["", " \n", "###", "\x00\x01", "ALL CAPITALS ABOUT NOTHING", "ا ب ت", "1" * 5_000])
def test_text_that_tells_nothing_gives_nothing_or_at_least_no_error(model: Model, text: str) -> None:
    for told in model.incidents(text):
        assert told.type in model.types


def test_report_in_capitals_reads_like_one_in_small_letters(model: Model) -> None:
    text = example(3000).text
    assert [one.type for one in model.incidents(text.upper())] == [one.type for one in model.incidents(text)]


def test_too_few_examples_are_refused_with_how_many_more(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="8 examples tell an incident; 20 are needed. Review 12 more."):
        train([example(n) for n in range(12)], ["attack", "kidnapping"], tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no model"):
        load(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"version": 0}))
    np.savez(tmp_path / "types.npz", weights=np.zeros(1))
    with pytest.raises(InvalidInput, match="holds no model"):
        load(tmp_path)


@pytest.mark.parametrize("kept", [0, 100])
def test_model_whose_file_is_cut_off_is_refused(tmp_path: Path, kept: int) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"version": VERSION}))
    np.savez(tmp_path / "types.npz", weights=np.zeros(100))
    (tmp_path / "types.npz").write_bytes((tmp_path / "types.npz").read_bytes()[:kept])
    with pytest.raises(InvalidInput, match="holds no model"):
        load(tmp_path)


def test_training_again_gives_the_same_model(tmp_path: Path) -> None:
    some = [example(n) for n in range(60)]
    for name in ("a", "b"):
        train(some, ["attack", "kidnapping"], tmp_path / name)
    assert (tmp_path / "a/model.json").read_text() == (tmp_path / "b/model.json").read_text()


def test_type_that_every_example_tells_is_told_of_every_report(tmp_path: Path) -> None:
    told = [one for one in map(example, range(90)) if one.incidents and one.incidents[0].type == "attack"]
    train(told, ["attack", "kidnapping"], tmp_path)
    assert [one.type for one in load(tmp_path).incidents(example(3000).text)] == ["attack"]


def test_words_that_examples_gave_a_value_have_it_when_read(tmp_path: Path) -> None:
    told = [
        Example(
            f"e{n}",
            f"Rain fell in {'Calif' if n % 2 else 'Texas'}.",
            [
                Told(
                    "attack",
                    {"state": [Filler("Calif" if n % 2 else "Texas", value="California" if n % 2 else "Texas")]},
                )
            ],
        )
        for n in range(60)
    ]
    told += [Example(f"q{n}", f"Nothing came of it {n}.", []) for n in range(20)]
    train(told, ["attack"], tmp_path)
    found = load(tmp_path).incidents("Rain fell in Calif.")
    assert [one.value for one in found[0].fields["state"]] == ["California"]


def test_mentions_of_one_entity_are_one_filler() -> None:
    told = [("org", Filler("Farabundo Marti National Front", 0, 30, None, 0.6)), ("org", Filler("FMNF", 40, 44, None, 0.9)),
            ("org", Filler("the front", 50, 59, None, 0.5)), ("org", Filler("Red Dawn", 70, 78, None, 0.4))]  # fmt: skip
    assert [one.text for _name, one in entities(told)] == ["FMNF", "the front", "Red Dawn"]


@given(
    st.lists(st.sampled_from(["red", "dawn", "bank", "of", "."]), min_size=1, max_size=30),
    st.lists(st.sampled_from(["red dawn", "bank", "bank of"]), max_size=3),
)
@settings(max_examples=80, deadline=None)
def test_labels_cover_just_the_words_of_fillers(words: list[str], fillers: list[str]) -> None:
    text = " ".join(words)
    tokens = tokens_of(text)
    labels = labels_of(tokens, text, [Told("x", {"f": [Filler(one) for one in fillers]})])
    for name, first, last in spans_of(labels):
        assert name == "f"
        assert text[tokens[first].start : tokens[last].end] in fillers


def test_fillers_in_chinese_are_labelled_by_characters() -> None:
    text = "昨天北方阵线袭击了警察局。"
    tokens = tokens_of(text)
    labels = labels_of(tokens, text, [Told("attack", {"who": [Filler("北方阵线")], "target": [Filler("警察局")]})])
    told = {name: text[tokens[first].start : tokens[last].end] for name, first, last in spans_of(labels)}
    assert told == {"who": "北方阵线", "target": "警察局"}


def template(kind: str, **fields: list[list[str]]) -> Template:
    return Template(frozenset(kind.split("/")), fields)


def test_score_aligns_templates_for_the_best_total() -> None:
    keys = [
        template("attack/bombing", weapon=[["dynamite", "the explosives"]], victim=[["two soldiers"]]),
        template("arson"),
    ]
    told = [
        template("arson", weapon=[["dynamite"]]),
        template("bombing", weapon=[["Dynamite"], ["a rifle"]], victim=[["the two soldiers."]]),
    ]
    assert score(told, keys) == Count(predicted=6, keyed=4, right=4)
    assert score(told, keys).f1 == pytest.approx(8 / 10)


def test_score_counts_an_entity_once_and_nothing_under_another_type() -> None:
    keys = [template("attack", victim=[["ana", "the judge"]])]
    assert score([template("attack", victim=[["ana"], ["the judge"]])], keys) == Count(3, 2, 2)
    assert score([template("arson", victim=[["ana"]])], keys) == Count(2, 2, 0)
    assert score([template("attack", victim=[["ana", "somebody else"]])], keys).right == 1
    assert score([], keys) == Count(0, 2, 0)
    assert score([template("attack")], []) == Count(1, 0, 0)
