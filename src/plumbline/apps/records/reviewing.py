"""The review desk's own work: a record as rows to decide on, its texts with the spans marked, words read as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import NewClaim
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.presenting import ShownField, ShownRecord, loosest, mark_label
from plumbline.apps.records.presenting import language as page_language
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.blueprints import Blueprint, Field, display_value, form_value, localised
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.evidence import value_key
from plumbline.domain.extraction.wording import value_of_words
from plumbline.ui.text import Span, highlighted

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry
    from plumbline.apps.library.queries import ShownPassage

MOST_PASSAGES = 60
WITHHELD = "█"


@dataclass(frozen=True)
class Row:
    """One value of a field as the desk shows it, with the claims that state it; no claims: the field is not said."""

    key: str
    field: Field
    label: str
    claims: tuple[Claim, ...]
    value: Any
    text: str
    status: str
    confidence: float | None
    mark: Mark | None


def rows_of(shown: ShownRecord) -> list[Row]:
    """Give the rows of a record: each value said of each field, rival values too, and fields of which nothing is said.

    First the day, the place and the kind of an event, then fields as the blueprint lists them. What was rejected shows
    only where nothing else is said of the field.
    """
    names = dict.fromkeys((*_first_fields(shown), *shown.fields))
    return [row for name in names for row in _rows_of_field(shown.fields[name], shown)]


def _first_fields(shown: ShownRecord) -> list[str]:
    """The fields that tell an event from others: its day, its place, and those that its title says of what kind it is by."""
    played = [one.field.id for role in ("when", "where") if (one := shown.said("event", role))]
    return [*played, *shown.record_type.title_from] if played else []


def _rows_of_field(one: ShownField, shown: ShownRecord) -> list[Row]:
    groups: list[tuple[Any, str, Sequence[Claim]]] = [(value.value, value.text, value.claims) for value in one.values]
    groups += _rivals(one, shown)
    if not groups:
        return [Row(one.field.id, one.field, one.label, (), None, "", "open", None, None)]
    rows = []
    for n, (value, text, claims) in enumerate(groups):
        key = f"{one.field.id}--{n}" if n else one.field.id
        read = [claim.confidence for claim in claims if not claim.person]
        mark = loosest([mark_of_class(claim.mark_class_id) for claim in claims])
        rows.append(Row(key, one.field, one.label, tuple(claims), value, text, claims[0].status,
                        max(read, default=None), mark))  # fmt: skip
    return rows


def _rivals(one: ShownField, shown: ShownRecord) -> list[tuple[Any, str, Sequence[Claim]]]:
    """Values that did not win, the claims of each together; rejected ones only where no value stands."""
    blueprint = blueprint_of(shown.entry.workspace)
    found: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in one.other_claims:
        if claim.status != "rejected" or not one.values:
            found[claim.status, value_key(claim.value)].append(claim)
    return [
        (
            claims[0].value,
            display_value(one.field, claims[0].value, blueprint=blueprint, language=page_language()),
            claims,
        )
        for claims in found.values()
    ]


def find_row(rows: Sequence[Row], field: str, claim: str) -> Row:
    """Find the row that a form was about; NotFound where neither claim nor field is there for the viewer."""
    for row in rows:
        if row.field.id == field and (any(one.public_id == claim for one in row.claims) or not claim):
            return row
    raise NotFound("review.row", "This value is not there any more. Open the record again.")


def desk_fields(rows: Sequence[Row], shown: ShownRecord) -> dict[str, list[dict[str, Any]]]:
    """Give rows as `ui.desk` takes its `fields`, and by itself `unsaid`, those of which no reading and no person said anything."""
    found = _desk_fields(rows, shown)
    return {
        "fields": [one for one, row in zip(found, rows, strict=True) if row.claims],
        "unsaid": [one for one, row in zip(found, rows, strict=True) if not row.claims],
    }


def _desk_fields(rows: Sequence[Row], shown: ShownRecord) -> list[dict[str, Any]]:
    blueprint = blueprint_of(shown.entry.workspace)
    who = reverse("records:record-who", args=[shown.entry.public_id])
    return [
        {
            "key": row.key, "field": row.field.id, "label": row.label, "value": row.text,
            "input": input_of(row, blueprint), "status": row.status, "confidence": row.confidence,
            "mark": mark_label(row.mark, f"{who}#{row.field.id}") if row.mark and not row.mark.opens_as_wide_as(shown.mark) else None,
            "claim": row.claims[0].public_id if row.claims else "",
        }
        for row in rows
    ]  # fmt: skip


def input_of(row: Row, blueprint: Blueprint) -> str:
    """Write a row's value as the text that a person would type: the title of a record that a relation names."""
    return row.text if row.field.type == "relation" else written(row.field, row.value, blueprint)


def written(field: Field, value: Any, blueprint: Blueprint) -> str:
    """Write a value as the text that a person would type, in the language of the page."""
    if value is None:
        return ""
    if field.type == "localised":
        return localised(value, page_language())
    return form_value(field, value, blueprint=blueprint, language=page_language())["value"]


def texts_for(rows: Sequence[Row], viewer: Viewer) -> list[dict[str, Any]]:
    """Give the passages that the rows rest on with their neighbours, as the viewer may read them, work by work.

    Each work has `title`, `url` and `passages` with `html` (spans carry the keys of their rows), `language`, `id`,
    `label` and whether the text goes on without a break from the passage before (`follows`).
    """
    spans = _spans(rows)
    passages = library.passages_around(spans, viewer)[:MOST_PASSAGES]
    keys = library.passage_keys([one.id for one in passages])
    works: dict[str, dict[str, Any]] = {}
    last: ShownPassage | None = None
    for one in passages:
        url = reverse("library:work-show", args=[one.work])
        work = works.setdefault(one.work, {"title": one.work_title, "url": url, "passages": []})
        follows = last is None or last.work != one.work or last.ordinal + 1 == one.ordinal
        own = [
            Span(start + one.start, end + one.start, "claim", key)
            for (start, end), key in spans.get(keys[one.id], {}).items()
        ]
        hidden = [Span(span.start + one.start, span.end + one.start, "withheld") for span in one.withheld]
        work["passages"].append({
            "id": one.id, "language": one.language, "label": one.label, "kind": one.kind, "follows": follows,
            "url": reverse("library:passage-show", args=[one.id]),
            "html": highlighted(one.text, [*hidden, *own], one.start),
        })  # fmt: skip
        last = one
    return list(works.values())


def _spans(rows: Sequence[Row]) -> dict[int, dict[tuple[int, int], str]]:
    """The stretches of each passage (by key) on which rows rest, with the keys of these rows, space by space."""
    found: dict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    for row in rows:
        for claim in row.claims:
            if claim.passage_id is None:
                continue
            stretches = found[claim.passage_id]
            if claim.start is not None and claim.end is not None and row.status != "rejected":
                held = stretches.get((claim.start, claim.end), "")
                stretches[claim.start, claim.end] = f"{held} {row.key}".strip()
    return found


@dataclass(frozen=True)
class Selected:
    """Words of a passage that a person chose: the text, and where it stands in the passage (key)."""

    text: str
    passage: int
    start: int
    end: int
    language: str
    published: date | None


def selected(workspace: Any, passage: str, start: str, end: str, viewer: Viewer) -> Selected:
    """Find the words chosen: `start` and `end` count characters of the work's text, as the desk sends them.

    Spaces around them are left out. Refuses nothing chosen, words of more than one passage, and withheld ones.
    """
    found = library.get_passage(passage, viewer)
    work = library.get_entry(found.work, viewer, "work")
    if work.workspace_id != workspace.pk:
        raise NotFound("passage.unknown", "There is nothing here under {id}. Check the address.", id=passage)
    first, last = (int(one) - found.start if one.isdecimal() and len(one) < 10 else -1 for one in (start, end))
    if not 0 <= first < last <= len(found.text):
        raise InvalidInput("review.selection", "Choose words of one paragraph, then they become the value.")
    text = found.text[first:last]
    first, last = first + len(text) - len(text.lstrip()), last - (len(text) - len(text.rstrip()))
    if first >= last or WITHHELD in text:
        raise InvalidInput("review.selection", "Choose words of one paragraph, then they become the value.")
    key = library.passage_keys([found.id])[found.id]
    return Selected(text.strip(), key, first, last, found.language, work.date)


def claim_on(field: Field, words: Selected, blueprint: Blueprint) -> NewClaim:
    """Make the claim of a person that words of a passage give a field its value."""
    value = read_value(
        field, words.text, blueprint, language=words.language or page_language(), published=words.published
    )
    return NewClaim(field.id, value, words.passage, words.start, words.end)


def read_value(field: Field, text: str, blueprint: Blueprint, *, language: str, published: date | None = None) -> Any:
    """Read words as the value of a field: first as a form would, then as extraction finds values in running text.

    'on 14 March' is a date of the year that `published` tells; 'the port of Naples' is the place with its coordinates.
    Raises InvalidInput where the words hold no such value.
    """
    text = " ".join(text.split())
    value = value_of_words(field, text, blueprint, language=language, published=published, gazetteer=gazetteer())
    if value is None:
        label = localised(field.label, page_language())
        raise InvalidInput("review.unread", "'{text}' could not be read as {field}. Choose other words, or write the value.",
                           text=text[:80], field=label)  # fmt: skip
    return value


def source_titles(entries: Sequence[Entry], viewer: Viewer) -> dict[int, str]:
    """Give the titles of the works that each record was read from, by key, as far as the viewer may see them; two queries."""
    works = {pk: {work for _passage, work in found} for pk, found in library.resting_places(entries, viewer).items()}
    titles = library.titles_of_works({key for keys in works.values() for key in keys}, viewer)
    return {pk: "; ".join(sorted(titles[key] for key in keys if key in titles)) for pk, keys in works.items()}


def pair_rows(shown: Sequence[ShownRecord]) -> list[dict[str, Any]]:
    """Give records side by side as `ui.compare` takes its rows: each field that one of them has, and where they differ."""
    rows = []
    for name in shown[0].fields:
        fields = [one.fields[name] for one in shown]
        if not any(one.values for one in fields):
            continue
        said = [frozenset(value_key(value.value) for value in one.values) for one in fields]
        rows.append({
            "label": fields[0].label, "fields": fields, "differs": len({one for one in said if one}) > 1,
        })  # fmt: skip
    return rows


def typed_value(post: Mapping[str, str], field: Field, blueprint: Blueprint) -> Any:
    """Read what was typed on the desk as a field's value, in the language of the page."""
    text = post.get("value", "").strip()
    if not text:
        raise InvalidInput(
            "review.empty", "Write a value for {field} first.", field=localised(field.label, page_language())
        )
    return read_value(field, text, blueprint, language=page_language())
