"""Measure where places marked in news texts are said to be: share within 161 km of the annotated point (Acc@161).

    PLUMBLINE_BENCH_DATA=FOLDER python -m bench.geocoding [--errors]

TR-News and GeoVirus with their annotated spans; weights were tuned on the texts whose identifier has an even SHA-256
digest ('dev') and are reported on the others ('held'). `ceiling`: some candidate of the mention's name lies within 161
km; `population`: the most populous candidate. Intervals: 95 %, bootstrap over texts, 2,000 draws, seed 7. Prints JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from plumbline.domain import geocoding
from plumbline.domain.extraction import Gazetteer
from plumbline.domain.extraction.text import kilometres
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer

NEAR = 161.0
SETS = {"trnews": "toponyms/trnews.jsonl", "geovirus": "toponyms/geovirus.jsonl"}


def part_of(identifier: str) -> str:
    """Say which part a text is in, by its identifier alone."""
    return "dev" if int(hashlib.sha256(identifier.encode()).hexdigest(), 16) % 2 == 0 else "held"


def texts(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read a corpus, keeping the toponyms that have a point."""
    rows = [json.loads(line) for line in (folder / SETS[name]).read_text(encoding="utf-8").splitlines()]
    return [row | {"toponyms": [t for t in row["toponyms"] if t["lat"] is not None]} for row in rows]


def score(
    row: dict[str, Any], gazetteer: Gazetteer, weights: Any = geocoding.WEIGHTS
) -> list[tuple[int, int, int, Any, Any]]:
    """Give, for each toponym of a text: resolved, within the ceiling, most populous right, the answer, the toponym."""
    spans = [(t["start"], t["end"]) for t in row["toponyms"]]
    answers = geocoding.locate(row["text"], spans, gazetteer=gazetteer, weights=weights)
    known = geocoding._Known(gazetteer)
    found = []
    for answer, gold in zip(answers, row["toponyms"], strict=True):
        places = geocoding._mention(row["text"], gold["start"], gold["end"], known).places
        right = [kilometres(p.lat, p.lon, gold["lat"], gold["lon"]) <= NEAR for p in places]
        most = max(range(len(places)), key=lambda i: places[i].population) if places else -1
        here = answer.place
        hit = here is not None and kilometres(here.lat, here.lon, gold["lat"], gold["lon"]) <= NEAR
        found.append((int(hit), int(any(right)), int(most >= 0 and right[most]), answer, gold))
    return found


def interval(by_text: list[list[int]]) -> list[float]:
    """Give the 95 % interval of a share of mentions by drawing texts."""
    right, size = np.array([sum(each) for each in by_text]), np.array([len(each) for each in by_text])
    draws = np.random.default_rng(7).integers(0, len(by_text), (2000, len(by_text)))
    shares = right[draws].sum(axis=1) / np.maximum(1, size[draws].sum(axis=1))
    return [round(float(value), 3) for value in np.quantile(shares, (0.025, 0.975))]


def main() -> int:
    """Measure both corpora, both parts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--errors", action="store_true", help="Print the errors on the dev part.")
    errors = parser.parse_args().errors
    if not os.environ.get("PLUMBLINE_BENCH_DATA"):
        print("Left out: PLUMBLINE_BENCH_DATA names no folder.", file=sys.stderr)
        return 0
    gazetteer = open_gazetteer(gazetteer_folder(), wide=True)
    report: dict[str, Any] = {}
    wrong: Counter[Any] = Counter()
    for name in SETS:
        for part in ("dev", "held"):
            rows = [r for r in texts(Path(os.environ["PLUMBLINE_BENCH_DATA"]), name) if part_of(r["doc_id"]) == part]
            began = time.process_time()
            scored = [score(row, gazetteer) for row in rows if row["toponyms"]]
            hits = [[each[0] for each in one] for one in scored]
            flat = [each for one in scored for each in one]
            share = [round(sum(each[i] for each in flat) / len(flat), 3) for i in range(3)]
            report[f"{name} {part}"] = {
                "texts": len(rows), "mentions": len(flat), "acc161": share[0], "interval": interval(hits),
                "ceiling": share[1], "of_ceiling": round(share[0] / share[1], 3), "population": share[2],
                "cpu_ms_a_text": round(1000 * (time.process_time() - began) / len(rows), 1),
            }  # fmt: skip
            if part == "dev":
                for hit, ceiling, _, answer, gold in flat:
                    if not hit:
                        p = answer.place
                        said = (p.name, p.country, p.precision, round(p.lat), round(p.lon)) if p else None
                        wrong[name, bool(ceiling), gold["phrase"], round(gold["lat"]), round(gold["lon"]), said] += 1
    print(json.dumps(report, indent=1))
    if errors:
        for line, count in wrong.most_common(150):
            print(count, *line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
