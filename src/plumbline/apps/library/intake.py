"""Takes files in: stores the bytes by content, makes works of them, tells how each one's reading went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings

from plumbline.apps.library.actions import attach_medium, deposit_work
from plumbline.apps.library.models import Entry, Work
from plumbline.apps.library.models import Medium as MediumRow
from plumbline.apps.library.stores import file_store
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.errors import InvalidInput
from plumbline.plugins.readers import safe_name
from plumbline.plugins.readers.media import identify_medium

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


@dataclass(frozen=True)
class Taken:
    """A file taken in: its work, and whether it was here before (told only to its own owner)."""

    work: Entry
    name: str
    again: bool


def take_in(
    source: Path | BinaryIO,
    name: str,
    workspace: Workspace,
    *,
    by: Viewer,
    mark: Mark | None = None,
    batch: str = "",
    about: Mapping[str, Any] | None = None,
    inside: Work | None = None,
) -> Taken:
    """Store one file and make a work of it; refuses an empty one and one over the limit, before anything is kept.

    `inside` is the work whose file held this one.
    """
    name = safe_name(name)
    stored = file_store().put(source)
    check_size(stored.size, name)
    work, again = deposit_work(
        workspace,
        sha256=stored.sha256,
        size=stored.size,
        name=name,
        by=by,
        mark=mark,
        batch=batch,
        about=about,
        inside=inside,
    )
    return Taken(work, name, again)


def take_medium(
    source: BinaryIO, name: str, entry: Entry, caption: str, *, by: Viewer, mark: Mark | None = None
) -> MediumRow:
    """Store a picture, sound or video and attach it to a work or record; its kind is told by its bytes."""
    stored = file_store().put(source)
    check_size(stored.size, safe_name(name))
    found = identify_medium(file_store().path(stored.sha256), name=name)
    return attach_medium(
        entry,
        caption,
        sha256=stored.sha256,
        size=stored.size,
        name=found.name,
        media_type=found.media_type,
        by=by,
        mark=mark,
    )


def check_size(size: int, name: str) -> None:
    """Refuse an empty file and one over the limit."""
    if size == 0:
        raise InvalidInput(
            "file.empty", "{name} is empty. Nothing was kept; add it again once it holds something.", name=name
        )
    if size > settings.UPLOAD_BYTES:
        raise InvalidInput(
            "file.too-large",
            "{name} has {size} MB; the limit here is {limit} MB (PLUMBLINE_UPLOAD_MB). Nothing was kept.",
            name=name,
            size=size // 1024**2,
            limit=settings.UPLOAD_BYTES // 1024**2,
        )


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """Walk paths: files as they are, folders by name in order, hidden files and links out of the folder left out."""
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if _is_plain(one, path))
        else:
            yield path


def _is_plain(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.is_file() and not path.is_symlink() and not hidden
