"""Learn from reviewed examples what a report tells: which types of incident, and which stretches fill which field.

Two parts, both small enough for one core. A linear classifier over hashed words says which types of incident a text tells.
A conditional random field (Lafferty et al. 2001, by python-crfsuite) marks stretches of text with the fields they fill;
its marginal probabilities, calibrated by isotonic regression on texts held back from training, are the confidences
(Zadrozny and Elkan 2002). Thresholds are those of the best F1 on the same held-back texts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.choosing import Chooser, train_choosers
from plumbline.domain.extraction.model import Gazetteer

TOKEN: Final = re.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]")
HASHES: Final = 2**18
FEWEST: Final = 20
"""So many examples with an incident are needed before anything is learned."""
LONGEST: Final = 12
"""So many tokens has a filler at most."""
PIECE: Final = 600
"""Texts are read in pieces of so many tokens, so that a report of 500 pages takes time in proportion."""
VERSION: Final = 1
CRF: Final = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "feature.possible_transitions": True}


@dataclass(frozen=True)
class Filler:
    """Hold a stretch text[start:end] that fills a field, and the mentions that name the same (examples only)."""

    text: str
    start: int = -1
    end: int = -1
    value: Any = None
    confidence: float = 1.0


@dataclass(frozen=True)
class Told:
    """Hold one incident: its type, and fillers by field."""

    type: str
    fields: Mapping[str, Sequence[Filler]] = field(default_factory=dict)
    confidence: float = 1.0


@dataclass(frozen=True)
class Example:
    """Hold a reviewed text and the incidents that it tells; none is an example too."""

    id: str
    text: str
    incidents: Sequence[Told]
    language: str = "en"
    published: date | None = None


@dataclass(frozen=True)
class Token:
    """Hold a token with where it stands."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Part a text into words and signs."""
    return [Token(found.group(), found.start(), found.end()) for found in TOKEN.finditer(text)]


# -- features ---------------------------------------------------------------------------------------------------------


def features_of(words: Sequence[str]) -> list[list[str]]:
    """Give what the random field sees of each token: itself, its shape and ends, its neighbours two to each side."""
    low = [word.casefold() for word in words]
    shape = [_shape(word) for word in words]
    found = []
    for n, word in enumerate(low):
        seen = ["b", f"w={word}", f"s3={word[-3:]}", f"s2={word[-2:]}", f"p3={word[:3]}", f"x={shape[n]}"]
        for step in (-3, -2, -1, 1, 2, 3):
            at = n + step
            seen.append(f"{step}={low[at]}" if 0 <= at < len(low) else f"{step}=|")
        if n:
            seen += [f"-1,0={low[n - 1]} {word}", f"-1x={shape[n - 1]}"]
        if n + 1 < len(low):
            seen += [f"0,1={word} {low[n + 1]}", f"1x={shape[n + 1]}"]
        if n > 1:
            seen.append(f"-2,-1={low[n - 2]} {low[n - 1]}")
        if n + 2 < len(low):
            seen.append(f"1,2={low[n + 1]} {low[n + 2]}")
        found.append(seen)
    return found


def _shape(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 4)}"
    if not word[:1].isalnum():
        return word
    return "X" if word.isupper() else "Xx" if word[:1].isupper() else "x"


def hashed(text: str) -> dict[int, float]:
    """Count the hashed words and pairs of words of a text, each as 1 + log(times)."""
    words = [word.casefold() for word in re.findall(r"\w+", text)]
    counted = Counter([*words, *map(" ".join, pairwise(words))])
    found: dict[int, float] = {}
    for one, times in counted.items():
        number = int.from_bytes(hashlib.blake2b(one.encode(), digest_size=4).digest()) % HASHES
        found[number] = found.get(number, 0.0) + 1 + float(np.log(times))
    return found


def weighed(text: str, rarity: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the words of a text (numbers) with their weights, by rarity, of length 1 together (TF-IDF)."""
    counted = hashed(text)
    at = np.fromiter(counted, np.int64, len(counted))
    values = np.fromiter(counted.values(), float, len(counted)) * rarity[at]
    norm = float(np.sqrt((values**2).sum()))
    return at, values / norm if norm else values


# -- labels -----------------------------------------------------------------------------------------------------------


def labels_of(tokens: Sequence[Token], text: str, incidents: Iterable[Told]) -> list[str]:
    """Label tokens by the fields that examples say they fill: every stretch with the words of a filler counts."""
    labels = ["O"] * len(tokens)
    starts = {token.start: n for n, token in enumerate(tokens)}
    ends = {token.end: n for n, token in enumerate(tokens)}
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for told in incidents:
        for name, fillers in told.fields.items():
            for filler in fillers:
                wanted[filler.text.casefold()][name] += 1
    lowered = text.casefold() if len(text.casefold()) == len(text) else text.lower()
    for words in sorted(wanted, key=len, reverse=True):
        name = wanted[words].most_common(1)[0][0]
        at = lowered.find(words) if words else -1
        while at >= 0:
            first, last = starts.get(at), ends.get(at + len(words))
            if first is not None and last is not None and all(one == "O" for one in labels[first : last + 1]):
                labels[first : last + 1] = [f"B-{name}", *[f"I-{name}"] * (last - first)]
            at = lowered.find(words, at + 1)
    return labels


def spans_of(tagged: Sequence[str]) -> list[tuple[str, int, int]]:
    """Give (field, first token, last token) of each labelled stretch."""
    found: list[tuple[str, int, int]] = []
    for n, label in enumerate(tagged):
        if label.startswith("B-") or (
            label.startswith("I-") and (not found or found[-1][2] != n - 1 or found[-1][0] != label[2:])
        ):
            found.append((label[2:], n, n))
        elif label.startswith("I-"):
            found[-1] = (found[-1][0], found[-1][1], n)
    return found


# -- the model --------------------------------------------------------------------------------------------------------


@dataclass
class Model:
    """Hold a trained model: types with weights and thresholds, the tagger, calibration by field."""

    types: tuple[str, ...]
    rarity: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    type_cut: NDArray[np.float64]
    tagger: Any
    cuts: Mapping[str, float]
    steps: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    manifest: Mapping[str, Any]
    choosers: Mapping[str, Chooser] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """Name the fields that the examples filled."""
        return frozenset(self.manifest.get("fields", ()))

    def value_of(self, name: str, text: str) -> Any:
        """Give the value that examples gave to these words, else the words."""
        return self.manifest.get("values", {}).get(name, {}).get(text.casefold(), text)

    def chances(self, text: str) -> NDArray[np.float64]:
        """Give the chance of each type that the text tells an incident of it."""
        at, values = weighed(text, self.rarity)
        return np.asarray(1 / (1 + np.exp(-(self.weights[:, at] @ values + self.bias))))

    def mentions(self, text: str) -> list[tuple[str, Filler]]:
        """Give (field, filler) of every stretch that the tagger marks, with calibrated confidence, in order."""
        tokens, found = tokens_of(text), []
        for first in range(0, len(tokens), PIECE):
            piece = tokens[first : first + PIECE]
            tagged = self.tagger.tag(features_of([token.text for token in piece]))
            for name, start, end in spans_of(tagged):
                if end - start >= LONGEST:
                    continue
                sure = min(self.tagger.marginal(tagged[n], n) for n in range(start, end + 1))
                a, b = piece[start].start, piece[end].end
                found.append(
                    (name, Filler(text[a:b], a, b, self.value_of(name, text[a:b]), self.calibrated(name, sure)))
                )
        return found

    def calibrated(self, name: str, sure: float) -> float:
        """Give the share of held-back stretches of this certainty that were right."""
        if name not in self.steps:
            return sure
        x, y = self.steps[name]
        return float(np.interp(sure, x, y))

    def incidents(
        self, text: str, *, language: str = "en", published: date | None = None, gazetteer: Gazetteer | None = None
    ) -> list[Told]:
        """Tell the incidents of a text: one of each type that is likely, with the entities that fill its fields.

        Fields of one value are chosen among candidates, places only where a gazetteer is given.
        """
        if not text.strip():
            return []
        chances = self.chances(text)
        chosen = [n for n in np.argsort(-chances) if chances[n] >= self.type_cut[n]]
        if not chosen:
            return []
        fields: dict[str, list[Filler]] = defaultdict(list)
        for name, filler in entities(self.mentions(text)):
            if filler.confidence >= self.cuts.get(name, 0.5):
                fields[name].append(filler)
        for name, chooser in self.choosers.items():
            if gazetteer is None and chooser.source in ("place", "division"):
                continue
            chosen_one = chooser.choose(text, language=language, published=published, gazetteer=gazetteer)
            fields.pop(name, None)
            if chosen_one is not None:
                one, sure = chosen_one
                fields[name] = [Filler(text[one.start : one.end], one.start, one.end, one.value, sure)]
        return [
            Told(self.types[n], dict(fields) if turn == 0 else {}, float(chances[n])) for turn, n in enumerate(chosen)
        ]


def entities(mentions: Sequence[tuple[str, Filler]]) -> list[tuple[str, Filler]]:
    """Join mentions of one field that name the same: equal words, one within the other, or a name and its letters.

    The surest mention stands for all; of equally sure ones the first.
    """
    found: list[tuple[str, list[Filler]]] = []
    for name, filler in mentions:
        for known, group in found:
            if known == name and any(_same(filler.text, one.text) for one in group):
                group.append(filler)
                break
        else:
            found.append((name, [filler]))
    return [(name, max(group, key=lambda one: one.confidence)) for name, group in found]


def _same(one: str, other: str) -> bool:
    a, b = (re.findall(r"\w+", text.casefold()) for text in (one, other))
    if not a or not b:
        return False
    if a == b or set(a) <= set(b) or set(b) <= set(a):
        return True
    short, long = sorted((a, b), key=len)
    letters = "".join(word[0] for word in long if word not in ("of", "the", "and", "for", "de", "la", "del", "y"))
    return len(short) == 1 and len(long) > 1 and short[0] == letters


# -- training ---------------------------------------------------------------------------------------------------------


def is_held_back(example: Example, share: float = 0.2) -> bool:
    """Tell whether an example is held back from training, by its id: always the same ones."""
    number = int.from_bytes(hashlib.blake2b(example.id.encode(), digest_size=8).digest())
    return number / 2**64 < share


def train(
    examples: Sequence[Example], types: Sequence[str], out: Path, *, seed: int = 1, single: Iterable[str] = (),
    dated: Iterable[str] = (), gazetteer: Gazetteer | None = None, divisions: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Train a model into the folder `out` and give its report; refuses too few examples and says how many more.

    Fields in `single` hold one value, which is chosen among candidates; those in `dated` hold dates;
    `divisions` names first-level divisions ({'US|IL': 'Illinois'}).
    One example in five is held back, by its id, for thresholds, calibration and the report's figures.
    """
    telling = [one for one in examples if one.incidents]
    if len(telling) < FEWEST:
        raise InvalidInput(
            "train.few", "{count} examples tell an incident; {need} are needed. Review {more} more.",
            count=len(telling), need=FEWEST, more=FEWEST - len(telling),
        )  # fmt: skip
    kept, held = [one for one in examples if not is_held_back(one)], [one for one in examples if is_held_back(one)]
    out.mkdir(parents=True, exist_ok=True)
    rarity, weights, bias, type_cut, type_f1 = _fit_types(examples, types, seed)
    path = out / "fields.crfsuite"
    _fit_tagger([one for one in kept if one.incidents], path)
    model = Model(tuple(types), rarity, weights, bias, type_cut, _tagger(path), {}, {}, {})
    steps, cuts, field_f1 = _calibrate(model, held)
    _fit_tagger(telling, path)
    filled = {
        name: [list(_values(one, name)) for one in examples] for name in sorted(set(single) & _fields_of(telling))
    }
    chosen = train_choosers(examples, filled, set(dated), gazetteer, divisions=divisions, seed=seed)
    field_f1 |= {name: one.f1 for name, one in chosen.items()}
    report = {
        "version": VERSION, "types": list(types), "examples": len(examples), "telling": len(telling), "held_back": len(held),
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
    return report


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


def load(folder: Path) -> Model:
    """Load a model; refuses a folder that holds none, or one of another version."""
    try:
        manifest = json.loads((folder / "model.json").read_text())
        with np.load(folder / "types.npz", allow_pickle=False) as held:
            rarity, weights = held["rarity"].astype(np.float64), held["weights"].astype(np.float64)
            bias, cut = held["bias"], held["cut"]
        if manifest["version"] != VERSION:
            raise ValueError(manifest["version"])
        tagger = _tagger(folder / "fields.crfsuite")
        choosers = {name: Chooser.of(plain) for name, plain in manifest.get("choosers", {}).items()}
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(
            "model.broken", "{path} holds no model that this version reads. Train it again.", path=str(folder)
        ) from error
    steps = {name: (x, y) for name, (x, y) in manifest["steps"].items()}
    return Model(
        tuple(manifest["types"]), rarity, weights, bias, cut, tagger, manifest["cuts"], steps, manifest, choosers
    )


def _tagger(path: Path) -> Any:
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def _fit_types(
    examples: Sequence[Example], types: Sequence[str], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], dict[str, float]]:
    """Give rarity of words, weights, bias and thresholds by type, and the F1 of types on texts left out in turn (3 parts)."""
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
    cuts, f1 = np.ones(len(types)), dict[str, float]()
    for n, kind in enumerate(types):
        said = np.array([any(told.type == kind for told in one.incidents) for one in examples])
        if said.all():  # there is nothing to tell apart: every report tells one
            bias[n], cuts[n], f1[kind] = 9.0, 0.5, 1.0
        if not 6 <= said.sum() < len(said):
            continue
        line = LogisticRegression(C=30.0, max_iter=300, random_state=seed)
        parts = StratifiedKFold(3, shuffle=True, random_state=seed)
        chances = cross_val_predict(line, matrix, said, cv=parts, method="predict_proba")[:, 1]
        cuts[n], f1[kind] = _best_cut(chances, said, int(said.sum()))
        line.fit(matrix, said)
        weights[n, columns], bias[n] = line.coef_[0], line.intercept_[0]
    return rarity, weights, bias, cuts, f1


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
    model: Model, held: Sequence[Example]
) -> tuple[dict[str, tuple[Sequence[float], Sequence[float]]], dict[str, float], dict[str, float]]:
    """Fit, by field, the share of right stretches to their certainty, and the threshold of the best F1 of entities."""
    from sklearn.isotonic import IsotonicRegression

    seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    wanted: Counter[str] = Counter()
    for one in held:
        if not one.incidents:
            continue
        accepted: dict[str, set[str]] = defaultdict(set)
        for told in one.incidents:
            for name, fillers in told.fields.items():
                accepted[name] |= {filler.text.casefold() for filler in fillers}
                wanted[name] += len(fillers)
        for name, filler in entities(model.mentions(one.text)):
            seen[name].append((filler.confidence, filler.text.casefold() in accepted[name]))
    steps, cuts, f1 = {}, {}, {}
    for name, pairs in seen.items():
        sure, right = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
        fitted = IsotonicRegression(y_min=0.01, y_max=0.99, out_of_bounds="clip").fit(sure, right.astype(float))
        steps[name] = (fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist())
        cuts[name], f1[name] = _best_cut(np.interp(sure, *steps[name]), right, wanted[name])
    return steps, cuts, f1
