"""Measure what is proposed as one across two workspaces: actors under changed names, unseen by whoever set the weights.

    python -m bench.ties [ACTORS] [SHARED] [SEED...]

Each workspace holds so many actors with names of `bench.names_made`; SHARED of the second are actors of the first under a changed
name (typing errors, parts swapped or dropped, initials, another romanisation or script). Seven in ten state a country; of a shared
actor it differs in one of ten. Recall is of the shared pairs, precision of the pairs proposed; the peer proposes pairs whose names
in the same Latin letters reach a token-sort ratio, at the threshold that turns out best for it (F1), within the same blocks. The
weights were set on seed 1; the seeds reported by default are others. Prints JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter, defaultdict

from anyascii import anyascii
from bench.names_made import made
from rapidfuzz import fuzz

from plumbline.domain.linking.ties import Dossier, Stated, keys_of, tie_between

MOST_IN_BLOCK = 50
COUNTRIES = [
    "IT",
    "FR",
    "NG",
    "RU",
    "CN",
    "AE",
    "EG",
    "DE",
    "GB",
    "US",
    "BR",
    "IN",
    "TR",
    "KZ",
    "MA",
    "ID",
    "GH",
    "ZA",
    "UA",
    "SA",
]


def worlds(seed: int, actors: int, shared: int) -> tuple[list[Dossier], list[Dossier], dict[int, tuple[int, str]]]:
    """Give the actors of two workspaces, and by row of the second the row of the first that it is, and how its name was changed."""
    draw = random.Random(seed)
    names, changed = made(seed, 2 * actors - shared, 4 * shared)
    first, rest = names[:actors], names[actors:]
    known = [(kind, name, row) for kind, name, row in changed if row < actors][:shared]
    countries = [draw.choice(COUNTRIES) if draw.random() < 0.7 else "" for _ in first]
    second, truth = [], {}
    for kind, name, row in known:
        truth[len(second)] = (row, kind)
        country = draw.choice(COUNTRIES) if draw.random() < 0.1 else countries[row]
        second.append(_actor(name, country if draw.random() < 0.9 else ""))
    second += [_actor(name, draw.choice(COUNTRIES) if draw.random() < 0.7 else "") for name in rest]
    return [_actor(name, country) for name, country in zip(first, countries, strict=True)], second, truth


def _actor(name: str, country: str) -> Dossier:
    return Dossier(True, (Stated(name, (1,)),), countries=(Stated(country, (2,)),) if country else ())


def blocks(first: list[Dossier], second: list[Dossier]) -> set[tuple[int, int]]:
    """Give the pairs that share a key, none of keys that more than fifty of a workspace share."""
    held: dict[int, list[int]] = defaultdict(list)
    for row, one in enumerate(first):
        for key in keys_of(one):
            held[key].append(row)
    return {
        (row, at)
        for at, one in enumerate(second)
        for key in keys_of(one)
        if len(held.get(key, ())) <= MOST_IN_BLOCK
        for row in held.get(key, ())
    }


def scored(found: set[tuple[int, int]], truth: dict[int, tuple[int, str]]) -> dict[str, float]:
    """Give precision, recall and their harmonic mean."""
    right = sum(truth.get(at, (-1, ""))[0] == row for row, at in found)
    precision, recall = right / max(1, len(found)), right / len(truth)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4)}  # fmt: skip


def measure(seed: int, actors: int, shared: int) -> dict[str, object]:
    """Measure one seed."""
    first, second, truth = worlds(seed, actors, shared)
    began = time.process_time()
    pairs = blocks(first, second)
    found = {(row, at) for row, at in pairs if tie_between(first[row], second[at])[0]}
    cpu = time.process_time() - began
    kinds = Counter(kind for _, kind in truth.values())
    hit = Counter(truth[at][1] for row, at in found if at in truth and truth[at][0] == row)
    met = sum((row, at) in pairs for at, (row, _) in truth.items())
    ratios = {pair: _ratio(first[pair[0]], second[pair[1]]) for pair in pairs}
    peer = max(
        ({"threshold": least, **scored({pair for pair, ratio in ratios.items() if ratio >= least}, truth)} for least in range(60, 101)),
        key=lambda each: each["f1"],
    )  # fmt: skip
    return {
        "seed": seed, "actors": [len(first), len(second)], "shared": len(truth), **scored(found, truth),
        "recall_by_change": {kind: round(hit[kind] / n, 3) for kind, n in sorted(kinds.items())},
        "compared": len(pairs), "of_all_pairs": len(pairs) / len(first) / len(second), "recall_of_blocks": round(met / len(truth), 4),
        "cpu_seconds": round(cpu, 1), "peer_at_its_best": peer,
    }  # fmt: skip


def _ratio(one: Dossier, other: Dossier) -> float:
    return fuzz.token_sort_ratio(*(anyascii(each.names[0].value).lower() for each in (one, other)))


def main() -> int:
    """Measure the seeds asked for."""
    given = [int(each) for each in sys.argv[1:]]
    actors, shared = (given + [10_000, 2_000][len(given) :])[:2]
    print(json.dumps([measure(seed, actors, shared) for seed in given[2:] or (11, 12)], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
