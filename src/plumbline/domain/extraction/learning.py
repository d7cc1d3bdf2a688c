"""Train a model on reviewed examples: which types of incident a report tells, and which stretches fill which field.

All figures are of texts that were not seen: the classifiers and the tagger are trained anew with each part left out in turn
(cross-fitting). A logistic curve gives the share of right stretches by certainty (Platt 1999). The two thresholds, of types
and of fillers, are chosen together, for the best F1 of whole incidents by the rule of `templates`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.calibrating import Steps, curves
from plumbline.domain.extraction.choosing import Trained, train_choosers
from plumbline.domain.extraction.learned import (
    PIECE,
    VERSION,
    Example,
    Filler,
    Model,
    Reading,
    entities,
    features_of,
    labels_of,
    mentions_by,
    tagger_of,
)
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.telling import fit_telling
from plumbline.domain.extraction.templates import Count, Template, folded, score
from plumbline.domain.extraction.tokens import tokens_of

FEWEST: Final = 20
"""So many examples with an incident are needed before anything is learned."""
PARTS: Final = 4
"""In so many parts are examples left out in turn."""
GRID: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
"""The thresholds that are tried."""
CRF: Final = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "feature.possible_transitions": True}


def is_held_back(example: Example, share: float = 0.2) -> bool:
    """Tell whether an example is held back from training, by its id: always the same ones."""
    number = int.from_bytes(hashlib.blake2b(example.id.encode(), digest_size=8).digest())
    return number / 2**64 < share


@dataclass(frozen=True)
class Fitted:
    """Hold what a training gave: its report, and by example's id what the model reads of it unseen."""

    report: Mapping[str, Any]
    unseen: Mapping[str, Reading]


def train(
    examples: Sequence[Example], types: Sequence[str], out: Path, *, seed: int = 1, single: Iterable[str] = (),
    dated: Iterable[str] = (), gazetteer: Gazetteer | None = None, divisions: Mapping[str, str] | None = None,
) -> Fitted:  # fmt: skip
    """Train a model into the folder `out`; refuses too few examples and says how many more.

    Fields in `single` hold one value, which is chosen among candidates; those in `dated` hold dates;
    `divisions` names first-level divisions ({'US|IL': 'Illinois'}). Thresholds, calibration and the report's figures
    are of texts left out in turn; the thresholds are chosen by the tagger's fillers, for fields in `single` too.
    """
    tellers = [one for one in examples if one.incidents]
    refuse_few(len(tellers), FEWEST)
    out.mkdir(parents=True, exist_ok=True)
    parts = np.random.default_rng(seed).permutation(len(examples)) % PARTS
    telling, chances = fit_telling(examples, types, parts, seed)
    path, fields = out / "fields.crfsuite", sorted(_fields_of(tellers))
    marked = _unseen_mentions(examples, parts, path)
    _fit_tagger(tellers, path)
    manifest: dict[str, Any] = {"fields": fields, "values": _values_of(tellers)}
    model = Model(tuple(types), telling, 1.0, None, 1.0, _calibrate(examples, marked), manifest)
    found = [entities(model.meant(each)) for each in marked]
    model.type_cut, model.filler_cut = _best_cuts(examples, types, chances, found)
    filled = {name: [list(_values(one, name)) for one in examples] for name in sorted(set(single) & set(fields))}
    chosen = train_choosers(examples, filled, set(dated), gazetteer, divisions=divisions, seed=seed)
    type_f1, field_f1 = _f1_of_each(examples, model, chances, found)
    field_f1 |= {name: one.f1 for name, one in chosen.items()}
    report = {
        "version": VERSION, "types": list(types), "examples": len(examples), "telling": len(tellers),
        "seed": seed, "f1_of_types": type_f1, "f1_of_fields": field_f1,
    }  # fmt: skip
    arrays: dict[str, Any] = telling.arrays()
    np.savez_compressed(out / "types.npz", **arrays)
    manifest |= report | {
        "type_cut": model.type_cut, "filler_cut": model.filler_cut,
        "steps": {name: [list(x), list(y)] for name, (x, y) in model.steps.items()},
        "choosers": {name: one.chooser.plain() for name, one in chosen.items()},
    }  # fmt: skip
    (out / "model.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return Fitted(report, _unseen_readings(examples, model, chances, found, chosen))


def refuse_few(count: int, need: int) -> None:
    """Refuse fewer examples that tell an incident than are needed, and say how many more."""
    if count < need:
        raise InvalidInput(
            "train.few", "{count} examples tell an incident; {need} are needed. Review {more} more.",
            count=count, need=need, more=need - count,
        )  # fmt: skip


Marked = Sequence[Sequence[tuple[str, Filler]]]
"""By example the field and filler of every stretch marked, or of every entity, with its certainty."""


def _unseen_mentions(examples: Sequence[Example], parts: NDArray[np.int64], path: Path) -> Marked:
    """Mark each example by a tagger that was trained on the other parts."""
    marked: list[Sequence[tuple[str, Filler]]] = [()] * len(examples)
    for part in range(PARTS):
        others = [one for one, own in zip(examples, parts, strict=True) if own != part and one.incidents]
        if not others:
            continue
        _fit_tagger(others, path)
        tagger = tagger_of(path)
        for n in map(int, np.flatnonzero(parts == part)):
            marked[n] = mentions_by(tagger, examples[n].text)
    return marked


def _calibrate(examples: Sequence[Example], marked: Marked) -> dict[str, Steps]:
    """Fit, by field, the share of right entities to their certainty, in texts that tell something."""
    seen = [
        (name, filler.confidence, folded(filler.text) in _accepted(one).get(name, ()))
        for one, each in zip(examples, marked, strict=True)
        if one.incidents
        for name, filler in entities(each)
    ]
    return dict(curves([sure for _, sure, _ in seen], [hit for *_, hit in seen], [name for name, *_ in seen]))


def _accepted(example: Example) -> dict[str, set[str]]:
    """Give, by field, the words that fill it in a text."""
    accepted: dict[str, set[str]] = defaultdict(set)
    for told in example.incidents:
        for name, fillers in told.fields.items():
            accepted[name] |= {folded(words) for filler in fillers for words in filler.mentions}
    return accepted


def _best_cuts(
    examples: Sequence[Example], types: Sequence[str], chances: NDArray[np.float64], found: Marked
) -> tuple[float, float]:
    """Give the thresholds of types and of fillers with which whole incidents have the best F1; of equals the middle ones."""
    keys = [_keys(one) for one in examples]
    known: dict[tuple[int, int, int], Count] = {}
    tried = []
    for type_cut, filler_cut in product(GRID, GRID):
        whole = Count()
        for n, said in enumerate(chances):
            likely = [types[k] for k in np.argsort(-said) if said[k] >= type_cut]
            kept = [(name, one) for name, one in found[n] if one.confidence >= filler_cut] if likely else []
            place = (n, len(likely), len(kept))  # what is told first is surest, so counts say which
            if place not in known:
                known[place] = score(_templates(likely, kept), keys[n])
            whole += known[place]
        middling = abs(type_cut - 0.35) + abs(filler_cut - 0.35)
        tried.append((round(whole.f1, 4), -round(middling, 4), type_cut, filler_cut))
    return max(tried)[2:]


def _templates(likely: Sequence[str], kept: Iterable[tuple[str, Filler]]) -> list[Template]:
    """Make the incidents that are told: the fillers are those of the likeliest type."""
    fields: dict[str, list[list[str]]] = defaultdict(list)
    for name, one in kept:
        fields[name].append([one.text])
    return [Template(frozenset([kind]), fields if turn == 0 else {}) for turn, kind in enumerate(likely)]


def _keys(example: Example) -> list[Template]:
    return [
        Template(
            frozenset([told.type]),
            {name: [one.mentions for one in fillers] for name, fillers in told.fields.items()},
        )
        for told in example.incidents
    ]


def _f1_of_each(
    examples: Sequence[Example], model: Model, chances: NDArray[np.float64], found: Marked
) -> tuple[dict[str, float], dict[str, float]]:
    """Give F1 by type of what is told, and by field of fillers in texts that tell something."""
    of_types = {}
    for n, kind in enumerate(model.types):
        said = chances[:, n] >= model.type_cut
        tells = np.array([any(told.type == kind for told in one.incidents) for one in examples])
        of_types[kind] = Count(int(said.sum()), int(tells.sum()), int((said & tells).sum())).f1
    of_fields: dict[str, Count] = defaultdict(Count)
    for one, each in zip(examples, found, strict=True):
        accepted = _accepted(one)
        for told in one.incidents:
            for name, fillers in told.fields.items():
                of_fields[name] += Count(keyed=len(fillers))
        for name, filler in each if one.incidents else ():
            if filler.confidence >= model.filler_cut:
                of_fields[name] += Count(predicted=1, right=int(folded(filler.text) in accepted.get(name, ())))
    return of_types, {name: count.f1 for name, count in sorted(of_fields.items())}


def _unseen_readings(
    examples: Sequence[Example],
    model: Model,
    chances: NDArray[np.float64],
    entitled: Marked,
    chosen: Mapping[str, Trained],
) -> dict[str, Reading]:
    """Give what the model reads of each example without having seen it."""
    found = {}
    for n, one in enumerate(examples):
        types = model.likely(chances[n])
        fields = model.surest(entitled[n]) if types else {}
        for name, trained in chosen.items() if types else ():
            fields.pop(name, None)
            if (picked := trained.picked[n]) is not None:
                answer, sure = picked
                fields[name] = [
                    Filler(one.text[answer.start : answer.end], answer.start, answer.end, answer.value, sure)
                ]
        found[one.id] = Reading(types, fields)
    return found


def _fields_of(examples: Sequence[Example]) -> set[str]:
    return {name for one in examples for told in one.incidents for name, fillers in told.fields.items() if fillers}


def _values(example: Example, name: str) -> Iterable[Any]:
    for told in example.incidents:
        for filler in told.fields.get(name, ()):
            yield from [filler.value] if filler.value else filler.mentions


def _values_of(examples: Sequence[Example]) -> dict[str, dict[str, Any]]:
    """Give, by field, the value that examples gave most often to the same words, where it is not the words themselves."""
    seen: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in examples:
        for told in one.incidents:
            for name, fillers in told.fields.items():
                for filler in fillers:
                    for words in filler.mentions:
                        if isinstance(filler.value, str) and filler.value != words:
                            seen[name][words.casefold()][filler.value] += 1
    return {
        name: {words: values.most_common(1)[0][0] for words, values in by_words.items()}
        for name, by_words in seen.items()
    }


def _fit_tagger(examples: Sequence[Example], path: Path) -> None:
    trainer = pycrfsuite.Trainer(verbose=False)
    for one in examples:
        tokens = tokens_of(one.text)
        labels = labels_of(tokens, one.text, one.incidents)
        for first in range(0, len(tokens), PIECE):
            words = [token.text for token in tokens[first : first + PIECE]]
            trainer.append(features_of(words), labels[first : first + PIECE])
    trainer.set_params(CRF)
    trainer.train(str(path))
