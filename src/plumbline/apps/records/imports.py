"""What became of imports: the job of each, the records it made, the rows it refused.

An import is a job whose `batch` is the import's id. Every batch of its records is one act that names
`import:<id>`, so that the records of an import are found again by its acts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from plumbline.apps.library.queries import entries_with
from plumbline.apps.library.stores import file_store
from plumbline.apps.records.queries import STATUSES
from plumbline.apps.spine.queries import history_of, jobs
from plumbline.domain.access import Viewer
from plumbline.domain.errors import NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Job, Workspace


def get_import(import_id: str, workspace: Workspace, type_id: str, viewer: Viewer) -> Job:
    """Get an import by its id; NotFound for everyone but who asked for it, since it tells what the file holds."""
    found = jobs(import_id).filter(kind="import").first() if viewer.person else None
    if (
        found is None
        or found.created_by != viewer.person
        or (found.payload["workspace"], found.payload["type"]) != (workspace.slug, type_id)
    ):
        raise NotFound("import.unknown", "There is nothing here under {id}. Check the address.", id=import_id)
    return found


def imports_of_file(sha256: str, workspace: Workspace, type_id: str, viewer: Viewer) -> list[Job]:
    """The viewer's own imports of the same file into the same type, newest first."""
    wanted = {"payload__workspace": workspace.slug, "payload__type": type_id, "payload__sha256": sha256}
    rows = jobs().filter(kind="import", created_by=viewer.person or "public", **wanted)
    return list(rows.order_by("-id"))


def imported_records(import_id: str, by: Viewer, *, after: int = 0) -> Iterator[tuple[int, list[Any]]]:
    """Walk the acts of an import after one of them: the act's key and its records that still stand, oldest first."""
    acts = (
        history_of(f"import:{import_id}")
        .filter(verb__in=("record.import", "record.update"), id__gt=after)
        .order_by("id")
    )
    for key, refs in list(acts.values_list("id", "refs")):
        found = entries_with([ref.partition(":")[2] for ref in refs if ref.startswith("record:")], by)
        yield key, sorted((one for one in found.values() if one.status in STATUSES), key=lambda one: one.pk)


def acts_to_undo(import_id: str, *, before: int = 0) -> list[Any]:
    """The acts of an import, newest first, those before one of them; what they are about is read by who takes them back."""
    acts = history_of(f"import:{import_id}").filter(verb__in=("record.import", "record.update")).order_by("-id")
    return list(acts.filter(id__lt=before) if before else acts)


def undoing(import_id: str) -> Job | None:
    """The job that takes an import back, where somebody asked for that."""
    return jobs(import_id).filter(kind="undo-import").first()


def refused_rows(job: Job, most: int | None = None) -> list[list[str]]:
    """The refused rows of a finished import as [row, column, what is wrong], in the order of the file."""
    digest = job.payload.get("report")
    if not digest:
        return []
    with file_store().open(digest) as file:
        rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
        return list(islice(rows, 1, None if most is None else most + 1))
