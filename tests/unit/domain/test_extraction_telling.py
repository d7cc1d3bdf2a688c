"""Which types of incident a text tells."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.domain.extraction_making import QUIET, example

from plumbline.domain.extraction.learned import Example, Filler, Told
from plumbline.domain.extraction.telling import Telling, _telling, fit_telling, hashed, signs
from plumbline.domain.extraction.text import sentences_of

TYPES = ["attack", "kidnapping"]
Fit = tuple[list[Example], Telling, np.ndarray]


@pytest.fixture(scope="module")
def fitted() -> Fit:
    examples = [example(n) for n in range(120)]
    parts = np.arange(len(examples)) // 3 % 4
    return examples, *fit_telling(examples, TYPES, parts, 1)


def test_chances_are_higher_for_what_a_text_tells(fitted: Fit) -> None:
    _examples, telling, _unseen = fitted
    attack, kidnapping, quiet = (telling.chances(example(n).text) for n in (3000, 3001, 3002))
    assert attack.argmax() == 0
    assert kidnapping.argmax() == 1
    assert quiet.max() < min(attack[0], kidnapping[1])


def test_evidence_of_training_is_of_texts_left_out(fitted: Fit) -> None:
    examples, telling, unseen = fitted
    assert len(unseen) == len(examples)
    assert any(not np.allclose(one, telling.chances(each.text)) for one, each in zip(unseen, examples, strict=True))


def test_sentence_that_tells_counts_among_many_that_do_not(fitted: Fit) -> None:
    told = example(3000).text
    text = " ".join([*[QUIET[1]] * 6, told, *[QUIET[0]] * 6])
    assert fitted[1].chances(text)[0] > fitted[1].chances(" ".join(QUIET * 6))[0]


@pytest.mark.parametrize("text", ["", " \n", "###", "12", "ا ب ت"])
def test_evidence_of_texts_without_words_is_finite(fitted: Fit, text: str) -> None:
    assert np.isfinite(fitted[1].chances(text)).all()


def test_stored_numbers_give_the_same_and_others_are_refused(
    fitted: Fit,
) -> None:
    arrays = fitted[1].arrays()
    text = example(3000).text
    assert Telling.of(arrays).chances(text) == pytest.approx(fitted[1].chances(text), abs=1e-4)
    with pytest.raises(ValueError, match="2"):
        Telling.of(arrays | {"together": np.zeros((2, 3))})
    with pytest.raises(KeyError):
        Telling.of({"rarity": arrays["rarity"]})


def test_type_of_few_examples_is_never_told_and_one_of_all_always() -> None:
    some = [Example(f"e{n}", f"Rain fell on town {n}.", [Told("rain")]) for n in range(12)]
    some[0] = Example("e0", some[0].text, [Told("rain"), Told("hail")])
    telling, unseen = fit_telling(some, ["rain", "hail"], np.arange(12) % 4, 1)
    rain, hail = telling.chances("Rain fell.")
    assert rain > 0.99
    assert hail < 0.01
    assert (unseen[:, 0] == 1.0).all()


def test_words_are_counted_with_their_neighbours() -> None:
    assert len(hashed("one two one")) == 4  # one, two, 'one two', 'two one'
    assert max(hashed("one two one").values()) == pytest.approx(1 + np.log(2))


def test_signs_of_an_empty_text_are_those_of_one_sentence_that_tells_nothing() -> None:
    whole = np.array([0.5, 0.1])
    assert signs(whole, np.zeros((0, 2))) == pytest.approx(signs(whole, np.zeros((1, 2))))


def test_sentence_holds_a_filler_as_whole_words_alone() -> None:
    text = "The ELN attacked. Melnik spoke in Cartagena."
    one = Example("a", text, [Told("attack", {"who": [Filler("ELN")], "weapon": [Filler("car")]})])
    assert _telling(TYPES)(one, sentences_of(text)).tolist() == [[True, False], [False, False]]
