"""The job that reads files into passages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from plumbline.apps.accounts.queries import viewer_named
from plumbline.apps.library.actions import fail_page, fail_reading, finish_reading, store_page, store_passages
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Work
from plumbline.apps.library.queries import get_work_to_read, pages_waiting, works
from plumbline.apps.library.stores import file_store
from plumbline.apps.spine.actions import enqueue
from plumbline.apps.spine.jobs import handles, names
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.errors import PlumblineError
from plumbline.engines import ocr
from plumbline.engines.language import detect
from plumbline.plugins.readers import Document, read_file
from plumbline.plugins.readers.scans import page_picture

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Job
    from plumbline.domain.access import Viewer

CHUNK = 500
MOST_DEEP = 3
"""So deep do files lie in one another and are still taken out."""
log = logging.getLogger("plumbline.index")


@names("read")
@names("extract")
@names("recognise")
def name_files(jobs: Sequence[Job], viewer: Viewer) -> dict[int, str]:
    """Name the files that jobs are about, those that the viewer may see."""
    shown = works(viewer).filter(Q(pk__in=[job.payload.get("work") for job in jobs])
                                 | Q(public_id__in=[job.payload.get("id", "") for job in jobs]))  # fmt: skip
    by_key = {key: row.work.name for row in shown for key in (row.pk, row.public_id)}
    about = {job.pk: job.payload.get("work", job.payload.get("id")) for job in jobs}
    return {key: by_key[work] for key, work in about.items() if work in by_key}


@handles("read")
def read_work(job: Job) -> None:
    """Read a work's file into passages; what cannot be read is noted on the work, and other files go on."""
    work = get_work_to_read(job.payload["work"])
    by = viewer_named(job.created_by)
    if work.state == Work.READ:  # killed between the last passage and the next line of work
        _ask_for_more(work, job, by)
        return
    try:
        document = read_file(file_store().path(work.sha256), name=work.whole.get("name", work.name))
    except PlumblineError as error:
        fail_reading(work, {"code": error.code, "template": error.template, "params": _text(error.params)}, by=by)
        raise
    rows = list(_passage_rows(document))
    last = max(0, len(rows) - 1) // CHUNK * CHUNK
    for first in range(0, last, CHUNK):
        store_passages(work, rows[first : first + CHUNK], by=by)
    found = _found(document)
    found["warnings"] += list(_take_out(work, document, job, by))
    work = finish_reading(work, found, last=rows[last:], by=by)
    _ask_for_more(work, job, by)


def _ask_for_more(work: Work, job: Job, by: Viewer) -> None:
    """Ask for the records of the pages with text, then for the text of the others, whose records are asked for with it."""
    public_id = work.entry.public_id
    if work.passage_count and _tells_records(work):
        payload = {"id": public_id, "but": pages_waiting(work.pk)}
        enqueue("extract", f"extract:{public_id}", payload, by=by, batch=job.batch)
    if work.pages_waiting:
        named = {"work": work.pk, "name": work.name}
        enqueue("recognise", f"recognise:{public_id}", named, by=by, batch=job.batch)


def _tells_records(work: Work) -> bool:
    """Tell whether the blueprint says what to look for."""
    return any(one.extraction for one in blueprint_of(work.entry.workspace).types.values())


@handles("recognise")
def recognise_work(job: Job) -> None:
    """Recognise the text of a work's pages that wait, page by page; without the program they go on waiting."""
    work = get_work_to_read(job.payload["work"])
    by = viewer_named(job.created_by)
    path, done = file_store().path(work.sha256), []
    for page in pages_waiting(work.pk):
        if ocr.program() is None:
            break
        try:
            found = ocr.recognise(page_picture(path, page, name=work.name), [work.language] if work.language else [])
        except PlumblineError as error:
            problem = {"code": error.code, "template": error.template, "params": _text(error.params)}
            fail_page(work, page, problem, by=by)
            continue
        language = detect(" ".join(found.paragraphs))
        code = language[0] if language else ""
        store_page(work, page, found.paragraphs, found.confidence, by=by, language=code, turned=found.turned)
        done.append(page)
    if done and _tells_records(work):
        public_id = work.entry.public_id
        payload = {"id": public_id, "pages": done}
        enqueue("extract", f"extract:{public_id}:{job.pk}", payload, by=by, batch=job.batch)


def _take_out(work: Work, document: Document, job: Job, by: Viewer) -> Iterator[dict[str, Any]]:
    """Make works of the files inside a file, shared as it is; gives a warning for each that was left out."""
    if not document.parts:
        return
    if _depth_of(work) >= MOST_DEEP:
        yield _warned("file.too_nested", "{name} lies in {count} files, one in the other; the files in it were left alone.",
                      name=work.name, count=MOST_DEEP)  # fmt: skip
        return
    mark = mark_of_class(work.entry.mark_class_id)
    for part in document.parts:
        try:
            data = part.read()
            take_in(BytesIO(data), part.name, work.entry.workspace, by=by, mark=mark, batch=job.batch, inside=work)
        except PlumblineError as error:
            yield _warned("file.part_left_out", "{part} in {name} was left out: {reason}",
                          part=part.name, name=work.name, reason=str(error))  # fmt: skip


def _depth_of(work: Work) -> int:
    depth, holder = 0, work.inside
    while holder is not None:
        depth, holder = depth + 1, holder.inside
    return depth


def _warned(code: str, template: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "template": template, "params": _text(params)}


def _passage_rows(document: Document) -> Iterator[dict[str, Any]]:
    start = 0
    for ordinal, block in enumerate(document.blocks):
        yield {
            "ordinal": ordinal, "kind": block.kind, "label": (block.label or "")[:40], "page": block.page,
            "heading_path": list(block.heading_path), "text": block.text, "start": start,
            "language": "",
        }  # fmt: skip
        start += len(block.text) + 2


def _found(document: Document) -> dict[str, Any]:
    warnings = [{"code": one.code, "template": one.template, "params": _text(one.params)} for one in document.warnings]
    confidence = document.metadata.get("language_confidence")
    return {
        "title": document.title, "language": document.language, "date": document.published, "author": document.author,
        "media_type": document.media_type, "warnings": warnings[:200], "scans": document.scans,
        "language_confidence": float(confidence) if confidence else None,
    }  # fmt: skip


def _text(params: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in params.items()}
