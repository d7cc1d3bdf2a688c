"""Score what extraction finds in short reports in six languages against keys of dates, places, quantities and terms.

    python -m bench.languages [--half open|second|third|frozen|sealed|unseen] [--errors found|told]

The reports are those of `bench/data/languages`; `open`, `second` and `third` are for tuning, `frozen`, `sealed` and `unseen` for the
figure alone (`--errors` is refused there). Three readings of each text: `found`, every mention that the finders behind `extract` mark; `told`, the values in
the incidents that `plumbline extract` gives, the ends of their routes, the dates and
places around their own too; `lists`, word lists alone: the blueprint's words as they stand, names
of the gazetteer's most populous place, day, month name and year, figure and unit. A mention is right when it meets a
key's and has its value: the same range of days, the country of the place, the amount within 1 % in one base unit, the
term. `found` and `lists` are scored by mention, `told` by distinct value of a text, where keyed background counts
as missed. Intervals: 95 %, bootstrap over texts, 2,000 draws, seed 7; `gain` is paired. Prints JSON.
"""

from __future__ import annotations

import argparse
import calendar
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from bench.extraction import gazetteer_here

from plumbline.domain.blueprints import Blueprint, load_shipped
from plumbline.domain.extraction import Gazetteer, extract
from plumbline.domain.extraction.findings import Findings
from plumbline.domain.extraction.lexicon import any_of, lexicon
from plumbline.domain.extraction.plans import FieldPlan, plan_of
from plumbline.domain.extraction.quantities import TIMES
from plumbline.domain.extraction.text import HAS_HAN, fold_name, plain_digits

DATA = Path(__file__).resolve().parent / "data" / "languages"
LANGUAGES = ("fr", "es", "ar", "ru", "zh", "it")
KINDS = ("dates", "places", "quantities", "terms")
OPEN = ("open", "second", "third")
"""The parts that may be read and tuned on."""
HELD = ("frozen", "sealed", "unseen")
READINGS = ("lists", "found", "told")
BASE = {"t": ("kg", 1000.0), "g": ("kg", 0.001), "m3": ("l", 1000.0)}


@dataclass(frozen=True)
class Said:
    """Hold a stretch text[start:end] and the value it is given."""

    start: int
    end: int
    value: Any


Read = Mapping[str, Sequence[Said]]


# --- keys and values as one can compare them ---------------------------------------------------------------------------


def days(value: str) -> tuple[str, str]:
    """Give first and last day of an ISO date of any precision, or of a range.

    >>> days('2024-02'), days('2024-03-01/2024-03-05')
    (('2024-02-01', '2024-02-29'), ('2024-03-01', '2024-03-05'))
    """
    first, _, last = value.partition("/")
    year, month, *_ = *map(int, (last or first).split("-")), 12
    ends = f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"
    return (first + "-01-01"[len(first) - 4 :])[:10], last if len(last) == 10 else first if len(first) == 10 else ends


def amount(low: float, high: float, unit: str) -> tuple[str, float, float]:
    """Give an amount in one base unit of its kind."""
    base, times = BASE.get(unit, (unit, 1.0))
    return base, low * times, high * times


def keyed(row: Mapping[str, Any]) -> Read:
    """Give the keys of a text; refuses one whose offsets do not hold."""
    found: dict[str, list[Said]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for one in row["keys"][kind]:
            if row["text"][one["start"] : one["end"]] != one["text"]:
                raise ValueError(f"{row['id']}: no {one['text']!r} at {one['start']}")
            found[kind].append(Said(one["start"], one["end"], _key_value(kind, one)))
    return found


def _key_value(kind: str, one: Mapping[str, Any]) -> Any:
    if kind == "dates":
        return days(one["value"])
    if kind == "places":
        return one["country"]
    if kind == "quantities":
        return amount(one["value"], one.get("value_max", one["value"]), one["unit"])
    return one["key"]


def _given(kind: str, value: Any) -> Any:
    if kind == "dates":
        return value["start"], value["end"]
    if kind == "places":
        return value if isinstance(value, str) else value["country"]
    return amount(value["low"], value["high"], value["unit"]) if kind == "quantities" else value


def right(kind: str, wanted: Said, given: Said) -> bool:
    """Say whether a stretch meets a key's and has its value."""
    if given.end <= wanted.start or wanted.end <= given.start:
        return False
    if kind == "quantities":
        same = wanted.value[0] == given.value[0]
        return same and all(abs(a - b) <= 0.01 * abs(a) for a, b in zip(wanted.value[1:], given.value[1:], strict=True))
    return bool(wanted.value == given.value)


# --- the three readings ------------------------------------------------------------------------------------------------


def routes(blueprint: Blueprint, language: str) -> frozenset[str]:
    """Name the fields that hold places which words before them lead to: where goods came from and went to."""
    return frozenset(
        plan.field.id
        for kind in plan_of(blueprint, language).types
        for plan in kind.fields
        if plan.hint.source in ("places", "countries") and plan.near is not None
    )


def plans(blueprint: Blueprint, language: str) -> list[FieldPlan]:
    """Give the fields that hold dates, places, quantities and terms of the incident itself."""
    return [
        plan
        for kind in plan_of(blueprint, language).types
        for plan in kind.fields
        if plan.hint.source in KINDS and plan.near is None
    ]


def around(blueprint: Blueprint, language: str) -> dict[str, str]:
    """Give the fields that hold dates and places around the incident's own, with what they hold."""
    held = {"earlier": "dates", "later": "dates", "elsewhere": "places"}
    listed = (plan for kind in plan_of(blueprint, language).types for plan in kind.fields)
    return {plan.field.id: held[plan.hint.source] for plan in listed if plan.hint.source in held}


def read_found(row: Mapping[str, Any], blueprint: Blueprint, gazetteer: Gazetteer) -> Read:
    """Give every mention that the finders behind extraction mark."""
    findings = Findings(
        row["text"],
        language=row["language"],
        published=date.fromisoformat(row["published"]),
        gazetteer=gazetteer,
    )
    found: dict[str, list[Said]] = {kind: [] for kind in KINDS}
    for plan in plans(blueprint, row["language"]):
        kind = plan.hint.source
        found[kind] += [Said(s.start, s.end, _given(kind, s.value)) for s in findings.of(plan)]
    return found


def read_told(row: Mapping[str, Any], blueprint: Blueprint, gazetteer: Gazetteer) -> Read:
    """Give the values in the incidents that `plumbline extract` tells."""
    told = extract(
        row["text"],
        blueprint=blueprint,
        language=row["language"],
        published=date.fromisoformat(row["published"]),
        gazetteer=gazetteer,
    )
    kinds = {plan.field.id: plan.hint.source for plan in plans(blueprint, row["language"])}
    kinds |= dict.fromkeys(routes(blueprint, row["language"]), "places")
    kinds |= around(blueprint, row["language"])
    found: dict[str, list[Said]] = {kind: [] for kind in KINDS}
    for mention in (mention for record in told for mention in record.mentions if mention.field in kinds):
        kind = kinds[mention.field]
        found[kind].append(Said(mention.start, mention.end, _given(kind, mention.value)))
    return found


def read_lists(row: Mapping[str, Any], blueprint: Blueprint, gazetteer: Gazetteer) -> Read:
    """Give what word lists alone find: no inflection, no relative dates, no ranges, no context."""
    language, text = row["language"], plain_digits(row["text"])
    terms: dict[str, Any] = {}
    units: dict[str, str] = {}
    for plan in plans(blueprint, language):
        for term in blueprint.terms_of(plan.field) if plan.hint.source == "terms" else ():
            for name in (term.label.get(language, ""), *term.synonyms.get(language, ())):
                terms.setdefault(name.casefold(), term.id)
        units |= {n.casefold(): unit for unit, names in plan.units if TIMES not in unit for lang, ns in names if lang in (language, "any") for n in ns}  # fmt: skip
    edge, close = ("", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    found: dict[str, list[Said]] = {kind: [] for kind in KINDS}
    for match in re.finditer(edge + any_of(terms) + close, text, re.IGNORECASE):
        if (key := terms.get(match.group().casefold())) is not None:
            found["terms"].append(Said(*match.span(), key))
    for match in re.finditer(rf"(\d+(?:[.,]\d+)?)\s*({any_of(units)}){close}", text, re.IGNORECASE):
        if (unit := units.get(match[2].casefold())) is not None:
            number = float(match[1].replace(",", "."))
            found["quantities"].append(Said(*match.span(), amount(number, number, unit)))
    found["dates"] = list(_listed_dates(text, language, int(row["published"][:4])))
    found["places"] = list(_listed_places(row["text"], gazetteer))
    return found


def _listed_dates(text: str, language: str, year: int) -> Iterable[Said]:
    if language == "zh":
        pattern = r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?"
        months: dict[str, int] = {str(n): n for n in range(1, 13)}
    else:
        months = {name: n for n, names in enumerate(lexicon("dates")[language]["months"], 1) for name in names}
        pattern = (
            rf"(?:(?P<d>\d{{1,2}})\s+(?:de\s+)?)?(?<!\w)(?P<m>{any_of(months)})(?!\w)(?:\s+(?:de\s+)?(?P<y>\d{{4}}))?"
        )
    for match in re.finditer(pattern, text, re.IGNORECASE):
        month = months.get(match["m"].casefold())
        if month is not None and (not match["d"] or 1 <= int(match["d"]) <= 28 + (month != 2) * 2):
            day = f"-{int(match['d']):02d}" if match["d"] else ""
            yield Said(*match.span(), days(f"{int(match['y'] or year):04d}-{month:02d}{day}"))


def _listed_places(text: str, gazetteer: Gazetteer) -> Iterable[Said]:
    tries: dict[tuple[int, int], str] = {}
    words = [match.span() for match in re.finditer(r"[^\W\d_]+", text)]
    for n, (start, end) in enumerate(words):
        if HAS_HAN.match(text[start]):
            tries |= {(a, b): text[a:b] for a in range(start, end) for b in range(a + 2, min(a + 6, end) + 1)}
        elif text[start].isupper() or not (text[start].islower()):
            tries |= {(start, last): fold_name(text[start:last]) for _, last in words[n : n + 3]}
    known = gazetteer.find_many(set(tries.values()))
    reached = 0
    for (start, end), name in sorted(tries.items(), key=lambda one: (one[0][0], -one[0][1])):
        if start >= reached and name in known:
            reached = end
            yield Said(start, end, known[name][0].country)


# --- counting ----------------------------------------------------------------------------------------------------------


def counted(kind: str, keys: Sequence[Said], given: Sequence[Said], *, distinct: bool) -> tuple[int, int, int]:
    """Count (right, given, wanted), by mention one to one, or by distinct value of the text."""
    if distinct:
        hit = {key.value for key in keys if any(right(kind, key, one) for one in given)}
        stray = {one.value for one in given if not any(right(kind, key, one) for key in keys)}
        return len(hit), len(hit) + len(stray), len({key.value for key in keys})
    left, hits = list(keys), 0
    for one in given:
        met = next((key for key in left if right(kind, key, one)), None)
        if met is not None:
            left.remove(met)
            hits += 1
    return hits, len(given), len(keys)


def _f1(sums: Any) -> Any:
    return 2 * sums[..., 0] / np.maximum(1, sums[..., 1] + sums[..., 2])


def scored(rows: Sequence[Mapping[str, Any]], counts: Any) -> dict[str, Any]:
    """Give F1 with intervals, together, by kind and by language; `counts` is by reading, text, kind, (right, given, wanted)."""
    drawn = np.random.default_rng(7).integers(0, len(rows), (2_000, len(rows)))
    told: dict[str, Any] = {}
    for n, reading in enumerate(READINGS):
        told[reading] = {
            "all": _with_interval(counts[n].sum(axis=1), drawn),
            **{kind: _with_interval(counts[n][:, k], drawn) for k, kind in enumerate(KINDS)},
            **{
                language: {
                    kind: round(float(_f1(counts[n][[r["language"] == language for r in rows]][:, k].sum(axis=0))), 3)
                    for k, kind in enumerate(KINDS)
                }
                for language in LANGUAGES
            },
        }
    sums = counts.sum(axis=2)
    gain = _f1(sums[1][drawn].sum(axis=1)) - _f1(sums[0][drawn].sum(axis=1))
    told["gain"] = [round(float(one), 3) for one in np.percentile(gain, (2.5, 97.5))]
    return told


def _with_interval(counts: Any, drawn: Any) -> dict[str, Any]:
    right_, given, wanted = (int(one) for one in counts.sum(axis=0))
    low, high = np.percentile(_f1(counts[drawn].sum(axis=1)), (2.5, 97.5))
    return {
        "f1": round(float(_f1(counts.sum(axis=0))), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "precision": round(right_ / max(1, given), 3),
        "recall": round(right_ / max(1, wanted), 3),
    }


def main() -> None:
    """Read one part in three ways and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=(*OPEN, *HELD), default="open")
    parser.add_argument(
        "--errors", choices=READINGS, help="list what a reading missed and got wrong (parts for tuning only)"
    )
    options = parser.parse_args()
    if options.errors and options.half in HELD:
        parser.error(f"the misses of the {options.half} part are not to be read")
    gazetteer, blueprints = gazetteer_here(), defaultdict[str, Any](lambda: None)
    rows = [
        json.loads(line)
        for language in LANGUAGES
        for line in (DATA / options.half / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    counts, began = np.zeros((len(READINGS), len(rows), len(KINDS), 3)), time.process_time()
    for at, row in enumerate(rows):
        blueprint = blueprints[row["blueprint"]] = blueprints[row["blueprint"]] or load_shipped(row["blueprint"])
        keys = keyed(row)
        for n, read in enumerate((read_lists, read_found, read_told)):
            given = read(row, blueprint, gazetteer)
            counts[n, at] = [counted(kind, keys[kind], given[kind], distinct=n == 2) for kind in KINDS]
            if options.errors == READINGS[n]:
                _show(row, keys, given)
    told = {"half": options.half, "texts": len(rows), "cpu_s": round(time.process_time() - began, 1)}
    print(json.dumps(told | scored(rows, counts), indent=1))


def _show(row: Mapping[str, Any], keys: Read, given: Read) -> None:
    text = row["text"]
    for kind in KINDS:
        lost = [k for k in keys[kind] if not any(right(kind, k, one) for one in given[kind])]
        wrong = [one for one in given[kind] if not any(right(kind, k, one) for k in keys[kind])]
        for sign, said in (*(("-", one) for one in lost), *(("+", one) for one in wrong)):
            print(row["id"], kind, sign, repr(text[said.start : said.end]), said.value)


if __name__ == "__main__":
    main()
