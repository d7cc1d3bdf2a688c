"""Cut a text into episodes: the sentences that tell one incident.

An episode starts at an event sentence: a cue beside two of date, place, material and amount, or a day and a place with
a cue or a material in the same paragraph. What follows belongs to it, background and consequences too, until a
sentence brings another place *and* another day with what happened there, or until the text has long gone on without
a cue. Sentences that recall earlier incidents ('a similar case', 'in 2017') neither start an episode nor date one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import kilometres

FAR_KM = 60.0
SHORT = 8
"""A report of so many sentences or fewer is read as one incident where no sentence of it is an event by itself."""
LONG_GAP = 8
"""After so many sentences without a cue an episode is over."""
AHEAD = 6
"""How many sentences of its paragraph an event sentence may rest on."""
VAGUE_DAYS = 32


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence with its cues, dates, places (span values: cue, date value, `Place`) and content.

    `content` are materials and amounts; `paragraph` counts from 0; `opens` marks the first sentence of a paragraph;
    `recalls` one that tells of earlier incidents.
    """

    start: int
    end: int
    cues: tuple[Span, ...]
    dates: tuple[Span, ...]
    places: tuple[Span, ...]
    content: tuple[Span, ...]
    paragraph: int
    opens: bool
    recalls: bool

    @property
    def days(self) -> list[Span]:
        """The dates that can tell incidents apart: days, months and short ranges, no dateline and no year."""
        return [span for span in self.dates if not span.role and width_of(span) < VAGUE_DAYS]

    @property
    def spots(self) -> list[Span]:
        """The towns where something may have happened: no end of a route, no seat of a firm."""
        return [s for s in self.places if s.kind != "country" and not s.role and s.confidence >= 0.6]

    @property
    def where(self) -> list[Span]:
        """Towns and countries where something may have happened."""
        return [s for s in self.places if s.role in ("", "office") and s.confidence >= 0.5]


@dataclass(slots=True)
class Episode:
    """Gather the sentences of one incident; `event` is the index of the first event sentence."""

    sentences: list[Sentence]
    event: int = 0
    days: list[Span] = field(default_factory=list)
    where: list[Span] = field(default_factory=list)
    idle: int = 0
    _core: Sentence | None = None

    @property
    def start(self) -> int:
        """Where its first sentence begins."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where its last sentence ends."""
        return self.sentences[-1].end

    @property
    def core(self) -> Sentence:
        """The sentence that tells it best: the first with day and place, else with cue and day, else the event's."""
        if self._core is None:
            told = [s for s in self.sentences[self.event : self.event + AHEAD] if not s.recalls]
            lead = self.sentences[self.event]
            both = next((s for s in told if s.days and s.where), None)
            dated = lead if lead.days else next((s for s in told if s.cues and s.days), None)
            self._core = both or dated or lead
        return self._core

    @property
    def cue_count(self) -> int:
        """How many cues its sentences hold."""
        return sum(len(sentence.cues) for sentence in self.sentences)

    def sentence_of(self, span: Span) -> Sentence | None:
        """Give the sentence in which a span stands; None when it is not in this episode."""
        index = bisect_right(self.sentences, span.start, key=lambda sentence: sentence.start) - 1
        found = self.sentences[index] if index >= 0 else None
        return found if found is not None and span.start < found.end else None

    def rank(self, span: Span) -> float:
        """Weigh a span by its sentence: core 4, the event's 3.5, their paragraph 3, other cues 2, the rest 1, recalls 0."""
        sentence = self.sentence_of(span)
        if sentence is None or sentence.recalls:
            return 0.0
        if sentence is self.core:
            return 4.0
        if sentence is self.sentences[self.event]:
            return 3.5
        if sentence.paragraph in (self.core.paragraph, self.sentences[self.event].paragraph):
            return 3.0
        return 2.0 if sentence.cues else 1.0


def episodes_of(sentences: Sequence[Sentence]) -> list[Episode]:
    """Cut sentences into episodes, in order. Runs in linear time."""
    episodes: list[Episode] = []
    aside = -1
    for index, sentence in enumerate(sentences):
        current = episodes[-1] if episodes else None
        ahead = _paragraph_from(sentences, index)
        if current is None or current.idle > LONG_GAP:
            if _is_event(sentence, ahead):
                episodes.append(_begun(sentences, index, first=current is None))
        elif _is_event(sentence, ahead) and _is_another(current, sentence, ahead):
            episodes.append(_add(Episode([]), sentence))
        elif sentence.opens and _is_elsewhere(current, sentence):
            aside = sentence.paragraph
        elif sentence.paragraph != aside:
            _add(current, sentence)
    return _joined([_trimmed(episode) for episode in episodes])


def whole_of(sentences: Sequence[Sentence]) -> list[Episode]:
    """Take a short report, a paragraph under its title, as one episode if it says when or where; it begins with a cue."""
    return _whole(sentences, [n for n, s in enumerate(sentences) if s.cues and not s.recalls])


def matter_of(sentences: Sequence[Sentence]) -> list[Episode]:
    """Take a short report without cues as one episode if it names a material and an amount, and a day or a town.

    Countries and years alone are what statistics name, and a number of things of one word ('300 batteries', '40 tyres') is what
    shops sell and garages change: it is no amount beside the material. It begins with the first sentence that has a material or amount.
    """
    told = [s for s in sentences if not s.recalls]
    kinds = {span.kind for s in told for span in s.content}
    if not {"term", "amount"} <= kinds or not any(s.days or s.spots for s in told):
        return []
    return _whole(sentences, [n for n, s in enumerate(sentences) if s.content and not s.recalls])


def _whole(sentences: Sequence[Sentence], events: Sequence[int]) -> list[Episode]:
    """Make a short report one episode if it says when or where; it begins with the first of its events."""
    if not events or len(sentences) > SHORT or len({s.paragraph for s in sentences}) > 2:
        return []
    if not any(s.days or s.where for s in sentences if not s.recalls):
        return []
    episode = Episode([], event=events[0])
    for sentence in sentences:
        _add(episode, sentence)
    return [episode]


def width_of(span: Span) -> int:
    """Give the length of a date's range in days, 0 for a day."""
    return (date.fromisoformat(span.value["end"]) - date.fromisoformat(span.value["start"])).days


def _paragraph_from(sentences: Sequence[Sentence], index: int) -> list[Sentence]:
    """Give a sentence with those behind it in its paragraph."""
    own = sentences[index].paragraph
    return [s for s in sentences[index : index + AHEAD] if s.paragraph == own]


def _is_event(sentence: Sentence, ahead: list[Sentence]) -> bool:
    if sentence.recalls:
        return False
    day, where = bool(sentence.days), bool(sentence.where)
    if sentence.cues:
        if day or where:
            return day + where + len({span.kind for span in sentence.content}) >= 2
        return bool(sentence.content) and any((s.days or s.where) and not s.recalls for s in ahead[1:3])
    return day and where and any(s.cues for s in ahead) and any(s.content for s in ahead)


def _begun(sentences: Sequence[Sentence], index: int, *, first: bool) -> Episode:
    """Start an episode; the text's first takes in the heading lines before it that name a cue or a material."""
    episode = Episode([])
    for before in sentences[max(0, index - 4) : index] if first else ():
        if (before.cues or before.content) and not before.days and not before.recalls:
            _add(episode, before)
    episode.event = len(episode.sentences)
    return _add(episode, sentences[index])


def _add(episode: Episode, sentence: Sentence) -> Episode:
    episode.sentences.append(sentence)
    if not sentence.recalls and len(episode.days) < 12:
        episode.days.extend(sentence.days[:4])
    if not sentence.recalls and (sentence.cues or sentence.content or not episode.where) and len(episode.where) < 12:
        episode.where.extend((sentence.spots or sentence.where)[:4])
    episode.idle = 0 if sentence.cues else episode.idle + 1
    return episode


def _trimmed(episode: Episode) -> Episode:
    """Let go of the paragraphs at the end that hold neither cue nor content, and of a long tail without cues."""
    if episode.idle > LONG_GAP:
        del episode.sentences[len(episode.sentences) - episode.idle + 3 :]
    telling = {s.paragraph for s in episode.sentences if s.cues or s.content}
    while len(episode.sentences) > episode.event + 1 and episode.sentences[-1].paragraph not in telling:
        episode.sentences.pop()
    return episode


def _is_another(current: Episode, sentence: Sentence, ahead: list[Sentence]) -> bool:
    """Say whether an event sentence tells another incident than the episode before it."""
    new_day = _differs_in_day(current.days, sentence.days)
    new_spot = _differs_in_place(current.where, sentence.spots or sentence.where)
    own = {span.kind for s in ahead for span in s.content}
    if new_day and new_spot:
        return bool(own) and (sentence.opens or bool(sentence.content))
    complete = bool(sentence.cues and sentence.content)
    if new_day:
        return complete and sentence.opens and bool(sentence.where) and _is_exact(sentence.days)
    return new_spot and complete and sentence.opens and not sentence.days


def _is_elsewhere(current: Episode, sentence: Sentence) -> bool:
    """Say whether a paragraph opens on another day and in another town, which is no event but not this one either."""
    return _differs_in_day(current.days, sentence.days) and _differs_in_place(current.where, sentence.spots)


def _is_exact(days: list[Span]) -> bool:
    return any(span.value["precision"] == "day" for span in days)


def _differs_in_day(known: list[Span], new: list[Span]) -> bool:
    return bool(known and new) and not any(_overlap(a, b) for a in known[-12:] for b in new[:4])


def _overlap(one: Span, other: Span) -> bool:
    return bool(one.value["start"] <= other.value["end"] and other.value["start"] <= one.value["end"])


def _differs_in_place(known: list[Span], new: list[Span]) -> bool:
    return bool(known and new) and not any(_near(a, b) for a in known[-12:] for b in new[:4])


def _near(one: Span, other: Span) -> bool:
    """Say whether two places may be one: a country is where its towns are."""
    if "country" in (one.kind, other.kind):
        return bool(one.value.country == other.value.country)
    return kilometres(one.value.lat, one.value.lon, other.value.lat, other.value.lon) < FAR_KM


def _joined(episodes: list[Episode]) -> list[Episode]:
    """Join neighbours that name the same day and the same town."""
    joined: list[Episode] = []
    for episode in episodes:
        last = joined[-1] if joined else None
        if last is not None and _is_same(last, episode):
            for sentence in episode.sentences:
                _add(last, sentence)
        else:
            joined.append(episode)
    return joined


def _is_same(one: Episode, other: Episode) -> bool:
    days = any(_overlap(a, b) for a in one.days[:8] for b in other.core.days)
    return days and any(a.value.geonameid == b.value.geonameid for a in one.where[:8] for b in other.core.where)
