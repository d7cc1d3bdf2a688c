"""Train the models of the benchmark blueprints on third-party texts, here and nowhere else: `make bench-models`.

    python -m bench.models

Reads MUC-4 (train) and the Gun Violence Database (dev) from the folder that PLUMBLINE_BENCH_DATA names, and writes
`bench/models/political-violence` and `bench/models/shootings`, which git ignores: the texts' licences do not let a model of
them ship. Then the MUC-4 model is scored on the dev texts by the template rule, and a shootings model of three articles in
four on the fourth (told apart by id) by exact value after folding, a date only where an answer was possible: where the
key's day is among those that the text names, read against the day in the article's address. Intervals are 95 % by bootstrap
over texts; `left_out` is of the three in four, each read by rankers and calibrated by curves that had not seen it, with what was right and
wrong of its towns;
`calibration_error` is the expected one of the fillers' confidences, in ten equal bins (Naeini et al. 2015);
`by_chance` is what true confidences would show on as many fillers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from plumbline.domain.extraction import find_dates
from plumbline.domain.extraction.choosing import train_choosers
from plumbline.domain.extraction.learned import Example, load
from plumbline.domain.extraction.learning import is_held_back
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.templates import Count, Template, folded, score
from plumbline.domain.extraction.text import fold_name
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer

HERE = Path(__file__).parent
ROLES = {
    "PerpInd": "perpetrator_individual", "PerpOrg": "perpetrator_organisation", "Target": "target", "Victim": "victim",
    "Weapon": "weapon",
}  # fmt: skip
STATE_FORM = 2
"""States stand as 'CA - California' in the keys; a text says either part."""

SERIES = "The Homicide Report"
"""A newspaper's notices of one fixed form, whose keys hold now the city, now the quarter."""

IN_ADDRESS = re.compile(r"(?P<y>20\d\d)[/-]?(?P<m>\d\d|[a-z]{3})[/-]?(?P<d>\d\d)(?!\d)")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Give the lines of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def kinds(template: dict[str, Any]) -> list[str]:
    """Give the types that a key accepts; 'attack / bombing' are two."""
    return [one.strip().replace(" ", "-") for one in template["incident_type"].split(" / ")]


def muc_example(row: dict[str, Any]) -> dict[str, Any]:
    """Turn keys into an example for training."""
    incidents = [
        {
            "type": kinds(one)[0],
            "fields": {
                name: [[mention for mention, _at in entity] for entity in one[key]] for key, name in ROLES.items()
            },
        }
        for one in row["templates"]
    ]
    return {"id": row["docid"], "text": row["doctext"], "incidents": incidents}


def shooting_example(row: dict[str, Any]) -> dict[str, Any]:
    """Turn the annotations of an article into an example: what stands in its text."""
    gold, text = row["gold"], row["text"]
    when = gold["date-and-time"]
    city = [one.splitlines()[-1].strip(" .,") for one in _said(when["city"])]
    fields: dict[str, list[Any]] = {"city": city, "weapon": _said(gold["circumstances"]["type-of-gun"])}
    parts = str(when.get("state", "")).split(" - ")
    if len(parts) == STATE_FORM:
        said = next((one for one in parts[::-1] if one in text), parts[1])
        fields["state"] = [{"text": said, "value": parts[1]}]
    day = "-".join(f"{int(part):02}" for part in when["date"].split("-")) if when.get("date") else ""
    if day:
        fields["date"] = [{"text": day, "value": day}]
    for key, name in (("victim-section", "victim"), ("shooter-section", "shooter")):
        fields[name] = [filler for person in gold.get(key, ()) for filler in _said(person.get("name", {}))]
    published = published_of(row["url"])
    return {
        "id": str(row["article_id"]), "text": text, "incidents": [{"type": "shooting", "fields": fields}],
    } | ({"published": published} if published else {})  # fmt: skip


def published_of(url: str) -> str:
    """Give the ISO day that an article's address names, '' where it names none."""
    found = IN_ADDRESS.search(url)
    if found is None:
        return ""
    month = int(found["m"]) if found["m"].isdigit() else MONTHS.index(found["m"]) + 1 if found["m"] in MONTHS else 0
    try:
        return date(int(found["y"]), month, int(found["d"])).isoformat()
    except ValueError:
        return ""


def _said(one: dict[str, Any]) -> list[str]:
    value = str(one.get("value", "")).strip() if isinstance(one, dict) else ""
    return [value] if value else []


def train(name: str, examples: list[dict[str, Any]], out: Path) -> float:
    """Train one model by the command that users have; gives its CPU seconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in examples)
        file.flush()
        before = os.times()
        command = [
            str(Path(sys.executable).with_name("plumbline")),
            "train",
            "--blueprint",
            str(HERE / f"blueprints/{name}.yaml"),
        ]
        subprocess.run([*command, "--examples", file.name, "--out", str(out)], check=True, stdout=sys.stderr)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def score_muc(path: Path) -> dict[str, Any]:
    """Score the model on texts that it has not seen: micro-F1, its interval over 1,000 resamples of texts, texts a second."""
    model, counts, spent, sure = load(HERE / "models/political-violence"), [], 0.0, []
    for row in rows(path):
        keys = [
            Template(
                frozenset(kinds(one)),
                {name: [[m for m, _ in entity] for entity in one[key]] for key, name in ROLES.items()},
            )
            for one in row["templates"]
        ]
        began = time.process_time()
        told = model.incidents(row["doctext"])
        spent += time.process_time() - began
        predicted = [
            Template(
                frozenset([one.type]),
                {name: [[filler.text] for filler in fillers] for name, fillers in one.fields.items()},
            )
            for one in told
        ]
        counts.append(score(predicted, keys))
        if keys:
            for one in told:
                for name, fillers in one.fields.items():
                    accepted = {folded(m) for key in keys for entity in key.fields.get(name, ()) for m in entity}
                    sure += [(filler.confidence, folded(filler.text) in accepted) for filler in fillers]
    chance = np.random.default_rng(1)
    resampled = [
        sum((counts[n] for n in chance.integers(0, len(counts), len(counts))), Count()).f1 for _ in range(1_000)
    ]
    whole = sum(counts, Count())
    return {
        "texts": len(counts), "f1": round(whole.f1, 4), "interval": [round(float(one), 4) for one in np.percentile(resampled, (2.5, 97.5))],
        "precision": round(whole.right / max(1, whole.predicted), 4), "recall": round(whole.right / max(1, whole.keyed), 4),
        "texts_a_cpu_second": round(len(counts) / spent, 1), **calibration(sure),
    }  # fmt: skip


def score_shootings(examples: list[dict[str, Any]]) -> dict[str, Any]:
    """Train on three articles in four and score the fourth: share of right values by field, calibration."""
    held = [one for one in examples if is_held_back(Example(one["id"], "", ()), 0.25)]
    gazetteer = open_gazetteer(gazetteer_folder(), wide=True)
    right: dict[str, list[bool]] = {name: [] for name in ("city", "state", "date", "weapon")}
    sure: list[tuple[float, bool]] = []
    with tempfile.TemporaryDirectory() as folder:
        train("shootings", [one for one in examples if one not in held], Path(folder) / "m")
        model = load(Path(folder) / "m")
        for one in held:
            day = date.fromisoformat(one["published"]) if "published" in one else None
            told = model.incidents(one["text"], published=day, gazetteer=gazetteer)
            fields = told[0].fields if told else {}
            for name, answers in right.items():
                keys = {_value(each) for each in one["incidents"][0]["fields"].get(name, ())}
                said = [_value({"value": each.value}) for each in fields.get(name, ())[:1]]
                sure += [(fields[name][0].confidence, said[0] in keys)] if said else []
                possible = find_dates(one["text"], language="en", published=day) if name == "date" else ()
                if keys if name != "date" else keys & {each.value["start"] for each in possible}:
                    answers.append(bool(said) and said[0] in keys)
    chance = np.random.default_rng(1)
    shares = {
        name: {
            "texts": len(answers), "right": round(float(np.mean(answers)), 3),
            "interval": [
                round(float(each), 3) for each in
                np.percentile(chance.choice(answers, (1_000, len(answers))).mean(axis=1), (2.5, 97.5))
            ],
        } for name, answers in right.items() if answers
    }  # fmt: skip
    others = [one for one in examples if one not in held]
    return {"held_out": shares, **calibration(sure), "left_out": left_out(others, gazetteer)}


def left_out(examples: list[dict[str, Any]], gazetteer: Gazetteer) -> dict[str, Any]:
    """Give the calibration of the chosen values of texts left out in turn: more of them than are held out."""
    told = [one["incidents"][0]["fields"] for one in examples]
    texts = [
        Example(
            one["id"], one["text"], (), published=date.fromisoformat(one["published"]) if "published" in one else None
        )
        for one in examples
    ]
    filled = {
        name: [[each["value"] if isinstance(each, dict) else each for each in one.get(name, ())] for one in told]
        for name in ("city", "state", "date", "weapon")
    }
    divisions = open_gazetteer(gazetteer_folder()).divisions()
    sure, city = [], Counter[str]()
    for name, trained in train_choosers(texts, filled, {"date"}, gazetteer, divisions=divisions).items():
        for picked, one, example in zip(trained.picked, told, examples, strict=True):
            keys = {_value(each) for each in one.get(name, ())}
            said = _value({"value": picked[0].value}) if picked else ""
            if picked is not None:
                sure.append((picked[1], said in keys))
            if name == "city" and keys:
                city.update([_verdict(said, keys, example["text"])])
    return calibration(sure) | {"city": dict(city)}


def _verdict(said: str, keys: set[str], text: str) -> str:
    """Say whether a town is right, and if not, what may be at fault: the key of a series, or a part of a name."""
    if SERIES in text[:200]:
        return "right, in the series" if said in keys else "wrong, in the series"
    if said in keys:
        return "right"
    return "wrong, a part of the other" if said and any(said in one or one in said for one in keys) else "wrong"


def _value(filler: Any) -> str:
    value = filler.get("value") or filler["text"] if isinstance(filler, dict) else filler
    return fold_name(value) if isinstance(value, str) and value[:2] != "20" else str(_start(value))


def _start(value: Any) -> Any:
    return value["start"] if isinstance(value, dict) else value


def calibration_error(sure: list[tuple[float, bool]]) -> float:
    """Give the mean distance of confidence from the share that is right, over ten equal bins."""
    claimed, right = np.array([one for one, _ in sure]), np.array([float(one) for _, one in sure])
    bins = np.minimum((claimed * 10).astype(int), 9)
    gaps = [abs(claimed[bins == n].sum() - right[bins == n].sum()) for n in range(10)]
    return round(float(sum(gaps) / max(1, len(sure))), 4)


def calibration(sure: list[tuple[float, bool]]) -> dict[str, Any]:
    """Give the calibration error, and what confidences that are true would show by chance: the mean and the 95th percentile."""
    chance, claimed = np.random.default_rng(1), np.array([one for one, _ in sure])
    drawn = [
        calibration_error(list(zip(claimed.tolist(), (chance.random(len(claimed)) < claimed).tolist(), strict=True)))
        for _ in range(500)
    ]
    by_chance = [round(float(np.mean(drawn)), 4), round(float(np.percentile(drawn, 95)), 4)]
    return {"fillers": len(sure), "calibration_error": calibration_error(sure), "by_chance": by_chance}


def main() -> int:
    """Train both, score one."""
    data = os.environ.get("PLUMBLINE_BENCH_DATA", "")
    if not data:
        print("left out: PLUMBLINE_BENCH_DATA names no folder of corpora", file=sys.stderr)
        return 0
    folder = Path(data)
    result: dict[str, Any] = {}
    for name, make, path in (
        ("political-violence", muc_example, folder / "muc4/train.jsonl"),
        ("shootings", shooting_example, folder / "gvdb/dev.jsonl"),
    ):
        examples = [make(row) for row in rows(path)]
        if name == "shootings":
            result["shootings split"] = score_shootings(examples)
        result[name] = {
            "examples": len(examples),
            "train_cpu_s": round(train(name, examples, HERE / "models" / name), 1),
        }
    result["political-violence"] |= score_muc(folder / "muc4/dev.jsonl")
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
