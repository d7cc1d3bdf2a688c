"""Score extraction against careful readers' keys: incidents found, and the fields of each.

    python -m bench.extraction [--set demo|dev|held]... [--verbose]

Three sets: `demo`, the demonstration's reports with expected.yaml; `dev` and `held`, short reports in
tests/data/extraction of which extraction was tuned on `dev` alone. Each report goes through its reader and `extract`
as the product does it. Predicted and expected incidents are aligned one to one by the most fields in common; a pair
counts when it agrees on two fields. A date is right when the expected day or month lies in the predicted range of at
most 31 days, a place by its name or within 50 km, an amount within 1 %, terms when one expected term is there.
Prints JSON: precision, recall and F1 of incidents and of each field, by set, workspace and language, and CPU ms a passage.
"""

from __future__ import annotations

import argparse
import calendar
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from plumbline.domain.blueprints import Blueprint, load_shipped
from plumbline.domain.extraction import Gazetteer, ProposedRecord, extract
from plumbline.domain.extraction.text import fold_name, kilometres
from plumbline.engines.gazetteer import open_gazetteer
from plumbline.plugins.readers import read_file

ROOT = Path(__file__).resolve().parent.parent
DEMONSTRATION = ROOT / "src" / "plumbline" / "demonstration"
KEYED = ROOT / "tests" / "data" / "extraction"
SETS = ("demo", "dev", "held")
FIELDS = ("date", "country", "place", "amount", "terms")
TERM_FIELDS = {"hazardous-waste": "waste", "cbrn-incidents": "material", "precious-metals": "metal"}
Values = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one report (file name and bytes), what is known of it, and the incidents that a reader finds in it."""

    name: str
    set: str
    workspace: str
    language: str
    published: date
    data: bytes
    incidents: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what extraction gave for a case: values by field of each incident, passages read, CPU seconds taken."""

    case: Case
    predicted: tuple[Values, ...]
    passages: int
    seconds: float


def cases(chosen: str) -> tuple[Case, ...]:
    """Load the cases of one set: demo, dev or held."""
    return tuple(_demonstration()) if chosen == "demo" else tuple(c for c in _keyed() if c.set == chosen)


def _demonstration() -> Iterator[Case]:
    demo = yaml.safe_load((DEMONSTRATION / "demo.yaml").read_text(encoding="utf-8"))
    key = yaml.safe_load((DEMONSTRATION / "expected.yaml").read_text(encoding="utf-8"))
    expected = {report["file"]: report["incidents"] for report in key["reports"]}
    for report in demo["reports"]:
        terms = key["terms"][report["workspace"]]["events"]
        found = tuple(one | {"terms": terms.get(one["event"], [])} for one in expected[report["file"]])
        data = (DEMONSTRATION / "reports" / report["file"]).read_bytes()
        about = (report["workspace"], report["language"], report["published"])
        yield Case(report["file"], "demo", *about, data, found)


def _keyed() -> Iterator[Case]:
    for path in sorted(KEYED.glob("*.yaml")):
        one = yaml.safe_load(path.read_text(encoding="utf-8"))
        about = (one["workspace"], one["language"], date.fromisoformat(str(one["published"])))
        yield Case(f"{path.stem}.txt", one["set"], *about, one["text"].encode(), tuple(one["incidents"]))


@cache
def _blueprint(name: str) -> Blueprint:
    return load_shipped(name)


def run(case: Case, gazetteer: Gazetteer) -> Outcome:
    """Read a report and extract from it as the product does: prose as one text, table rows one by one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / case.name
        path.write_bytes(case.data)
        blocks = list(read_file(path, name=case.name).blocks)
    prose = "\n\n".join(block.text for block in blocks if block.kind != "row")
    texts = [prose] * bool(prose) + [block.text for block in blocks if block.kind == "row"]
    began = time.process_time()
    found: list[ProposedRecord] = []
    for text in texts:
        found += extract(
            text,
            blueprint=_blueprint(case.workspace),
            language=case.language,
            published=case.published,
            gazetteer=gazetteer,
        )
    seconds = time.process_time() - began
    return Outcome(case, tuple(map(values_of, found)), len(blocks), seconds)


def values_of(proposal: ProposedRecord) -> Values:
    """List a proposal's values by field."""
    values: dict[str, list[Any]] = defaultdict(list)
    for mention in proposal.mentions:
        values[mention.field].append(mention.value)
    return dict(values)


# --- comparing ------------------------------------------------------------------------------------------------------


def predicted_in(values: Values, field: str, workspace: str) -> list[Any]:
    """List the predicted values of a scored field."""
    return list(values.get(TERM_FIELDS[workspace] if field == "terms" else field, ()))


def agrees(field: str, wanted: Any, given: Sequence[Any], country: str, gazetteer: Gazetteer) -> bool:
    """Say whether one of the given values is right; see the module for what right means."""
    if field == "date":
        return any(_holds(value, str(wanted)) for value in given)
    if field == "place":
        return any(_same_place(value, wanted, country, gazetteer) for value in given)
    if field == "amount":
        return any(
            value["unit"] == wanted["unit"] and abs(value["high"] - wanted["value"]) <= 0.01 * wanted["value"]
            for value in given
        )
    return bool(set(given) & set(wanted if field == "terms" else [wanted]))


def _holds(value: Mapping[str, Any], wanted: str) -> bool:
    year, month, *day = map(int, wanted.split("-"))
    first = date(year, month, day[0] if day else 1)
    last = date(year, month, day[0] if day else calendar.monthrange(year, month)[1])
    start, end = date.fromisoformat(value["start"]), date.fromisoformat(value["end"])
    inside = start <= first and last <= end
    return (inside or (not day and first <= start and end <= last)) and (end - start).days <= 31


def _same_place(value: Mapping[str, Any], wanted: str, country: str, gazetteer: Gazetteer) -> bool:
    if fold_name(value["name"]) == fold_name(wanted):
        return True
    near = [place for place in gazetteer.find(fold_name(wanted)) if place.country == country]
    return value["precision"] != "country" and any(
        kilometres(place.lat, place.lon, value["lat"], value["lon"]) <= 50 for place in near
    )


def right_fields(wanted: Mapping[str, Any], given: Values, workspace: str, gazetteer: Gazetteer) -> frozenset[str]:
    """Name the fields on which a predicted incident agrees with an expected one."""
    return frozenset(
        field
        for field in FIELDS
        if wanted.get(field)
        and agrees(field, wanted[field], predicted_in(given, field, workspace), wanted["country"], gazetteer)
    )


def align(agreement: Sequence[Sequence[int]]) -> dict[int, int]:
    """Pair rows (expected) with columns (predicted), best pairs first; a pair needs two fields in common."""
    pairs = sorted(
        ((count, row, column) for row, counts in enumerate(agreement) for column, count in enumerate(counts)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    aligned: dict[int, int] = {}
    for count, row, column in pairs:
        if count >= 2 and row not in aligned and column not in aligned.values():
            aligned[row] = column
    return aligned


def tally(outcome: Outcome, gazetteer: Gazetteer) -> Counter[tuple[str, str]]:
    """Count (field or 'incident', 'tp' | 'fp' | 'fn') for one report.

    A wrong value counts as false and as missing; values of unaligned proposals are false, of unfound incidents missing.
    """
    case, counts = outcome.case, Counter[tuple[str, str]]()
    right = [[right_fields(w, g, case.workspace, gazetteer) for g in outcome.predicted] for w in case.incidents]
    aligned = align([[len(fields) for fields in row] for row in right])
    counts["incident", "tp"] = len(aligned)
    counts["incident", "fn"] = len(case.incidents) - len(aligned)
    counts["incident", "fp"] = len(outcome.predicted) - len(aligned)
    for field in FIELDS:
        hits = sum(field in right[row][column] for row, column in aligned.items())
        # A field that the key leaves open for an aligned incident ('amount' unknown) is not held against it.
        opened = {column for row, column in aligned.items() if not case.incidents[row].get(field)}
        given = sum(
            bool(predicted_in(values, field, case.workspace))
            for column, values in enumerate(outcome.predicted)
            if column not in opened
        )
        counts[field, "tp"] = hits
        counts[field, "fp"] = given - hits
        counts[field, "fn"] = sum(bool(wanted.get(field)) for wanted in case.incidents) - hits
    return counts


def scores(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, float]]:
    """Turn counts into precision, recall and F1 by field; nothing expected and nothing given is perfect."""
    found = {}
    for field in ("incident", *FIELDS):
        tp, fp, fn = (counts.get((field, kind), 0) for kind in ("tp", "fp", "fn"))
        precision, recall = tp / (tp + fp) if tp + fp else 1.0, tp / (tp + fn) if tp + fn else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        found[field] = {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}
    return found


def summary(outcomes: Iterable[Outcome], gazetteer: Gazetteer) -> dict[str, Any]:
    """Score outcomes together, by workspace and by language, with the CPU cost in ms a passage."""
    total, parts = Counter[tuple[str, str]](), defaultdict[str, Counter[tuple[str, str]]](Counter)
    passages, seconds = 0, 0.0
    for outcome in outcomes:
        counts = tally(outcome, gazetteer)
        total.update(counts)
        parts[outcome.case.workspace].update(counts)
        parts[outcome.case.language].update(counts)
        passages, seconds = passages + outcome.passages, seconds + outcome.seconds
    parted = {name: {"incident": scores(one)["incident"]["f1"], "fields": _mean(one)} for name, one in parts.items()}
    return {"all": scores(total), "parts_f1": parted, "ms_per_passage": round(1000 * seconds / max(1, passages), 2)}


def _mean(counts: Mapping[tuple[str, str], int]) -> float:
    """Give the micro F1 over all five fields together."""
    sums = Counter[tuple[str, str]]()
    for (field, kind), count in counts.items():
        if field != "incident":
            sums["incident", kind] += count
    return scores(sums)["incident"]["f1"]


def gazetteer_here() -> Gazetteer:
    """Open the gazetteer in the data folder's place, or in one of the machine's temporary folder."""
    folder = Path(os.environ.get("PLUMBLINE_DATA") or Path(tempfile.gettempdir()) / "plumbline-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return open_gazetteer(folder)


def main() -> None:
    """Run the chosen sets and print their scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=SETS, dest="sets")
    parser.add_argument("--verbose", action="store_true", help="show what each report gave")
    options = parser.parse_args()
    gazetteer = gazetteer_here()
    told = {}
    for chosen in options.sets or SETS:
        outcomes = [run(case, gazetteer) for case in cases(chosen)]
        told[chosen] = summary(outcomes, gazetteer)
        if options.verbose:
            for outcome in outcomes:
                _show(outcome, gazetteer)
    print(json.dumps(told, indent=1))


def _show(outcome: Outcome, gazetteer: Gazetteer) -> None:
    case = outcome.case
    counts = tally(outcome, gazetteer)
    wrong = [f"{field} {kind} {count}" for (field, kind), count in counts.items() if kind != "tp" and count]
    print(f"== {case.name}: expected {len(case.incidents)}, given {len(outcome.predicted)}; {', '.join(wrong)}")
    for values in outcome.predicted if wrong else ():
        print("  ", json.dumps(values, ensure_ascii=False))


if __name__ == "__main__":
    main()
