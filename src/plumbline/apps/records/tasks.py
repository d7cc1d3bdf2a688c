"""The jobs that read records out of a work's passages, and out of tables."""

from __future__ import annotations

import csv
import io
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from plumbline.apps.accounts.queries import SYSTEM, operator, viewer_named
from plumbline.apps.library.actions import NewClaim
from plumbline.apps.library.queries import get_entry, texts_of
from plumbline.apps.library.stores import file_store
from plumbline.apps.library.ties import records_to_tie
from plumbline.apps.records import queries
from plumbline.apps.records.actions import (
    import_records,
    link_records,
    propose_records,
    relate_records,
    undo_import_act,
    update_records,
)
from plumbline.apps.records.asking import read_with_llm
from plumbline.apps.records.importing import Problem, batches, read_rows
from plumbline.apps.records.imports import acts_to_undo, imported_records
from plumbline.apps.records.learning import find_taught
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.recounting import recount_more
from plumbline.apps.records.updating import Known, Met, checked_key, problem_of
from plumbline.apps.spine.acts import take_turn
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.jobs import handles, names
from plumbline.apps.spine.queries import blueprint_of, get_workspace, workspace_at_hand, workspaces
from plumbline.apps.spine.tables import defused
from plumbline.domain.blueprints import Blueprint, localised
from plumbline.domain.extraction import ProposedRecord, extract

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Job, Workspace
    from plumbline.domain.access import Viewer
    from plumbline.domain.extraction.taught import Taught

EXTRACTOR = "rules/2"
BATCH = 20
LINKED_AT_ONCE = 10
KEPT = 1_000
"""So many records that keep something of others are named when an import is taken back."""
Told = tuple[int, int, str, str]
"""Key, start in the work's text, text and kind of a passage."""


@handles("extract")
def extract_work(job: Job) -> None:
    """Propose the records that a work tells; a run that was cut off goes on after the last batch it committed."""
    by = viewer_named(job.created_by)
    work = get_entry(job.payload["id"], by)
    blueprint = blueprint_of(work.workspace)
    done = job.payload.get("proposed", 0)
    texts = texts_of(work, job.payload.get("pages", ()), job.payload.get("but", ()))
    found = _proposals(texts, work, blueprint, by, job)
    fresh = islice(((one.type, _claims(one, rows, reader)) for one, rows, reader in found), done, None)
    while batch := list(islice(fresh, BATCH)):
        with transaction.atomic():
            propose_records(work.workspace, batch, work=work, by=by)
            job.payload["proposed"] = done = done + len(batch)
            job.save(update_fields=["payload"])


def _proposals(
    rows: Sequence[Told], work: Entry, blueprint: Blueprint, by: Viewer, job: Job
) -> Iterator[tuple[ProposedRecord, Sequence[Told], str]]:
    """Give what running text and rows of tables tell, with its passages and who read it."""
    told = [row for row in rows if row[3] != "row"]
    read = partial(
        extract, blueprint=blueprint, language=work.work.language, published=work.date, gazetteer=gazetteer()
    )
    if told:
        text = "\n\n".join(row[2] for row in told)
        starts, at = [], 0
        for row in told:
            starts.append((row[0], at, row[2], row[3]))
            at += len(row[2]) + 2
        taught = find_taught(work, by=by)
        found = read(text) if taught is None else _taught_proposals(text, work, blueprint, taught[1])
        reader = EXTRACTOR if taught is None else f"{EXTRACTOR}+model/{taught[0]}"
        yield from ((one, starts, reader) for one in read_with_llm(found, text, told, work, job, by=by))
    for row in rows:
        if row[3] == "row":
            for proposal in read(row[2]):
                yield proposal, [(row[0], 0, row[2], row[3])], EXTRACTOR


def _taught_proposals(text: str, work: Entry, blueprint: Blueprint, taught: Taught) -> tuple[ProposedRecord, ...]:
    from plumbline.domain.extraction.learned import Example

    report = Example(work.public_id, text, (), work.work.language, work.date)
    return taught.read(report, blueprint=blueprint, gazetteer=gazetteer())


def _claims(proposal: ProposedRecord, rows: Sequence[Told], reader: str) -> list[NewClaim]:
    starts = [row[1] for row in rows]
    claims = []
    for mention in proposal.mentions:
        key, start, text, _ = rows[max(0, bisect_right(starts, mention.start) - 1)]
        begin, end = mention.start - start, min(mention.end - start, len(text))
        by = mention.extractor or reader
        claims.append(NewClaim(mention.field, mention.value, key, begin, end, mention.confidence, by))
    return claims


@names("import")
def name_tables(jobs: Sequence[Job], viewer: Viewer) -> dict[int, str]:
    """Name the tables that jobs import, those of the viewer."""
    return {job.pk: job.payload["name"] for job in jobs if job.created_by == viewer.person}


@handles("import")
def import_table(job: Job) -> None:
    """Make records of a table's rows, then look for likely duplicates; a run that was cut off goes on after its last batch.

    Progress is kept in the job: `next` rows walked, `created`, `refused`, and once all are through `report` (the stored
    table of refused rows) and `linked` (the last act whose records were compared).
    """
    by = operator(job.payload["operator"]) if job.payload["operator"] else viewer_named(job.created_by)
    workspace = get_workspace(job.payload["workspace"], by)
    with translation.override(job.payload["language"]):
        _make_records(job, workspace, by)
    _link_records(job, workspace, by)


def _make_records(job: Job, workspace: Workspace, by: Viewer) -> None:
    """Walk the rows in batches, each of them one transaction with the note of how far the import is."""
    known = job.payload
    record_type = queries.type_of(workspace, known["type"])
    table = read_rows(
        file_store().path(known["sha256"]), known["name"], record_type, blueprint_of(workspace),
        language=known["language"], viewer=by, names=known.get("names", {}),
    )  # fmt: skip
    key = checked_key(known.get("key", ()), record_type, table.columns)
    meet = Known(workspace, record_type, key, table.columns, by, overwrite=known.get("overwrite", False)).meet
    blueprint = blueprint_of(workspace)
    walked = 0
    with tempfile.TemporaryFile() as report:
        report.write(_line(["\ufeff" + _("Row"), _("Column"), _("What is wrong")]))
        for batch in batches(table.rows):
            walked += len(batch)
            if walked > known["next"]:
                with transaction.atomic():
                    take_turn()  # what others changed counts until then, and nobody changes more until the batch is in
                    met = meet(batch)
                    _import_batch(job, workspace, met, len(batch), walked, by)
            else:
                met = meet(batch)
            wrong = [one for row in (*batch, *met.refused) for one in row.problems]
            wrong += [problem_of(one, blueprint, known["language"]) for one in met.clashes]
            _report(report, sorted(wrong, key=lambda one: one.row))
        if (known["refused"] or known.get("clashes")) and "report" not in known:
            report.seek(0)
            known["report"] = file_store().put(report).sha256
            job.save(update_fields=["payload"])


def _import_batch(job: Job, workspace: Workspace, met: Met, count: int, walked: int, by: Viewer) -> None:
    known = job.payload
    if met.new:
        claims = [row.claims for row in met.new]
        import_records(workspace, known["type"], claims, import_id=job.batch, by=by)
    if met.changes:
        update_records(met.changes, import_id=job.batch, by=by)
    good = len(met.new) + len(met.changes) + met.same
    known |= {
        "next": walked, "created": known["created"] + len(met.new), "refused": known["refused"] + count - good,
        "changed": known.get("changed", 0) + len(met.changes), "same": known.get("same", 0) + met.same,
        "clashes": known.get("clashes", 0) + len(met.clashes),
    }  # fmt: skip
    job.save(update_fields=["payload"])


@handles("relate")
def relate(job: Job) -> None:
    """Compare records that changed with those of other workspaces."""
    if entries := records_to_tie(job.payload["ids"]):
        relate_records(entries, by=viewer_named(job.created_by))


@names("recount")
def name_recounted(jobs: Sequence[Job], viewer: Viewer) -> dict[int, str]:
    """Name the workspaces whose records are counted anew, those that the viewer may know of."""
    titles = {one.pk: localised(one.title, viewer.language or "en") for one in workspaces(viewer)}
    known = {job.pk: job.payload["workspace"] for job in jobs}
    return {key: titles[workspace] for key, workspace in known.items() if workspace in titles}


@handles("recount")
def recount(job: Job) -> None:
    """Work out anew what is kept of records whose blueprint changed; a run that was cut off goes on after its last batch."""
    known = job.payload
    while True:
        with transaction.atomic():
            found = recount_more(workspace_at_hand(known["workspace"]), known["types"], known["last"], by=SYSTEM)
            if not found:
                return
            known["last"] = found[-1].pk
            job.save(update_fields=["payload"])


@names("undo-import")
def name_undone(jobs: Sequence[Job], viewer: Viewer) -> dict[int, str]:
    """Name the tables whose imports are taken back, those of the viewer."""
    return {job.pk: job.payload["name"] for job in jobs if job.created_by == viewer.person}


@handles("undo-import")
def undo_import(job: Job) -> None:
    """Take an import back, its newest act first; a run that was cut off goes on after its last act."""
    by = operator(job.payload["operator"]) if job.payload["operator"] else viewer_named(job.created_by)
    for act in acts_to_undo(job.payload["import"], before=job.payload.get("reached", 0)):
        with transaction.atomic():
            undone, kept = undo_import_act(act, by=by)
            job.payload |= {"undone": job.payload["undone"] + undone, "reached": act.pk}
            job.payload["kept"] = sorted({*job.payload["kept"], *kept})[:KEPT]
            job.save(update_fields=["payload"])


def _report(file: IO[bytes], problems: Iterable[Problem]) -> None:
    for one in problems:
        file.write(_line([one.row, defused(one.column), defused(sentence(one.error))]))


def _line(cells: Sequence[object]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerow(cells)
    return held.getvalue().encode("utf-8", "replace")


def _link_records(job: Job, workspace: Workspace, by: Viewer) -> None:
    """Compare the records made, a few at a time so that other writers do not wait."""
    for act, entries in imported_records(job.batch, by, after=job.payload.get("linked", 0)):
        for at in range(0, len(entries), LINKED_AT_ONCE):
            link_records(entries[at : at + LINKED_AT_ONCE], workspace, by=by)
        job.payload["linked"] = act
        job.save(update_fields=["payload"])
