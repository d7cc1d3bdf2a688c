"""Read by a model that learned from reviewed examples: which types of incident a report tells, what fills which field.

Two parts, both small enough for one core. `telling` says which types of incident a text tells. A conditional random field
(Lafferty et al. 2001, by python-crfsuite) marks stretches of text with the fields they fill; its marginal probabilities,
calibrated, are the confidences. `learning` trains both.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.calibrating import Steps
from plumbline.domain.extraction.choosing import Chooser
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.telling import Telling
from plumbline.domain.extraction.tokens import Token, stretches_of, tokens_of

LONGEST: Final = 12
"""So many tokens has a filler at most."""
PIECE: Final = 600
"""Texts are read in pieces of so many tokens, so that a report of 500 pages takes time in proportion."""
VERSION: Final = 2


@dataclass(frozen=True)
class Filler:
    """Hold a stretch text[start:end] that fills a field, and the other words that name the same (examples only)."""

    text: str
    start: int = -1
    end: int = -1
    value: Any = None
    confidence: float = 1.0
    same: tuple[str, ...] = ()

    @property
    def mentions(self) -> tuple[str, ...]:
        """All the words that name it."""
        return (self.text, *self.same)


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
class Reading:
    """Hold what a model makes of a text: the likely types with their chances, likeliest first, and fillers by field."""

    types: Mapping[str, float]
    fields: Mapping[str, Sequence[Filler]]


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


# -- labels -----------------------------------------------------------------------------------------------------------


def labels_of(tokens: Sequence[Token], text: str, incidents: Iterable[Told]) -> list[str]:
    """Label tokens by the fields that examples say they fill: every stretch with the words of a filler counts."""
    labels = ["O"] * len(tokens)
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for told in incidents:
        for name, fillers in told.fields.items():
            for words in (each for filler in fillers for each in filler.mentions):
                wanted[words.casefold()][name] += 1
    stretches = stretches_of(tokens, text)
    for words in sorted(wanted, key=len, reverse=True):
        name = wanted[words].most_common(1)[0][0]
        for first, last in stretches(words):
            if all(one == "O" for one in labels[first : last + 1]):
                labels[first : last + 1] = [f"B-{name}", *[f"I-{name}"] * (last - first)]
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
    """Hold a trained model: what says which types are told, the tagger, the thresholds of both, calibration by field."""

    types: tuple[str, ...]
    telling: Telling
    type_cut: float
    tagger: Any
    filler_cut: float
    steps: Mapping[str, Steps]
    manifest: Mapping[str, Any]
    choosers: Mapping[str, Chooser] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """Name the fields that the examples filled."""
        return frozenset(self.manifest.get("fields", ()))

    def value_of(self, name: str, text: str) -> Any:
        """Give the value that examples gave to these words, else the words."""
        return self.manifest.get("values", {}).get(name, {}).get(text.casefold(), text)

    def mentions(self, text: str) -> list[tuple[str, Filler]]:
        """Give (field, filler) of every stretch that the tagger marks, with calibrated confidence, in order."""
        return self.meant(mentions_by(self.tagger, text))

    def meant(self, marked: Iterable[tuple[str, Filler]]) -> list[tuple[str, Filler]]:
        """Give stretches as marked their values and calibrated confidences."""
        return [
            (
                name,
                replace(one, value=self.value_of(name, one.text), confidence=self.calibrated(name, one.confidence)),
            )
            for name, one in marked
        ]

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
        read = self.reading(text, language=language, published=published, gazetteer=gazetteer)
        return [
            Told(kind, dict(read.fields) if turn == 0 else {}, chance)
            for turn, (kind, chance) in enumerate(read.types.items())
        ]

    def reading(
        self, text: str, *, language: str = "en", published: date | None = None, gazetteer: Gazetteer | None = None
    ) -> Reading:
        """Give the likely types, and the fillers of a text that tells one of them."""
        if not text.strip():
            return Reading({}, {})
        types = self.likely(self.telling.chances(text))
        if not types:
            return Reading({}, {})
        fields = self.surest(self.mentions(text))
        for name, chooser in self.choosers.items():
            if gazetteer is None and chooser.source in ("place", "division"):
                continue
            chosen_one = chooser.choose(text, language=language, published=published, gazetteer=gazetteer)
            fields.pop(name, None)
            if chosen_one is not None:
                one, sure = chosen_one
                fields[name] = [Filler(text[one.start : one.end], one.start, one.end, one.value, sure)]
        return Reading(types, fields)

    def likely(self, chances: NDArray[np.float64]) -> dict[str, float]:
        """Give the types whose chance reaches the threshold, likeliest first."""
        return {self.types[n]: float(chances[n]) for n in np.argsort(-chances) if chances[n] >= self.type_cut}

    def surest(self, mentions: Sequence[tuple[str, Filler]]) -> dict[str, list[Filler]]:
        """Give by field the entities whose confidence reaches the threshold."""
        fields: dict[str, list[Filler]] = defaultdict(list)
        for name, filler in entities(mentions):
            if filler.confidence >= self.filler_cut:
                fields[name].append(filler)
        return dict(fields)


def mentions_by(tagger: Any, text: str) -> list[tuple[str, Filler]]:
    """Give (field, filler) of every stretch that a tagger marks, as sure as its least sure word, in order."""
    tokens, found = tokens_of(text), []
    for first in range(0, len(tokens), PIECE):
        piece = tokens[first : first + PIECE]
        tagged = tagger.tag(features_of([token.text for token in piece]))
        for name, start, end in spans_of(tagged):
            if end - start >= LONGEST:
                continue
            sure = min(tagger.marginal(tagged[n], n) for n in range(start, end + 1))
            a, b = piece[start].start, piece[end].end
            found.append((name, Filler(text[a:b], a, b, confidence=sure)))
    return found


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


# -- from a folder ---------------------------------------------------------------------------------------------------


def load(folder: Path) -> Model:
    """Load a model; refuses a folder that holds none, or one of another version."""
    try:
        manifest = json.loads((folder / "model.json").read_text())
        if manifest["version"] != VERSION:
            raise ValueError(manifest["version"])
        with (folder / "types.npz").open("rb") as file, np.load(file, allow_pickle=False) as held:
            telling = Telling.of(held)
        tagger = tagger_of(folder / "fields.crfsuite")
        steps = {name: (x, y) for name, (x, y) in manifest["steps"].items()}
        type_cut, filler_cut = float(manifest["type_cut"]), float(manifest["filler_cut"])
        choosers = {name: Chooser.of(plain) for name, plain in manifest.get("choosers", {}).items()}
        types = tuple(manifest["types"])
    except (OSError, EOFError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            "model.broken", "{path} holds no model that this version reads. Train it again.", path=str(folder)
        ) from error
    return Model(types, telling, type_cut, tagger, filler_cut, steps, manifest, choosers)


def tagger_of(path: Path) -> Any:
    """Open the tagger of a file."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger
