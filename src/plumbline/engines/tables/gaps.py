"""Trade gaps of Parquet and CSV files larger than memory: the plan of `domain.flows.partner_gaps`, run where the data is, by DuckDB or by Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from plumbline.domain.columns import LARGEST, MISSING, Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.flows.gaps import KEYS, NAMED
from plumbline.engines.spark import Spark, refuse_existing
from plumbline.engines.tables.files import QUIET, Stream, checked_path, streamed, torn

BLANKS: Final = "' ' || chr(9) || chr(10) || chr(13)"  # what is trimmed of a name, as `Columns.text` does
VALUES: Final = ("imports", "exports", "reexports")
NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
                  "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
UNDIRECTED: Final = "CASE WHEN gap > 0 THEN '{}' WHEN gap < 0 THEN '{}' ELSE 'none' END"


@dataclass(frozen=True)
class YearOfGaps:
    """Hold a year's sums, in the unit of the file, as `domain.flows.TradeGaps` means them.

    `net` and `gross` are at the rate asked for, `others` holds (gross, net) at each further rate.
    """

    year: str
    pairs: int
    gross: float
    net: float
    imports: float
    reexports: float
    orphaned: int
    orphaned_value: float
    lost: int
    lost_value: float
    unreported: int
    others: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class StreamedGaps:
    """Hold the sums by year; `repeated` counts rows whose pair, year and commodity stood before, None where not counted."""

    cif: float
    years: tuple[YearOfGaps, ...]
    repeated: int | None

    def total(self, name: str) -> float:
        """Give a sum over all years."""
        return float(sum(getattr(year, name) for year in self.years))

    @property
    def over(self) -> float:
        """Give the sum of gaps above 0."""
        return (self.total("gross") + self.total("net")) / 2

    @property
    def freight(self) -> float:
        """Give what is freight and insurance in the imports of matched pairs."""
        return self.total("imports") * self.cif / (1 + self.cif)


def count_rows(path: Path) -> int:
    """Count the rows of a Parquet file, from its foot; refuses what is no Parquet file."""
    import duckdb

    path = checked_path(path)
    with duckdb.connect(":memory:") as connection:
        try:
            return int(
                connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]).fetchall()[0][0]
            )
        except duckdb.Error as error:
            raise torn(path, error) from error


def stream_gaps(
    path: Path,
    *,
    cif: Sequence[float] = (0.06,),
    zero_is_missing: bool = False,
    repeats: bool = False,
    out: Path | None = None,
    spark: Spark | None = None,
) -> StreamedGaps:
    """Sum the gaps of a file by year in one pass, and write the matched pairs to the Parquet or CSV file `out` in another.

    Columns, signs and what is refused are those of `partner_gaps`. `cif` is the rate, then further ones to compare.
    `repeats` counts repeated pairs too, which takes a table of all pairs. With `spark` the passes over all rows run there, and
    `out` is a new folder; DuckDB looks at the head of the file, and for the row of what is refused.
    """
    import duckdb

    for rate in cif:
        if not 0 <= rate < 1:
            raise InvalidInput(
                "setting.range", "{name}: {key} must be between {low} and {high}, not {value}.",
                name=path.name, key="cif", low=0, high=1, value=rate,
            )  # fmt: skip
    if out is not None:
        _check_out(out)
        if spark is not None:
            refuse_existing(out)
    with streamed(path) as table, duckdb.connect(":memory:") as connection:
        try:
            connection.execute(QUIET)
            described = connection.execute(f"DESCRIBE SELECT * FROM {table.sql}", [table.at]).fetchall()  # noqa: S608
            kinds = {name.lower(): kind for name, kind, *_ in described}  # as SQL takes names
            keys = [name for name in KEYS if name in kinds]
            _refuse_unfit(connection, table, kinds)
            run = _Duck(connection, table.at) if spark is None else spark
            source = (
                table
                if spark is None
                else replace(
                    table, sql=spark.table(Path(table.at), [name for name, *_ in described], separator=table.separator)
                )
            )
            for wary in (table.texts, True):  # nan is rare in Parquet, and asking for it costs a sixth
                pairs = _pairs(source, kinds, keys, cif[0], zero_is_missing, wary)
                rows = run.fetch(_sums(pairs, cif, table.texts))
                if wary or not any(value != value for row in rows for value in row[13:16]):
                    break
            _refuse_values(connection, table, kinds, rows)
            _refuse_blank(connection, table, rows)
            repeated = run.fetch(_repeats(source, keys))[0][0] if repeats else None
            if out is not None:
                run.write(_rows(pairs, keys), out)
        except duckdb.Error as error:
            raise torn(path, error) from error
    years = sorted((_year(row) for row in rows), key=lambda year: year.year)
    return StreamedGaps(cif[0], tuple(years), repeated)


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise unfit(out.name, "out", "a name that ends in .parquet or .csv is needed here", out.suffix or out.name)
    if not out.parent.is_dir():
        raise unfit(out.name, "out", "a folder that exists is needed here", out.parent)


class _Duck:
    """DuckDB as what runs a plan; its first parameter is where the table is."""

    def __init__(self, connection: Any, at: str) -> None:
        self.connection, self.at = connection, at

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, [self.at]).fetchall())

    def write(self, sql: str, out: Path) -> None:
        target = str(out).replace("'", "''")
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT {out.suffix[1:].lower()})", [self.at])


def _repeats(table: Stream, keys: list[str]) -> str:
    named = ", ".join(_key(name, table) for name in keys)
    return (
        f"SELECT (SELECT count(*) FROM {table.sql}) - (SELECT count(*) FROM (SELECT DISTINCT {named} FROM {table.sql}))"  # noqa: S608
    )


def _key(name: str, table: Stream) -> str:
    return f"trim({name}, {BLANKS}) AS {name}" if table.texts else f"{name} AS {name}"


def _pairs(table: Stream, kinds: dict[str, str], keys: list[str], cif: float, zero_is_missing: bool, wary: bool) -> str:
    """Say as SQL what a row reports, its sides made comparable; `here` and `there` are null where not reported.

    `wary` takes nan for not reported; without it a nan comes out as the greatest value of its column.
    """

    def reported(name: str) -> str:
        value = _double(name, kinds)
        if zero_is_missing and name != "reexports":
            value = f"nullif({value}, 0)"
        whole = kinds[name].startswith(NUMBERS) and kinds[name] not in ("FLOAT", "DOUBLE")
        return f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END" if wary and not whole else value

    again = f"coalesce({reported('reexports')}, 0)" if "reexports" in kinds else "0.0"
    sides = f"{reported('imports')} AS here, {reported('exports')} AS there, {again} AS again"
    gap = f"here / {1 + cif!r} AS fob, fob - (there + again) AS gap"  # null unless both sides report
    return f"SELECT {', '.join(_key(name, table) for name in keys)}, {sides}, {gap} FROM {table.sql}"  # noqa: S608


def _double(name: str, kinds: dict[str, str]) -> str:
    """Say a column as numbers; text is trimmed first, or DuckDB casts while it parses and fails at a blank."""
    if kinds[name] == "DOUBLE":
        return name
    return (
        f"TRY_CAST({name} AS DOUBLE)"
        if kinds[name].startswith(NUMBERS)
        else f"TRY_CAST(trim(CAST({name} AS VARCHAR)) AS DOUBLE)"
    )


def _sums(pairs: str, cif: Sequence[float], texts: bool) -> str:
    unnamed = "count(*) FILTER (WHERE coalesce(importer, '') = '' OR coalesce(exporter, '') = '')" if texts else "0"
    more = "".join(
        f", sum(abs(here / {1 + rate!r} - (there + again))), sum(here / {1 + rate!r} - (there + again))"
        for rate in cif[1:]
    )
    return (
        f"WITH t AS ({pairs}) SELECT year, count(gap), sum(abs(gap)), sum(gap), sum(here) FILTER (WHERE gap IS NOT NULL), "  # noqa: S608
        "sum(again) FILTER (WHERE gap IS NOT NULL), "
        "count(here) - count(gap), sum(fob) FILTER (WHERE there IS NULL), count(there) - count(gap), sum(there) FILTER (WHERE here IS NULL), "
        "min(here), min(there), min(again), max(here), max(there), max(again), "
        f"count(*) - count(here) - count(there) + count(gap), {unnamed}" + more + " FROM t GROUP BY year"
    )


def _rows(pairs: str, keys: list[str]) -> str:
    return (
        f"WITH t AS ({pairs}) SELECT {', '.join(keys)}, fob AS imports_fob, there + again AS exports, gap AS gap_import, "  # noqa: S608
        f"-gap AS gap_export, here - fob AS freight, again AS reexports, here - there AS raw_gap, {UNDIRECTED.format('over', 'under')} AS import_invoicing, "
        f"{UNDIRECTED.format('under', 'over')} AS export_invoicing FROM t WHERE gap IS NOT NULL"
    )


def _year(row: tuple[Any, ...]) -> YearOfGaps:
    names = ("pairs", "gross", "net", "imports", "reexports", "orphaned", "orphaned_value", "lost", "lost_value")
    sums: dict[str, Any] = {name: value or 0 for name, value in zip(names, row[1:10], strict=True)}
    more = [value or 0.0 for value in row[18:]]
    year = "" if row[0] is None else str(row[0])
    return YearOfGaps(year=year, unreported=row[16], others=tuple(zip(more[::2], more[1::2], strict=True)), **sums)


def _refuse_unfit(connection: Any, table: Stream, kinds: dict[str, str]) -> None:
    """Refuse an absent column, and by its row a text where a number is needed."""
    nothing = np.empty(0, dtype=object)
    Columns(table.name, dict.fromkeys(kinds, nothing)).require("importer", "exporter", "year", "imports", "exports")
    for name in VALUES:
        if name in kinds and not kinds[name].startswith(NUMBERS):
            asked = f"({_double(name, kinds)} IS NULL OR contains(CAST({name} AS VARCHAR), '_')) AND lower(trim(CAST({name} AS VARCHAR))) NOT IN {tuple(sorted(MISSING))}"
            _refuse_row(connection, table, name, asked, "a number is needed here")


def _refuse_values(connection: Any, table: Stream, kinds: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Refuse a negative or too large a value, naming its row: looked for only where the sums met one."""
    if all((value is None or value >= 0) for row in rows for value in row[10:13]) and not any(
        value is not None and value > LARGEST for row in rows for value in row[13:16]
    ):
        return
    for name in VALUES:
        if name in kinds:
            value = _double(name, kinds)
            _refuse_row(connection, table, name, f"isinf({value})", "a number is needed here")
            _refuse_row(
                connection, table, name, f"{value} > {LARGEST:g}", f"a number of at most {LARGEST:g} is needed here"
            )
            _refuse_row(connection, table, name, f"{value} < 0", "a value of 0 or more is needed here")


def _refuse_blank(connection: Any, table: Stream, rows: list[tuple[Any, ...]]) -> None:
    """Refuse a row without a name or year; what a Parquet file says of its columns spares most a look at their rows."""
    doubtful = {"importer", "exporter"} if not table.texts or any(row[17] for row in rows) else set()
    if not table.texts:
        told = connection.execute(
            "SELECT lower(path_in_schema), bool_and(stats_null_count = 0 AND trim(stats_min_value) <> '') FROM parquet_metadata($1) GROUP BY 1",
            [table.at],
        ).fetchall()
        doubtful -= {name for name, sound in told if sound}
    if any(row[0] is None or str(row[0]) == "" for row in rows):
        doubtful.add("year")
    for name in sorted(doubtful):
        _refuse_row(connection, table, name, f"trim(coalesce(CAST({name} AS VARCHAR), ''), {BLANKS}) = ''", NAMED[name])


def _refuse_row(connection: Any, table: Stream, name: str, wrong: str, need: str) -> None:
    found = connection.execute(
        f"SELECT place, {name} FROM {table.numbered} WHERE {wrong} ORDER BY place LIMIT 1",  # noqa: S608
        [table.at],
    ).fetchall()
    for row, value in found:
        Columns(table.name, {name: np.array([value], dtype=object)}, first_row=int(row) + 2).refuse(0, name, need)
