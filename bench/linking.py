"""Measure grouping of reports by incident at the one shipped threshold, beside TF-IDF with its best threshold.

    PLUMBLINE_BENCH_DATA=FOLDER python -m bench.linking

Document B3 (Bagga and Baldwin 1998). Sets: the Gun Violence Corpus, whole and its held-back half (incidents with an odd
SHA-256 digest; weights and threshold were fixed on the others and on twins of seeds 1 and 2); twin events (`bench.twins`)
of seeds 3 to 5. The peer: scikit-learn's TF-IDF (sublinear, English stop words), average linkage, the best of thirteen
thresholds for each set. Intervals: 95 %, bootstrap over incidents, 2,000 draws, seed 7, for the score and for the
difference on the same draws. `pairs_of_records`: the pairs that taking in records would propose (`similar`) and propose surely
(`same`, thresholds of the shipped blueprints), of records that hold the first day and the places told, with the text behind them:
precision, recall, F1 over pairs. Prints JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from bench.twins import twins
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from plumbline.domain.linking import Corpus, Facts, Told, blocking_keys, compare, facts_of, group_reports, read_report
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer


def shares(labels: Sequence[Any], gold: Sequence[Any]) -> np.ndarray:
    """Give each document's (precision, recall) by B3."""
    made, true = defaultdict(set), defaultdict(set)
    for index, (label, key) in enumerate(zip(labels, gold, strict=True)):
        made[label].add(index)
        true[key].add(index)
    both = [len(made[label] & true[key]) for label, key in zip(labels, gold, strict=True)]
    return np.array([
        (n / len(made[label]), n / len(true[key])) for n, label, key in zip(both, labels, gold, strict=True)
    ])  # fmt: skip


def f1(rows: np.ndarray) -> float:
    """Give the harmonic mean of mean precision and mean recall."""
    precision, recall = rows.mean(axis=0)
    return float(2 * precision * recall / (precision + recall))


def read(rows: list[dict[str, Any]], gazetteer: Any) -> list[Told]:
    """Read reports as `plumbline link` does."""
    return [
        read_report(row["text"], title=row["title"], published=row["published"], gazetteer=gazetteer) for row in rows
    ]


def as_record(row: dict[str, Any], told: Told) -> Facts:
    """Give the facts of a record with the first day and the places of a report, resting on its text."""
    days = [date.fromordinal(day).isoformat() for day in sorted(told.days)[:1]]
    values: dict[str, Any] = {
        "date": [{"start": day, "end": day, "precision": "day"} for day in days],
        "place": [
            {"lat": lat, "lon": lon, "country": "US", "precision": "locality"} for lat, lon in told.places.values()
        ],
    }
    return facts_of(values, [f"{row['title']}\n{row['text']}"], type="incident")


def pairs_of_records(rows: list[dict[str, Any]], told: list[Told]) -> dict[str, Any]:
    """Score the pairs that taking in records proposes: by threshold precision, recall, F1; and how many true ones meet at all."""
    facts = [as_record(row, each) for row, each in zip(rows, told, strict=True)]
    keys = [set(blocking_keys(each)) for each in facts]
    true = {
        pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]]["incident"] == rows[pair[1]]["incident"]
    }
    met = {(i, j): compare(facts[i], facts[j]).score for i, j in combinations(range(len(rows)), 2) if keys[i] & keys[j]}
    scored: dict[str, Any] = {"meet": round(len(true & met.keys()) / len(true), 3)}
    for name, least in (("similar", 0.55), ("same", 0.85)):
        found = {pair for pair, score in met.items() if score >= least}
        right = len(found & true)
        scored[name] = [
            round(x, 3) for x in (right / max(1, len(found)), right / len(true), 2 * right / (len(found) + len(true)))
        ]
    return scored


CUTS = np.arange(0.3, 0.95, 0.05)
"""The thresholds that TF-IDF is tried with."""


def peer(
    rows: Sequence[Mapping[str, Any]], gold: Sequence[Any], *, stop: str | None = "english", cuts: Any = CUTS
) -> list[Any]:
    """Group reports by TF-IDF with the one of these thresholds that turns out best."""
    texts = [f"{row.get('title') or ''}\n{row['text']}" for row in rows]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words=stop).fit_transform(texts)
    apart = np.clip(1 - (vectors @ vectors.T).toarray(), 0, 2)
    tried = [
        AgglomerativeClustering(None, metric="precomputed", linkage="average", distance_threshold=cut).fit_predict(
            apart
        )
        for cut in cuts
    ]
    return list(max(tried, key=lambda labels: f1(shares(labels, gold))))


def interval(one: np.ndarray, other: np.ndarray, gold: list[Any]) -> dict[str, list[float]]:
    """Draw incidents again; 95 % intervals of the score and of its lead over the other."""
    members = defaultdict(list)
    for index, key in enumerate(gold):
        members[key].append(index)
    groups, random = list(members.values()), np.random.default_rng(7)
    scores, leads = [], []
    for _ in range(2000):
        drawn = np.concatenate([groups[i] for i in random.integers(0, len(groups), len(groups))])
        scores.append(f1(one[drawn]))
        leads.append(scores[-1] - f1(other[drawn]))
    return {
        name: [round(float(value), 4) for value in np.quantile(drawn, (0.025, 0.975))]
        for name, drawn in (("interval", scores), ("lead_interval", leads))
    }


def sets() -> dict[str, list[dict[str, Any]]]:
    """Give the sets; the corpus only where its folder is named."""
    found = {f"twins {seed}": list(twins(seed)) for seed in (3, 4, 5)}
    folder = os.environ.get("PLUMBLINE_BENCH_DATA")
    if not folder:
        print("The corpus is left out: PLUMBLINE_BENCH_DATA names no folder.", file=sys.stderr)
        return found
    lines = (Path(folder) / "gvc" / "docs.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    rows = [row | {"published": row["date"], "incident": row["incident_id"]} for row in rows]
    held = [r for r in rows if int(hashlib.sha256(r["incident"].encode()).hexdigest(), 16) % 2]
    return found | {"gvc": rows, "gvc held back": held}


def main() -> int:
    """Measure every set."""
    gazetteer = open_gazetteer(gazetteer_folder())
    report = {}
    for name, rows in sets().items():
        gold = [row["incident"] for row in rows]
        began = time.process_time()
        told = read(rows, gazetteer)
        mine = shares(group_reports(Corpus(told), ids=list(range(len(rows)))), gold)
        cpu = time.process_time() - began
        theirs = shares(peer(rows, gold), gold)
        score, best = f1(mine), f1(theirs)
        report[name] = {
            "reports": len(rows), "b3": round(score, 4), "tfidf_best": round(best, 4), "lead": round(score - best, 4),
            **interval(mine, theirs, gold), "cpu_seconds": round(cpu, 1),
            "pairs_of_records": pairs_of_records(rows, told),
        }  # fmt: skip
    print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
