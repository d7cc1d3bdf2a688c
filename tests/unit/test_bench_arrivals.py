"""The measurement of arrivals: its records, its scores, and a small run without the peer, which says so."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

from bench.arrivals import company, scored, standing, told_again, write


def test_truth_names_the_record_that_a_new_one_tells_again(tmp_path: Path) -> None:
    truth = write(tmp_path, 300, 20, 1)
    tables = {}
    for name in ("standing", "new"):
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            tables[name] = {row["unique_id"]: row for row in csv.DictReader(file)}
    assert (len(tables["standing"]), len(tables["new"]), len(truth)) == (300, 20, 14)
    for new, old in truth.items():
        one, other = tables["new"][new], tables["standing"][old]
        assert (one["country"], one["activity"], one["waste_1"]) == (
            other["country"],
            other["activity"],
            other["waste_1"],
        )
        assert 0 <= (date.fromisoformat(one["day"]) - date.fromisoformat(other["day"])).days <= 1
        assert abs(float(one["lat"]) - float(other["lat"])) <= 0.2
    assert len({company(n) for n in range(500)}) == 500
    (row,) = standing(1, random.Random(3))
    assert told_again(row, 5, random.Random(3))[0] == "n5"


def test_score_counts_pairs_from_the_threshold_on_and_the_best_one() -> None:
    told = {"cpu_s": 1.0, "pairs": [["n1", "s1", 0.9], ["n2", "s9", 0.6], ["n3", "s3", 0.4]]}
    found = scored(told, {"n1": "s1", "n3": "s3"}, 0.55)
    assert (found["f1"], found["best_f1"]) == (0.5, 0.8)


def test_small_run_finds_what_is_told_again_and_says_that_the_peer_is_left_out(root: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PLUMBLINE_BENCH_PEERS", "PLUMBLINE_DATABASE_URL")
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.arrivals", "--standing", "300", "--new", "20"],
        cwd=root, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["ours"]["f1"] > 0.8
    assert "splink_full" not in found
    assert "Splink is left out" in done.stderr
