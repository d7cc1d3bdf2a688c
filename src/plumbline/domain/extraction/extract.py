"""Turn a text into proposed records: find what each type's hints ask for, cut the text into incidents, fill fields."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from plumbline.domain.blueprints import Blueprint, Field, RecordType
from plumbline.domain.extraction.findings import Findings
from plumbline.domain.extraction.keyed import keyed_mentions
from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.model import Gazetteer, Mention, Place, ProposedRecord, Span
from plumbline.domain.extraction.plans import FieldPlan, TypePlan, plan_of
from plumbline.domain.extraction.segments import VAGUE_DAYS, Episode, episodes_of, matter_of, whole_of, width_of

MAX_MANY = 12
"""Most values of one `many` field in one proposal; a list longer than that is a table, not a story."""
MAX_AMOUNTS = 4
_WHAT = {"terms", "quantities"}
_AROUND = ("earlier", "later", "elsewhere")


def extract(
    text: str, *, blueprint: Blueprint, language: str, published: date | None, gazetteer: Gazetteer
) -> tuple[ProposedRecord, ...]:
    """Propose the records that a text tells of, in the order of the text; () when it tells of none.

    `published` anchors 'yesterday' and '5 March' where no dateline does. A text of lines 'Column: value' (a table's
    row, a form) is one incident, read by its column names. Offsets count characters of `text`, and for every mention
    `text[start:end] == mention.text`. Time grows linearly with the text. The value of a relation is the name that the text
    says; whoever records the incident finds the record of that name.
    """
    plan = plan_of(blueprint, known_language(language))
    if not text.strip() or not plan.types:
        return ()
    findings = Findings(text, language=language, published=published, gazetteer=gazetteer)
    proposals: list[ProposedRecord] = []
    for kind in plan.types:
        keyed = keyed_mentions(kind, findings)
        if keyed is not None:
            cues = len(findings.cues(kind))
            proposals.extend(_proposal(kind, keyed, 0, len(text), cues=cues, keyed=True))
        else:
            proposals.extend(_told(kind, findings))
    return tuple(sorted(proposals, key=lambda proposal: (proposal.start, proposal.type)))


def _told(kind: TypePlan, findings: Findings) -> list[ProposedRecord]:
    """Propose the incidents that cues lead to; where there is none, those that acts and outcomes named lead to.

    A short report that parts day, place and what happened over its sentences is one incident; so is one that names no
    act, but a material, how much of it, and when or where.
    """
    for acts in (False, True):
        if findings.cues(kind, acts=acts):
            sentences = findings.sentences(kind, acts=acts)
            episodes = episodes_of(sentences) or (whole_of(sentences) if acts else [])
            found: list[ProposedRecord] = []
            for episode in episodes:
                if episode.cue_count:
                    mentions = _episode_mentions(kind, episode, findings)
                    found.extend(_proposal(kind, mentions, episode.start, episode.end, cues=episode.cue_count))
            if found:
                return found
    found = []
    for episode in matter_of(findings.sentences(kind)):
        mentions = _episode_mentions(kind, episode, findings)
        found.extend(_proposal(kind, mentions, episode.start, episode.end, cues=0))
    return found


def _proposal(
    kind: TypePlan, mentions: list[Mention], start: int, end: int, *, cues: int, keyed: bool = False
) -> tuple[ProposedRecord, ...]:
    """Make the proposal of an incident, () when its core is too thin.

    A core says when or where, and what: a material or an amount, where the type has a field for one. A table's row with
    a cue in one of its columns may say when and where alone.
    """
    sources = {plan.field.id: plan for plan in kind.fields}
    solid = [m for m in mentions if start <= m.start < end and _counts(sources[m.field])]
    core = {_part(sources[m.field], kind) for m in solid} - {""}
    what = {_part(plan, kind) for plan in kind.fields} & _WHAT
    if len(core) < 2 or not core & {"dates", "places"} or (what and not core & what and not (keyed and cues)):
        return ()
    groups = {mention.field for mention in solid}
    weight = min(1.0, 0.35 + 0.1 * len(groups) + 0.1 * min(2, cues))
    mean = sum(mention.confidence for mention in solid) / len(solid)
    return (ProposedRecord(kind.type.id, tuple(mentions), start, end, round(0.5 * weight + 0.5 * mean, 3)),)


def _counts(plan: FieldPlan) -> bool:
    """Tell whether what fills a field speaks for an incident; what is around it does not, a relation says a name that another field may say too."""
    return plan.hint.source not in ("sentence", *_AROUND) and plan.field.type != "relation"


def _part(plan: FieldPlan, kind: TypePlan) -> str:
    """Name the part of the core that a field fills; '' when it is none."""
    source = "places" if plan.hint.source == "countries" else plan.hint.source
    if source in ("dates", "places"):
        return source if plan.near is None and not _role_of(plan.field.id, kind.type) else ""
    return source if source == "quantities" or plan is kind.content else ""


def _episode_mentions(kind: TypePlan, episode: Episode, findings: Findings) -> list[Mention]:
    """Fill the fields of one episode, places first, for a single country follows the place; last what is around its date and place."""
    mentions: list[Mention] = []
    home = ""
    around = [plan for plan in kind.fields if plan.hint.source in _AROUND]
    for plan in sorted((p for p in kind.fields if p not in around), key=lambda plan: plan.hint.source != "places"):
        chosen = _mentions(plan, kind, episode, findings, home)
        mentions.extend(chosen)
        where = (
            plan.field.type == "place" and plan.hint.source == "places"
        )  # a text may hold a place's name, not where it is
        if where and chosen and not _role_of(plan.field.id, kind.type) and plan.near is None:
            home = home or chosen[0].value["country"]
    own = next((p.field.id for p in kind.fields if p.hint.source == "dates" and p.near is None), "")
    day = next((mention.value for mention in mentions if mention.field == own), None)
    taken = {mention.start for mention in mentions}
    for plan in around:
        if plan.hint.source == "elsewhere":
            mentions.extend(_elsewhere(plan, mentions, taken, episode, findings))
        elif day is not None:
            mentions.extend(_around(plan, day, episode, findings))
    order = {plan.field.id: index for index, plan in enumerate(kind.fields)}
    return sorted(mentions, key=lambda mention: (order[mention.field], mention.start))


def _within(spans: Sequence[Span], episode: Episode) -> list[Span]:
    """Keep the spans, ordered by their start, that stand in a sentence of an episode."""
    first, last = (bisect_left(spans, end, key=lambda span: span.start) for end in (episode.start, episode.end))
    return [span for span in spans[first:last] if episode.sentence_of(span) is not None]


def _around(plan: FieldPlan, day: Mapping[str, str], episode: Episode, findings: Findings) -> list[Mention]:
    """List the dates of an episode that end before its own begins, or begin after its own ends; each value once, no years of birth."""
    text, since = findings.text, _since(known_language(findings.language))
    best: dict[str, Span] = {}
    for span in _within(findings.dates, episode):
        apart = span.value["end"] < day["start"] if plan.hint.source == "earlier" else span.value["start"] > day["end"]
        if apart and span.role != "dateline" and not since.search(text, max(0, span.start - 24), span.start):
            best.setdefault(repr(span.value), span)
    return [_mention(plan.field, span, findings) for span in [*best.values()][: _most(plan)]]


@cache
def _since(language: str) -> re.Pattern[str]:
    """Compile what stands before the year in which somebody was born or a firm founded."""
    said = any_of(lexicon("events")["since"][language])
    return re.compile(rf"{said}\s*$" if language == "zh" else rf"(?<!\w){said}\s+$", re.IGNORECASE)


def _elsewhere(
    plan: FieldPlan, mentions: Sequence[Mention], taken: set[int], episode: Episode, findings: Findings
) -> list[Mention]:
    """List the places of an episode that fill no other field, each once; none that its own place or countries lie in."""
    filled = [m.value for m in mentions if isinstance(m.value, dict) and "country" in m.value]
    known = {value.get("geonameid") or value["name"] for value in filled}
    countries = {value["country"] for value in filled} | {m.value for m in mentions if isinstance(m.value, str)}
    places = {span.start: span.value for span in _within(findings.places, episode)}
    own = [places[m.start] for m in mentions if m.start in places]
    best: dict[Any, Span] = {}
    for span in _within(findings.of(plan), episode):
        place, which = places[span.start], span.value.get("geonameid") or span.value["name"]
        wider = place.precision == "country" and place.country in countries
        wider = wider or (place.precision == "admin1" and any(_lies_in(one, place) for one in own))
        if span.start not in taken and which not in known and not wider:
            best.setdefault(which, span)
    return [_mention(plan.field, span, findings) for span in [*best.values()][: _most(plan)]]


def _lies_in(place: Place, division: Place) -> bool:
    return (place.country, place.admin1) == (division.country, division.admin1)


def _mentions(plan: FieldPlan, kind: TypePlan, episode: Episode, findings: Findings, home: str) -> list[Mention]:
    """Choose the spans of one field: all distinct ones when it may hold many, else the best.

    `home` is the country of the place already chosen: a single country follows it.
    """
    if plan.hint.source == "sentence":
        return [_mention(plan.field, span, findings) for span in _sentence(plan, episode, findings)]
    spans = _within(findings.of(plan), episode)
    spans = _by_near(plan, kind, spans, findings)
    spans = _by_role(plan, kind, spans)
    spans = _timely(plan, spans, episode, findings)
    if plan.hint.source == "countries" and not plan.field.many and home and plan.near is None:
        spans = [span for span in spans if span.value == home] or spans
    if not spans and plan.near is None:
        spans = _inherited(plan, episode, findings)
    best: dict[str, Span] = {}
    for span in sorted(spans, key=lambda s: _preference(plan, s, episode)):
        best.setdefault(repr(_same_value(plan, span)), span)
    chosen = list(best.values())[: _most(plan)]
    return [_mention(plan.field, span, findings) for span in sorted(chosen, key=lambda s: s.start)]


def _most(plan: FieldPlan) -> int:
    if not plan.field.many:
        return 1
    return MAX_AMOUNTS if plan.hint.source == "quantities" else MAX_MANY


def _preference(plan: FieldPlan, span: Span, episode: Episode) -> tuple[float, float, int]:
    """Order the spans of a field, best first: by their sentence, then dates by place in the text, others by sureness."""
    rank = episode.rank(span)
    if plan.hint.source == "dates":
        return (-(rank - 3.0 * (width_of(span) >= VAGUE_DAYS) - 3.0 * (span.role == "dateline")), 0.0, span.start)
    if plan.hint.source in ("places", "countries"):
        rank -= 1.5 * (span.role == "office")
    if plan.hint.source == "places":
        rank -= 0.4 * (span.value["precision"] == "admin1")  # 'Jiangsu, Xuzhou': of one sentence the town says more
        return -rank, -min(0.6, span.confidence), span.start
    return -rank, -span.confidence, span.start


def _timely(plan: FieldPlan, spans: list[Span], episode: Episode, findings: Findings) -> list[Span]:
    """Leave out what cannot be the incident's: dates to come, vague dates far from its core, what recalls others."""
    if plan.hint.source == "dates":
        spans = [span for span in spans if not _too_late(span, findings)]
        return [s for s in spans if episode.rank(s) >= (3.0 if width_of(s) >= VAGUE_DAYS else 0.5)]
    if plan.near is not None or plan.hint.source in ("organisations", "persons"):
        return spans
    return [span for span in spans if episode.rank(span) > 0] or spans[:1]


def _same_value(plan: FieldPlan, span: Span) -> Any:
    if plan.hint.source == "places":
        return span.value.get("geonameid") or span.value["name"]
    return span.value.casefold() if isinstance(span.value, str) else span.value


def _mention(field: Field, span: Span, findings: Findings) -> Mention:
    value, said = span.value, findings.text[span.start : span.end]
    if field.type in ("text", "localised") and not isinstance(value, str):
        value = said
    if field.type == "localised":
        value = {findings.language or "en": value}
    return Mention(field.id, value, said, span.start, span.end, span.confidence)


def _sentence(plan: FieldPlan, episode: Episode, findings: Findings) -> list[Span]:
    """Give the sentence that tells the incident, or the first that holds a hint word where the hint names any."""
    told = next((s for s in episode.sentences[episode.event :] if s.cues), episode.core)
    chosen = [told] if plan.near is None else []
    chosen.extend(s for hint in findings.near(plan) if (s := episode.sentence_of(hint)) is not None)
    return [Span(s.start, s.end, findings.text[s.start : s.end], 0.6) for s in chosen[:1]]


# --- hint words, roles, inheritance ---------------------------------------------------------------------------------


def _by_near(plan: FieldPlan, kind: TypePlan, spans: list[Span], findings: Findings) -> list[Span]:
    """Where a hint names words, keep what they stand by: just before a place, within some words of a number.

    A place whose role on a route is told otherwise fills the field of that role too.
    """
    if plan.near is None:
        return spans
    hints = findings.near(plan)
    if plan.hint.source in ("places", "countries"):
        role = _role_of(plan.field.id, kind.type)
        led = _led(findings.text, hints, spans)
        return [span for span in spans if span in led or (role and span.role == role)]
    kept = []
    for span in spans:
        index = bisect_left(hints, span.start - 30, key=lambda hint: hint.end)
        if index < len(hints) and hints[index].start < span.end + 40:
            kept.append(span)
    return [replace(span, confidence=min(0.95, round(span.confidence + 0.05, 3))) for span in kept]


LEADING = 18
"""So many characters may stand between a hint and the place that it leads to."""


def _led(text: str, hints: Sequence[Span], spans: list[Span]) -> list[Span]:
    """Keep the places that stand right behind a hint: for each hint the first one after it."""
    led = set()
    first = bisect_left(hints, spans[0].start - LEADING, key=lambda hint: hint.end) if spans else len(hints)
    last = bisect_left(hints, spans[-1].start + 1, key=lambda hint: hint.end) if spans else 0
    for hint in hints[first:last]:
        index = bisect_left(spans, hint.end, key=lambda span: span.start)
        if index < len(spans) and _leads(text, hint, spans[index]):
            led.add(spans[index].start)
    return [span for span in spans if span.start in led]


def _leads(text: str, hint: Span, place: Span) -> bool:
    """Say whether a hint stands right before a place; a long hint may leave room for 'the port of'.

    One-letter hints ('в', 'à') lead to every place there is, so they say nothing.
    """
    gap = text[hint.end : place.start]
    room = LEADING if hint.end - hint.start > 5 else 5
    letters = hint.end - hint.start > 1 or text[hint.start] > "\u3400"
    return letters and len(gap) <= room and not any(mark in gap for mark in ".;,،。")


_ROLES = {
    "origin": "origin",
    "destination": "destination",
    "transit": "transit",
    "from": "origin",
    "to": "destination",
    "via": "transit",
}


def _by_role(plan: FieldPlan, kind: TypePlan, spans: list[Span]) -> list[Span]:
    """Give route fields their end of the way; other place fields prefer what is neither an end of one nor a seat."""
    if plan.hint.source not in ("places", "countries") or plan.near is not None:
        return spans
    wanted = _role_of(plan.field.id, kind.type)
    if wanted:
        return [span for span in spans if span.role == wanted]
    if plan.field.many and plan.hint.source == "countries":
        return spans
    plain = [span for span in spans if span.role in ("", "office")]
    if plan.hint.source == "places":
        plain = [span for span in plain if span.kind != "country"] or plain
    return plain or [span for span in spans if span.role != "seat"]


def _role_of(field_id: str, kind: RecordType) -> str:
    declared = {field: _ROLES.get(role, "") for role, field in kind.traits.get("route", {}).items()}
    if declared.get(field_id):
        return declared[field_id]
    return next((role for role in ("origin", "destination", "transit") if role in field_id), "")


def _inherited(plan: FieldPlan, episode: Episode, findings: Findings) -> list[Span]:
    """Take date and place from the text just before the episode or its dateline, with less confidence."""
    if plan.hint.source not in ("dates", "places", "countries") or (
        plan.field.many and plan.hint.source != "countries"
    ):
        return []
    spans = [s for s in findings.of(plan) if s.end <= episode.start]
    if plan.hint.source == "dates":
        spans = [s for s in spans if width_of(s) < VAGUE_DAYS and not _too_late(s, findings)]
    else:
        spans = [span for span in spans if span.role in ("", "office")]
    close = [s for s in spans if episode.start - s.end < 600] or [s for s in spans if s.role == "dateline"]
    return [replace(s, confidence=round(s.confidence * 0.7, 3)) for s in close[-1:]]


def _too_late(span: Span, findings: Findings) -> bool:
    return findings.published is not None and date.fromisoformat(span.value["start"]) > findings.published + timedelta(
        days=1
    )
