"""Commands on sample surveys: they read files and need no installation."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli.common import as_json, show
from plumbline.domain.columns import Columns
from plumbline.domain.disclosure import Policy
from plumbline.domain.errors import unfit
from plumbline.domain.surveys import Design, Estimate, read_design, run_plan
from plumbline.domain.surveys.asked import asked_columns, check_columns
from plumbline.domain.surveys.codebook import Codebook, Variable
from plumbline.domain.surveys.profiles import find_profiles
from plumbline.domain.surveys.publishing import withhold
from plumbline.domain.surveys.words import SHOWN, as_data, in_words, sdmx, tidy
from plumbline.engines.tables import read_columns, read_yaml
from plumbline.engines.tables.ddi import read_ddi, write_ddi
from plumbline.engines.tables.files import column_names
from plumbline.engines.tables.statistics import SUFFIXES, read_statistics
from plumbline.engines.tables.sums import estimate_streamed
from plumbline.engines.tables.writing import WRITTEN, write_statistics

STREAMED_BYTES = 200_000_000

file = click.Path(path_type=Path, dir_okay=False)
designed = click.option(
    "--design", "design_", type=file, required=True, help="How the sample was drawn (YAML); docs/how-to/surveys.md."
)
coded = click.option("--codebook", "codebook_", type=file, help="Labels of DATA (DDI-Codebook XML).")


@click.group()
def survey() -> None:
    """Estimate from sample surveys, with errors that follow from the design."""


@survey.command("estimate")
@click.argument("data", type=file)
@designed
@click.option("--estimates", "plan", type=file, required=True, help="What to estimate: a list (YAML).")
@coded
@click.option("--policy", "policy_", type=file, help="Rules of disclosure (YAML); docs/how-to/disclose.md.")
@click.option("--out", type=file, help="Also write a tidy table here (.csv), or SDMX-CSV (.sdmx.csv).")
@as_json
def estimate(
    data: Path, design_: Path, plan: Path, codebook_: Path | None, policy_: Path | None, out: Path | None, json_: bool
) -> None:
    """Estimate means, totals, ratios, proportions and more from DATA, one row a cell in the plan's order.

    Of a CSV or Parquet file of over 200 MB, means, totals, ratios and proportions of a design with clusters are summed while
    it is read, whatever its length.
    """
    settings, asked = read_yaml(design_), read_yaml(plan)
    codebook = read_ddi(codebook_) if codebook_ is not None else None
    design, found, codebook = _estimated(data, settings, asked, codebook, (design_.name, plan.name))
    if policy_ is not None:
        found = withhold(found, Policy.read(read_yaml(policy_), name=policy_.name))
    if out is not None:
        flow = f"PLUMBLINE:{data.stem}(1.0)"
        _write(out, *(sdmx(found, flow=flow) if out.name.endswith(".sdmx.csv") else tidy(found, design)))
    if json_:
        show([as_data(one, codebook) for one in found])
        return
    click.echo(in_words(design), err=True)
    _show(found)


@survey.command("weights")
@click.argument("data", type=file)
@designed
@click.option(
    "--out", type=file, required=True, help="Write DATA with a column calibrated_weight here (.csv, .sav, .zsav, .dta)."
)
@as_json
def weights(data: Path, design_: Path, out: Path, json_: bool) -> None:
    """Bring the weights of DATA to the totals that the design's calibration names, and say how well that went."""
    columns, _ = _read(data, None, None, design=design_.name, plan="", codebook=None)
    design = read_design(columns, read_yaml(design_), name=design_.name)
    whole, known = _whole(data, None)
    whole = replace(whole, data=dict(whole.data) | {"calibrated_weight": design.weights})
    _write_table(out, whole, known)
    told = {
        "cases": len(design), "sum": float(design.weights.sum()), "low": float(design.weights.min()),
        "high": float(design.weights.max()), "deff_kish": float(len(design) * np.sum(design.weights**2) / design.weights.sum() ** 2),
        "calibrations": [
            {"method": one.method, "converged": one.converged, "rounds": one.rounds, "worst_miss": one.worst, "trimmed": one.cut, "settled": one.settled}
            for one in design.calibrations
        ],
    }  # fmt: skip
    if json_:
        show(told)
        return
    click.echo(in_words(design))


@survey.command("convert")
@click.argument("data", type=file)
@coded
@click.option("--out", type=file, required=True, help="The file to write: .sav or .zsav (SPSS), .dta (Stata), .csv.")
@as_json
def convert(data: Path, codebook_: Path | None, out: Path, json_: bool) -> None:
    """Write DATA (CSV, Parquet, SPSS, Stata) as a file of SPSS or Stata, with labels and the values declared as missing."""
    columns, known = _whole(data, codebook_)
    told = {"rows": len(columns), "columns": len(columns.names), "out": str(out)} | _write_table(out, columns, known)
    if json_:
        show(told)
        return
    click.echo(f"{told['rows']} rows in {out}")


@survey.command("codebook")
@click.argument("data", type=file)
@click.option("--design", "design_", type=file, help="Say in the codebook how the sample was drawn (YAML).")
@click.option("--out", type=file, help="Write DDI-Codebook 2.5 here (.xml).")
@as_json
def codebook(data: Path, design_: Path | None, out: Path | None, json_: bool) -> None:
    """Describe the columns of DATA (CSV, Parquet, SPSS, Stata, or a DDI codebook): labels, values, missing values."""
    if data.suffix.lower() == ".xml":
        found, cases = read_ddi(data), None
    else:
        columns, labels = _read(data, None, None, design="", plan="", codebook=None)
        found, cases = labels or _bare(columns), len(columns)
        if design_ is not None:
            settings = read_yaml(design_)
            design = read_design(columns, settings, name=design_.name)
            weighed = tuple(replace(one, weight=one.name == settings.get("weights")) for one in found.variables)
            found = replace(found, variables=weighed, sampling=in_words(design))
    if out is not None:
        out.write_bytes(write_ddi(found, file=data.name, cases=cases))
    if json_:
        show({"title": found.title, "sampling": found.sampling, "variables": [vars(one) for one in found.variables]})
        return
    for one in found.variables:
        click.echo(
            "\t".join((one.name, one.label, "; ".join(f"{value}={label}" for value, label in one.values.items())))
        )


@survey.command("profiles")
@click.argument("data", type=file)
@designed
@click.option("--variables", required=True, help="Columns of the answers, separated by commas.")
@click.option("--classes", type=int, required=True, help="How many profiles.")
@click.option(
    "--resamples", default=50, show_default=True, help="How often first units are drawn anew to tell stability."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the random draws.")
@as_json
def profiles(data: Path, design_: Path, variables: str, classes: int, resamples: int, seed: int, json_: bool) -> None:
    """Find profiles of answers (latent classes) in DATA, and tell how stable each is."""
    settings = read_yaml(design_)
    asked = [one.strip() for one in variables.split(",") if one.strip()]
    columns, codebook = _read(data, None, None, design="", plan="", codebook=None)
    design = read_design(columns, settings, name=design_.name)
    found = find_profiles(columns, design, asked, classes, seed=seed, resamples=resamples)
    out: dict[str, Any] = {
        "log_likelihood": found.log_likelihood, "bic": found.bic, "entropy": found.entropy, "converged": found.converged,
        "profiles": [
            {
                "share": found.shares[one],
                "stability": found.stability[one] if resamples else None,
                "verdict": found.verdicts[one] if resamples else None,
                "answers": {
                    variable: {
                        (codebook.label_of(variable, level) if codebook else "") or str(level): table[one][place]
                        for place, level in enumerate(levels)
                    }
                    for variable, levels, table in zip(found.variables, found.levels, found.answers, strict=True)
                },
            }
            for one in range(classes)
        ],
    }  # fmt: skip
    if json_:
        show(out)
        return
    click.echo(f"BIC {found.bic:.6g}, entropy {found.entropy:.3f}")
    for one in out["profiles"]:
        click.echo(f"share {one['share']:.3f}, {one['verdict'] or 'stability not asked for'}")
        for variable, answers in one["answers"].items():
            click.echo(f"  {variable}: " + ", ".join(f"{level} {share:.2f}" for level, share in answers.items()))


def _estimated(
    data: Path, settings: Any, asked: Any, codebook: Codebook | None, names: tuple[str, str]
) -> tuple[Design, list[Estimate], Codebook | None]:
    """Estimate from sums made while the file is read where it is large and that is enough, else from its columns."""
    design_name, plan_name = names
    statistical = data.suffix.lower() in SUFFIXES
    if not statistical and codebook is None and data.is_file() and data.stat().st_size > STREAMED_BYTES:
        check_columns(data.name, column_names(data), settings, asked, design=design_name, plan_name=plan_name)
        if (streamed := estimate_streamed(data, settings, asked, design=design_name, plan_name=plan_name)) is not None:
            return *streamed, None
    columns, known = _read(data, settings, asked, design=design_name, plan=plan_name, codebook=codebook)
    design = read_design(columns, settings, name=design_name)
    return design, run_plan(columns, design, asked, name=plan_name), known


def _whole(data: Path, codebook: Path | None) -> tuple[Columns, Codebook | None]:
    """Read all of a table, values declared as missing in their place."""
    labels = read_ddi(codebook) if codebook is not None else None
    if data.suffix.lower() in SUFFIXES:
        columns, found = read_statistics(data, keep_missing=True)
        return columns, labels or found
    return read_columns(data), labels


def _write_table(path: Path, columns: Columns, codebook: Codebook | None) -> dict[str, list[str]]:
    """Write a table by the ending of its name; gives, and tells on stderr, which variables' labels did not fit."""
    ending = path.suffix.lower()
    if ending in WRITTEN:
        done = write_statistics(columns, codebook, path)
        for what, names in (("cut", done.shortened), ("left out", done.lost)):
            if names:
                click.echo(f"labels or missing values {what}: {', '.join(names)}", err=True)
        return {"shortened": list(done.shortened), "lost": list(done.lost)}
    if ending != ".csv":
        raise unfit(
            path.name, "out", f"a name that ends in {', '.join(WRITTEN)} or .csv is needed here", ending or path.name
        )
    if not path.parent.is_dir():
        raise unfit(path.name, "out", "a folder that exists is needed here", path.parent)
    _write(path, columns.names, zip(*(columns.text(name).tolist() for name in columns.names), strict=True))
    return {}


def _bare(columns: Columns) -> Codebook:
    variables = tuple(Variable(name, numeric=columns.data[name].dtype.kind in "iuf") for name in columns.names)
    return Codebook(Path(columns.name).stem, variables)


def _read(
    data: Path, settings: Any, asked: Any, *, design: str, plan: str, codebook: Codebook | None
) -> tuple[Columns, Codebook | None]:
    """Read the columns that design and plan speak of, all of them where there is no plan, and what is known of their labels."""
    labels = codebook
    if data.suffix.lower() in SUFFIXES:
        columns, found = read_statistics(data)
        return columns, labels or found
    if asked is None:
        return read_columns(data), labels
    names = column_names(data)
    check_columns(data.name, names, settings, asked, design=design, plan_name=plan)
    return _without_missing(read_columns(data, columns=asked_columns(names, settings, asked)), labels), labels


def _without_missing(columns: Columns, labels: Codebook | None) -> Columns:
    """Take out the values that a codebook declares as missing."""
    data: dict[str, Any] = dict(columns.data)
    for variable in labels.variables if labels else ():
        if variable.missing and variable.name in data:
            gone = np.isin(columns.text(variable.name).astype(str), variable.missing)
            values = data[variable.name]
            data[variable.name] = (
                np.where(gone, np.nan, values) if values.dtype.kind in "iuf" else np.where(gone, None, values)
            )
    return Columns(columns.name, data, columns.first_row)


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(head)
        writer.writerows(["" if value is None else value for value in row] for row in rows)


def _show(found: Sequence[Estimate]) -> None:
    click.echo("\t".join(("statistic", "variable", "cell", *SHOWN, "flags")))
    for one in found:
        row: Mapping[str, Any] = vars(one)
        cell = ", ".join(f"{key}={_short(value)}" for key, value in (one.by | one.more).items())
        click.echo(
            "\t".join((one.statistic, one.variable, cell, *(_short(row[key]) for key in SHOWN), " ".join(one.flags)))
        )


def _short(value: Any) -> str:
    return "-" if value is None or value != value else f"{value:.6g}" if isinstance(value, float) else str(value)
