"""The job that reads records out of a work's passages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from plumbline.apps.accounts.queries import viewer_named
from plumbline.apps.library.actions import NewClaim
from plumbline.apps.library.queries import get_entry, texts_of
from plumbline.apps.records.actions import propose_records
from plumbline.apps.records.places import gazetteer
from plumbline.apps.spine.jobs import handles
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.blueprints import Blueprint
from plumbline.domain.extraction import ProposedRecord, extract

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Job

EXTRACTOR = "rules/1"
BATCH = 20
Row = tuple[int, int, str, str]
"""Key, start in the work's text, text and kind of a passage."""


@handles("extract")
def extract_work(job: Job) -> None:
    """Propose the records that a work tells; a run that was cut off goes on after the last batch it committed."""
    by = viewer_named(job.created_by)
    work = get_entry(job.payload["id"], by)
    blueprint = blueprint_of(work.workspace)
    if not any(record_type.extraction for record_type in blueprint.types.values()):
        return
    done = job.payload.get("proposed", 0)
    found = _proposals(texts_of(work), blueprint, work.work.language, work.date)
    fresh = islice(((one.type, _claims(one, rows)) for one, rows in found), done, None)
    while batch := list(islice(fresh, BATCH)):
        with transaction.atomic():
            propose_records(work.workspace, batch, work=work, by=by)
            job.payload["proposed"] = done = done + len(batch)
            job.save(update_fields=["payload"])


def _proposals(
    rows: Sequence[Row], blueprint: Blueprint, language: str, published: date | None
) -> Iterator[tuple[ProposedRecord, Sequence[Row]]]:
    told = [row for row in rows if row[3] != "row"]
    read = partial(extract, blueprint=blueprint, language=language, published=published, gazetteer=gazetteer())
    if told:
        text = "\n\n".join(row[2] for row in told)
        starts, at = [], 0
        for row in told:
            starts.append((row[0], at, row[2], row[3]))
            at += len(row[2]) + 2
        for proposal in read(text):
            yield proposal, starts
    for row in rows:
        if row[3] == "row":
            for proposal in read(row[2]):
                yield proposal, [(row[0], 0, row[2], row[3])]


def _claims(proposal: ProposedRecord, rows: Sequence[Row]) -> list[NewClaim]:
    starts = [row[1] for row in rows]
    claims = []
    for mention in proposal.mentions:
        key, start, text, _ = rows[max(0, bisect_right(starts, mention.start) - 1)]
        begin, end = mention.start - start, min(mention.end - start, len(text))
        claims.append(NewClaim(mention.field, mention.value, key, begin, end, mention.confidence, EXTRACTOR))
    return claims
