"""Files that strangers bring to the commands that analyse them: other spellings are read, what is unfit is named by row and column."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main
from plumbline.engines.tables import read_rows

TRADE = "importer,exporter,year,imports,exports\nA,B,2017,106.5,90\nA,C,2017,,5\nC,A,2018,53,\n"
MONTHS = [(2000 + n // 12, 1 + n % 12) for n in range(96)]
SERIES = "year,month,count\n" + "".join(f"{year},{month},{3 + year % 3 + month % 5}\n" for year, month in MONTHS)
EVENTS = "x,y,date\n" + "".join(f"{40 * (n % 5)},{30 * (n % 7)},2011-03-{1 + n:02d}\n" for n in range(20))
EDGES = "source,target,weight\na,b,1\nb,c,2\nc,c,4\nb,c,1\nc,d,3\n"
LEDGER = "from,to,amount,tainted\n,A,100,\n,A,50,yes\nA,B,80,\n"
STUDIES = "study,effect,se\nx,0.1,0.05\ny,0.3,0.1\nz,-0.1,0.2\n"
RATINGS = "item,rater,rating\ni,a,1\ni,b,1\nj,a,2\nj,b,1\n"
WORDS = {
    "gap": (("flows", "gap"), TRADE),
    "breaks": (("trend", "breaks", "--max", "1", "--min-size", "11"), SERIES),
    "knox": (("trend", "knox", "--space", "1,90", "--time", "0,3", "--runs", "9"), EVENTS),
    "disrupt": (("network", "disrupt"), EDGES),
    "trace": (("recovery", "trace"), LEDGER),
    "pool": (("meta", "pool"), STUDIES),
    "agreement": (("rate", "agreement"), RATINGS),
}


PLAIN: dict[str, str] = {}  # what the plain spelling answers, by command


def run(words: tuple[str, ...], path: Path | str) -> Result:
    return CliRunner().invoke(main, [*words, str(path), "--json"])


def turned(text: str, *, separator: str = ",", upper: bool = False, around: str = "", backwards: bool = False) -> str:
    lines = [line.split(",") for line in text.splitlines()]
    if upper:
        lines[0] = [name.upper() for name in lines[0]]
    if backwards:
        lines = [line[::-1] for line in lines]
    return "\n".join(separator.join(f"{around}{cell}{around}" for cell in line) for line in lines) + "\n"


SPELT = {
    "capitals": lambda text: turned(text, upper=True).encode(),
    "blanks": lambda text: turned(text, around=" ").encode(),
    "order": lambda text: turned(text, backwards=True).encode(),
    "semicolons": lambda text: turned(text, separator=";").replace(".", ",").encode(),
    "tabs": lambda text: turned(text, separator="\t").encode(),
    "mark": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "note": lambda text: "\n".join(f"note{n},{line}" for n, line in enumerate(text.splitlines())).encode(),
}


@pytest.mark.parametrize("spelling", SPELT)
@pytest.mark.parametrize("command", WORDS)
def test_the_same_table_in_another_spelling_gives_the_same_answer(tmp_path: Path, command: str, spelling: str) -> None:
    words, text = WORDS[command]
    if command not in PLAIN:
        (tmp_path / "t.csv").write_text(text)
        PLAIN[command] = run(words, tmp_path / "t.csv").stdout
    (tmp_path / "t.csv").write_bytes(SPELT[spelling](text))
    other = run(words, tmp_path / "t.csv")
    assert PLAIN[command].startswith("{")
    assert other.stdout == (PLAIN[command].replace('"count"', '"COUNT"') if spelling == "capitals" else PLAIN[command])


@pytest.mark.parametrize("out", ["", "o.csv"])
def test_capitals_and_blanks_are_read_where_a_file_is_streamed(tmp_path: Path, out: str) -> None:
    (tmp_path / "t.csv").write_text(turned(TRADE, upper=True, around=" ").replace(" IMPORTER", "IMPORTER"))
    if not out:
        assert json.loads(run(("flows", "gap"), tmp_path / "t.csv").stdout)["totals"]["pairs"] == 1
        return
    (tmp_path / "t.csv").write_text(turned(TRADE, upper=True).replace(",,", ", ,"))
    result = run(("flows", "gap", "--out", str(tmp_path / out)), tmp_path / "t.csv")
    assert (result.exit_code, json.loads(result.stdout)["orphaned"]["rows"]) == (0, 1)
    assert (tmp_path / out).read_text().startswith("importer,exporter,year,imports_fob")


def test_a_table_comes_by_stdin_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        buffer = io.BytesIO(STUDIES.encode())

    (tmp_path / "t.csv").write_text(STUDIES)
    plain = run(("meta", "pool"), tmp_path / "t.csv").stdout
    monkeypatch.setattr(sys, "stdin", Pipe)
    assert read_rows("-").numbers("effect").tolist() == [0.1, 0.3, -0.1]
    assert CliRunner().invoke(main, ["meta", "pool", "-", "--json"], input=STUDIES.encode()).stdout == plain


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize(
    ("kept", "more", "said"),
    [
        (0, "", "t.csv is empty"),
        (1, "", "t.csv, line 2: a row under the column names is needed here"),
        (4, "1,2,3,4,5,6,7\n", "t.csv, line 5: a row of"),
        (4, "1,2\n", "t.csv, line 5: a row of"),
    ],
)
def test_a_table_without_rows_or_with_ragged_ones_is_refused(
    tmp_path: Path, command: str, kept: int, more: str, said: str
) -> None:
    words, text = WORDS[command]
    (tmp_path / "t.csv").write_text("".join(text.splitlines(keepends=True)[:kept]) + more)
    result = run(words, tmp_path / "t.csv")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_an_infinite_number_among_texts_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n\n1\ninf\n")
    assert read_rows(tmp_path / "t.csv").text("n").tolist() == ["1", "inf"]


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (("trend", "breaks"), "year,count\n2000,1e308\n", "row 2, column 'count': a number of at most 1e+60"),
        (("trend", "breaks"), "year,count\n2000," + "9" * 400 + "\n", "9…'"),
        (("trend", "breaks"), "year,count\n2000,1_000\n2001,2\n", "row 2, column 'count': a number is needed here, not '1_000'"),
        (("trend", "breaks"), 'year,count\n2000,"1,234"\n2001,"2,345"\n', "row 2, column 'count': a number is needed here"),
        (("trend", "breaks"), "2000,5\n2001,6\n2002,7\n", "t.csv, line 1: a line of column names, which are no numbers,"),
        (("trend", "breaks"), SERIES.replace("2001,5,", "2003,5,"), "row 19, column 'month': a time after 2003-05"),
        (("trend", "alert", "--period", "12"), SERIES.replace("2001,5,3\n", ""), "row 18, column 'month': the time that follows 2001-04"),
        (("trend", "alert"), "year\n2000\n", "t.csv has no column 'count'"),
        (("trend", "alert"), "date,count\n2000-01,\n2000-02,\n", "row 2, column 'count': a number is needed here, not ''"),
        (("trend", "knox"), "x,y,date\n1,2,03/04/2011\n3,4,05/06/2011\n", "row 2, column 'date': a date such as 2011-03-01"),
        (("trend", "knox"), "x,y,date\n1,2,2011-03-01\n", "row 3, column 'date': a second event with a date"),
        (("meta", "pool"), "study,effect,se\nx,1,1e-320\ny,1,1\n", "Study 1, 'x', needs an effect and a standard error above 0"),
        (("network", "measures"), EDGES.replace("b,c,2", "b,c,1e300"), "row 3, column 'weight': a number of at most 1e+60"),
        (("recovery", "summary"), "asset,stage,date,amount\na,traced,42370,5\n", "row 2, column 'date': a date such as"),
    ],
)  # fmt: skip
def test_a_cell_that_does_not_fit_is_named(tmp_path: Path, words: tuple[str, ...], text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    result = run(words, tmp_path / "t.csv")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [(("count", "-5"), "0 or above"), (("population", "-5"), "0 or above"), (("count", "x"), "a number is needed")],
)
def test_cells_of_a_scan_are_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    rows = [{"year": year, "county": place, "count": 1, "population": 100} for year in (2001, 2002) for place in "ab"]
    rows[1][change[0]] = change[1]
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "p.csv").write_text("county,lon,lat\na,1,1\nb,2,2\n")
    result = run(("trend", "scan", "--runs", "9", "--places", str(tmp_path / "p.csv")), tmp_path / "t.csv")
    assert result.exit_code == 2
    assert f"t.csv, row 3, column '{change[0]}': " in result.stderr
    assert said in result.stderr


def test_missing_months_are_told_where_the_season_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(SERIES.replace("2001,5,3\n", ""))
    result = run(("trend", "breaks", "--min-size", "11"), tmp_path / "t.csv")
    assert result.exit_code == 0
    assert "1 times are missing in t.csv, the first before row 18, 2001-06" in result.stderr


def test_days_may_be_numbers_and_dates_may_have_no_dashes(tmp_path: Path) -> None:
    words, text = WORDS["knox"]
    (tmp_path / "t.csv").write_text(text)
    plain = json.loads(run(words, tmp_path / "t.csv").stdout)
    for change in (("2011-03-", "423"), ("2011-03-", "201103")):
        (tmp_path / "t.csv").write_text(text.replace(*change))
        assert json.loads(run(words, tmp_path / "t.csv").stdout) == plain


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("knox", ("--seed", "-1"), "'--seed'"),
        ("knox", ("--runs", "0"), "'--runs'"),
        ("knox", ("--space", "near"), "'near' is no list of numbers such as 1,200,400."),
        ("breaks", ("--trim", "nan"), "'--trim': nan is no number that can be reckoned with."),
        ("disrupt", ("--by", "size"), "'size' is not one of 'betweenness'"),
        ("gap", ("--cif", "inf"), "'--cif': inf is no number"),
        ("gap", ("--out", "x", "--what"), "No such option"),
        ("agreement", ("--share", "nan"), "'--share': nan is no number"),
    ],
)
def test_an_option_that_does_not_fit_is_told_in_one_line(
    tmp_path: Path, command: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "t.csv").write_text(WORDS[command][1])
    result = run((*WORDS[command][0], *words), tmp_path / "t.csv")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
    assert result.stderr.rstrip().endswith("--help")


@pytest.mark.parametrize("column", ["population", "expected"])
def test_a_scan_with_nobody_at_risk_anywhere_is_refused(tmp_path: Path, column: str) -> None:
    (tmp_path / "t.csv").write_text(f"year,county,count,{column}\n2001,a,1,0\n2002,b,2,0\n")
    (tmp_path / "p.csv").write_text("county,lon,lat\na,1,1\nb,2,2\n")
    result = run(("trend", "scan", "--runs", "9", "--places", str(tmp_path / "p.csv")), tmp_path / "t.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"column '{column}': one number above 0 at least is needed here" in result.stderr
