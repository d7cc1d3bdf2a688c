"""Detect the language of a text with py3langid, whose model is loaded once, on first use."""

from __future__ import annotations

from functools import cache
from typing import Any

SAMPLE = 1_200
LETTERS_NEEDED = 24
IDEOGRAPHS_NEEDED = 6
PIECE = 120
SURE = 0.99
SAME = {"wuu": "zh", "yue": "zh", "cmn": "zh", "nan": "zh"}
"""What the model calls short Chinese texts -> the code that all Chinese has here."""


def detect(text: str) -> tuple[str, float] | None:
    """Detect (ISO 639-1 code, confidence 0..1) of a text; None for one too short to tell.

    Looks at 1,200 characters at most; first at three pieces of 120 (begin, middle, end of them), which suffice where
    they leave no doubt. A text needs 24 letters, or 6 Chinese, Japanese or Korean characters.

    >>> detect("Les autorités ont saisi douze tonnes de déchets dangereux dans le port.")[0]
    'fr'
    >>> detect("OK") is None
    True
    """
    sample = text[:SAMPLE]
    letters = sum(map(str.isalpha, sample))
    ideographs = 0 if sample.isascii() else sum(char >= "\u2e80" and char.isalpha() for char in sample)
    if letters < LETTERS_NEEDED and ideographs < IDEOGRAPHS_NEEDED:
        return None
    if len(sample) > 6 * PIECE:
        middle = (len(sample) - PIECE) // 2
        pieces = (sample[:PIECE], sample[middle : middle + PIECE], sample[-PIECE:])
        language, confidence = _identifier().classify(" ".join(pieces))
        if confidence >= SURE:
            return SAME.get(language, str(language)), float(confidence)
    language, confidence = _identifier().classify(sample)
    return SAME.get(language, str(language)), float(confidence)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
