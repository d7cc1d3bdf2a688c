"""Train the models of the benchmark blueprints on third-party texts, here and nowhere else: `make bench-models`.

    python -m bench.models

Reads MUC-4 (train) and the Gun Violence Database (dev) from the folder that PLUMBLINE_BENCH_DATA names, and writes
`bench/models/political-violence` and `bench/models/shootings`, which git ignores: the texts' licences do not let a model of
them ship. Then the MUC-4 model is scored on the dev texts by the template rule, with a 95 % interval by bootstrap over texts,
and one JSON object is printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from plumbline.domain.extraction.learned import load
from plumbline.domain.extraction.templates import Count, Template, score

HERE = Path(__file__).parent
ROLES = {
    "PerpInd": "perpetrator_individual", "PerpOrg": "perpetrator_organisation", "Target": "target", "Victim": "victim",
    "Weapon": "weapon",
}  # fmt: skip
STATE_FORM = 2
"""States stand as 'CA - California' in the keys; a text says either part."""


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
    fields: dict[str, list[Any]] = {"city": _said(when["city"]), "weapon": _said(gold["circumstances"]["type-of-gun"])}
    parts = str(when.get("state", "")).split(" - ")
    if len(parts) == STATE_FORM:
        fields["state"] = [{"text": one, "value": parts[1]} for one in parts[::-1] if one in text]
    for key, name in (("victim-section", "victim"), ("shooter-section", "shooter")):
        fields[name] = [filler for person in gold.get(key, ()) for filler in _said(person.get("name", {}))]
    return {"id": str(row["article_id"]), "text": text, "incidents": [{"type": "shooting", "fields": fields}]}


def _said(one: dict[str, Any]) -> list[str]:
    value = str(one.get("value", "")).strip() if isinstance(one, dict) else ""
    return [value] if value else []


def train(name: str, examples: list[dict[str, Any]]) -> float:
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
        subprocess.run(
            [*command, "--examples", file.name, "--out", str(HERE / "models" / name)], check=True, stdout=sys.stderr
        )
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def score_muc(path: Path) -> dict[str, Any]:
    """Score the model on texts that it has not seen: micro-F1, its interval over 1,000 resamples of texts, texts a second."""
    model, counts, spent = load(HERE / "models/political-violence"), [], 0.0
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
    chance = np.random.default_rng(1)
    resampled = [
        sum((counts[n] for n in chance.integers(0, len(counts), len(counts))), Count()).f1 for _ in range(1_000)
    ]
    whole = sum(counts, Count())
    return {
        "texts": len(counts), "f1": round(whole.f1, 4), "interval": [round(float(one), 4) for one in np.percentile(resampled, (2.5, 97.5))],
        "precision": round(whole.right / max(1, whole.predicted), 4), "recall": round(whole.right / max(1, whole.keyed), 4),
        "texts_a_cpu_second": round(len(counts) / spent, 1),
    }  # fmt: skip


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
        result[name] = {"examples": len(examples), "train_cpu_s": round(train(name, examples), 1)}
    result["political-violence"] |= score_muc(folder / "muc4/dev.jsonl")
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
