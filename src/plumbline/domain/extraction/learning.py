"""Train a model on reviewed examples: which types of incident a report tells, and which stretches fill which field.

Certainties are calibrated on texts that the model had not seen: the tagger is trained anew with each part left out in
turn (cross-fitting), and a logistic curve gives the share of right stretches by certainty (Platt 1999).
Thresholds are those of the best F1 on the same stretches.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.calibrating import Steps, curves
from plumbline.domain.extraction.choosing import Trained, train_choosers
from plumbline.domain.extraction.learned import (
    HASHES,
    PIECE,
    VERSION,
    Example,
    Filler,
    Model,
    Reading,
    entities,
    features_of,
    hashed,
    labels_of,
    mentions_by,
    tagger_of,
    tokens_of,
    weighed,
)
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.templates import folded

FEWEST: Final = 20
"""So many examples with an incident are needed before anything is learned."""
PARTS: Final = 4
"""In so many parts are examples left out in turn."""
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
    are of texts left out in turn.
    """
    telling = [one for one in examples if one.incidents]
    refuse_few(len(telling), FEWEST)
    out.mkdir(parents=True, exist_ok=True)
    rarity, weights, bias, type_cut, type_f1, chances = _fit_types(examples, types, seed)
    path = out / "fields.crfsuite"
    marked = _unseen_mentions(telling, path, seed)
    steps, cuts, field_f1 = _calibrate(telling, marked)
    _fit_tagger(telling, path)
    filled = {
        name: [list(_values(one, name)) for one in examples] for name in sorted(set(single) & _fields_of(telling))
    }
    chosen = train_choosers(examples, filled, set(dated), gazetteer, divisions=divisions, seed=seed)
    field_f1 |= {name: one.f1 for name, one in chosen.items()}
    report = {
        "version": VERSION, "types": list(types), "examples": len(examples), "telling": len(telling),
        "seed": seed, "f1_of_types": type_f1, "f1_of_fields": field_f1,
    }  # fmt: skip
    np.savez_compressed(
        out / "types.npz", rarity=rarity.astype(np.float32), weights=weights.astype(np.float32), bias=bias, cut=type_cut
    )
    manifest = report | {
        "fields": sorted(_fields_of(telling)),
        "values": _values_of(telling),
        "cuts": cuts,
        "steps": {name: [list(x), list(y)] for name, (x, y) in steps.items()},
        "choosers": {name: one.chooser.plain() for name, one in chosen.items()},
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    model = Model(tuple(types), rarity, weights, bias, type_cut, None, cuts, steps, manifest)
    return Fitted(report, _unseen_readings(examples, model, chances, marked, chosen))


def refuse_few(count: int, need: int) -> None:
    """Refuse fewer examples that tell an incident than are needed, and say how many more."""
    if count < need:
        raise InvalidInput(
            "train.few", "{count} examples tell an incident; {need} are needed. Review {more} more.",
            count=count, need=need, more=need - count,
        )  # fmt: skip


Marked = Mapping[str, Sequence[tuple[str, Filler]]]
"""By example's id the field and filler of every stretch marked, as sure as the tagger says."""


def _unseen_mentions(telling: Sequence[Example], path: Path, seed: int) -> Marked:
    """Mark each example by a tagger that was trained on the other parts."""
    parts = np.random.default_rng(seed).permutation(len(telling)) % PARTS
    marked: dict[str, Sequence[tuple[str, Filler]]] = {}
    for part in range(PARTS):
        _fit_tagger([one for one, own in zip(telling, parts, strict=True) if own != part], path)
        tagger = tagger_of(path)
        marked |= {
            one.id: mentions_by(tagger, one.text) for one, own in zip(telling, parts, strict=True) if own == part
        }
    return marked


def _unseen_readings(
    examples: Sequence[Example],
    model: Model,
    chances: NDArray[np.float64],
    marked: Marked,
    chosen: Mapping[str, Trained],
) -> dict[str, Reading]:
    """Give what the model reads of each example without having seen it."""
    found = {}
    for n, one in enumerate(examples):
        types = model.likely(chances[n])
        fields = model.surest(model.meant(marked.get(one.id, ()))) if types else {}
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
            yield filler.value or filler.text


def _values_of(examples: Sequence[Example]) -> dict[str, dict[str, Any]]:
    """Give, by field, the value that examples gave most often to the same words, where it is not the words themselves."""
    seen: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in examples:
        for told in one.incidents:
            for name, fillers in told.fields.items():
                for filler in fillers:
                    if isinstance(filler.value, str) and filler.value != filler.text:
                        seen[name][filler.text.casefold()][filler.value] += 1
    return {
        name: {words: values.most_common(1)[0][0] for words, values in by_words.items()}
        for name, by_words in seen.items()
    }


def _fit_types(
    examples: Sequence[Example], types: Sequence[str], seed: int
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], dict[str, float],
    NDArray[np.float64],
]:  # fmt: skip
    """Give rarity of words, weights, bias, thresholds by type, and F1 and chances of types on texts left out in turn (3 parts)."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    known = np.zeros(HASHES)
    for one in examples:
        known[list(hashed(one.text))] += 1
    rarity = np.where(known >= 2, np.log((1 + len(examples)) / (1 + known)) + 1, 0.0)
    rows = [weighed(one.text, rarity) for one in examples]
    columns = np.flatnonzero(rarity)  # words of two texts at least: the others weigh nothing
    place = np.searchsorted(columns, np.concatenate([at for at, _ in rows]))
    values = np.concatenate([each for _, each in rows])
    pointers = np.cumsum([0, *(len(at) for at, _ in rows)])
    place = np.where(values > 0, place, 0)
    matrix = csr_matrix((values, place, pointers), shape=(len(rows), max(1, len(columns))))
    weights, bias = np.zeros((len(types), HASHES)), np.full(len(types), -9.0)
    cuts, f1, unseen = np.ones(len(types)), dict[str, float](), np.zeros((len(examples), len(types)))
    for n, kind in enumerate(types):
        said = np.array([any(told.type == kind for told in one.incidents) for one in examples])
        if said.all():  # there is nothing to tell apart: every report tells one
            bias[n], cuts[n], f1[kind], unseen[:, n] = 9.0, 0.5, 1.0, 1.0
        if not 6 <= said.sum() < len(said):
            continue
        line = LogisticRegression(C=30.0, max_iter=300, random_state=seed)
        parts = StratifiedKFold(3, shuffle=True, random_state=seed)
        chances = cross_val_predict(line, matrix, said, cv=parts, method="predict_proba")[:, 1]
        unseen[:, n] = chances
        cuts[n], f1[kind] = _best_cut(chances, said, int(said.sum()))
        line.fit(matrix, said)
        weights[n, columns], bias[n] = line.coef_[0], line.intercept_[0]
    return rarity, weights, bias, cuts, f1, unseen


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


def _best_cut(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: int) -> tuple[float, float]:
    """Give the threshold of the best F1, and that F1; 1 and 0 where nothing was right (then nothing is proposed)."""
    if not right.any():
        return 1.0, 0.0
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(right[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + wanted)
    best = int(np.argmax(f1))
    return float(scores[order[best]]), float(f1[best])


def _calibrate(
    telling: Sequence[Example], marked: Marked
) -> tuple[dict[str, Steps], dict[str, float], dict[str, float]]:
    """Fit, by field, the share of right stretches to their certainty, and the threshold of the best F1 of entities."""
    seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    wanted: Counter[str] = Counter()
    for one in telling:
        accepted: dict[str, set[str]] = defaultdict(set)
        for told in one.incidents:
            for name, fillers in told.fields.items():
                accepted[name] |= {folded(filler.text) for filler in fillers}
                wanted[name] += len(fillers)
        for name, filler in entities(marked[one.id]):
            seen[name].append((filler.confidence, folded(filler.text) in accepted[name]))
    every = [(name, *pair) for name, pairs in seen.items() for pair in pairs]
    steps = dict(curves([sure for _, sure, _ in every], [hit for *_, hit in every], [name for name, *_ in every]))
    cuts, f1 = {}, {}
    for name, pairs in seen.items():
        sure, right = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
        cuts[name], f1[name] = _best_cut(np.interp(sure, *steps[name]), right, wanted[name])
    return steps, cuts, f1
