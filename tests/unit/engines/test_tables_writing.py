"""Files of SPSS and Stata as they are written: the same table, labels and missing values come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys.codebook import Codebook, Variable
from plumbline.engines.tables.ddi import read_ddi, write_ddi
from plumbline.engines.tables.statistics import read_statistics
from plumbline.engines.tables.writing import write_statistics

RULES = Path(__file__).parents[2] / "data" / "surveys" / "ddi-codebook-2.5-part.rng"
TABLE = Columns(
    "x.csv",
    {
        "sexe": np.array([1.0, 2.0, 99.0, np.nan]),
        "ville": np.array(["Évry", "北京市", None, "م"], dtype=object),
        "poids": np.array([1.5, np.nan, 2.25, 1e12]),
        "rang": np.array([3, 2, 1, 0]),
        "avis": np.array(["oui", "nsp", "non", None], dtype=object),
        "jour": np.array(["2020-01-31", "NaT", "1959-12-31", "2000-02-29"], dtype="datetime64[D]"),
        "vide": np.array([None] * 4, dtype=object),
    },
)
KNOWN = Codebook(
    "Enquête — مسح",
    (
        Variable("sexe", "Sexe de la personne", {"1": "Homme", "2": "Femme", "99": "sans réponse"}, ("98", "99")),
        Variable("ville", "المدينة"),
        Variable("poids", "Poids de sondage", weight=True),
        Variable("rang", "Rang", {"0": "dernier"}),
        Variable("avis", "Avis", {"oui": "favorable", "nsp": "ne sait pas"}, ("nsp",), numeric=False),
    ),
)


def test_spss_gives_table_labels_and_missing_values_back(tmp_path: Path) -> None:
    for name in ("a.sav", "a.zsav"):
        written = write_statistics(TABLE, KNOWN, tmp_path / name)
        assert (written.shortened, written.lost) == ((), ())
        stands, codebook = read_statistics(tmp_path / name, keep_missing=True)
        assert codebook.title == KNOWN.title
        for variable in KNOWN.variables:
            found = codebook.find(variable.name)
            assert found is not None
            assert (found.label, found.values, found.missing) == (variable.label, variable.values, variable.missing)
        for column in TABLE.names[:5]:
            assert stands.text(column).tolist() == TABLE.text(column).tolist()
        assert [str(value)[:10] for value in stands.data["jour"]] == ["2020-01-31", "NaT", "1959-12-31", "2000-02-29"]
        without, _ = read_statistics(tmp_path / name)
        assert without.text("sexe").tolist() == ["1", "2", "", ""]
        assert without.text("avis").tolist() == ["oui", "", "non", ""]


def test_stata_tags_missing_values_keeps_their_labels_and_says_what_it_cannot_hold(tmp_path: Path) -> None:
    written = write_statistics(TABLE, KNOWN, tmp_path / "a.dta")
    assert written.lost == ("avis",)  # Stata labels whole numbers only
    stands, codebook = read_statistics(tmp_path / "a.dta", keep_missing=True)
    assert stands.data["sexe"].tolist() == [1, 2, ".b", None]  # 98 is .a, 99 is .b
    found = codebook.find("sexe")
    assert found is not None
    assert (found.values, found.missing) == ({"1": "Homme", "2": "Femme", ".b": "sans réponse"}, (".b",))
    for column in ("ville", "poids", "rang", "avis"):
        assert stands.text(column).tolist() == TABLE.text(column).tolist()
    assert read_statistics(tmp_path / "a.dta")[0].text("sexe").tolist() == ["1", "2", "", ""]
    write_statistics(stands, codebook, tmp_path / "b.dta")
    again, same = read_statistics(tmp_path / "b.dta", keep_missing=True)
    assert again.data["sexe"].tolist() == [1, 2, ".b", None]
    assert same.find("sexe") == found
    assert write_statistics(stands, codebook, tmp_path / "b.sav").lost == ("sexe",)
    assert read_statistics(tmp_path / "b.sav")[0].text("sexe").tolist() == ["1", "2", "", ""]


@settings(max_examples=12, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False, width=32)), min_size=1, max_size=6),
    words=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=300), min_size=6, max_size=6),
)  # fmt: skip
def test_any_numbers_and_texts_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | None], words: list[str]
) -> None:
    texts = [word.rstrip() for word in words[: len(values)]]  # SPSS pads with blanks
    numbers = np.array([np.nan if value is None else value for value in values])
    table = Columns("t", {"n": numbers, "t": np.array([text or None for text in texts], dtype=object)})
    folder = tmp_path_factory.mktemp("any")
    for name in ("t.sav", "t.dta"):
        write_statistics(table, None, folder / name)
        found, _ = read_statistics(folder / name)
        assert np.array_equal(found.numbers("n", missing=True), numbers, equal_nan=True)
        assert [value or "" for value in found.data["t"].tolist() if value == value] == texts or not any(texts)


def test_more_missing_values_than_three_become_a_range_without_other_values(tmp_path: Path) -> None:
    gone = ("-1", "96", "97", "98", "99")
    table = Columns("t", {"x": np.array([1.0, 95.0, 97.0, 99.0, -1.0])})
    write_statistics(table, Codebook("", (Variable("x", missing=gone),)), tmp_path / "t.sav")
    found, codebook = read_statistics(tmp_path / "t.sav")
    assert found.text("x").tolist() == ["1", "95", "", "", ""]
    assert set(codebook.variables[0].missing) == {"-1", "97", "99"}  # of a range, those that occur
    mixed = Columns("t", {"x": np.array([1.0, 98.5, 97.0, 99.0, -1.0])})
    with pytest.raises(
        InvalidInput, match=r"t\.sav: x: at most 3 missing values, or a range .*, not -1, 96, 97, 98, 99"
    ):
        write_statistics(mixed, Codebook("", (Variable("x", missing=gone),)), tmp_path / "t.sav")


@pytest.mark.parametrize(
    ("name", "column", "need"),
    [
        ("t.sav", "1st", "a name that SPSS takes"),
        ("t.sav", "a b", "a name that SPSS takes"),
        ("t.sav", "a" * 65, "at most 64 bytes"),
        ("t.dta", "a.b", "a name that Stata takes"),
        ("t.dta", "é" * 17, "at most 32 bytes"),
        ("nowhere/t.sav", "a", "a folder that exists"),
    ],
)
def test_a_name_that_the_program_does_not_take_is_refused(tmp_path: Path, name: str, column: str, need: str) -> None:
    with pytest.raises(InvalidInput, match=need):
        write_statistics(Columns("t", {column: np.array([1.0])}), None, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_columns_that_differ_in_case_alone_are_refused_for_spss(tmp_path: Path) -> None:
    twice = Columns("t", {"Age": np.array([1.0]), "age": np.array([2.0])})
    with pytest.raises(InvalidInput, match="in more than case"):
        write_statistics(twice, None, tmp_path / "t.sav")
    write_statistics(twice, None, tmp_path / "t.dta")
    assert read_statistics(tmp_path / "t.dta")[0].names == ("Age", "age")


def test_long_labels_are_cut_between_letters_and_named(tmp_path: Path) -> None:
    known = Codebook("", (Variable("x", "ق" * 200, {"1": "é" * 100}), Variable("y", "short")))
    table = Columns("t", {"x": np.array([1.0]), "y": np.array([1.0])})
    assert write_statistics(table, known, tmp_path / "t.sav").shortened == ("x",)
    found = read_statistics(tmp_path / "t.sav")[1].variables[0]
    assert (found.label, found.values) == ("ق" * 127, {"1": "é" * 60})


def test_ddi_keeps_the_rules_of_its_elements_and_comes_back() -> None:
    rules = etree.RelaxNG(etree.parse(RULES))
    for codebook, cases in ((KNOWN, 4), (KNOWN, None), (Codebook("", (Variable("a\x01", "b\x0b<&>"),)), 0)):
        written = etree.fromstring(write_ddi(codebook, file="x.csv", cases=cases))
        rules.assertValid(written)
        assert len(written.findall(".//{*}caseQnty")) == (cases is not None)
    order = etree.fromstring(write_ddi(KNOWN, file="x.csv", cases=4))
    first = order.find(".//{*}var")
    first.insert(0, first[-1])  # the format before the label
    assert not rules.validate(order)
    unnamed = etree.fromstring(write_ddi(KNOWN, file="x.csv", cases=4))
    del unnamed.find(".//{*}var").attrib["name"]
    assert not rules.validate(unnamed)


def test_ddi_gives_a_codebook_back(tmp_path: Path) -> None:
    (tmp_path / "c.xml").write_bytes(write_ddi(KNOWN, file="x.csv", cases=4))
    assert read_ddi(tmp_path / "c.xml") == KNOWN
