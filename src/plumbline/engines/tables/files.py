"""Read tables and settings of an analysis from files."""

from __future__ import annotations

import atexit
import csv
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.engines.encoding import bare_utf16, guess_encoding, marked_encoding, mostly_utf8

T = TypeVar("T")
BINARY = frozenset({".xlsx", ".xls", ".pdf", ".docx", ".zip"})
SNIFFED_BYTES = 200_000
HELD_ONCE = (
    100_000  # rows above which a text that comes again is held once: a name a row takes more memory than its numbers
)
WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
LENIENT = "header=true, strict_mode=false"
DATES = "dateformat='%Y-%m-%d', timestampformat='%Y-%m-%d %H:%M:%S'"  # 03/04/2011 is two days: left as text
QUIET = "SET enable_progress_bar = false"  # stdout is for the answer
GAPS = ("NA", "NaN", "nan")
NULLS = f"nullstr=['', {', '.join(repr(word) for word in GAPS)}]"


@dataclass(frozen=True)
class Grouping:
    """Say how rows become groups: `keys` are columns, `sums` gives SQL by name, of the kinds of columns and a way to ask the table.

    At most `most` groups are given, so that one more than wanted tells that there are too many.
    """

    keys: tuple[str, ...]
    sums: Callable[[Mapping[str, str], Callable[[str], tuple[Any, ...]]], Mapping[str, str]]
    most: int


def read_grouped(path: Path | str, grouping: Grouping, *, columns: Sequence[str]) -> Columns:
    """Read a CSV or Parquet file of any length as groups of rows, in memory that grows with the groups alone.

    `columns` are those that keys and sums speak of. Refuses what `read_columns` refuses.
    """
    path = checked_path(path)
    if path.suffix.lower() == ".parquet":
        return _query(path, "read_parquet(?)", str(path), columns, grouping)
    return _csv(path, columns, grouping)


@dataclass(frozen=True)
class Stream:
    """Hold how SQL reads a table of any length: `sql` takes its place `at` as $1; `numbered` counts rows as `place`, from 0.

    `texts` says that all columns are texts, as in a CSV, whose cells `separator` parts.
    """

    name: str
    sql: str
    numbered: str
    at: str
    texts: bool
    separator: str = ","


@contextmanager
def streamed(path: Path | str) -> Iterator[Stream]:
    """Lend a CSV or Parquet file to SQL, without reading it; refuses what `read_columns` refuses of its name and first line."""
    path = checked_path(path)
    if path.suffix.lower() == ".parquet":
        numbered = "(SELECT *, file_row_number AS place FROM read_parquet($1, file_row_number = true))"
        yield Stream(path.name, "read_parquet($1)", numbered, str(path), texts=False)
        return
    with _as_utf8(path) as readable:
        head = _refuse_twice_named(path, readable)
        lenient = head.lenient
        source = f"read_csv($1, {lenient}, all_varchar=true)"
        numbered = f"(SELECT *, row_number() OVER () - 1 AS place FROM {source})"  # noqa: S608
        yield Stream(path.name, source, numbered, str(readable), texts=True, separator=head.separator)


def read_columns(
    path: Path | str, *, columns: Sequence[str] | None = None, texts: bool = False, names: Sequence[str] = ()
) -> Columns:
    """Read a CSV, TSV or Parquet file into columns, all of them or those named.

    Columns that are numbers or dates throughout come as such, the others as text; with `texts` those of a CSV come as
    they are written, identifiers such as 1.10 and NA among them; `names` are columns of texts of which NA is a word, as Namibia's code is. Only the columns asked for are held
    in memory. The first line of a CSV names the columns. Raises `NotFound` for an absent file, `InvalidInput` for one that
    is no table, names a column twice or lacks a column.
    """
    path = checked_path(path)
    if path.suffix.lower() == ".parquet":
        return _query(path, "read_parquet(?)", str(path), columns)
    return _as_written(path, columns) if texts else _csv(path, columns, names=names)


def read_rows(path: Path | str, *known: str, names: Sequence[str] = ()) -> Columns:
    """Read a table for a command that knows columns by name, whatever their case and the blanks around them.

    In those of `names` NA is a word, where they are texts. Refuses, beside what `read_columns` refuses, a table without rows and one whose first line holds numbers only.
    """
    table = read_columns(path, names=names)
    refuse_rowless(table)
    if twice := Head(tuple(table.names), "", "").alike:
        raise _named_twice(table.name, twice)
    return table.named(*known)


def refuse_rowless(table: Columns) -> None:
    """Refuse a table without rows and one whose first line holds numbers only."""
    if table.names and all(_is_number(name) for name in table.names):
        need = "a line of column names, which are no numbers,"
        raise InvalidInput(
            "table.row", "{name}, line {line}: {need} is needed here.", name=table.name, line=1, need=need
        )
    if not len(table):
        need = "a row under the column names"
        raise InvalidInput(
            "table.row", "{name}, line {line}: {need} is needed here.", name=table.name, line=2, need=need
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_list(path: Path | str, *, names: Sequence[str]) -> Columns:
    """Read a table, or a list of numbers and dates without a head, whose columns then have these names (fewer, too).

    A list is what begins with a number or date in each of at most as many cells as there are names.
    """
    path = checked_path(path)
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = _cells(file.readline())
        if not 1 < len(head) <= len(names) or not all(one[:1].isdigit() or one[:1] == "-" for one in head):
            return read_rows(path, *names)
        rows = [head, *(cells for line in file if (cells := _cells(line)))]
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            raise InvalidInput(
                "table.row", "{name}, line {line}: {need} is needed here.", name=path.name, line=number,
                need=f"{len(head)} numbers",
            )  # fmt: skip
    columns = zip(names, zip(*rows, strict=True), strict=False)
    return Columns(path.name, {name: np.array(one, dtype=object) for name, one in columns}, 1)


def _cells(line: str) -> list[str]:
    """Part a line of numbers at commas, semicolons or blanks."""
    return line.replace(",", " ").replace(";", " ").split()


def existing(path: Path | str) -> Path:
    """Give the path of a file that is there, else refuse it."""
    path = Path(path)
    if not path.is_file():
        raise NotFound("file.absent", "There is no file {path}.", path=str(path))
    return path


def checked_path(path: Path | str) -> Path:
    """Give the path of a table, `-` being what comes by stdin; refuses an absent or empty file and formats that are none."""
    path = existing(_spooled() if str(path) == "-" else path)
    if path.suffix.lower() in BINARY:
        raise InvalidInput("table.format", "{name} is not a CSV or Parquet file. Save it as CSV.", name=path.name)
    if path.stat().st_size == 0:
        raise InvalidInput("table.empty", "{name} is empty: it needs a line of column names and rows.", name=path.name)
    return path


def _spooled() -> Path:
    """Keep what comes by stdin as a file until the process ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "stdin"
    with path.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return path


def column_names(path: Path | str) -> tuple[str, ...]:
    """Name the columns of a CSV, TSV or Parquet file without reading its rows; refuses what `read_columns` refuses."""
    path = checked_path(path)
    import duckdb

    with _as_utf8(path) as readable, duckdb.connect(":memory:") as connection:
        source, head = "read_parquet(?)", None
        if path.suffix.lower() != ".parquet":
            head = _refuse_twice_named(path, readable, apart=True)
            source = f"read_csv(?, {head.lenient}, all_varchar=true)"
        try:
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}", [str(readable)]).fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise torn(path, error) from error
    return head.written if head and head.alike else tuple(name for name, *_ in described)


def read_yaml(path: Path | str) -> Any:
    """Read a YAML or JSON file of settings; a syntax error, and a key that stands twice, are refused with their line."""
    import yaml

    from plumbline.engines.tables.settings import load_once_keyed

    path = existing(path)
    try:
        return load_once_keyed(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput("yaml.encoding", "{name} is not UTF-8 text. Save it as UTF-8.", name=path.name) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InvalidInput(
            "yaml.syntax",
            "{name}, line {line}: {problem}.",
            name=path.name,
            line=mark.line + 1 if mark else 1,
            problem=getattr(error, "problem", None) or "this is not YAML",
        ) from error


def _as_written(path: Path, columns: Sequence[str] | None) -> Columns:
    """Read a CSV as texts, parted as its first line is, nothing guessed."""
    with _as_utf8(path) as readable:
        head = _refuse_twice_named(path, readable, apart=True)
        parted = f"delim='{head.separator}', quote='\"', escape='\"', header=true, strict_mode=false, all_varchar=true"
        return _query(path, f"read_csv(?, {parted})", str(readable), columns, None, head)


def _csv(
    path: Path, columns: Sequence[str] | None, grouping: Grouping | None = None, names: Sequence[str] = ()
) -> Columns:
    """Read a CSV: kinds guessed from its first rows, then from all where a later one does not fit, then all as text."""
    return guessed(
        path, lambda source, at, head: _query(path, source, at, columns, grouping, head, names), apart=grouping is None
    )


def guessed(path: Path, use: Callable[[str, str, Head], T], *, apart: bool = False) -> T:
    """Let `use` read a CSV by a source of SQL that takes its place, with ever less guessing until the file is not torn.

    `apart` says that it tells names apart which differ in the case of letters alone.
    """
    with _as_utf8(path) as readable:
        head = _refuse_twice_named(path, readable, apart=apart)
        for options in (f"{head.lenient}, {NULLS}, {DATES}", f"{head.lenient}, {NULLS}, {DATES}, sample_size=-1"):
            try:
                return use(f"read_csv(?, {options})", str(readable), head)
            except InvalidInput as error:
                if error.code != "table.torn":
                    raise
        return use(f"read_csv(?, {head.lenient}, all_varchar=true)", str(readable), head)


@dataclass(frozen=True)
class Head:
    """Hold what the first line of a CSV says: the names, the separator, and the mark of decimals in what follows."""

    written: tuple[str, ...]
    separator: str
    decimal: str

    @property
    def names(self) -> int:
        """Count the names."""
        return len(self.written)

    @property
    def alike(self) -> str | None:
        """Give a name that another differs from in the case of letters alone, which SQL takes for the same."""
        names = [name.strip().lower() for name in self.written]
        return next((name for name in names if name and names.count(name) > 1), None)

    @property
    def lenient(self) -> str:
        """Say how a CSV is read: commas of decimals are told apart from separators, which a guess would take them for."""
        return f"{LENIENT}, delim='{self.separator}'" if self.decimal == "," else LENIENT


def _query(
    path: Path, source: str, location: str, columns: Sequence[str] | None, grouping: Grouping | None = None,
    head: Head | None = None, names: Sequence[str] = (),
) -> Columns:  # fmt: skip
    import duckdb

    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(QUIET)
            kinds = described(connection, path, source, location, head)
            told = dict(zip(head.written if head and head.alike else kinds, kinds, strict=True))  # SQL's names of ours
            Columns(path.name, dict.fromkeys(told, np.empty(0, dtype=object))).require(*(columns or ()))
            asked_for = {told[name]: name for name in (columns or told)}
            source, kept = as_texts(connection, source, location, {name: kinds[name] for name in asked_for})
            source = with_words(connection, source, location, kept, names, head)
            if grouping is None:
                asked = f"SELECT {shown(kept)} FROM {source}"  # noqa: S608
            else:
                asked = _grouped(connection, source, location, kept, grouping)
            data = connection.execute(asked, [location]).fetchnumpy()
        except duckdb.Error as error:
            raise torn(path, error) from error
    decimal = head.decimal if head else "."
    return Columns(
        path.name, {asked_for.get(name, name): plain(values) for name, values in data.items()}, decimal=decimal
    )


def described(connection: Any, path: Path, source: str, location: str, head: Head | None) -> dict[str, str]:
    """Give the kinds of columns of a source; refuses a row that has not the cells of the first line, where that tells."""
    found = connection.execute(f"DESCRIBE SELECT * FROM {source}", [location]).fetchall()  # noqa: S608
    if head is not None and len(found) != head.names:
        _refuse_ragged(path, Path(location), head)
    return {name: kind for name, kind, *_ in found}


def shown(kinds: Mapping[str, str]) -> str:
    """Say columns as SQL selects them."""
    return ", ".join(_selected(name, kind) for name, kind in kinds.items())


def _grouped(connection: Any, source: str, location: str, kinds: Mapping[str, str], grouping: Grouping) -> str:
    def ask(expressions: str) -> tuple[Any, ...]:
        said = f"SELECT {expressions} FROM (SELECT * FROM {source} LIMIT 1000)"  # noqa: S608
        return tuple(connection.execute(said, [location]).fetchall()[0])

    connection.execute("SET preserve_insertion_order = false")  # or a reader that is ahead holds what it has read
    named = [f"{said} AS {quoted(name)}" for name, said in grouping.sums(kinds, ask).items()]
    keys = ", ".join(quoted(name) for name in grouping.keys)
    shown = ", ".join([*(_selected(name, kinds[name]) for name in grouping.keys), *named])
    return f"SELECT {shown} FROM {source} GROUP BY {keys} ORDER BY {keys} LIMIT {grouping.most}"  # noqa: S608


def torn(path: Path, error: Exception) -> InvalidInput:
    """Give the refusal of a file that a reader cannot take apart, in its words."""
    return InvalidInput(
        "table.torn",
        "{name} cannot be read as a table: {problem}. Check its separators and quotes.",
        name=path.name,
        problem="no separator fits its lines"
        if "sniffing" in str(error)
        else str(error).splitlines()[0][:200].rstrip("."),
    )


def as_texts(connection: Any, source: str, location: str, kinds: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Give source and kinds with those columns of a CSV as text that look whole numbers and hold codes such as 0101: zeros stay."""
    kept = dict(kinds)
    whole = [name for name, kind in kept.items() if kind in WHOLE and source.startswith("read_csv")]
    if not whole:
        return source, kept
    asked = ", ".join(f"bool_or({quoted(name)}[1] = '0' AND length({quoted(name)}) > 1)" for name in whole)
    loose = source.removesuffix(")") + ", all_varchar=true)"
    answers = connection.execute(f"SELECT {asked} FROM {loose}", [location]).fetchall()[0]  # noqa: S608
    codes = [name for name, coded in zip(whole, answers, strict=True) if coded]
    if not codes:
        return source, kept
    kept.update(dict.fromkeys(codes, "VARCHAR"))
    named = ", ".join("'" + name.replace("'", "''") + "': 'VARCHAR'" for name in codes)
    return source.removesuffix(")") + ", types={" + named + "})", kept


def with_words(
    connection: Any, source: str, location: str, kinds: Mapping[str, str], names: Sequence[str], head: Head | None
) -> str:  # fmt: skip
    """Give a source of a CSV in whose columns of `names` NA is a word and no gap, as far as they are texts."""
    known = {name.lower() for name in names}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR" and name.strip().lower() in known]
    if head is None or not texts:
        return source
    loose = f"read_csv(?, {head.lenient}, all_varchar=true)"
    words = ", ".join(f"'{word}'" for word in GAPS)
    asked = " OR ".join(f"bool_or({quoted(name)} IN ({words}))" for name in texts)
    if not connection.execute(f"SELECT {asked} FROM {loose}", [location]).fetchall()[0][0]:  # noqa: S608
        return source
    columns = [
        quoted(name) if name in texts
        else f"CAST(CASE WHEN {quoted(name)} NOT IN ({words}) THEN {quoted(name)} END AS {kind}) AS {quoted(name)}"
        for name, kind in kinds.items()
    ]  # fmt: skip
    return f"(SELECT {', '.join(columns)} FROM {loose})"  # noqa: S608


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _selected(name: str, kind: str) -> str:
    said = quoted(name)
    if kind.startswith(("DECIMAL", "HUGEINT", "UHUGEINT")):
        return f"CAST({said} AS DOUBLE) AS {said}"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST({said} AS TIMESTAMP) AS {said}"
    return said if kind in WHOLE or kind in ("FLOAT", "DOUBLE") else f"CAST({said} AS VARCHAR) AS {said}"


def plain(values: Any) -> NDArray[Any]:
    """Turn a masked array into a plain one: missing numbers are nan, missing dates NaT, missing text None; a text is held once."""
    if values.dtype.kind == "O" and len(values) > HELD_ONCE:
        seen: dict[Any, Any] = {}
        held = np.ma.getdata(values)
        for row, text in enumerate(held):
            held[row] = seen.setdefault(text, text)
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    mask = np.ma.getmaskarray(values)
    if not mask.any():
        return np.asarray(values.data)
    if values.dtype.kind in "iufb":
        out: NDArray[Any] = values.data.astype(np.float64)
        out[mask] = np.nan
    elif values.dtype.kind == "M":
        out = values.data.copy()
        out[mask] = np.datetime64("NaT")
    else:
        out = values.data.astype(object)
        out[mask] = None
    return out


def _refuse_ragged(path: Path, readable: Path, head: Head) -> None:
    """Refuse the first row that has another number of cells than the first line, on which a guess of the columns went wrong."""
    with readable.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, delimiter=head.separator)
        try:
            wrong = next((rows.line_num for row in rows if row and len(row) != head.names), None)
        except csv.Error:
            return
    if wrong is not None:
        need = f"a row of {head.names} cells, as in the first line,"
        raise InvalidInput(
            "table.row", "{name}, line {line}: {need} is needed here.", name=path.name, line=wrong, need=need
        )


def _refuse_twice_named(path: Path, readable: Path, *, apart: bool = False) -> Head:
    """Read the first line; refuses a name that stands twice, with `apart` not one that differs in the case of letters."""
    with readable.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        sample = lines.read(SNIFFED_BYTES)
    try:
        dialect = csv.Sniffer().sniff(first, delimiters=",;\t|").delimiter
    except csv.Error:
        dialect = ","
    names = next(csv.reader([first], delimiter=dialect), [])
    head = Head(tuple(names), dialect, ".")
    bare = [name.strip() for name in names]
    twice = next((name for name in bare if name and bare.count(name) > 1), None if apart else head.alike)
    if twice is not None:
        raise _named_twice(path.name, twice)
    commas = dialect == ";" and re.search(r"(?:^|;)\s*-?\d+,\d+\s*(?:;|$)", sample, re.MULTILINE)
    return replace(head, decimal="," if commas else ".")


def _named_twice(name: str, column: str) -> InvalidInput:
    return InvalidInput(
        "table.column-twice", "{name} names the column '{column}' twice. Rename one of them.", name=name, column=column
    )


class _as_utf8:
    """Lend a UTF-8 copy of a file that is in another encoding, else the file itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy: Path | None = None

    def __enter__(self) -> Path:
        if _is_utf8(self.path):
            return self.path
        with self.path.open("rb") as handle:
            head = handle.read(SNIFFED_BYTES)
        encoding = marked_encoding(head) or bare_utf16(head) or ("utf-8" if mostly_utf8(head) else guess_encoding(head))
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".csv", delete=False, newline="") as out:
            self.copy = Path(out.name)
            with self.path.open(encoding=encoding, errors="replace", newline="") as source:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
        return self.copy

    def __exit__(self, *_: object) -> None:
        if self.copy is not None:
            self.copy.unlink(missing_ok=True)


def _is_utf8(path: Path) -> bool:
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as handle:
        start = handle.read(2)
        if start in (b"\xff\xfe", b"\xfe\xff"):
            return False
        handle.seek(0)
        try:
            while chunk := handle.read(1 << 22):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
