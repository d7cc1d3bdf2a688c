"""Score proposed incidents against keys by the template rule of the MUC evaluations, with an assignment solver.

Per document predicted and key templates are aligned one to one for the best total; a pair counts only if the predicted
type is among the key's types; the type is one filler; a predicted filler is right if each of its mentions is among the
accepted mention strings of one key entity, after lower-casing and dropping articles and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

ARTICLES = re.compile(r"\b(?:a|an|the)\b")
PUNCTUATION = re.compile(r"[^\w\s]|_")
Filler = Sequence[str]


@dataclass(frozen=True)
class Template:
    """Hold one incident: its type (a key may accept several) and, by field, fillers, each a list of mention strings."""

    types: frozenset[str]
    fields: Mapping[str, Sequence[Filler]]


@dataclass(frozen=True)
class Count:
    """Hold how many fillers were predicted, how many the keys have, how many predicted ones are right."""

    predicted: int = 0
    keyed: int = 0
    right: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.predicted + other.predicted, self.keyed + other.keyed, self.right + other.right)

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall, 0 where nothing is right."""
        return 2 * self.right / (self.predicted + self.keyed) if self.right else 0.0


def folded(mention: str) -> str:
    """Reduce a mention to what is compared.

    >>> folded("The F.M.L.N. guerrillas")
    'fmln guerrillas'
    """
    return " ".join(ARTICLES.sub(" ", PUNCTUATION.sub("", mention.lower())).split())


def score(predicted: Sequence[Template], keys: Sequence[Template]) -> Count:
    """Count right fillers of one document under the alignment that makes them most."""
    whole = Count(sum(map(_fillers, predicted)), sum(map(_fillers, keys)), 0)
    if not predicted or not keys:
        return whole
    table = np.array([[_right(one, key) for key in keys] for one in predicted])
    rows, columns = linear_sum_assignment(-table)
    return Count(whole.predicted, whole.keyed, int(table[rows, columns].sum()))


def _fillers(template: Template) -> int:
    return 1 + sum(len(fillers) for fillers in template.fields.values())


def _right(predicted: Template, key: Template) -> int:
    """Count the right fillers of a pair: each key entity answers for one predicted filler at most."""
    if not predicted.types & key.types:
        return 0
    found = 1
    for name, fillers in predicted.fields.items():
        accepted = [{folded(one) for one in entity} for entity in key.fields.get(name, ())]
        told = [{folded(one) for one in filler} for filler in fillers]
        if accepted and told:
            fits = np.array([[bool(one) and one <= entity for entity in accepted] for one in told], float)
            rows, columns = linear_sum_assignment(-fits)
            found += int(fits[rows, columns].sum())
    return found
