"""Read with the blueprint's hints and a model that reviewers taught, each where it reads better; measure what it gained.

For each field of a type one of three ways reads: the hints, the model, or the model where it finds something and else
the hints. The way is the one of the best F1 on examples that the model had not seen; the hints where it gains nothing.
So it is decided, too, whether the model may say that a report tells no incident of a type, or one that hints overlook.
What was gained is measured on a fifth of the examples, whole documents, that neither taught nor decided anything.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from plumbline.domain.blueprints import Blueprint, Field, RecordType
from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.extract import extract
from plumbline.domain.extraction.learned import Example, Filler, Model, Reading, Told, load
from plumbline.domain.extraction.learning import FEWEST, refuse_few, train
from plumbline.domain.extraction.model import Gazetteer, Mention, ProposedRecord
from plumbline.domain.extraction.templates import Count
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.geocoding import locate

HELD: Final = 5
"""One example in so many is held back."""
NEEDED: Final = FEWEST * HELD // (HELD - 1)
"""So many reports that tell an incident must have been reviewed."""
LEARNED: Final = frozenset({"text", "date", "place", "country", "term", "number", "quantity"})
"""The types of fields that are learned."""
CHOSEN: Final = frozenset({"text", "date", "place"})
"""The types of fields whose one value is chosen among candidates."""
WAYS: Final = ("hints", "both", "model")
TELLS: Final = ""
"""Stands for a field where the type itself is meant: that a report tells an incident of it."""
RESAMPLES: Final = 1_000
Words = Callable[[Field, str, Example], Any]
"""Reads words of a text as the value of a field; None where they hold none."""
Ways = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Taught:
    """Hold a model, by type and field the way that reads, and how words become values."""

    model: Model
    ways: Ways
    words: Words

    def read(self, report: Example, *, blueprint: Blueprint, gazetteer: Gazetteer) -> tuple[ProposedRecord, ...]:
        """Propose the records that a report tells of, in its order; its incidents are not looked at."""
        hinted = _hinted(report, blueprint, gazetteer)
        if not self.ways:
            return hinted
        reading = self.model.reading(
            report.text, language=report.language, published=report.published, gazetteer=gazetteer
        )
        return _Together(report, blueprint, gazetteer, self.words).of(hinted, reading, self.ways)


def load_taught(folder: Path, words: Words) -> Taught:
    """Load what `teach` stored; refuses a folder that holds none, or one of another version."""
    model = load(folder)
    try:
        ways = json.loads((folder / "ways.json").read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(
            "model.broken", "{path} holds no model that this version reads. Train it again.", path=str(folder)
        ) from error
    return Taught(model, ways, words)


def teach(
    examples: Sequence[Example], blueprint: Blueprint, out: Path, *, gazetteer: Gazetteer, words: Words,
    divisions: Mapping[str, str] | None = None, seed: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Train on reviewed reports into the folder `out` and report what got better on those held back.

    The report has `examples`, `telling`, `held_back`, `ways`, and `fields`: type, field ('' for the type itself), `texts`,
    F1 `before` (hints) and `after`, `gained` with its 95 % `interval` (bootstrap over texts). What is stored was trained
    on all examples, the figures are those of a model that had not seen the ones held back. Refuses too few.
    """
    refuse_few(sum(bool(one.incidents) for one in examples), NEEDED)
    kept, held = _parted(examples)
    options = _options(blueprint) | {"gazetteer": gazetteer, "divisions": divisions, "seed": seed}
    plain = {one.id: _for_training(one, blueprint) for one in examples}
    hinted = {one.id: _hinted(one, blueprint, gazetteer) for one in examples}
    with tempfile.TemporaryDirectory() as folder:
        fitted = train([plain[one.id] for one in kept], list(blueprint.types), Path(folder) / "m", **options)
        ways = _best_ways(kept, hinted, fitted.unseen, blueprint, gazetteer, words)
        taught = Taught(load(Path(folder) / "m"), ways, words)
        after = {one.id: taught.read(one, blueprint=blueprint, gazetteer=gazetteer) for one in held}
    fields = _gains(held, hinted, after, blueprint, seed)
    train([plain[one.id] for one in examples], list(blueprint.types), out, **options)
    (out / "ways.json").write_text(json.dumps(ways, indent=1, sort_keys=True))
    telling = sum(bool(one.incidents) for one in examples)
    return {
        "examples": len(examples), "telling": telling, "held_back": len(held), "seed": seed, "ways": ways, "fields": fields,
    }  # fmt: skip


def _parted(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Part examples into those kept and those held back, always the same ones: a fifth of those that tell and of the quiet.

    Each mixture of types gives its share of them (largest remainders), so that what is common is measured as well.
    """
    mixtures = defaultdict[tuple[str, ...], list[Example]](list)
    for one in sorted(examples, key=lambda one: hashlib.blake2b(one.id.encode(), digest_size=8).digest()):
        mixtures[tuple(sorted({told.type for told in one.incidents}))].append(one)
    shares = {mixture: len(part) // HELD for mixture, part in mixtures.items()}
    telling = [mixture for mixture in mixtures if mixture]
    left = sum(len(mixtures[one]) for one in telling) // HELD - sum(shares[one] for one in telling)
    for mixture in sorted(telling, key=lambda one: (-(len(mixtures[one]) % HELD), one))[:left]:
        shares[mixture] += 1
    held = [one for mixture, part in mixtures.items() for one in part[: shares[mixture]]]
    kept = [one for mixture, part in mixtures.items() for one in part[shares[mixture] :]]
    return kept, held


def _hinted(report: Example, blueprint: Blueprint, gazetteer: Gazetteer) -> tuple[ProposedRecord, ...]:
    return extract(
        report.text, blueprint=blueprint, language=report.language, published=report.published, gazetteer=gazetteer
    )


def _learned_fields(kind: RecordType) -> dict[str, Field]:
    """Give the fields of a type that are learned: those whose values are words, not whole sentences or links."""
    hints = kind.extraction.fields if kind.extraction else {}
    return {
        name: field
        for name, field in kind.fields.items()
        if field.type in LEARNED and not (name in hints and hints[name].source == "sentence")
    }


def _options(blueprint: Blueprint) -> dict[str, Any]:
    fields = [field for kind in blueprint.types.values() for field in _learned_fields(kind).values()]
    many = {field.id for field in fields if field.many}
    return {
        "single": {field.id for field in fields if field.type in CHOSEN} - many,
        "dated": {field.id for field in fields if field.type == "date"},
    }


def _for_training(example: Example, blueprint: Blueprint) -> Example:
    """Leave what a model learns from: values that are words or dates; places by their words alone."""
    told = []
    for one in example.incidents:
        fields = {}
        for name, field in _learned_fields(blueprint.types[one.type]).items():
            keep = field.type in ("text", "date", "country", "term")
            fillers = [replace(each, value=each.value if keep else None) for each in one.fields.get(name, ())]
            fields[name] = [each for each in fillers if each.text or each.value]
        told.append(Told(one.type, {name: fillers for name, fillers in fields.items() if fillers}))
    return replace(example, incidents=told)


# -- hints and model together -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Together:
    """Join what hints and model read of one report."""

    report: Example
    blueprint: Blueprint
    gazetteer: Gazetteer
    words: Words

    def of(self, hinted: Sequence[ProposedRecord], reading: Reading, ways: Ways) -> tuple[ProposedRecord, ...]:
        """Give the proposals of the hints with the fields that the model reads better, as `ways` says by type and field."""
        found = []
        for one in hinted:
            by = ways.get(one.type, {})
            if by.get(TELLS, "hints") == "hints" or one.type in reading.types or by[TELLS] == "both":
                found.append(self._filled(one, reading, by, alone=len(hinted) == 1))
        for kind, chance in reading.types.items():
            if ways.get(kind, {}).get(TELLS, "hints") != "hints" and all(one.type != kind for one in hinted):
                found += self._overlooked(kind, chance, reading)
        return tuple(sorted(found, key=lambda one: (one.start, one.type)))

    def _filled(
        self, proposal: ProposedRecord, reading: Reading, by: Mapping[str, str], *, alone: bool
    ) -> ProposedRecord:
        """Fill the fields of a proposal; where a report tells several, only by what stands within its stretch."""
        mentions = list(proposal.mentions)
        for name, way in by.items():
            if way == "hints" or name == TELLS:
                continue
            own = self._mentions(proposal.type, name, reading)
            own = own if alone else [one for one in own if proposal.start <= one.start < proposal.end]
            if own or (way == "model" and alone):
                mentions = [one for one in mentions if one.field != name] + own
        return replace(proposal, mentions=tuple(mentions)) if mentions else proposal

    def _overlooked(self, kind: str, chance: float, reading: Reading) -> list[ProposedRecord]:
        """Propose a record that hints overlook, of two filled fields at least."""
        fields = _learned_fields(self.blueprint.types[kind])
        mentions = [one for name in fields for one in self._mentions(kind, name, reading)]
        if len({one.field for one in mentions}) < 2:
            return []
        start, end = min(one.start for one in mentions), max(one.end for one in mentions)
        return [ProposedRecord(kind, tuple(mentions), start, end, round(chance, 3))]

    def _mentions(self, kind: str, name: str, reading: Reading) -> list[Mention]:
        """Give the model's fillers of a field whose words can be read as its value; the surest where it holds one."""
        field, found = self.blueprint.types[kind].fields[name], dict[str, Mention]()
        for one in sorted(reading.fields.get(name, ()), key=lambda one: -one.confidence):
            value = self._value(field, one)
            if value is not None:
                sure = min(0.99, round(one.confidence, 3))
                found.setdefault(key_of(field, value), Mention(name, value, one.text, one.start, one.end, sure))
        chosen = list(found.values()) if field.many else list(found.values())[:1]
        return sorted(chosen, key=lambda one: one.start)

    def _value(self, field: Field, filler: Filler) -> Any:
        if field.type == "place":
            [one] = locate(self.report.text, [(filler.start, filler.end)], gazetteer=self.gazetteer)
            return one.place.value() if one.place else None
        if field.type == "text":
            return filler.value or filler.text
        if filler.value is not None and filler.value != filler.text:
            return filler.value
        return self.words(field, filler.text, self.report)


def key_of(field: Field, value: Any) -> str:
    """Give what values of a field are compared by: days of a date, id or name of a place, folded words, else JSON."""
    if field.type == "date" and isinstance(value, Mapping):
        return f"{value.get('start')}/{value.get('end')}"
    if field.type == "place" and isinstance(value, Mapping):
        return str(value.get("geonameid") or fold_name(str(value.get("name", ""))))
    if field.type == "text":
        return fold_name(str(value))
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


# -- which way reads better -------------------------------------------------------------------------------------------

Said = Mapping[tuple[str, str], frozenset[str]]
"""By type and field what a report says, as keys of values."""


def _proposed(found: Sequence[ProposedRecord], blueprint: Blueprint) -> Said:
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found:
        said[one.type, TELLS].add("told")
        for name, field in _learned_fields(blueprint.types[one.type]).items():
            said[one.type, name] |= {key_of(field, each.value) for each in one.mentions if each.field == name}
    return {place: frozenset(keys) for place, keys in said.items()}


def _reviewed(example: Example, blueprint: Blueprint) -> Said:
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in example.incidents:
        said[one.type, TELLS].add("told")
        for name, field in _learned_fields(blueprint.types[one.type]).items():
            fillers = one.fields.get(name, ())
            said[one.type, name] |= {key_of(field, each.text if each.value is None else each.value) for each in fillers}
    return {place: frozenset(keys) for place, keys in said.items()}


def _count(said: Said, keys: Said, place: tuple[str, str]) -> Count:
    one, other = said.get(place, frozenset()), keys.get(place, frozenset())
    return Count(len(one), len(other), len(one & other))


def _best_ways(
    kept: Sequence[Example], hinted: Mapping[str, Sequence[ProposedRecord]], unseen: Mapping[str, Reading],
    blueprint: Blueprint, gazetteer: Gazetteer, words: Words,
) -> dict[str, dict[str, str]]:  # fmt: skip
    """Choose by type and field the way of the best F1; the hints' where none gains."""
    places = {
        kind.id: [TELLS, *_learned_fields(kind)] for kind in blueprint.types.values() if kind.extraction is not None
    }
    counts: dict[tuple[str, str], dict[str, Count]] = defaultdict(lambda: defaultdict(Count))
    for one in kept:
        keys, together = _reviewed(one, blueprint), _Together(one, blueprint, gazetteer, words)
        for way in WAYS:
            ways = {kind: dict.fromkeys(names, way) for kind, names in places.items()}
            said = _proposed(together.of(hinted[one.id], unseen[one.id], ways), blueprint)
            for kind, names in places.items():
                for name in names:
                    counts[kind, name][way] += _count(said, keys, (kind, name))
    best = {
        place: max(WAYS, key=lambda way: (round(of_way[way].f1, 6), -WAYS.index(way)))
        for place, of_way in counts.items()
    }
    return {
        kind: chosen
        for kind, names in places.items()
        if (chosen := {name: best[kind, name] for name in names if best[kind, name] != "hints"})
    }


def _gains(
    held: Sequence[Example], before: Mapping[str, Sequence[ProposedRecord]], after: Mapping[str, Sequence[ProposedRecord]],
    blueprint: Blueprint, seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Give F1 before and after by type and field, and what was gained with its interval, for all that the texts have."""
    keys = [_reviewed(one, blueprint) for one in held]
    sides = [[_proposed(side[one.id], blueprint) for one in held] for side in (before, after)]
    places = sorted({place for each in (*keys, *sides[0], *sides[1]) for place, said in each.items() if said})
    chance = np.random.default_rng(seed).integers(0, max(1, len(held)), (RESAMPLES, len(held)))
    found = []
    for place in places:
        counts = [
            np.array(
                [(c.predicted + c.keyed, 2 * c.right) for c in map(_count, side, keys, [place] * len(held))], float
            )
            for side in sides
        ]
        was, now = (_f1(one.sum(axis=0)) for one in counts)
        low, high = np.percentile(_f1(counts[1][chance].sum(axis=1)) - _f1(counts[0][chance].sum(axis=1)), (2.5, 97.5))
        found.append({
            "type": place[0], "field": place[1], "texts": sum(bool(one.get(place)) for one in keys), "before": round(float(was), 3),
            "after": round(float(now), 3), "gained": round(float(now - was), 3), "interval": [round(float(low), 3), round(float(high), 3)],
        })  # fmt: skip
    return found


def _f1(counts: Any) -> Any:
    """Give F1 of (predicted + keyed, twice right), by rows; 0 where there is nothing."""
    return counts[..., 1] / np.maximum(counts[..., 0], 1)
