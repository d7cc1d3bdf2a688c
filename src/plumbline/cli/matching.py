"""The command that matches rows of tables by a spec, from files, without an installation."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import click

from plumbline.cli.common import as_json, on_engine, on_spark, show
from plumbline.domain.errors import NotFound
from plumbline.engines.tables import read_yaml

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("records", type=FILE)
@click.option(
    "--spec", required=True, type=FILE, help="YAML: compare, block and, where needed, id, sure, recall, learn."
)
@click.option("--standing", type=FILE, help="Match RECORDS with the rows of this table instead of with one another.")
@click.option("--model", type=FILE, help="Take this model instead of learning one.")
@click.option("--save-model", type=FILE, help="Keep the model in this file (JSON).")
@click.option(
    "--least", default=0.5, show_default=True, type=click.FloatRange(0, 1), help="Least probability of a pair."
)
@click.option("--seed", default=1, show_default=True)
@on_engine
@as_json
def match(
    records: Path, spec: Path, standing: Path | None, model: Path | None, save_model: Path | None, least: float, seed: int,
    engine: str, json_: bool,
) -> None:  # fmt: skip
    """Find rows of RECORDS (CSV or Parquet) that are one person, firm or event, each with its reasons; nothing is merged.

    One line for each pair, the surest first: {"one", "other", "score", "reasons": [{"kind", "detail", "weight"}]}; a weight is
    the log2 by which the odds move. The model is learnt from the rows, with --standing from those. With the model of an earlier
    run new rows are matched with what stands in a moment. Runs on DuckDB, or with --engine spark on Spark, from the same spec.
    """
    from plumbline.domain.linking.spec import read_spec
    from plumbline.engines.matching import Matcher, Model

    asked = read_spec(read_yaml(spec), name=spec.name)
    known = Model.load(model, asked) if model else None
    if save_model and not save_model.resolve().parent.is_dir():
        raise NotFound("file.absent", "There is no file {path}.", path=str(save_model.parent))
    with on_spark() if engine == "spark" else nullcontext() as spark:
        matcher = Matcher(asked, spark=spark, seed=seed)
        matcher.take(records, "records")
        if standing:
            matcher.take(standing, "standing")
        matcher.model = known or matcher.learn("standing" if standing else "records")
        if matcher.model.unseen and not known:
            click.echo(f"Seen at no pair, so weighed by a guess: {'; '.join(matcher.model.unseen)}.", err=True)
        if save_model:
            save_model.write_text(json.dumps(matcher.model.as_data(), indent=1))
        found = (
            matcher.between("records", "standing", least=least) if standing else matcher.within("records", least=least)
        )
        for pair in found:
            if json_:
                reasons = [{"kind": r.kind, "detail": r.detail, "weight": r.weight} for r in pair.reasons]
                show({"one": pair.one, "other": pair.other, "score": round(pair.score, 6), "reasons": reasons})
            else:
                why = "; ".join(f"{r.kind} {r.detail} ({r.weight:+g})" for r in pair.reasons)
                click.echo(f"{pair.score:.3f}\t{pair.one}\t{pair.other}\t{why}")
