"""Random survey designs against R's survey package: `python -m bench.surveys_fuzz [--count N] [--seed N] [--show]`.

Each design is a table, a design and a plan of sixteen statistics, run through `plumbline survey estimate --json` and through R (`bench/surveys_fuzz.R`).
Every number is compared: relative difference of 1e-8 (profiles and saddlepoints: as `bench/surveys_random.py` says), and what is refused.
Without R on PATH nothing is compared, and that is said.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from bench.surveys_random import UNASKED, Case, Entry, case
from click.testing import CliRunner

from plumbline.cli.surveying import survey
from plumbline.domain.errors import InvalidInput

HERE = Path(__file__).resolve().parent
CHUNK = 60
# refused here, where R leaves a level or a term out
KNOWN = ("a size above zero for each level", "columns of two levels or more in this domain")
Answer = list[float] | str


def write(one: Case, folder: Path) -> None:
    """Write a case's table and settings."""
    with (folder / f"{one.seed}.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(one.table)
        for row in zip(*one.table.values(), strict=True):
            writer.writerow(["" if value is None or value != value else value for value in row])
    (folder / f"{one.seed}.yaml").write_text(yaml.safe_dump(one.design))


def ours(one: Case, place: int, folder: Path) -> Answer:
    """Estimate an entry through the command line: its numbers, or why it was refused."""
    entry = one.entries[place]
    (folder / "plan.yaml").write_text(yaml.safe_dump([entry.plan]))
    words = ["estimate", str(folder / f"{one.seed}.csv"), "--design", str(folder / f"{one.seed}.yaml")]
    done = CliRunner().invoke(survey, [*words, "--estimates", str(folder / "plan.yaml"), "--json"])
    if isinstance(done.exception, InvalidInput):
        return f"refused: {done.exception}"
    if done.exception is not None:
        raise done.exception
    return [math.nan if value is None else float(value) for value in entry.numbers(json.loads(done.stdout))]


def theirs(cases: list[Case], folder: Path) -> dict[tuple[int, int], Answer]:
    """Let R answer all entries of some cases."""
    lines = []
    for one in cases:
        policy = str(one.design.get("lonely_psu", "fail"))
        lines.append(
            f'rows <- ask_read("{one.seed}.csv"); options(survey.lonely.psu = "{policy}"); d <- ask_design(function() {one.r})'
        )
        lines += [f"ask_say({one.seed}, {place}, function() {entry.r})" for place, entry in enumerate(one.entries)]
    (folder / "ask.R").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["Rscript", str(HERE / "surveys_fuzz.R"), str(folder)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"R failed:\n{done.stderr[-2000:]}")
    out: dict[tuple[int, int], Answer] = {}
    for line in done.stdout.splitlines():
        seed, place, said = line.split("\t")
        numbers = (
            [float(value) for value in said.replace("NA", "nan").split()] if not said.startswith("error") else said
        )
        out[int(seed), int(place)] = numbers
    return out


def gap(mine: Answer, other: Answer, entry: Entry) -> float:
    """Give the largest difference by the tolerance: above 1 they differ; two refusals, or nothing to say on both sides, are equal."""
    if isinstance(mine, str) or isinstance(other, str):
        empty = [isinstance(one, str) or all(math.isnan(value) for value in one) for one in (mine, other)]
        known = isinstance(mine, str) and any(words in mine for words in KNOWN)
        # levels that do not occur in the domain leave R's tables empty rows
        failed = isinstance(other, str) and (
            entry.plan["statistic"] == "independence" or "NA/NaN/Inf in foreign" in other
        )
        return 0.0 if all(empty) or known or failed else math.inf
    if entry.plan["statistic"] == "independence" and all(map(math.isnan, other)):
        return 0.0
    if len(mine) != len(other):
        return math.inf
    scale = max((abs(value) for value in other if math.isfinite(value)), default=1.0) or 1.0
    return max((_apart(a, b, entry.close, scale) for a, b in zip(mine, other, strict=True)), default=0.0)


def _apart(a: float, b: float, close: float, scale: float) -> float:
    if not (math.isfinite(a) or math.isfinite(b)) or a in (b, UNASKED):  # JSON has no infinity
        return 0.0
    far = abs(a - b) / (close * max(abs(a), abs(b), float(close > 1e-3)) + 1e-12 * scale)
    return math.inf if math.isnan(far) else far


@dataclass
class Tally:
    """Count what was compared."""

    show: int
    same: int = 0
    numbers: int = 0
    refused: int = 0
    differ: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, one: Case, entry: Entry, mine: Answer, other: Answer) -> None:
        """Count a comparison, and print it where it differs."""
        if gap(mine, other, entry) <= 1:
            self.same += 1
            self.refused += isinstance(mine, str)
            self.numbers += 0 if isinstance(mine, str) else len(mine)
            return
        self.differ[one.kind, str(entry.plan["statistic"])] += 1
        if sum(self.differ.values()) <= self.show:
            print(f"design {one.seed} ({one.kind}) {one.design}\n  {entry.plan}\n  R: {one.r}; {entry.r}")
            pairs = [] if isinstance(mine, str) or isinstance(other, str) else list(zip(mine, other, strict=False))
            wrong = [(place, *pair) for place, pair in enumerate(pairs) if _apart(*pair, entry.close, 1.0) > 1]
            print(f"  here {_short(mine)}\n  in R {_short(other)}\n  where {wrong[:4]}", flush=True)


def compare(seeds: range, folder: Path, only: str, tally: Tally) -> None:
    """Compare some designs."""
    cases = [case(seed) for seed in seeds]
    for one in cases:
        write(one, folder)
    peer = theirs(cases, folder)
    for one in cases:
        for place, entry in enumerate(one.entries):
            if not only or entry.plan["statistic"] == only:
                tally.take(one, entry, ours(one, place, folder), peer[one.seed, place])


def main() -> int:
    """Compare the designs asked for, and list what differs."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--count", type=int, default=300)
    asked.add_argument("--seed", type=int, default=0, help="the first design's seed")
    asked.add_argument("--only", default="", help="only entries of this statistic")
    asked.add_argument("--show", type=int, default=25, help="how many differences to print in full")
    given = asked.parse_args()
    if shutil.which("Rscript") is None:
        print("Rscript is not on PATH: nothing to compare with. Install r-base-core, r-cran-survey and r-cran-mass.")
        return 0
    tally, end = Tally(given.show), given.seed + given.count
    with tempfile.TemporaryDirectory() as name:
        for start in range(given.seed, end, CHUNK):
            compare(range(start, min(start + CHUNK, end)), Path(name), given.only, tally)
    for (kind, statistic), times in sorted(tally.differ.items()):
        print(f"differ: {kind}, {statistic}: {times}")
    print(
        f"designs {given.count} from seed {given.seed}: estimates equal {tally.same} ({tally.numbers} numbers, {tally.refused} refused by "
        f"both), different {sum(tally.differ.values())}"
    )
    return int(bool(tally.differ))


def _short(answer: Answer) -> Any:
    return answer[:200] if isinstance(answer, str) else [float(f"{value:.12g}") for value in answer[:16]]


if __name__ == "__main__":
    sys.exit(main())
