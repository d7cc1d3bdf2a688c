"""Cut a text into episodes: runs of sentences that tell one incident.

A sentence with a cue is a core. Cores join while neither a new day nor a new place (60 km and more away) comes up;
sentences without a cue beside a core lend it their values, but start no episode. Background is left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import kilometres

FAR_KM = 60.0
MAX_GAP_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence with its cues, dates and places (span values: cue, date value, `Place`)."""

    start: int
    end: int
    cues: tuple[Span, ...]
    dates: tuple[Span, ...]
    places: tuple[Span, ...]
    text: str


@dataclass(slots=True)
class Episode:
    """Gather the sentences of one incident; `core` bounds the first sentence with a cue."""

    sentences: list[Sentence]
    days: list[Span] = field(default_factory=list)
    spots: list[Span] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where its first sentence begins."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where its last sentence ends."""
        return self.sentences[-1].end

    @property
    def core(self) -> tuple[int, int]:
        """The bounds of the first sentence with a cue."""
        first = next((s for s in self.sentences if s.cues), self.sentences[0])
        return first.start, first.end

    @property
    def cue_count(self) -> int:
        """How many cues its sentences hold."""
        return sum(len(sentence.cues) for sentence in self.sentences)

    def holds(self, span: Span) -> bool:
        """Say whether a span stands in this episode."""
        return self.start <= span.start < self.end

    def sentence_at(self, offset: int) -> tuple[int, int]:
        """Give the bounds of the sentence around an offset."""
        index = bisect_right(self.sentences, offset, key=lambda sentence: sentence.start) - 1
        found = self.sentences[index] if index >= 0 else None
        return (found.start, found.end) if found is not None and offset < found.end else (self.start, self.end)

    def rank(self, span: Span) -> float:
        """Weigh a span by its sentence: first core 2, other cores 1, the rest 0."""
        bounds = self.sentence_at(span.start)
        if bounds == self.core:
            return 2.0
        index = bisect_right(self.sentences, span.start, key=lambda sentence: sentence.start) - 1
        return 1.0 if index >= 0 and self.sentences[index].cues else 0.0


def episodes_of(sentences: Sequence[Sentence], dateline: Span | None) -> list[Episode]:
    """Cut sentences into episodes, in order."""
    episodes: list[Episode] = []
    gap: list[Sentence] = []
    for sentence in sentences:
        current = episodes[-1] if episodes else None
        if sentence.cues:
            if current is not None and _continues(current, gap, sentence, dateline):
                _add(current, [*gap, sentence])
            else:
                episodes.append(_add(Episode([]), [sentence]))
            gap = []
        elif current is not None:
            gap.append(sentence)
            if len(gap) == 1 and _lends(current, sentence):
                _add(current, gap)
                gap = []
    return _joined(episodes)


def _add(episode: Episode, sentences: list[Sentence]) -> Episode:
    for sentence in sentences:
        episode.sentences.append(sentence)
        episode.days.extend(_days(sentence))
        if sentence.cues:
            episode.spots.extend(_spots(sentence))
    return episode


def _days(sentence: Sentence) -> list[Span]:
    """Give the dates that can tell incidents apart: days, months and ranges, not years."""
    return [span for span in sentence.dates if span.value["precision"] in ("day", "month", "range")]


def _spots(sentence: Sentence) -> list[Span]:
    return [span for span in sentence.places if span.kind == "locality" and not span.role and span.confidence >= 0.6]


def _continues(current: Episode, gap: list[Sentence], sentence: Sentence, dateline: Span | None) -> bool:
    if len(gap) > MAX_GAP_SENTENCES:
        return False
    new_day = _differs_in_day(current.days, _days(sentence))
    fixed = [spot for spot in current.spots if dateline is None or spot.start != dateline.start]
    new_spot = _differs_in_place(fixed, _spots(sentence))
    if new_day or new_spot:
        return False
    between = sentence.text[current.end : sentence.start]
    return not (re.search(r"\n\s*\n", between) and gap and not (_days(sentence) or _spots(sentence)))


def _lends(current: Episode, sentence: Sentence) -> bool:
    """Let up to three sentences without cue join the core before them in the same paragraph, unless the day changes."""
    between = sentence.text[current.end : sentence.start]
    since = next((i for i, known in enumerate(reversed(current.sentences)) if known.cues), 0)
    if since >= MAX_GAP_SENTENCES or re.search(r"\n\s*\n", between):
        return False
    return not _differs_in_day(current.days, _days(sentence))


def _differs_in_day(known: list[Span], new: list[Span]) -> bool:
    return bool(known and new) and not any(_overlap(a, b) for a in known[-12:] for b in new[:12])


def _overlap(one: Span, other: Span) -> bool:
    start = max(date.fromisoformat(one.value["start"]), date.fromisoformat(other.value["start"]))
    end = min(date.fromisoformat(one.value["end"]), date.fromisoformat(other.value["end"]))
    return start <= end


def _differs_in_place(known: list[Span], new: list[Span]) -> bool:
    if not known or not new:
        return False
    return not any(
        kilometres(a.value.lat, a.value.lon, b.value.lat, b.value.lon) < FAR_KM for a in known[-12:] for b in new[:12]
    )


def _joined(episodes: list[Episode]) -> list[Episode]:
    """Join neighbours that name the same day and the same place."""
    joined: list[Episode] = []
    for episode in episodes:
        last = joined[-1] if joined else None
        same_day = last is not None and any(_overlap(a, b) for a in last.days[:8] for b in episode.days[:8])
        same_spot = last is not None and any(
            a.value.geonameid == b.value.geonameid for a in last.spots[:8] for b in episode.spots[:8]
        )
        if last is not None and same_day and same_spot:
            _add(last, episode.sentences)
        else:
            joined.append(episode)
    return joined
