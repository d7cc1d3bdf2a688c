"""Ask the installation's language model to read a work, where installation and workspace have both said so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from plumbline.apps.library.actions import note_reading, own_mark
from plumbline.apps.library.sending import may_send, text_to_send
from plumbline.apps.records.actions import mark_of_proposals
from plumbline.apps.records.places import gazetteer
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.errors import PlumblineError
from plumbline.domain.evidence import Span, mask, occurrences
from plumbline.domain.extraction.pointing import (
    Pointed,
    add_pointed,
    content_of,
    fields_to_ask,
    pointed,
    question,
)
from plumbline.domain.extraction.text import HAS_HAN
from plumbline.domain.extraction.wording import value_of_words
from plumbline.engines.chat import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Job
    from plumbline.domain.access import Viewer
    from plumbline.domain.blueprints import Blueprint, Field
    from plumbline.domain.extraction import Mention, ProposedRecord
    from plumbline.engines.chat import Endpoint

Told = tuple[int, int, str, str]


def read_with_llm(
    proposals: Sequence[ProposedRecord], text: str, rows: Sequence[Told], work: Entry, job: Job, *, by: Viewer
) -> Sequence[ProposedRecord]:
    """Add to the proposals of other readers what a language model points at in `text`, which `rows` (key, start, text, kind) make up.

    What it pointed at is kept in the job, as offsets, so that a run that goes on after it was cut off counts the same
    proposals. A service that fails is noted on the work, and the proposals stand.
    """
    blueprint = blueprint_of(work.workspace)
    if settings.LLM is None or not blueprint.llm_up_to:
        return proposals
    if "llm" not in job.payload:
        job.payload["llm"] = _ask(settings.LLM, proposals, rows, work, blueprint, by)
        job.save(update_fields=["payload"])

    def words(field: Field, said: str) -> Any:
        return value_of_words(
            field, said, blueprint, language=work.work.language or "en", published=work.date, gazetteer=gazetteer()
        )

    found = Pointed(tuple((kind, tuple((*one,) for one in spans)) for kind, spans in job.payload["llm"]))
    return add_pointed(proposals, found, text, blueprint, words, settings.LLM.extractor)


def _ask(
    model: Endpoint, proposals: Sequence[ProposedRecord], rows: Sequence[Told], work: Entry, blueprint: Blueprint, by: Viewer
) -> list[Any]:  # fmt: skip
    """Ask what the passages tell; [] where nothing may be sent, or no answer came.

    Sent is only what everybody reads who may see the work and everybody who may see what is proposed from it; words that
    others just read as the value of a field of stricter sharing are withheld too, as they will be in the passage.
    """
    mark = mark_of_class(work.mark_class_id)
    readers = (mark, mark_of_proposals(work.workspace, mark, by))
    text = text_to_send(work, rows, readers, blueprint.llm_up_to, by)
    if text is None:
        return []

    def may_ask(field: Field) -> bool:
        own = own_mark(field.sharing.level, field.sharing.audience, by) if field.sharing else mark
        return may_send(own, blueprint.llm_up_to) and all(own.opens_as_wide_as(one) for one in readers)

    fields = fields_to_ask(blueprint, may_ask)
    read = [(blueprint.types[one.type].fields[each.field], each) for one in proposals for each in one.mentions]
    text = _without(text, [each for field, each in read if not may_ask(field)])
    try:
        found = pointed(content_of(complete(model, question(text, blueprint, fields))), text, fields)
    except PlumblineError as error:
        note_reading(work, {"code": error.code, "template": error.template, "params": dict(error.params)}, by=by)
        return []
    return [[kind, list(spans)] for kind, spans in found.records]


def _without(text: str, kept: Sequence[Mention]) -> str:
    """Withhold mentions where they stand, and their words wherever they stand again: short ones of Latin letters as whole words alone.

    Arabic joins words such as 'and' to a name, and Russian changes its end.
    """
    spans = [Span(one.start, one.end) for one in kept]
    for words in {one.text for one in kept}:
        repeats = occurrences(text, words, shortest=1)
        spans += [span for span in repeats if len(words) > 3 or not words.isascii() or _is_whole(text, span)]
    return mask(text, spans)


def _is_whole(text: str, span: Span) -> bool:
    around = text[max(0, span.start - 1) : span.start] + text[span.end : span.end + 1]
    return not any(letter.isalnum() and not HAS_HAN.match(letter) for letter in around)
