"""Fields of one value are chosen among candidates that rules make."""

from __future__ import annotations

import json
import random
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plumbline.domain.extraction import choosing
from plumbline.domain.extraction.calibrating import best_cut
from plumbline.domain.extraction.choosing import Chooser, answers_of, source_of
from plumbline.domain.extraction.learned import Example, Filler, Told, load
from plumbline.domain.extraction.learning import train
from plumbline.domain.extraction.text import fold_name
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer

TOWNS = {
    "Milwaukee": "Wisconsin", "Cincinnati": "Ohio", "Memphis": "Tennessee", "Houston": "Texas", "Reno": "Nevada",
    "Baltimore": "Maryland", "Detroit": "Michigan", "Tulsa": "Oklahoma", "Omaha": "Nebraska", "Fresno": "California",
}  # fmt: skip


@cache
def gazetteer() -> Any:
    return open_gazetteer(gazetteer_folder())


def example(number: int) -> Example:
    """One robbery: in a town, on a weekday; another town is only where somebody comes from."""
    chance = random.Random(number)
    town, other = chance.sample(sorted(TOWNS), 2)
    text = f"Two robbers held up a bank in {town} on Tuesday. A clerk from {other} who began on Monday was not hurt."
    if number % 2:
        text = f"A guard who moved here from {other} on Monday stopped robbers in {town} on Tuesday, police said."
    fields = {
        "city": [Filler(town)], "state": [Filler(TOWNS[town], value=TOWNS[town])],
        "date": [Filler("2016-01-26", value="2016-01-26")],
    }  # fmt: skip
    return Example(f"e{number}", text, [Told("robbery", fields)], published=date(2016, 1, 27))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    examples = [example(number) for number in range(80)]
    train(
        examples,
        ["robbery"],
        out,
        single=["city", "state", "date"],
        dated=["date"],
        gazetteer=gazetteer(),
        divisions=gazetteer().divisions(),
    )
    return out


def test_town_day_and_the_division_that_the_text_does_not_state_are_chosen(folder: Path) -> None:
    text = "Three robbers held up a shop in Chicago on Tuesday. A clerk from Omaha who began on Monday was not hurt."
    told = load(folder).incidents(text, published=date(2015, 12, 10), gazetteer=gazetteer())[0].fields
    said = {name: (fillers[0].text, fillers[0].value) for name, fillers in told.items()}
    day = {"start": "2015-12-08", "end": "2015-12-08", "precision": "day"}
    assert said == {"city": ("Chicago", "Chicago"), "state": ("Chicago", "Illinois"), "date": ("Tuesday", day)}
    assert all(text[one.start : one.end] == one.text and 0.5 < one.confidence < 1 for (one,) in told.values())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Two men were shot in Philadelphia's Kensington section.", "philadelphia"),
        ("Toddler shot in St. Louis County home", "st louis county"),
        ("Deputies look for a man « CBS DenverJEFFERSON COUNTY, Colo. – A man was shot.", "jefferson county"),
        ("Man charged after shooting in Rogers ParkA man was charged.", "rogers park"),
        ("Police arrest man with pink gun | WPECPort St. Lucie, Fla. — A man is in jail.", "port st lucie"),
        ("Man found dead | Sports, Breaking News | WBFFBALTIMORE (WBFF) -- He was 23.", "baltimore"),
        ("Woman shot at home | Breaking News | WCIVHOLLY HILL, S.C. (WCIV) -- She is well.", "holly hill"),
    ],
)
def test_names_are_candidates_where_s_points_and_headings_touch_them(text: str, key: str) -> None:
    found = {one.key: one for one in answers_of("place", text, "en", None, gazetteer(), {})}
    assert fold_name(text[found[key].start : found[key].end]) == key


def signs_of(text: str, key: str, *, wide: bool = False) -> dict[str, float]:
    known = open_gazetteer(gazetteer_folder(), wide=True) if wide else gazetteer()
    return next(one.signs for one in answers_of("place", text, "en", None, known, {}) if one.key == key)


def test_a_name_as_a_whole_is_not_parted_though_it_begins_as_a_call_sign_does() -> None:
    found = {one.key for one in answers_of("place", "WILLIAMSPORT, Pa. (AP) -- A man", "en", None, gazetteer(), {})}
    assert "williamsport" in found and "iamsport" not in found


def test_the_first_dateline_is_told_from_names_in_the_text() -> None:
    text = "Man shot in knee | NewsPOWAY, Calif. — San Diego detectives ask for help after a man was shot."
    assert signs_of(text, "poway")["first dateline"] == 1.0
    assert signs_of(text, "san diego")["other dateline"] == 1.0 and "dateline" not in signs_of(text, "san diego")


def test_a_name_only_within_longer_runs_is_told_from_one_that_stands_alone() -> None:
    text = "The Los Angeles Times says that he was shot in Pacoima, according to police."
    assert signs_of(text, "los angeles")["in runs"] == 1.0 and "alone" not in signs_of(text, "los angeles")
    assert signs_of(text, "pacoima")["alone"] == 1.0 and signs_of(text, "pacoima")["near=shot"] == 1.0


def test_a_division_is_told_from_a_town_that_bears_its_name() -> None:
    text = "A man was shot at a shop in Pennsylvania. The shop is in Stroudsburg. He came from New York."
    assert signs_of(text, "pennsylvania", wide=True)["division"] == 1.0
    assert signs_of(text, "new york", wide=True)["division"] == 0.0
    stroudsburg = signs_of(text, "stroudsburg", wide=True)
    assert stroudsburg["agrees"] > 0 and stroudsburg["disagrees"] == 0.0


def test_a_mention_within_a_longer_known_name_does_not_count_for_the_shorter_one() -> None:
    text = "Police in New Orleans look for a man. New Orleans has asked for help."
    assert signs_of(text, "orleans")["longer"] == 1.0 and signs_of(text, "new orleans")["longer"] == 0.0


def test_what_is_told_of_texts_left_out_is_calibrated_by_the_other_texts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def level(sure: list[float], right: list[bool], groups: list[str]) -> dict[str, Any]:
        seen.append(len(sure))
        return {"": ((0.0, 1.0), (0.9, 0.9) if len(sure) < 40 else (0.6, 0.6))}

    monkeypatch.setattr(choosing, "curves", level)
    examples = [example(number) for number in range(40)]
    filled = {"city": [[one.incidents[0].fields["city"][0].text] for one in examples]}
    trained = choosing.train_choosers(examples, filled, (), gazetteer())["city"]
    assert sorted(seen) == [32, 32, 32, 32, 32, 40]
    assert {picked[1] for picked in trained.picked if picked} == {0.9}


def test_a_model_without_a_gazetteer_still_tells_the_day(folder: Path) -> None:
    told = load(folder).incidents(example(1).text, published=date(2016, 1, 27))[0].fields
    assert told["date"][0].value["start"] == "2016-01-26"


def test_a_text_without_candidates_gets_no_value(folder: Path) -> None:
    told = load(folder).incidents("there was a robbery", gazetteer=gazetteer())
    assert "date" not in told[0].fields and "state" not in told[0].fields


def test_a_ranker_survives_json(folder: Path) -> None:
    held = json.loads((folder / "model.json").read_text())["choosers"]["city"]
    assert Chooser.of(json.loads(json.dumps(Chooser.of(held).plain()))) == Chooser.of(held)


@pytest.mark.parametrize(
    ("values", "source"),
    [
        (["Ohio", "Texas", "Nevada"], "division"),
        (["Reno", "Tulsa", "Omaha"], "place"),
        (["pistol", "shotgun"], "words"),
    ],
)
def test_where_candidates_come_from_is_read_from_reviewed_values(values: list[str], source: str) -> None:
    assert source_of(values, gazetteer()) == source


def test_a_name_glued_to_a_heading_and_a_shortened_division_are_candidates() -> None:
    text = "Man shot in back | Fox 59INDIANAPOLIS, Ind. - Police searched."
    assert "indianapolis" in {one.key for one in answers_of("place", text, "en", None, gazetteer(), {})}
    known = {"names": {"US|IN": "Indiana"}}
    assert "US|IN" in {one.key for one in answers_of("division", text, "en", None, gazetteer(), known)}


def test_numeric_days_are_read_in_both_orders() -> None:
    keys = {one.key for one in answers_of("date", "Printed 1/8/2016.", "en", None, None, {})}
    assert keys == {"2016-01-08", "2016-08-01"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TWO ROBBERS HELD UP A BANK IN MILWAUKEE ON TUESDAY.",
        "Tw0 r0bbers he1d up a b@nk in Mi|waukee 0n Tue5day .. ;",
        "The robbery was on 32 January 2016, or on 30 February 2016, in Nowhereville Upon Nothing.",
        "Deux voleurs à Houston. Двое грабителей в Хьюстоне. 两名劫匪在休斯敦。",
    ],
    ids=["empty", "capitals", "noise", "days and places that do not exist", "languages"],
)
def test_odd_texts_give_stretches_of_the_text_or_nothing(folder: Path, text: str) -> None:
    for told in load(folder).incidents(text, published=date(2016, 1, 27), gazetteer=gazetteer()):
        for fillers in told.fields.values():
            assert all(text[one.start : one.end] == one.text and 0 <= one.confidence <= 1 for one in fillers)
            assert not any("2016-02-30" in str(one.value) for one in fillers)


def test_where_the_curve_of_f1_is_level_the_lowest_threshold_is_taken() -> None:
    scores, right = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.1]), np.array([True, True, True, False, True, False])
    sharp, best = best_cut(scores, right, 4)
    assert sharp == pytest.approx(0.3) and best == pytest.approx(8 / 9)
    level, f1 = best_cut(scores, right, 4, slack=0.1)
    assert level == pytest.approx(0.05) and f1 == pytest.approx(8 / 10)


def test_a_threshold_takes_all_of_one_score_or_none() -> None:
    scores, right = np.array([0.9, 0.3, 0.3, 0.3]), np.array([True, True, False, False])
    cut, f1 = best_cut(scores, right, 2, slack=0.02)
    told = scores >= cut
    assert f1 == pytest.approx(2 * right[told].sum() / (told.sum() + 2))
