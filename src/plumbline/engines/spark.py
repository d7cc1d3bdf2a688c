"""Run whole-corpus jobs on Apache Spark: a function over the lines of a file or over rows, and SQL over a table.

The jobs are those that run without it: the same functions in the workers, the same SQL, brought to Spark's dialect by sqlglot.
Spark is no part of an installation (`requirements/spark.txt`). Where it runs on other machines, each holds the same Plumbline,
and files are named by a path that all of them reach.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plumbline.domain.errors import InvalidInput, PlumblineError, Unavailable

INSTALL: Final = "pip install --require-hashes -r requirements/spark.txt"
QUIET: Final = "rootLogger.level = error\nrootLogger.appenderRef.stderr.ref = stderr\nappender.stderr.type = Console\nappender.stderr.name = stderr\nappender.stderr.target = SYSTEM_ERR\nappender.stderr.layout.type = PatternLayout\nappender.stderr.layout.pattern = %m%n\n"
LOCAL: Final = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
AS_NAMED: Final = {"__globPaths__": "false"}  # [ and * in the name of a file are letters
ROWS_A_PART: Final = 500


@dataclass(frozen=True)
class Cluster:
    """Say where Spark runs: a master such as local[2] or spark://host:7077, and the memory of each process, such as 2g."""

    master: str
    memory: str


@contextmanager
def spark(cluster: Cluster) -> Iterator[Spark]:
    """Lend a session, which ends with the block; refuses where Spark, Java or the master is not there."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unavailable("spark.absent", "Spark is not installed here. {command} adds it.", command=INSTALL) from error
    with tempfile.TemporaryDirectory(prefix="plumbline-spark-") as folder:
        Path(folder, "log4j2.properties").write_text(QUIET)
        kept = {name: os.environ.get(name) for name in ("SPARK_CONF_DIR", "PYSPARK_PYTHON")}
        os.environ |= {"SPARK_CONF_DIR": folder, "PYSPARK_PYTHON": sys.executable}
        settings = {
            "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.ansi.enabled": "false",
            "spark.driver.memory": cluster.memory, "spark.executor.memory": cluster.memory, "spark.local.dir": folder,
            "spark.sql.shuffle.partitions": "8" if cluster.master.startswith("local") else "200",
            "spark.sql.warehouse.dir": folder, "spark.sql.session.timeZone": "UTC",
            **({"spark.jars": jar} if (jar := _similarity()) else {}), **(LOCAL if cluster.master.startswith("local") else {}),
        }  # fmt: skip
        builder: Any = SparkSession.builder
        builder = builder.master(cluster.master).appName("plumbline")
        for name, value in settings.items():
            builder = builder.config(name, value)
        try:
            session = builder.getOrCreate()
        except Exception as error:  # whatever keeps Java or the master from answering is what one must read
            said = getattr(error, "java_exception", None)
            problem = (str(said or error).splitlines() or [type(error).__name__])[0]
            raise Unavailable(
                "spark.silent",
                "Spark does not answer at {master}: {problem}.",
                master=cluster.master,
                problem=problem.rstrip("."),
            ) from error
        try:
            yield Spark(session)
        finally:
            session.stop()
            for name, before in kept.items():
                if before is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = before


class Spark:
    """A session: see `spark`. What is given to workers is pickled; a refusal of theirs is raised here."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def over_lines(self, path: Path, job: Callable[[Iterator[tuple[int, bytes]]], Iterator[Any]]) -> Iterator[Any]:
        """Give what a job makes of the lines of a file (number from 1, bytes), in their order."""
        lines = (
            self.session.read.options(**AS_NAMED)
            .text(_location(path), lineSep="\n")
            .selectExpr("CAST(value AS BINARY)")
            .rdd
        )
        with _told():
            numbered = lines.zipWithIndex().map(lambda one: (one[1] + 1, bytes(one[0][0])))
        return self._answers(numbered, job)

    def over_rows(
        self, rows: Sequence[Any], job: Callable[[Iterator[Any]], Iterator[Any]], *, fewest: int = ROWS_A_PART
    ) -> Iterator[Any]:
        """Give what a job makes of rows held here, in their order; `fewest` rows are worth a part of their own."""
        context = self.session.sparkContext
        parts = max(1, min(-(-len(rows) // fewest), 4 * context.defaultParallelism))
        return self._answers(context.parallelize(rows, parts), job)

    def _answers(self, rows: Any, job: Callable[[Iterator[Any]], Iterator[Any]]) -> Iterator[Any]:
        from pyspark import StorageLevel

        answers = rows.mapPartitions(lambda part: _caught(job, part)).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            with _told():
                answers.count()  # all parts at once; one by one they would wait for each other
            for answer in answers.toLocalIterator():
                if isinstance(answer, _Refused):
                    raise answer.kind(answer.code, answer.template, **answer.given)
                yield answer
        finally:
            answers.unpersist()

    def table(self, path: Path, columns: Sequence[str], *, separator: str = ",") -> str:
        """Register a Parquet file, or a CSV with these columns (all of it texts), as a view, and give its name for SQL."""
        reader = self.session.read.options(**AS_NAMED)
        if path.suffix.lower() == ".parquet":
            with _told():
                frame = reader.parquet(_location(path))
        else:
            texts = ", ".join("`" + name.replace("`", "``") + "` STRING" for name in columns)
            layout = {"header": True, "sep": separator, "quote": '"', "escape": '"', "multiLine": True, "nullValue": ""}
            frame = reader.schema(texts).csv(_location(path), **layout)
        frame.createOrReplaceTempView("plumbline_table")
        return "plumbline_table"

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL that was written for DuckDB, and give its rows."""
        with _told():
            return [tuple(row) for row in self.session.sql(_as_spark(sql)).collect()]

    def keep(self, sql: str, name: str) -> None:
        """Run SQL that was written for DuckDB into a table of this session."""
        with _told():
            self.session.sql(_as_spark(sql)).persist().createOrReplaceTempView(name)

    def write(self, sql: str, out: Path) -> None:
        """Run SQL that was written for DuckDB into a new folder of Parquet or CSV files; see `refuse_existing`."""
        refuse_existing(out)
        with _told():
            rows = self.session.sql(_as_spark(sql)).write
            if out.suffix.lower() == ".parquet":
                rows.parquet(_location(out))
            else:
                rows.csv(
                    _location(out),
                    header=True,
                    escape='"',
                    ignoreLeadingWhiteSpace=False,
                    ignoreTrailingWhiteSpace=False,
                )


@dataclass(frozen=True)
class _Refused:
    kind: type[PlumblineError]
    code: str
    template: str
    given: dict[str, Any]


def _caught(job: Callable[[Iterator[Any]], Iterator[Any]], part: Iterable[Any]) -> Iterator[Any]:
    """Run a job in a worker; its refusal comes home as an answer, after which the part gives nothing."""
    try:
        yield from job(iter(part))
    except PlumblineError as error:
        yield _Refused(type(error), error.code, error.template, dict(error.params))


def _similarity() -> str:
    """Give where Splink keeps what compares texts within Java, empty where Splink is not installed."""
    try:
        from splink.backends.spark import similarity_jar_location
    except ImportError:
        return ""
    return str(similarity_jar_location())


@contextmanager
def _told() -> Iterator[None]:
    """Turn what Spark or Java says into a refusal of one sentence."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = str(getattr(error, "java_exception", None) or error)
        problem = " ".join(said.split())[:200].rstrip(".")
        raise Unavailable("spark.failed", "Spark could not do this: {problem}.", problem=problem) from error


def refuse_existing(out: Path) -> None:
    """Refuse a name under which Spark could write no new folder."""
    _location(out)
    if out.exists():
        raise InvalidInput(
            "spark.exists",
            "{path} is there already. Spark writes a new folder: take another name, or take it away.",
            path=str(out),
        )


def _location(path: Path) -> str:
    if path.name.startswith(("_", ".")):
        raise InvalidInput(
            "spark.hidden",
            "{name}: Spark passes over files whose names begin with _ or a dot. Rename it.",
            name=path.name,
        )
    return f"file://{path.resolve()}"


def _as_spark(sql: str) -> str:
    from sqlglot import transpile

    return transpile(sql, read="duckdb", write="spark")[0]
