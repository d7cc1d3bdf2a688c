"""Measure grouping of reports in several languages by incident: words alone, linking without and with vectors of meaning.

    python -m bench.crosslingual [FOLDER] [--distractors] [--fit] [--means FILE]

FOLDER holds JSON Lines of {"id", "language", "published", "event", "twin"?, "title", "text"}; without it the project's own
`bench/data/crosslingual` is read, on which the weights between languages were fitted, so that its figures flatter. The peer is
scikit-learn's TF-IDF (sublinear), average linkage, at the best of its thresholds for the set. Linking has its one shipped threshold.
Printed as JSON: document B3 (Bagga and Baldwin 1998) and the F1 over pairs, of all reports, of pairs in two languages (`across`), of
pairs in one (`within`) and of the reports that have a `twin`, a like event of the same town or week. Intervals: 95 %,
bootstrap over events, 2,000 draws, seed 7; `gain` is what vectors bring, on the same draws.

`--distractors` adds the keyed reports of `bench/data/languages` (open, second) as events of their own. `--fit` prints
weights by logistic regression; `--means FILE` writes the mean vectors of languages from texts of the project that are none of FOLDER's.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from bench.linking import f1, peer, shares
from scipy.optimize import minimize

from plumbline.domain.linking import Corpus, Told, across, group_reports, read_report
from plumbline.domain.linking.reports import _pairs, _weigh
from plumbline.domain.vectors import encoder
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer
from plumbline.engines.language import detect

HERE = Path(__file__).resolve().parent
OWN = HERE / "data" / "crosslingual"
KEYED = HERE / "data" / "languages"
DEMONSTRATION = HERE.parent / "src" / "plumbline" / "demonstration"
FIXED = {"apart": -0.5, "far": -0.3}
Row = dict[str, Any]


def rows_of(folder: Path) -> list[Row]:
    """Read the reports of a folder, in order of their files' names."""
    return [
        json.loads(line)
        for file in sorted(folder.rglob("*.jsonl"))
        for line in file.open(encoding="utf-8")
        if line.strip()
    ]


def keyed() -> list[Row]:
    """Give the keyed reports that may be tuned on, each an event of its own."""
    rows = [row for part in ("open", "second") for row in rows_of(KEYED / part)]
    return [{**row, "event": f"keyed {row['id']}", "title": ""} for row in rows]


def read(rows: Sequence[Row], gazetteer: Any) -> list[Told]:
    """Read reports as `plumbline link` does."""
    return [
        read_report(row["text"], title=row.get("title") or "", published=row["published"], language=row["language"], gazetteer=gazetteer)
        for row in rows
    ]  # fmt: skip


# --- scores -----------------------------------------------------------------------------------------------------------


def counts(labels: Sequence[Any], gold: Sequence[Any], languages: Sequence[str], kind: str) -> np.ndarray:
    """Give each document's pairs: rightly joined, joined, to be joined; of kind all, across or within languages."""
    label, key, spoken = (np.unique(np.array(one), return_inverse=True)[1] for one in (labels, gold, languages))
    differ = spoken[:, None] != spoken[None, :]
    chosen = {"all": np.ones_like(differ), "across": differ, "within": ~differ}[kind] & ~np.eye(len(key), dtype=bool)
    made, true = label[:, None] == label[None, :], key[:, None] == key[None, :]
    return np.column_stack([(one & chosen).sum(axis=1) for one in (made & true, made, true)])


def pair_f1(rows: np.ndarray) -> float:
    """Give F1 over pairs from counts by document."""
    right, made, true = rows.sum(axis=0)
    return float(2 * right / (made + true)) if made + true else 1.0


def draws(gold: Sequence[Any]) -> Iterator[np.ndarray]:
    """Draw events again, 2,000 times."""
    members = defaultdict(list)
    for index, key in enumerate(gold):
        members[key].append(index)
    groups, random_ = list(members.values()), np.random.default_rng(7)
    for _ in range(2000):
        yield np.concatenate([groups[i] for i in random_.integers(0, len(groups), len(groups))])


def scored(rows: Sequence[Row], found: dict[str, list[Any]]) -> dict[str, Any]:
    """Score what each method found, on all reports and on twins."""
    gold, languages = [row["event"] for row in rows], [row["language"] for row in rows]
    twins = np.array([bool(row.get("twin")) for row in rows])
    tables = {
        name: {"b3": shares(labels, gold)} | {f"pairs {kind}": counts(labels, gold, languages, kind) for kind in ("all", "across", "within")}
        for name, labels in found.items()
    }  # fmt: skip
    drawn = list(draws(gold))
    report: dict[str, Any] = {}
    for measure in (
        "b3",
        "pairs all",
        "pairs across",
        "pairs within",
        "b3 of twins",
        "pairs all of twins",
        "pairs across of twins",
    ):
        base, of_twins = measure.removesuffix(" of twins"), measure.endswith(" of twins")
        score = f1 if base == "b3" else pair_f1
        chosen = [at[twins[at]] if of_twins else at for at in (np.arange(len(rows)), *drawn)]
        if of_twins and not twins.any():
            continue
        chosen = [at for at in chosen if len(at)]
        values = {name: np.array([score(table[base][at]) for at in chosen]) for name, table in tables.items()}
        report[measure] = {
            name: [round(float(x), 3) for x in (one[0], *np.quantile(one[1:], (0.025, 0.975)))]
            for name, one in values.items()
        }
        gain = values["vectors"] - values["no vectors"]
        report[measure]["gain"] = [round(float(x), 3) for x in (gain[0], *np.quantile(gain[1:], (0.025, 0.975)))]
    return report


# --- methods ----------------------------------------------------------------------------------------------------------


def linked(told: Sequence[Told], *, vectors: bool) -> tuple[list[Any], float]:
    """Group reports by linking, with or without vectors; gives the CPU seconds too."""
    across.encoder = encoder if vectors else lambda: None
    began = time.process_time()
    labels = group_reports(Corpus(told), ids=list(range(len(told))))
    across.encoder = encoder
    return labels, time.process_time() - began


def measure(rows: Sequence[Row]) -> dict[str, Any]:
    """Group by every method and score them."""
    encoder()
    began = time.process_time()
    told = read(rows, open_gazetteer(gazetteer_folder()))
    reading = time.process_time() - began
    linked(told[:2], vectors=True)
    with_, cpu = linked(told, vectors=True)
    without, cpu_without = linked(told, vectors=False)
    corpus = Corpus(told)
    met = set(map(tuple, _pairs(corpus).tolist()))
    true = {(i, j) for i, j in pairs_across(rows) if rows[i]["event"] == rows[j]["event"]}
    each = 1000 / len(rows)
    theirs = peer(rows, [row["event"] for row in rows], stop=None, cuts=np.arange(0.3, 1.0, 0.02))
    return {
        "reports": len(rows), "events": len({row["event"] for row in rows}), "true pairs across": len(true),
        "of them compared": len(true & met),
        "cpu milliseconds a report": {"reading": round(reading * each, 1), "linking": round(cpu_without * each, 1), "linking with vectors": round(cpu * each, 1)},
        **scored(rows, {"tf-idf": theirs, "no vectors": without, "vectors": with_}),
    }  # fmt: skip


def pairs_across(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """List the pairs of reports in two languages."""
    return [(i, j) for j in range(len(rows)) for i in range(j) if rows[i]["language"] != rows[j]["language"]]


# --- fitting ----------------------------------------------------------------------------------------------------------


def signs(corpus: Corpus, one: int, other: int) -> dict[str, float]:
    """Give what each weight is multiplied with for a pair across languages: weighs by it one unit at a time."""
    row = {}
    shipped = across.WEIGHTS
    for name in shipped:
        across.WEIGHTS = dict.fromkeys(shipped, 0.0) | {name: 1.0}
        total, reasons = _weigh(corpus, one, other, 0.0)
        row[name] = total - sum(reason.weight for reason in reasons if reason.kind in ("names", "ages"))
    row["people"] = sum(reason.weight for reason in reasons if reason.kind in ("names", "ages"))
    across.WEIGHTS = shipped
    return row


def withheld(told: Sequence[Told], corpus: Corpus, draw: random.Random, share: float) -> tuple[list[Told], Corpus]:
    """Copy reports with a share of their days, places and numbers withheld, as texts withhold them."""
    from copy import copy
    from dataclasses import replace

    thinned = [
        replace(
            one,
            days=frozenset() if draw.random() < share else one.days,
            places={} if draw.random() < share else one.places,
        )
        for one in told
    ]
    twin = copy(corpus)
    twin.told = thinned
    twin.numbers = [frozenset() if draw.random() < share else one for one in corpus.numbers]
    return thinned, twin


def training(rows: Sequence[Row], told: Sequence[Told]) -> tuple[list[dict[str, float]], list[bool], list[str]]:
    """Give signs, truth and an event of every pair across languages within 45 days; as told, and thrice with signs withheld."""
    corpus = Corpus(told)
    draw = random.Random(5)
    found: list[dict[str, float]] = []
    truth: list[bool] = []
    events: list[str] = []
    for share in (0.0, 0.4, 0.4, 0.4):
        _, thinned = withheld(told, corpus, draw, share)
        for i, j in pairs_across(rows):
            gap = abs((told[i].published or 0) - (told[j].published or 0))
            if gap <= across.REACH_DAYS and corpus.across(i, j):
                found.append(signs(thinned, i, j))
                truth.append(rows[i]["event"] == rows[j]["event"])
                events.append(rows[i]["event"])
    return found, truth, events


def fit(found: Sequence[dict[str, float]], truth: Sequence[bool]) -> dict[str, float]:
    """Fit the weights across languages by logistic regression (ridge of 1 on standardised meaning).

    Days between publication and great distances weigh as within a language, where that was estimated on news, since made-up papers all
    print within days of each other; so do names and ages.
    """
    names = [name for name in across.WEIGHTS if name not in FIXED]
    scale = np.array([0.2 if name == "meaning" else 1.0 for name in names])
    values = np.array([[row[name] for name in names] for row in found]) / scale
    offset = np.array([row["people"] + sum(FIXED[name] * row[name] for name in FIXED) for row in found])
    sign = np.where(np.array(truth), 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (values @ weights + offset)
        slope = -sign / (1 + np.exp(margin))
        ridge = np.array([0.0 if name == "start" else 1.0 for name in names])
        return float(
            np.logaddexp(0, -margin).sum() + 0.5 * (ridge * weights**2).sum()
        ), values.T @ slope + ridge * weights

    best = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return FIXED | {name: round(float(weight / by), 2) for name, weight, by in zip(names, best, scale, strict=True)}


def own_texts() -> Iterator[tuple[str, str]]:
    """Give language and text of reports of the project that belong to no set of `bench/data/crosslingual`."""
    for row in keyed():
        yield row["language"], row["text"]
    for file in sorted(DEMONSTRATION.glob("reports/*")):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8"))).strip()
        if file.suffix in (".txt", ".html") and (detect(text) or ("", 0))[0] == "en":
            yield "en", text
    for report in reports_in(yaml.safe_load((DEMONSTRATION / "starters.yaml").read_text(encoding="utf-8"))):
        if report["language"] == "en":
            yield "en", report["text"]


def reports_in(tree: Any) -> Iterator[Row]:
    """Give the mappings of a tree that are reports."""
    if isinstance(tree, dict) and {"language", "text"} <= tree.keys():
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from reports_in(branch)


def means() -> dict[str, list[int]]:
    """Give the mean vector of each language's texts, and that of all languages, in thousandths."""
    vectors = encoder()
    assert vectors is not None, "This machine has no encoder."
    texts = defaultdict(list)
    for language, text in own_texts():
        texts[language].append(across.lead_of(text))
    found = {language: vectors.vectors(one).mean(axis=0) for language, one in sorted(texts.items())}
    found[""] = np.mean(list(found.values()), axis=0)
    return {language: np.rint(1000 * one).astype(int).tolist() for language, one in found.items()}


def main() -> int:
    """Measure a folder, or fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=OWN)
    parser.add_argument("--distractors", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--means", type=Path)
    asked = parser.parse_args()
    if asked.means:
        lines = [f"{json.dumps(language)}: {json.dumps(numbers)}" for language, numbers in means().items()]
        asked.means.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        return 0
    rows = rows_of(asked.folder) + (keyed() if asked.distractors else [])
    if not rows:
        print(f"{asked.folder} holds no JSON Lines.", file=sys.stderr)
        return 2
    if asked.fit:
        told = read(rows, open_gazetteer(gazetteer_folder()))
        print(json.dumps(fit(*training(rows, told)[:2])))
    else:
        print(json.dumps(measure(rows), indent=1).replace(",\n   ", ",").replace("[\n   ", "["))
    return 0


if __name__ == "__main__":
    sys.exit(main())
