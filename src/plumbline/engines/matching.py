"""Match rows of tables by a spec, with Splink on DuckDB or on Spark: which are the same, how surely, and why."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, Unavailable
from plumbline.domain.linking.people import Reason
from plumbline.domain.linking.spec import Block, Compared, MatchSpec
from plumbline.engines.spark import Spark
from plumbline.engines.tables.files import QUIET, column_names, existing, quoted, streamed, torn

INSTALL: Final = "pip install --require-hashes -r requirements/matching.txt"
PAIRS: Final = 2e6
"""Pairs drawn at random, from which it is estimated how often values agree by chance."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two rows that may be one: their ids, the probability, the weights (log2 of the odds) of the columns."""

    one: str
    other: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt of a spec, the same at every engine.

    `prior`: the probability that two rows drawn at random are one; `columns`: for each comparison its levels (the spec's, with
    equality before those of names and the rest after them) as (m, u): how often pairs that are one, and that are not, fall there;
    `unseen`: levels at which no pair was seen.
    """

    prior: float
    columns: Mapping[str, tuple[tuple[float, float], ...]]
    unseen: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "prior": self.prior,
            "columns": {name: [list(one) for one in found] for name, found in self.columns.items()},
            "unseen": list(self.unseen),
        }

    @classmethod
    def load(cls, path: Path, spec: MatchSpec) -> Model:
        """Read one from a JSON file; refuses what was not learnt of this spec."""
        name = path.name
        try:
            data = json.loads(existing(path).read_bytes())
            columns = {one: tuple((float(m), float(u)) for m, u in found) for one, found in data["columns"].items()}
            model = cls(float(data["prior"]), columns, tuple(map(str, data.get("unseen", ()))))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise InvalidInput("match.no-model", "{name} is no model that match made.", name=name) from error
        wanted = {one.name: _count_of_levels(one) for one in spec.compare}
        fits = {one: len(found) for one, found in columns.items()} == wanted
        if (
            not fits
            or not 0 < model.prior < 1
            or not all(0 < p <= 1 for found in columns.values() for pair in found for p in pair)
        ):
            raise InvalidInput(
                "match.other-spec", "{name} was learnt with another spec. Learn a model with this one.", name=name
            )
        return model


def _count_of_levels(one: Compared) -> int:
    """Count the levels of a comparison: closest first, then the rest; dates, names and places begin with equality."""
    return {
        "exact": 2,
        "name": len(one.levels) + 2,
        "date": len(one.levels) + 2,
        "distance": len(one.levels) + 1,
        "number": len(one.levels) + 1,
    }[one.kind]


LEAST: Final = (1e-4, 1e-6)
"""The least (m, u) of a level: no few rows show that something never happens."""


class Matcher:
    """Holds tables at an engine, and a model once it was learnt or given. Makes nothing outside of the engine's memory."""

    def __init__(self, spec: MatchSpec, *, spark: Spark | None = None, seed: int = 1) -> None:
        try:
            import splink  # noqa: F401
        except ImportError as error:
            raise Unavailable(
                "splink.absent", "Splink is not installed here. {command} adds it.", command=INSTALL
            ) from error
        logging.getLogger("splink").setLevel(logging.ERROR)
        self.spec, self.seed, self.spark = spec, seed, spark
        self.model: Model | None = None
        self._tables: dict[str, Any] = {}
        if spark is None:
            import duckdb
            from splink import DuckDBAPI

            self._connection = duckdb.connect(":memory:")
            self._connection.execute(QUIET)
            self._api: Any = DuckDBAPI(connection=self._connection)
        else:
            from splink import SparkAPI

            made: Any = SparkAPI
            self._api = made(spark_session=spark.session, break_lineage_method="persist")

    def take(self, path: Path, name: str) -> int:
        """Take a CSV or Parquet file in under a name, and give its rows; refuses an id that is empty or there twice."""
        columns = column_names(path)
        Columns(path.name, dict.fromkeys(columns, np.empty(0))).require(self.spec.id, *self.spec.columns)
        import duckdb

        with streamed(path) as table:
            at = f"'{table.at.replace(chr(39), chr(39) * 2)}'"
            if self.spark is None:
                try:
                    self._connection.execute(
                        f"CREATE TABLE {name} AS {_selected(self.spec, table.sql.replace('$1', at))}"
                    )
                except duckdb.Error as error:
                    raise torn(path, error) from error
            else:
                self.spark.keep(
                    _selected(self.spec, self.spark.table(Path(table.at), columns, separator=table.separator)), name
                )
            counted = "SELECT count(*), count(unique_id), count(DISTINCT unique_id) FROM {}"
            rows, named, unlike = self._ask(counted.format(name))[0]
        if not rows or named < rows or unlike < rows:
            problem = "it has no rows" if not rows else "a row has no id" if named < rows else "two rows have one id"
            raise InvalidInput(
                "match.ids",
                "{name}: {problem}. The column '{column}' names each row.",
                name=path.name,
                problem=problem,
                column=self.spec.id,
            )
        self._tables[name] = self._api.register(name)
        return int(rows)

    def learn(self, name: str) -> Model:
        """Estimate the model from the rows of one table."""
        linker = self._linker([name], "dedupe_only", None)
        try:
            linker.training.estimate_probability_two_random_records_match(
                [_rule(one) for one in self.spec.sure], recall=self.spec.recall
            )
            linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=self.seed)
            for line in self.spec.learn:
                linker.training.estimate_parameters_using_expectation_maximisation(_rule(line))
        except Exception as error:  # what a library says of rows that cannot be learnt from, in its words
            raise InvalidInput(
                "match.learn", "Nothing can be learnt from these rows: {problem}. More rows, or other lines under 'learn' and 'sure', may help.",
                problem=" ".join(str(error).split()).rstrip(".")[:200],
            ) from error  # fmt: skip
        learnt = linker.misc.save_model_to_json()
        levels = [
            [
                (one.get("m_probability"), one.get("u_probability"))
                for one in each["comparison_levels"]
                if not one.get("is_null_level")
            ]
            for each in learnt["comparisons"]
        ]
        self.model = Model(
            learnt["probability_two_random_records_match"],
            {one.name: tuple(map(_seen, found)) for one, found in zip(self.spec.compare, levels, strict=True)},
            tuple(f"{one.name}, level {at + 1}" for one, found in zip(self.spec.compare, levels, strict=True) for at, pair in enumerate(found) if None in pair),
        )  # fmt: skip
        return self.model

    def within(self, name: str, *, least: float) -> Iterator[Match]:
        """Give the pairs of rows of one table that are one at least this surely, the surest first."""
        return self._matches([name], "dedupe_only", least)

    def between(self, name: str, other: str, *, least: float) -> Iterator[Match]:
        """Give the pairs of a row of one table and a row of another; the first has the fewer rows, best."""
        return self._matches([name, other], "link_only", least)

    def _matches(self, names: list[str], kind: str, least: float) -> Iterator[Match]:
        if self.model is None:
            raise ValueError("a model is needed first")
        linker = self._linker(names, kind, self.model)
        found = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        asked = ", ".join(_weight(one) + _values(one) for one in self.spec.compare)
        sql = (
            f"SELECT unique_id_l, unique_id_r, match_probability, {asked} FROM {found.physical_name} "  # noqa: S608
            "ORDER BY match_probability DESC, unique_id_l, unique_id_r"
        )
        for one, other, score, *rest in self._ask(sql):
            told = zip(self.spec.compare, rest[::3], rest[1::3], rest[2::3], strict=True)
            reasons = [
                Reason(what.name, left if left == right else f"{left} / {right}", round(weight, 2))
                for what, weight, left, right in told
                if left is not None and right is not None
            ]
            yield Match(one, other, float(score), tuple(sorted(reasons, key=lambda each: -abs(each.weight))))

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall() if self.spark is None else self.spark.fetch(sql)

    def _linker(self, names: list[str], kind: str, model: Model | None) -> Any:
        from splink import Linker, SettingsCreator

        comparisons = []
        for one in self.spec.compare:
            made = _comparison(one)
            if model:
                m, u = zip(*model.columns[one.name], strict=True)
                made = made.configure(m_probabilities=list(m), u_probabilities=list(u))
            comparisons.append(made)
        settings = SettingsCreator(
            link_type=kind,  # type: ignore[arg-type]
            comparisons=comparisons,
            probability_two_random_records_match=model.prior if model else 0.0001,
            blocking_rules_to_generate_predictions=[_rule(one) for one in self.spec.block],
            retain_matching_columns=True,
            retain_intermediate_calculation_columns=True,
            unique_id_column_name="unique_id",
        )
        frames = [self._tables[name] for name in names]
        return Linker(frames[0] if len(frames) == 1 else frames, settings, log_level=None)


def _seen(pair: tuple[float | None, float | None]) -> tuple[float, float]:
    """Give a level's probabilities, the least where no pair was seen at it, and no weight where none was on either side."""
    m, u = pair
    return (LEAST[0], LEAST[0]) if m is None and u is None else (max(m or 0.0, LEAST[0]), max(u or 0.0, LEAST[1]))


def _selected(spec: MatchSpec, source: str) -> str:
    """Say as SQL the columns of a spec, each as its comparison reads it; what is empty or does not fit is null."""

    def said(column: str, kind: str) -> str:
        text = f"nullif(trim(CAST({quoted(column)} AS VARCHAR)), '')"
        if kind in ("number", "distance"):
            return f"TRY_CAST({text} AS DOUBLE)"
        return f"substr({text}, 1, 10)" if kind == "date" else f"lower({text})"

    columns = ", ".join(f"{said(column, kind)} AS {_safe(column)}" for column, kind in spec.columns.items())
    return f"SELECT nullif(trim(CAST({quoted(spec.id)} AS VARCHAR)), '') AS unique_id, {columns} FROM {source}"  # noqa: S608


def _rule(line: Block) -> Any:
    from splink import block_on

    return block_on(
        *(f"substr({_safe(key.column)}, 1, {key.letters})" if key.letters else _safe(key.column) for key in line)
    )


def _output(one: Compared) -> str:
    return _safe(one.columns[0]) if len(one.columns) == 1 else "_".join(map(_safe, one.columns))


def _safe(column: str) -> str:
    """Name a column so that SQL takes it as it is, whatever the table calls it: c, then its letters, others by their number."""
    return "c_" + "".join(one if one.isascii() and one.isalnum() else f"_{ord(one):x}" for one in column).lower()


def _weight(one: Compared) -> str:
    name = _output(one)
    return f"mw_{name} + mw_tf_adj_{name}" if one.frequencies else f"mw_{name}"


def _values(one: Compared) -> str:
    """Say the values of a comparison on both sides as texts, null where there is none."""

    def side(end: str) -> str:
        texts = [f"CAST({_safe(column)}{end} AS VARCHAR)" for column in one.columns]
        return " || ', ' || ".join(texts)

    return f", {side('_l')}, {side('_r')}"


def _comparison(one: Compared) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    column = _safe(one.columns[0])
    if one.kind == "exact":
        return library.ExactMatch(column).configure(term_frequency_adjustments=one.frequencies)
    if one.kind == "name":
        made = library.JaroWinklerAtThresholds(column, list(one.levels))
        return made.configure(term_frequency_adjustments=True) if one.frequencies else made
    if one.kind == "date":
        return library.AbsoluteDateDifferenceAtThresholds(
            column, input_is_string=True, metrics=["day"] * len(one.levels), thresholds=list(one.levels)
        )
    if one.kind == "distance":
        return library.DistanceInKMAtThresholds(column, _safe(one.columns[1]), list(one.levels))
    left, right = (column + side for side in ("_l", "_r"))
    return library.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            *(levels.CustomLevel(f"abs({left} - {right}) <= {level!r} * greatest(abs({left}), abs({right}))", f"within {level:g}") for level in one.levels),
            levels.ElseLevel(),
        ],
    )  # fmt: skip
