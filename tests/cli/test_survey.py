"""`plumbline survey`: one entry a cell, refusals as one sentence and exit code 2."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plumbline.cli.surveying import survey
from plumbline.domain.errors import InvalidInput
from plumbline.engines.tables import read_columns

DATA = "h,c,w,y,g\na,1,5,1,m\na,1,5,3,f\na,2,5,2,m\na,2,5,6,\nb,1,5,4,f\nb,1,5,4,f\nb,2,5,5,f\nb,2,5,7,f\n"
DESIGN = "weights: w\nstrata: [h]\nclusters: [c]\n"
PLAN = "- {statistic: total, variable: y}\n- {statistic: mean, variable: y, by: g, domain: c >= 1}\n"


def files(folder: Path, data: str = DATA, design: str = DESIGN, plan: str = PLAN) -> list[str]:
    """Write the three files; give the arguments."""
    for name, text in (("s.csv", data), ("d.yaml", design), ("p.yaml", plan)):
        (folder / name).write_text(text)
    return [
        "estimate",
        str(folder / "s.csv"),
        "--design",
        str(folder / "d.yaml"),
        "--estimates",
        str(folder / "p.yaml"),
    ]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a table that was written."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def estimated(arguments: list[str]) -> list[dict[str, Any]]:
    """Run and read the JSON."""
    answer = CliRunner().invoke(survey, [*arguments, "--json"], catch_exceptions=False)
    return json.loads(answer.output)  # type: ignore[no-any-return]


def test_estimates_come_in_the_plans_order(tmp_path: Path) -> None:
    total, women, men = estimated(files(tmp_path))
    assert total["estimate"] == 160
    assert total["se"] == pytest.approx(800**0.5)
    assert (total["df"], total["n"], total["by"]) == (2, 8, {})
    assert total["ci_low"] == pytest.approx(160 - 4.302652729911275 * 800**0.5)
    assert (women["by"], women["n"]) == ({"g": "f"}, 5)
    assert (men["estimate"], men["flags"]) == (1.5, ["small-n"])
    shown = CliRunner().invoke(survey, files(tmp_path), catch_exceptions=False).output.splitlines()
    assert shown[0] == (
        "8 cases; weights from w; stage 1: 4 units in 2 strata of populations not corrected for; errors by linearisation; "
        "2 degrees of freedom"
    )
    assert shown[1].split("\t")[:4] == ["statistic", "variable", "cell", "estimate"]
    assert shown[3].startswith("mean\ty\tg=f\t4.6\t")


def test_a_large_file_is_summed_while_it_is_read_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [*files(tmp_path), "--out", str(tmp_path / "rows.csv")]
    from_rows = estimated(arguments)
    for name, value in (("STREAMED_BYTES", 0), ("read_columns", None)):
        monkeypatch.setattr(f"plumbline.cli.surveying.{name}", value)
    arguments[-1] = str(tmp_path / "sums.csv")
    for mine, theirs in zip(estimated(arguments), from_rows, strict=True):
        numbers = {name: pytest.approx(value) for name, value in theirs.items() if isinstance(value, float)}
        assert mine == theirs | numbers
    told = [rows_of(tmp_path / name)[0]["design"] for name in ("rows.csv", "sums.csv")]
    assert told[0] == told[1]


@pytest.mark.parametrize("name", ["new.sav", "new.zsav", "new.dta"])
def test_a_survey_is_converted_with_its_labels_and_missing_values(tmp_path: Path, name: str) -> None:
    data = Path(__file__).parents[1] / "data" / "surveys" / "labels.sav"
    runner = CliRunner()
    new = tmp_path / name
    told = json.loads(runner.invoke(survey, ["convert", str(data), "--out", str(new), "--json"]).output)
    assert told == {"rows": 12, "columns": 4, "out": str(new), "shortened": [], "lost": []}
    plan = "- {statistic: mean, variable: note, by: sexe}\n"
    asked = files(tmp_path, design="weights: poids", plan=plan)[2:]
    assert estimated(["estimate", str(new), *asked]) == estimated(["estimate", str(data), *asked])
    weighed = ["weights", str(new), *asked[:2], "--out", str(tmp_path / f"w{new.suffix}")]
    assert runner.invoke(survey, weighed, catch_exceptions=False).exit_code == 0
    shown = runner.invoke(survey, ["codebook", str(tmp_path / f"w{new.suffix}"), "--json"], catch_exceptions=False)
    variables = json.loads(shown.output)["variables"]
    assert [one["name"] for one in variables][3:] == ["note", "calibrated_weight"]
    assert variables[0]["label"] == "Sexe de la personne"
    assert variables[3]["missing"]


def test_a_csv_with_a_codebook_becomes_a_labelled_file_and_goes_back(tmp_path: Path) -> None:
    arguments = files(tmp_path)
    runner = CliRunner()
    runner.invoke(survey, ["codebook", arguments[1], "--out", str(tmp_path / "c.xml")], catch_exceptions=False)
    for source, target in (("s.csv", "s.sav"), ("s.sav", "s.dta"), ("s.dta", "back.csv")):
        more = ["--codebook", str(tmp_path / "c.xml")] if source == "s.csv" else []
        done = runner.invoke(survey, ["convert", str(tmp_path / source), "--out", str(tmp_path / target), *more])
        assert done.exit_code == 0, done.output
    assert (tmp_path / "back.csv").read_text().splitlines() == DATA.splitlines()


@pytest.mark.parametrize("name", ["new.xlsx", "nowhere/new.csv"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str, run: Callable[..., Any]) -> None:
    told = run("survey", "convert", files(tmp_path)[1], "--out", str(tmp_path / name))
    assert (told.code, told.told.count("\n")) == (2, 1)


def test_a_refusal_is_one_sentence_and_exit_code_2(tmp_path: Path, run: Callable[..., Any]) -> None:
    told = run("survey", *files(tmp_path, data=DATA.replace("a,1,5,1,m", "a,1,0,1,m")), "--json")
    assert told.code == 2
    assert told.told == (
        "s.csv, row 2, column 'w': a weight above zero is needed here, not '0'. Mend the cell and run it again.\n"
    )


@pytest.mark.parametrize(
    ("data", "plan", "said"),
    [
        (
            DATA.replace("a,1,5,1,m", "a,1,5,one,m"),
            PLAN,
            "s.csv, row 2, column 'y': a number is needed here, not 'one'",
        ),
        (DATA, "- {statistic: mean, variable: z}", "s.csv has no column 'z'"),
        (DATA, "statistic: mean", "p.yaml: estimates: a list of estimates is needed here"),
        (DATA, "- [mean, y]", "p.yaml, estimate 1: settings: a mapping of settings is needed here"),
        ("h,c,w,y,g\n", PLAN, "s.csv is empty"),
        (
            DATA.replace("a,1,5,1,m", "a,1,-2,1,m"),
            PLAN,
            "row 2, column 'w': a weight above zero is needed here, not '-2'",
        ),
        (DATA.replace("a,1,5,1,m", "a,1,,1,m"), PLAN, "s.csv, row 2, column 'w': a number is needed here, not ''"),
        (DATA.replace("a,1", "a,2"), PLAN, "s.csv, row 2, column 'h': the stratum a has only one unit at stage 1"),
        (DATA.replace("a,1,5,1,m", ",1,5,1,m"), PLAN, "s.csv, row 2, column 'h': a stratum or cluster is needed here"),
        (
            "h,c,w,y\na,1,5,\na,2,5,NA\n",
            "- {statistic: mean, variable: y}",
            "the column 'y' has no value in this domain",
        ),
        (
            DATA,
            "- {statistic: mean, variable: y, domain: c > 2}",
            "a domain with at least one row is needed here, not c > 2",
        ),
        (DATA, "- {statistic: mean, variable: y, domain: g == 'f}", "p.yaml, estimate 1"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, plan: str, said: str, streamed: bool
) -> None:
    if streamed:  # as a file of over 200 MB is
        monkeypatch.setattr("plumbline.cli.surveying.STREAMED_BYTES", 0)
    with pytest.raises(InvalidInput, match=said):
        estimated(files(tmp_path, data=data, plan=plan))


def test_cells_of_few_cases_are_withheld_by_a_policy(tmp_path: Path) -> None:
    arguments = files(tmp_path)
    (tmp_path / "rules.yaml").write_text("dimensions: [cell]\nvalue: cases\nthreshold: 3\n")
    total, women, men = estimated([*arguments, "--policy", str(tmp_path / "rules.yaml")])
    assert (total["estimate"], women["n"]) == (160, 5)
    assert (men["by"], men["estimate"], men["se"], men["n"]) == ({"g": "m"}, None, None, 0)
    assert men["withheld"] == "2 contributors, fewer than 3"


def test_tidy_tables_and_sdmx_say_the_same(tmp_path: Path) -> None:
    plan = "- {statistic: mean, variable: y, by: g}\n- {statistic: proportion, variable: g}\n"
    for name in ("out.csv", "out.sdmx.csv"):
        estimated([*files(tmp_path, plan=plan), "--out", str(tmp_path / name)])
    plain, sdmx = (rows_of(tmp_path / name) for name in ("out.csv", "out.sdmx.csv"))
    assert [(row["statistic"], row["g"], row["level"], row["n"]) for row in plain] == [
        ("mean", "f", "", "5"), ("mean", "m", "", "2"), ("proportion", "", "f", "7"), ("proportion", "", "m", "7"),
    ]  # fmt: skip
    assert plain[0]["design"].startswith("8 cases; weights from w; stage 1: 4 units in 2 strata")
    assert [row["OBS_VALUE"] for row in sdmx] == [row["estimate"] for row in plain]
    assert (sdmx[2]["STRUCTURE_ID"], sdmx[2]["INDICATOR"], sdmx[2]["G"], sdmx[2]["LEVEL"], sdmx[2]["OBS_STATUS"]) == (
        "PLUMBLINE:s(1.0)", "G", "_T", "f", "U",
    )  # fmt: skip


def test_weights_are_calibrated_into_a_new_table(tmp_path: Path) -> None:
    design = DESIGN + "calibration: {method: raking, margins: {h: {a: 30, b: 10}}}\n"
    arguments = files(tmp_path, design=design)
    out = tmp_path / "weighted.csv"
    answer = CliRunner().invoke(
        survey, ["weights", arguments[1], *arguments[2:4], "--out", str(out), "--json"], catch_exceptions=False
    )
    told = json.loads(answer.output)
    assert (told["cases"], told["sum"], told["calibrations"][0]["converged"]) == (8, pytest.approx(40), True)
    rows = rows_of(out)
    assert [float(row["calibrated_weight"]) for row in rows] == pytest.approx([7.5] * 4 + [2.5] * 4)
    assert rows[0]["g"] == "m"


def test_a_codebook_goes_out_as_ddi_and_gives_labels_and_missing_values_back(tmp_path: Path) -> None:
    arguments = files(tmp_path, data=DATA.replace("b,2,5,7,f", "b,2,5,99,f"))
    runner = CliRunner()
    done = runner.invoke(
        survey, ["codebook", arguments[1], *arguments[2:4], "--out", str(tmp_path / "c.xml")], catch_exceptions=False
    )
    assert done.exit_code == 0
    text = (tmp_path / "c.xml").read_text(encoding="utf-8")
    assert 'wgt="wgt"' in text
    labelled = text.replace(
        '<varFormat type="character"/>\n    </var>\n  </dataDscr>',
        "<catgry><catValu>f</catValu><labl>Femme — امرأة</labl></catgry><varFormat type='character'/></var></dataDscr>",
    ).replace('name="y" files="F1" intrvl="contin">', 'name="y" files="F1"><invalrng><item VALUE="99"/></invalrng>')
    assert labelled != text
    (tmp_path / "c.xml").write_text(labelled, encoding="utf-8")
    _, women, _ = estimated([*arguments, "--codebook", str(tmp_path / "c.xml")])
    assert women["labels"] == {"g": "Femme — امرأة"}
    assert women["n"] == 4
    shown = runner.invoke(survey, ["codebook", str(tmp_path / "c.xml"), "--json"], catch_exceptions=False)
    assert [one["name"] for one in json.loads(shown.output)["variables"]] == ["h", "c", "w", "y", "g"]


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_files_of_statistics_programs_bring_their_labels(tmp_path: Path, suffix: str) -> None:
    data = Path(__file__).parents[1] / "data" / "surveys" / f"labels.{suffix}"
    plan = (
        "- {statistic: mean, variable: note, by: sexe}\n- {statistic: proportion, variable: sexe, domain: sexe <= 2}\n"
    )
    men, women, share, _ = estimated(["estimate", str(data), *files(tmp_path, design="weights: poids", plan=plan)[2:]])
    assert (men["by"], men["labels"], women["labels"]) == ({"sexe": 1}, {"sexe": "Homme"}, {"sexe": "Femme"})
    assert (men["n"], women["n"]) == (5, 5)  # the two answers of 99 are declared missing
    assert share["labels"] == {"level": "Homme"}
    told = CliRunner().invoke(survey, ["codebook", str(data), "--json"], catch_exceptions=False)
    variables = json.loads(told.output)["variables"]
    assert [one["label"] for one in variables] == [
        "Sexe de la personne",
        "Région — المنطقة",
        "Poids de sondage",
        "Оценка",
    ]


LABELS = {
    "utf-8": ["إقليم الشمال", "Évry", "Москва"], "utf-16": ["北京市", "Évry", "Москва"], "cp1252": ["Besançon", "Évry", "Mâcon"],
    "cp1256": ["إقليم الشمال والجنوب", "محافظة المدينة المنورة", "مدينة القدس الشريف"],
    "cp1251": ["Московская область", "Приморский край", "Ярославль"],
}  # fmt: skip


@pytest.mark.parametrize("encoding", LABELS)
def test_labels_of_cells_in_five_encodings(tmp_path: Path, encoding: str) -> None:
    names = LABELS[encoding]
    rows = "".join(f"{names[place % 3]},{place % 3},2\n" for place in range(90))
    arguments = files(tmp_path, design="weights: w", plan="- {statistic: mean, variable: y, by: ville}")
    (tmp_path / "s.csv").write_bytes(f"ville,y,w\n{rows}".encode(encoding))
    found = estimated(arguments)
    assert {one["by"]["ville"]: one["estimate"] for one in found} == {name: place for place, name in enumerate(names)}


def test_only_the_columns_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    import plumbline.cli.surveying as module

    def reading(path: Path, *, columns: Any = None) -> Any:
        seen.append(columns)
        return read_columns(path, columns=columns)

    monkeypatch.setattr(module, "read_columns", reading)
    estimated(files(tmp_path, plan="- {statistic: total, variable: y, domain: c >= 1}"))
    assert seen == [["h", "c", "w", "y"]]


@pytest.mark.parametrize("text", ["<codeBook xmlns='ddi:codebook:2_5'>", "<html/>", "<codeBook/>", "no xml"])
def test_a_torn_codebook_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.xml").write_text(text)
    with pytest.raises(InvalidInput, match=r"c\.xml is no DDI codebook: "):
        estimated([*files(tmp_path), "--codebook", str(tmp_path / "c.xml")])


@pytest.mark.parametrize("suffix", ["sav", "dta", "parquet"])
def test_a_damaged_file_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"s.{suffix}").write_bytes(b"no such thing" * 40)
    with pytest.raises(InvalidInput, match=rf"s\.{suffix} cannot be read as a table: "):
        estimated(["estimate", str(tmp_path / f"s.{suffix}"), *files(tmp_path)[2:]])


def test_profiles_are_told_with_their_stability(tmp_path: Path) -> None:
    data = "w,a,b\n" + "1,yes,no\n1,no,yes\n" * 15
    arguments = files(tmp_path, data=data, design="weights: w")
    words = ["profiles", arguments[1], *arguments[2:4], "--variables", "a,b", "--classes", "2", "--resamples", "3"]
    told = json.loads(CliRunner().invoke(survey, [*words, "--json"], catch_exceptions=False).output)
    assert [one["verdict"] for one in told["profiles"]] == ["stable", "stable"]
    assert {round(one["answers"]["a"]["yes"]) for one in told["profiles"]} == {0, 1}
    assert "share 0.500, stable" in CliRunner().invoke(survey, words, catch_exceptions=False).output


def test_a_column_that_only_a_condition_names_is_looked_for_among_all(tmp_path: Path) -> None:
    plan = "- {statistic: mean, variable: y, domain: z > 1}"
    with pytest.raises(InvalidInput, match="s.csv has no column 'z'; its columns are: h, c, w, y, g"):
        estimated(files(tmp_path, plan=plan))
