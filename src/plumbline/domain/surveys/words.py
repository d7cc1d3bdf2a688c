"""Designs in words, and results as tidy tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plumbline.domain.surveys.codebook import Codebook
from plumbline.domain.surveys.design import Design
from plumbline.domain.surveys.estimate import Estimate

SHOWN = ("estimate", "se", "df", "ci_low", "ci_high", "deff", "n")
OWN = ("statistic", "variable", *SHOWN, "flags", "design")


def in_words(design: Design) -> str:
    """Say in one line how a sample was drawn and how its errors are worked out."""
    given = design.settings
    source = "the sizes of populations" if given.get("fpc") else "the mean of replicates"
    parts = [
        f"{len(design) if design.cases is None else design.cases} cases",
        f"weights from {_columns(given.get('weights')) or source}",
    ]
    for stage in design.stages if design.replicates is None or design.replicates.stage else ():
        known = (
            "of populations of known size"
            if np.isfinite(stage.population).all()
            else "of populations not corrected for"
        )
        parts.append(f"stage {stage.number}: {len(stage.stratum)} units in {len(stage.starts)} strata {known}")
    if design.replicates is not None:
        parts.append(f"errors from {len(design.replicates)} replicates ({design.replicates.type})")
    else:
        parts.append("errors by linearisation")
    if design.stages[0].lonely.any() and design.replicates is None:
        parts.append(f"strata of one unit: {design.lonely}")
    parts += [
        f"weights calibrated ({one.method}, {one.rounds} rounds, worst miss {one.worst:.1g})"
        for one in design.calibrations
    ]
    parts.append(f"{design.df()} degrees of freedom")
    return "; ".join(parts)


def _columns(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else "" if value is None else str(value)


def as_data(one: Estimate, codebook: Codebook | None = None) -> dict[str, Any]:
    """Give an estimate as a mapping: the cell in `by`, labels of its values where known, what only some have beside the rest."""
    head: dict[str, Any] = {"statistic": one.statistic, "variable": one.variable, "by": one.by}
    labels = {} if codebook is None else {key: codebook.label_of(key, value) for key, value in one.by.items()}
    if codebook is not None and "level" in one.more:
        labels["level"] = codebook.label_of(one.variable, one.more["level"])
    found = {key: label for key, label in labels.items() if label}
    return (
        head
        | ({"labels": found} if found else {})
        | {key: getattr(one, key) for key in SHOWN}
        | one.more
        | {"flags": list(one.flags)}
    )


def tidy(found: Sequence[Estimate], design: Design | None = None) -> tuple[list[str], list[list[Any]]]:
    """Lay estimates out as a table, a row each: names of columns, rows; cells that do not apply are None.

    A column of `by` that is called like one of ours gets `by_` before its name.
    """
    by = list(dict.fromkeys(key for one in found for key in one.by))
    more = list(dict.fromkeys(key for one in found for key in one.more))
    named = {key: f"by_{key}" if key in OWN or key in more else key for key in by}
    head = ["statistic", "variable", *named.values(), *more, *SHOWN, "flags", *(["design"] if design else [])]
    words = [in_words(design)] if design else []
    rows = [
        [
            one.statistic, one.variable, *(one.by.get(key) for key in by), *(one.more.get(key) for key in more),
            *(_plain(getattr(one, key)) for key in SHOWN), " ".join(one.flags), *words,
        ]
        for one in found
    ]  # fmt: skip
    return head, rows


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def sdmx(found: Sequence[Estimate], *, flow: str) -> tuple[list[str], list[list[Any]]]:
    """Lay estimates out as SDMX-CSV 2.0: STRUCTURE, STRUCTURE_ID, ACTION, dimensions, OBS_VALUE, attributes.

    Dimensions are STATISTIC, INDICATOR, what names a cell (`_T`, the total, where it does not apply); error, bounds, design effect, number of cases
    and the status of the observation (U: low reliability) are attributes. `flow` is the data flow as agency:id(version).
    """
    by = list(dict.fromkeys(key for one in found for key in one.by))
    more = [key for key in ("level", "quantile", "term") if any(key in one.more for one in found)]
    attributes = {
        "STD_ERR": "se",
        "DF": "df",
        "CI_LOW": "ci_low",
        "CI_HIGH": "ci_high",
        "DEFF": "deff",
        "SAMPLE_SIZE": "n",
    }
    head = [
        "STRUCTURE", "STRUCTURE_ID", "ACTION", "STATISTIC", "INDICATOR", *(code_of(key) for key in (*by, *more)),
        "OBS_VALUE", *attributes, "OBS_STATUS",
    ]  # fmt: skip
    rows = []
    for one in found:
        places: Mapping[str, Any] = dict(one.by) | {key: one.more.get(key, "_T") for key in more}
        status = "U" if one.flags else "M" if not np.isfinite(one.estimate) else "A"
        rows.append(
            [
                "dataflow", flow, "I", code_of(one.statistic), code_of(one.variable) or "_T",
                *(places.get(key, "_T") for key in (*by, *more)), _plain(one.estimate),
                *(_plain(getattr(one, name)) for name in attributes.values()), status,
            ]
        )  # fmt: skip
    return head, rows


def code_of(name: str) -> str:
    """Write a name as an SDMX identifier: capitals, digits and underscores."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name.upper())
