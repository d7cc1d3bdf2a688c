"""Measure near-duplicates among the MUC-4 reports with edits of known kind, beside comparing all pairs exactly.

    python -m bench.versions [EDITED]

Of the first EDITED (300) texts a changed copy is made, seed 1: words dropped, put in and replaced at a rate of 0.5 to 8 in a hundred,
and for every third text a fifth of it cut off at the end. Right is a pair of a text and its copy. Every other pair
that is proposed counts against precision, though the reports themselves repeat each other. The peer counts the shingles that all pairs
share with scikit-learn's sparse matrices. Prints JSON; CPU seconds. Needs `PLUMBLINE_BENCH_DATA` (muc4).
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from plumbline.domain.linking.versions import near_texts

LEAST = 0.5
Pairs = set[tuple[int, int]]


def changed(text: str, random_: random.Random, shorten: bool) -> str:
    """Change words of a text as people edit."""
    words, rate = text.split(), random_.uniform(0.005, 0.08)
    words = words[: len(words) * 4 // 5] if shorten else words
    out: list[str] = []
    for word in words:
        act = random_.choice(("drop", "put", "replace")) if random_.random() < rate else "keep"
        out += {"drop": [], "put": [word, random_.choice(words)], "replace": [random_.choice(words)], "keep": [word]}[
            act
        ]
    return " ".join(out)


def exact(texts: list[str]) -> Pairs:
    """Find all pairs of at least `LEAST` by counting."""
    counted = CountVectorizer(ngram_range=(5, 5), binary=True, token_pattern=r"[^\W_]+", dtype=np.int32).fit_transform(
        texts
    )
    sizes = np.asarray(counted.sum(axis=1)).ravel()
    common = (counted @ counted.T).tocoo()
    share = common.data / (sizes[common.row] + sizes[common.col] - common.data)
    return {(int(a), int(b)) for a, b, s in zip(common.row, common.col, share, strict=True) if a < b and s >= LEAST}


def main(edited: int) -> None:
    """Measure and print."""
    folder = os.environ.get("PLUMBLINE_BENCH_DATA")
    if not folder:
        print("Left out: PLUMBLINE_BENCH_DATA is not set.")
        return
    lines = (Path(folder) / "muc4" / "train.jsonl").read_text().splitlines()
    texts = [json.loads(line)["doctext"] for line in lines if line.strip()]
    random_, count = random.Random(1), len(texts)
    texts += [changed(texts[at], random_, at % 3 == 0) for at in range(edited)]
    right = {(at, count + at) for at in range(edited)}
    began = time.process_time()
    ours = {(one.first, one.second) for one in near_texts(texts, least=LEAST)}
    between = time.process_time()
    peer = exact(texts)
    ended = time.process_time()
    print(json.dumps({
        "texts": len(texts), "edited": edited, "cpu_ours": round(between - began, 2), "cpu_all_pairs": round(ended - between, 2),
        "recall": round(len(ours & right) / edited, 4), "precision": round(len(ours & right) / max(1, len(ours)), 4),
        "recall_of_all_pairs": round(len(peer & right) / edited, 4), "found_of_all_pairs": round(len(ours & peer) / max(1, len(peer)), 4),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
