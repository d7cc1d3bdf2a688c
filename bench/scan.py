"""Measure the space-time scan on 1,000 regions x 120 months with 999 runs, beside a plain numpy loop on a smaller piece.

    OPENBLAS_NUM_THREADS=1 python -m bench.scan [RUNS]

Made counts: Poisson, means 0.5 to 3, zones of up to 15 neighbours, windows of up to 60 months, all of them (not only those that reach the
last month), Kulldorff's Poisson model, seed 1. The plain loop sums each window anew over zones with numpy and keeps the highest
score; it runs the same windows on one run of a tenth of the regions and a quarter of the months, where both are timed. CPU seconds, one
thread. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from plumbline.domain.trends import distances, neighbours_of, scan


def made(regions: int, months: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make cases, population and neighbours."""
    random = np.random.default_rng(1)
    x, y = random.random(regions), random.random(regions)
    population = random.uniform(0.5, 3, (months, regions))
    near = neighbours_of(distances(x, y, degrees=False), 15)
    return random.poisson(population).astype(float), population, near


def plain(cases: np.ndarray, population: np.ndarray, near: np.ndarray, longest: int, runs: int) -> float:
    """Scan as one writes it first: every window, every zone size, numpy over the places."""
    expected = population * cases.sum() / population.sum()
    total, best, random = cases.sum(), 0.0, np.random.default_rng(1)
    for run in range(runs + 1):
        dealt = cases if run == 0 else random.multinomial(int(total), (expected / total).ravel()).reshape(cases.shape)
        highest = 0.0
        for end in range(1, len(cases) + 1):
            for start in range(max(0, end - longest), end):
                c_all, e_all = dealt[start:end].sum(axis=0), expected[start:end].sum(axis=0)
                for size in range(1, near.shape[1] + 1):
                    c, e = c_all[near[:, :size]].sum(axis=1), e_all[near[:, :size]].sum(axis=1)
                    with np.errstate(divide="ignore", invalid="ignore"):
                        score = c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))
                    highest = max(highest, float(score[c > e].max(initial=0.0)))
        best = max(best, highest) if run == 0 else best
    return best


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 999
    cases, population, near = made(100, 30)
    began = time.process_time()
    score = plain(cases, population, near, 15, 3)
    loop = time.process_time() - began
    began = time.process_time()
    small = scan(cases, population, near, model="poisson", longest=15, alive=False, runs=3, seed=1)
    ours = time.process_time() - began
    out = {"small": {"regions": 100, "months": 30, "runs": 3, "plain_loop": loop, "ours": ours, "ratio": loop / ours}}
    out["small"]["same_score"] = bool(abs(small.clusters[0].score - score) < 1e-9)
    cases, population, near = made(1_000, 120)
    began = time.process_time()
    found = scan(cases, population, near, model="poisson", longest=60, alive=False, runs=runs, seed=1)
    out["large"] = {
        "regions": 1_000,
        "months": 120,
        "runs": runs,
        "zones": found.zones,
        "cpu_seconds": time.process_time() - began,
    }
    json.dump(out, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
