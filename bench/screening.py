"""Measure screening of 10,000 changed names against 1,000,000, beside TF-IDF of trigrams with a reranking.

    python -m bench.screening [NAMES] [QUERIES]

The names are those of `bench.names_made`, seed 1. The peer is given the same Latin letters (anyascii): scikit-learn's TF-IDF of
letter trigrams, the fifty best rows by cosine, reranked by RapidFuzz's token-sort ratio. Recall: the true row is first, or
among the first five. CPU seconds hold the set-up. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
from anyascii import anyascii
from bench.names_made import made
from rapidfuzz import fuzz
from sklearn.feature_extraction.text import TfidfVectorizer

from plumbline.domain.linking.names import NameIndex

Queries = list[tuple[str, str, int]]


def ours(listed: list[str], queries: Queries) -> list[list[int]]:
    """Screen as `plumbline screen` does."""
    index = NameIndex(listed)
    return [[match.row for match in index.find(name)] for _, name, _ in queries]


def peer(listed: list[str], queries: Queries) -> list[list[int]]:
    """Screen by trigrams."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    latin = [anyascii(name).lower() for name in listed]
    columns = vectorizer.fit_transform(latin).T.tocsr()
    asked = [anyascii(name).lower() for _, name, _ in queries]
    vectors, found = vectorizer.transform(asked), []
    for start in range(0, len(asked), 200):
        product = (vectors[start : start + 200] @ columns).tocsr()
        for row in range(product.shape[0]):
            begin, end = product.indptr[row], product.indptr[row + 1]
            values, rows = product.data[begin:end], product.indices[begin:end]
            if len(values) > 50:
                rows = rows[np.argpartition(-values, 50)[:50]]
            scored = sorted(((fuzz.token_sort_ratio(asked[start + row], latin[i]), -i) for i in rows), reverse=True)
            found.append([-i for _, i in scored[:5]])
    return found


def measure(
    screen: Callable[[list[str], Queries], list[list[int]]], listed: list[str], queries: Queries
) -> dict[str, object]:
    """Run one of the two and count."""
    began = time.process_time()
    found = screen(listed, queries)
    cpu = time.process_time() - began
    kinds = Counter(kind for kind, _, _ in queries)
    within = Counter(kind for (kind, _, row), rows in zip(queries, found, strict=True) if row in rows)
    first = sum(rows[:1] == [row] for (_, _, row), rows in zip(queries, found, strict=True))
    return {
        "first": round(first / len(queries), 4), "within_five": round(sum(within.values()) / len(queries), 4),
        "cpu_seconds": round(cpu, 1), "within_five_by_kind": {k: round(within[k] / n, 3) for k, n in kinds.items()},
    }  # fmt: skip


def main() -> int:
    """Measure both in one run."""
    sizes = [int(each) for each in sys.argv[1:3]] or [1_000_000, 10_000]
    listed, queries = made(1, *sizes)
    print(json.dumps({"names": len(listed), "queries": len(queries), "ours": measure(ours, listed, queries), "peer": measure(peer, listed, queries)}, indent=1))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
