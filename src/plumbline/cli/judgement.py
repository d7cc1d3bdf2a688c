"""Commands on expert judgement: `elicit`, `rate`, `meta`. They read files and need no installation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import Finite, as_json, show
from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.ratings import agreement, cooke, delphi, instruments, weighing
from plumbline.domain.ratings import meta as pooling
from plumbline.engines.tables import read_rows, read_yaml
from plumbline.engines.tables.files import existing

file = click.Path(path_type=Path, dir_okay=False)
seeded = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
COUNTS = ("events_treated", "total_treated", "events_control", "total_control")
MEANS = ("mean_treated", "sd_treated", "n_treated", "mean_control", "sd_control", "n_control")
NEEDED = {
    COUNTS: "for each group a total above 0 that holds the events",
    MEANS: "for each group two cases or more and a deviation above 0",
}
RATERS = ("round", "rater", "item", "dimension")
RATED = (*RATERS, "rating")
ENDS = ("_low", "", "_high")


@click.group()
def elicit() -> None:
    """Weigh experts, rounds, hypotheses, risks, options and forecasts."""


@click.group()
def rate() -> None:
    """Rate evidence by an instrument, and tell how far raters agree."""


@click.group()
def meta() -> None:
    """Pool the effects of several studies."""


@elicit.command("cooke")
@click.argument("assessments", type=file)
@click.argument("realisations", type=file)
@click.option(
    "--overshoot",
    type=Finite(),
    default=cooke.OVERSHOOT,
    show_default=True,
    help="How far ranges are widened, as a share.",
)
@click.option(
    "--power", type=Finite(), default=1.0, show_default=True, help="Power of the calibration test, 1 uses all seeds."
)
@as_json
@charted
def cooke_(assessments: Path, realisations: Path, overshoot: float, power: float, json_: bool, chart: Drawing) -> None:
    """Score experts by Cooke's classical model, from Excalibur's .dtt and .rls files."""
    study = cooke.read_study(_text(assessments), _text(realisations), name=assessments.stem)
    model = cooke.classical_model(study, overshoot=overshoot, power=power)
    experts = [{"expert": score.name} | _without(asdict(score), "name") for score in model.experts]
    makers = [
        {"kind": maker.kind, "alpha": maker.alpha, **_without(asdict(maker.score), "name", "weight")}
        | {"quantiles": dict(zip(study.items, maker.quantiles.tolist(), strict=True))}
        for maker in model.decision_makers
    ]
    chart.save(lambda: charting.cooke_chart(experts, makers), assessments)
    out = {
        "study": study.name,
        "quantiles": study.quantiles,
        "seeds": int(study.seeds.sum()),
        "items": len(study.items),
    }
    _say(out | {"experts": experts, "decision_makers": makers}, json_, rows=experts)


@elicit.command("delphi")
@click.argument("ratings", type=file)
@click.option("--low", type=Finite(), default=1.0, show_default=True, help="Lowest point of the scale.")
@click.option("--high", type=Finite(), default=5.0, show_default=True, help="Highest point of the scale.")
@click.option(
    "--iqr", type=Finite(), default=1.0, show_default=True, help="Agreement: the interquartile range is at most this."
)
@click.option("--top", default=2, show_default=True, help="How many points count as the top of the scale.")
@click.option(
    "--share", type=Finite(), default=0.75, show_default=True, help="Agreement: at least this share is in the top."
)
@click.option(
    "--stability", type=Finite(), default=0.5, show_default=True, help="Stable: the median moved at most this much."
)
@as_json
@charted
def delphi_(ratings: Path, json_: bool, chart: Drawing, **rules: Any) -> None:
    """Tell consensus and stability of Delphi rounds. Columns: rater, item, rating, and round where there are several."""
    table = read_rows(ratings, *RATED)
    table.require("rater", "item", "rating")
    items = _distinct(table.text("item"))
    raters = _distinct(table.text("rater"))
    numbers = table.integers("round") if "round" in table.names else np.ones(len(table), dtype=np.int64)
    rounds, before = [], None
    for number in sorted({int(each) for each in numbers}):
        votes = _matrix(table.select(numbers == number), raters, items)
        rows = delphi.summarise_round(votes, items, number=number, rules=delphi.Rules(**rules), before=before)
        complete = np.isfinite(votes).all(axis=1).sum() > 1 and len(items) > 1
        w = asdict(delphi.kendall_w(votes, number=number)) if complete else None
        rounds.append({"round": number, "items": [asdict(row) for row in rows], "kendall": w})
        before = votes
    chart.save(lambda: charting.delphi_chart(rounds), ratings)
    _say({"rules": rules, "rounds": rounds}, json_, rows=[item for each in rounds for item in each["items"]])  # type: ignore[attr-defined]


@elicit.command("appropriateness")
@click.argument("ratings", type=file)
@as_json
@charted
def appropriateness(ratings: Path, json_: bool, chart: Drawing) -> None:
    """Judge indications rated 1 to 9 by the RAND/UCLA method. Columns: rater, item, rating."""
    table = read_rows(ratings, *RATED)
    table.require("rater", "item", "rating")
    items = _distinct(table.text("item"))
    votes = _matrix(table, _distinct(table.text("rater")), items)
    rows = [asdict(row) for row in delphi.appropriateness(votes, items)]
    chart.save(lambda: charting.appropriateness_chart(rows), ratings)
    _say({"items": rows}, json_, rows=rows)


@elicit.command("ach")
@click.argument("marks", type=file)
@as_json
@charted
def ach(marks: Path, json_: bool, chart: Drawing) -> None:
    """Weigh competing hypotheses. Columns: evidence, hypothesis, mark (CC C N I II NA), credibility?, relevance?."""
    table = read_rows(marks, "evidence", "hypothesis", "mark", "credibility", "relevance")
    table.require("evidence", "hypothesis", "mark")
    read: dict[str, dict[str, str]] = {}
    pieces = table.text("evidence").tolist()
    for row, (piece, hypothesis, mark) in enumerate(
        zip(pieces, table.text("hypothesis"), table.text("mark"), strict=True)
    ):
        if hypothesis in read.setdefault(piece, {}):
            table.refuse(row, "hypothesis", "one mark a piece of evidence and hypothesis is needed here")
        read[piece][hypothesis] = mark.upper()
    weights = {name: _one_each(table, pieces, name) for name in ("credibility", "relevance") if name in table.names}
    found = weighing.competing_hypotheses(
        read, credibility=weights.get("credibility", {}), relevance=weights.get("relevance", {})
    )
    chart.save(lambda: charting.hypotheses_chart(found), marks)
    rows = [{"hypothesis": each, "inconsistency": found.inconsistency[each]} for each in found.order]
    _say(asdict(found), json_, rows=rows)


@elicit.command("risk")
@click.argument("risks", type=file)
@click.option("--runs", type=click.IntRange(1, 10_000_000), default=20_000, show_default=True, help="Random draws.")
@click.option(
    "--steps",
    type=click.IntRange(2, 100),
    default=5,
    show_default=True,
    help="Classes a side of the matrix shown beside.",
)
@seeded
@as_json
@charted
def risk(risks: Path, runs: int, steps: int, seed: int, json_: bool, chart: Drawing) -> None:
    """Rank risks by expected loss, and show where a matrix would rank them otherwise.

    Columns: risk, likelihood_low, likelihood, likelihood_high, impact_low, impact, impact_high.
    """
    table = read_rows(risks, "risk", *(f"{each}{end}" for each in ("likelihood", "impact") for end in ENDS))
    read = [np.column_stack([table.numbers(f"{each}{end}") for end in ENDS]) for each in ("likelihood", "impact")]
    rows = weighing.rank_risks(table.text("risk").tolist(), read[0], read[1], runs=runs, seed=seed, steps=steps)
    out = sorted((asdict(row) for row in rows), key=lambda row: row["rank"])
    chart.save(lambda: charting.risks_chart(out), risks)
    reversed_ = [row["name"] for row in out if row["rank"] != row["matrix_rank"]]
    _say({"risks": out, "ranked_otherwise_by_matrix": reversed_, "runs": runs, "seed": seed}, json_, rows=out)


@elicit.command("decide")
@click.argument("scores", type=file)
@click.argument("criteria", type=file)
@click.option(
    "--runs", type=click.IntRange(1, 10_000_000), default=10_000, show_default=True, help="Random weights tried."
)
@seeded
@as_json
@charted
def decide(scores: Path, criteria: Path, runs: int, seed: int, json_: bool, chart: Drawing) -> None:
    """Weigh options: SCORES has a column `option` and one a criterion; CRITERIA (YAML) maps each to weight and better.

    Weighted sum, TOPSIS and the share of random weights under which each option is first stand side by side.
    """
    settings = read_yaml(criteria)
    known = [str(name) for name in settings] if isinstance(settings, dict) else []
    read = _criteria(read_rows(scores, "option", *known), settings, criteria.name)
    saw, closeness = weighing.simple_additive(read), weighing.topsis(read)
    accepted = weighing.acceptability(read, runs=runs, seed=seed)
    rows = [
        {"option": option, "saw": float(saw[i]), "topsis": float(closeness[i]), "first": float(accepted.first[i])}
        | {"rank_shares": accepted.rank_shares[i].tolist()}
        | {"central_weights": dict(zip(read.names, accepted.central_weights[i].tolist(), strict=True))}
        for i, option in enumerate(read.options)
    ]
    chart.save(lambda: charting.options_chart(rows), scores)
    weights = dict(zip(read.names, read.weights.tolist(), strict=True))
    _say({"weights": weights, "options": rows, "runs": runs, "seed": seed}, json_, rows=rows)


@elicit.command("ahp")
@click.argument("judgements", type=file)
@as_json
@charted
def ahp(judgements: Path, json_: bool, chart: Drawing) -> None:
    """Give weights of criteria from pairwise judgements: a square table, first column the names of its rows."""
    table = read_rows(judgements)
    names = table.names[1:]
    for row, (name, column) in enumerate(zip(table.text(table.names[0]), names, strict=False)):
        if name != column.strip():
            table.refuse(row, table.names[0], f"'{column}', as the columns are named in their order, is needed here")
    found = weighing.pairwise_weights(np.array([table.numbers(name) for name in names]).T)
    rows = [{"criterion": name, "weight": float(weight)} for name, weight in zip(names, found.weights, strict=True)]
    out = {"weights": rows, "consistency_ratio": found.consistency_ratio, "lambda_max": found.lambda_max}
    chart.save(lambda: charting.pairwise_chart(found, names), judgements)
    _say(out | {"consistent": found.consistent}, json_, rows=rows)


@elicit.command("forecasts")
@click.argument("forecasts", type=file)
@click.option(
    "--bins",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Bins of probability for the parts of the score.",
)
@as_json
@charted
def forecasts(forecasts: Path, bins: int, json_: bool, chart: Drawing) -> None:
    """Score probability forecasts. Columns: forecast (0-1), outcome (0 or 1), forecaster?."""
    table = read_rows(forecasts, "forecast", "outcome", "forecaster")
    p, o = table.numbers("forecast"), table.numbers("outcome")
    who = table.text("forecaster") if "forecaster" in table.names else np.full(len(table), "all", dtype=object)
    rows = [
        {"forecaster": each} | asdict(weighing.brier(p[who == each], o[who == each], bins=bins))
        for each in _distinct(who)
    ]
    chart.save(lambda: charting.forecasts_chart(rows), forecasts)
    _say({"forecasters": rows}, json_, rows=rows)


@rate.command("instruments")
@as_json
def list_instruments(json_: bool) -> None:
    """List the instruments that ship, with classes and sources."""
    rows = [asdict(each) for each in instruments.instruments()]
    _say(
        {"instruments": rows},
        json_,
        rows=[{"id": row["id"], "title": row["title"], "source": row["source"]} for row in rows],
    )


@rate.command("agreement")
@click.argument("ratings", type=file)
@click.option("--instrument", help="Instrument whose classes are rated; left out, the classes are those in the file.")
@click.option("--weights", type=click.Choice(agreement.WEIGHTS), default="none", show_default=True)
@click.option("--classes", metavar="A,B,C", help="Classes in their order, which weights need; numbers are in order.")
@click.option(
    "--share", type=Finite(), default=1.0, show_default=True, help="Consensus: at least this share of raters agrees."
)
@as_json
@charted
def rate_agreement(
    ratings: Path, instrument: str | None, weights: str, classes: str | None, share: float, json_: bool, chart: Drawing
) -> None:
    """Tell agreement and consensus of raters. Columns: item, rater, rating, dimension?."""
    table = read_rows(ratings, *RATED)
    table.require("item", "rater", "rating")
    if instrument and classes is not None:
        raise click.UsageError("--classes and --instrument both give the classes: give one of them.")
    if instrument:
        ordered = instruments.get_instrument(instrument).class_ids
    elif classes is not None:
        ordered = _distinct(name for name in (each.strip() for each in classes.split(",")) if name)
        if not ordered:
            raise click.UsageError(f"--classes needs names apart by commas, not '{classes}'.")
    else:
        ordered = _in_order(set(table.text("rating")) - {""}, needed=weights != "none", name=table.name)
    kinds = table.text("dimension") if "dimension" in table.names else np.full(len(table), "", dtype=object)
    rated = instruments.get_instrument(instrument).dimensions if instrument else ()
    for row, kind in enumerate(kinds if rated and "dimension" in table.names else ()):
        if kind not in rated:
            table.refuse(row, "dimension", f"one of {', '.join(rated)} is needed here")
    out = [_agreed(table.select(kinds == kind), ordered, weights, share, kind) for kind in _distinct(kinds)]
    chart.save(lambda: charting.agreement_chart(out), ratings)
    _say({"classes": ordered, "agreement": out}, json_, rows=[row for each in out for row in each["coefficients"]])


@meta.command("pool")
@click.argument("studies", type=file)
@click.option("--method", type=click.Choice(pooling.METHODS), default="REML", show_default=True)
@click.option(
    "--measure", type=click.Choice(["OR", "RR"]), default="RR", show_default=True, help="For tables of events."
)
@click.option("--knapp-hartung", is_flag=True, help="Interval by Hartung and Knapp's t.")
@as_json
@charted
def meta_pool(studies: Path, method: str, measure: str, knapp_hartung: bool, json_: bool, chart: Drawing) -> None:
    """Pool studies: columns study, effect, se; or study and events and totals, or means, of two groups.

    Events: events_treated, total_treated, events_control, total_control; effects are then log ratios. Means: mean_treated,
    sd_treated, n_treated, mean_control, sd_control, n_control; effects are then Hedges' g.
    """
    table = read_rows(studies, "study", "effect", "se", "variance", *COUNTS, *MEANS)
    found = pooling.pool(_studies(table, measure), method=method, knapp_hartung=knapp_hartung)
    scale = "as given" if "effect" in table.names else "Hedges' g" if MEANS[0] in table.names else f"log {measure}"
    chart.save(lambda: charting.forest_chart(found, scale), studies)
    _say({"scale": scale} | asdict(found), json_, rows=[asdict(row) for row in found.rows])


def _studies(table: Columns, measure: str) -> list[pooling.Study]:
    names = table.text("study").tolist()
    if "effect" in table.names:
        spread = (
            table.numbers("se")
            if "se" in table.names or "variance" not in table.names
            else np.sqrt(table.numbers("variance"))
        )
        return [
            pooling.Study(*row) for row in zip(names, table.numbers("effect").tolist(), spread.tolist(), strict=True)
        ]
    ratio = pooling.log_odds_ratio if measure == "OR" else pooling.log_risk_ratio
    columns, compare = (MEANS, pooling.standardised_difference) if MEANS[0] in table.names else (COUNTS, ratio)
    out = []
    for row, values in enumerate(zip(*(table.numbers(name).tolist() for name in columns), strict=True)):
        try:
            out.append(pooling.Study(names[row], *compare(*values)))
        except InvalidInput as error:
            raise InvalidInput("table.row", "{name}, line {line}: {need} is needed here.", name=table.name,
                               line=row + table.first_row, need=NEEDED[columns]) from error  # fmt: skip
    return out


def _agreed(table: Columns, classes: Sequence[str], weights: str, share: float, kind: str) -> dict[str, Any]:
    items, raters = _distinct(table.text("item")), _distinct(table.text("rater"))
    votes: dict[str, dict[str, str]] = {item: {} for item in items}
    for row, (item, rater, vote) in enumerate(
        zip(*(table.text(each) for each in ("item", "rater", "rating")), strict=True)
    ):
        if vote and vote not in classes:
            table.refuse(row, "rating", f"one of {', '.join(classes)} is needed here")
        if rater in votes[item]:
            table.refuse(row, "rater", "one rating a rater and item is needed here")
        votes[item][rater] = vote
    coefficients = [agreement.krippendorff_alpha(_codes(votes, raters, classes), level="nominal")]
    if weights != "none":
        coefficients.append(agreement.krippendorff_alpha(_codes(votes, raters, classes), level="ordinal"))
    both = (
        [(v[raters[0]], v[raters[1]]) for v in votes.values() if all(v.get(r) for r in raters)]
        if len(raters) == 2
        else []
    )
    if both:
        first, second = zip(*both, strict=True)
        coefficients.append(agreement.cohen_kappa(first, second, classes=classes, weights=weights))
        coefficients.append(agreement.gwet_ac1(first, second, classes=classes))
    counts = np.array([[list(v.values()).count(each) for each in classes] for v in votes.values()], dtype=float)
    if len(raters) > 2 and (counts.sum(axis=1) == counts.sum(axis=1)[0]).all():
        coefficients.append(agreement.fleiss_kappa(counts))
    agreed = agreement.consensus([list(v.values()) for v in votes.values()], share=share)
    return {
        "dimension": kind or None,
        "coefficients": [({"dimension": kind} if kind else {}) | asdict(each) for each in coefficients],
        "consensus": dict(zip(items, agreed, strict=True)),
    }


def _in_order(ratings: set[str], *, needed: bool, name: str) -> tuple[str, ...]:
    """Order the classes of a file: numbers by size, others by name, which is no order that weights could go by."""
    try:
        return tuple(sorted(ratings, key=float))
    except ValueError:
        if needed:
            raise InvalidInput(
                "agreement.order", "{name}: weights need the order of the classes. Give it by --classes or --instrument.",
                name=name,
            ) from None  # fmt: skip
        return tuple(sorted(ratings))


def _one_each(table: Columns, pieces: Sequence[str], column: str) -> dict[str, float]:
    """Give the weight of each piece of evidence, which its rows must agree on."""
    out: dict[str, float] = {}
    for row, (piece, weight) in enumerate(zip(pieces, table.numbers(column).tolist(), strict=True)):
        if out.setdefault(piece, weight) != weight:
            table.refuse(row, column, f"{out[piece]:g}, as in the rows of this evidence above, is needed here")
    return out


def _codes(
    votes: Mapping[str, Mapping[str, str]], raters: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64]:
    place = {name: float(number) for number, name in enumerate(classes)}
    return np.array([[place.get(each.get(rater, ""), np.nan) for each in votes.values()] for rater in raters])


def _criteria(table: Columns, settings: Any, name: str) -> weighing.Criteria:
    if not isinstance(settings, dict) or not settings:
        raise InvalidInput(
            "criteria.shape", "{name} must map each criterion to its weight and better: more or less.", name=name
        )
    weights, better = [], []
    for criterion, setting in settings.items():
        table.require(criterion)
        setting = setting if isinstance(setting, dict) else {"weight": setting}
        weight = setting.get("weight")
        if not isinstance(weight, int | float) or weight < 0 or setting.get("better", "more") not in ("more", "less"):
            raise InvalidInput(
                "criteria.weight",
                "{name}: {criterion} needs a weight of 0 or more and better: more or less.",
                name=name,
                criterion=criterion,
            )
        weights.append(float(weight))
        better.append(setting.get("better", "more") == "more")
    if not sum(weights):
        raise InvalidInput(
            "criteria.no-weight", "{name}: the weights sum to 0. Give one of them some weight.", name=name
        )
    scores = np.column_stack([table.numbers(criterion) for criterion in settings])
    shares = np.array(weights) / sum(weights)
    return weighing.Criteria(tuple(table.text("option")), tuple(settings), scores, shares, np.array(better))


def _matrix(table: Columns, raters: Sequence[str], items: Sequence[str]) -> NDArray[np.float64]:
    """Lay ratings out as (raters, items), nan where one is missing; the same rating twice is refused."""
    rows = {name: number for number, name in enumerate(raters)}
    columns = {name: number for number, name in enumerate(items)}
    out = np.full((len(raters), len(items)), np.nan)
    given = zip(table.text("rater"), table.text("item"), table.numbers("rating", missing=True), strict=True)
    for row, (rater, item, rating) in enumerate(given):
        if np.isfinite(out[rows[rater], columns[item]]):
            table.refuse(row, "rater", "one rating a rater, item and round is needed here")
        out[rows[rater], columns[item]] = rating
    return out


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _text(path: Path) -> str:
    held = existing(path).read_bytes()
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        return held.decode("latin-1")


def _without(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in keys}


def _say(out: dict[str, Any], json_: bool, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print everything as JSON, else the rows as a table."""
    if json_:
        show(out)
        return
    plain = [{key: value for key, value in row.items() if not isinstance(value, list | dict | tuple)} for row in rows]
    if not plain:
        return
    cells = [[_cell(value) for value in row.values()] for row in plain]
    widths = [max(len(line[i]) for line in [list(plain[0]), *cells]) for i in range(len(plain[0]))]
    for line in [list(plain[0]), *cells]:
        click.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
