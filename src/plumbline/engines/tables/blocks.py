"""Tables of any length as tables that follow one another, and columns that are kept on disk: for analyses of more than memory takes."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, Unavailable
from plumbline.engines.tables.files import (
    QUIET,
    Head,
    as_texts,
    checked_path,
    described,
    guessed,
    plain,
    refuse_rowless,
    shown,
    torn,
    with_words,
)

BLOCK: Final = 61_440  # half of what DuckDB holds together
LIMITED: Final = ("SET memory_limit = '400MB'", "SET threads = 4")  # each thread holds what it reads
MEMINFO: Final = Path("/proc/meminfo")
CONTAINERS: Final = (
    (Path("/sys/fs/cgroup/memory.max"), "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), "memory.usage_in_bytes", "total_inactive_file"),
)
"""Where a container's limit stands, by version of control groups: what it takes, and what of that is read files that can be let go."""


@dataclass(frozen=True)
class FileColumn:
    """Hold a column of numbers in a file, of which a slice is read when asked for."""

    path: Path
    kind: np.dtype[Any]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, part: slice) -> NDArray[Any]:
        start, stop, _ = part.indices(self.rows)
        return np.fromfile(self.path, self.kind, max(stop - start, 0), offset=start * self.kind.itemsize)


@dataclass(frozen=True)
class Spooled:
    """Hold a table copied to disk: `rows` of it, iterated as tables that follow one another; `keep` puts columns beside it."""

    name: str
    rows: int
    decimal: str
    names: tuple[str, ...]
    known: tuple[str, ...]
    connection: Any
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def __iter__(self) -> Iterator[Columns]:
        for start in range(0, max(self.rows, 1), BLOCK):
            asked = f"SELECT * FROM spooled WHERE rowid >= {start} AND rowid < {start + BLOCK} ORDER BY rowid"  # noqa: S608
            data = self.connection.execute(asked).fetchnumpy()
            columns = {name: plain(each) for name, each in data.items()}
            yield Columns(self.name, columns, 2 + start, self.decimal).named(*self.known)
        self.connection.execute("SET memory_limit = '50MB'")  # what it holds of the copy is not needed any more

    def keep(self, blocks: Iterable[tuple[NDArray[Any], ...]]) -> tuple[FileColumn, ...]:
        """Put columns, given block by block, into files; all blocks of a column are of one kind."""
        files: list[Any] = []
        kinds: list[np.dtype[Any]] = []
        rows = 0
        try:
            with ExitStack() as opened:
                for block in blocks:
                    if not files:
                        kinds = [each.dtype for each in block]
                        paths = [self.folder / f"{next(self.numbers)}.column" for _ in block]
                        files = [opened.enter_context(path.open("wb")) for path in paths]
                    for file, each in zip(files, block, strict=True):
                        file.write(np.ascontiguousarray(each))
                    rows += len(block[0]) if block else 0
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise _no_room(self.folder) from error
        return tuple(FileColumn(Path(file.name), kind, rows) for file, kind in zip(files, kinds, strict=True))


@contextmanager
def spooled(path: Path, *known: str, names: Sequence[str] = ()) -> Iterator[Spooled]:
    """Lend a CSV or Parquet file of any length, in memory that does not grow with its rows; refuses what `read_rows` refuses.

    Of its columns those come that a command knows by name, whatever their case and the blanks around them. A copy stands in
    a folder for temporary files as long as it is lent.
    """
    import duckdb

    path = checked_path(path)
    with tempfile.TemporaryDirectory(prefix="plumbline-") as folder, duckdb.connect(f"{folder}/spooled.duckdb") as made:
        for said in (QUIET, *LIMITED, f"SET temp_directory = '{folder}'"):
            made.execute(said)

        def copy(source: str, at: str, head: Head | None) -> tuple[Columns, str]:
            try:
                kinds = described(made, path, source, at, head)
                empty = {name: np.empty(1, dtype=object) for name in kinds}
                refuse_rowless(Columns(path.name, empty))
                named = Columns(path.name, empty).named(*known)
                wanted = {old: kinds[old] for old, new in zip(kinds, named.names, strict=True) if new in known}
                source, wanted = as_texts(made, source, at, wanted)
                source = with_words(made, source, at, wanted, names, head)
                made.execute(f"CREATE OR REPLACE TABLE spooled AS SELECT {shown(wanted) or 'NULL'} FROM {source}", [at])  # noqa: S608
            except duckdb.Error as error:
                raise (_no_room(Path(folder)) if "space" in str(error).lower() else torn(path, error)) from error
            return named, head.decimal if head else "."

        parquet = path.suffix.lower() == ".parquet"
        named, decimal = copy("read_parquet(?)", str(path), None) if parquet else guessed(path, copy)
        rows = int(made.execute("SELECT count(*) FROM spooled").fetchall()[0][0])
        if not rows:
            refuse_rowless(named.select(np.empty(0, dtype=np.int64)))
        yield Spooled(path.name, rows, decimal, named.names, known, made, Path(folder))


def refuse_beyond_memory(name: str, rows: int, each: int, base: int) -> None:
    """Refuse an analysis whose `base` and `each` row's bytes of memory exceed what is free, before it is taken."""
    free = free_memory()
    need = base + rows * each
    if free is not None and need > free:
        raise InvalidInput(
            "table.beyond-memory",
            "{name}: its {rows} rows need about {need} GB of memory, and {free} GB are free. Run it on a larger machine, or on fewer rows.",
            name=name, rows=rows, need=round(need / 1e9, 1), free=round(free / 1e9, 1),
        )  # fmt: skip


def free_memory() -> int | None:
    """Give the bytes that a process may still take, the limit of its container counted in; None where the system does not tell."""
    try:
        free = _told(MEMINFO.read_text(encoding="ascii"))["MemAvailable"] * 1024
    except (OSError, KeyError):
        return None
    for limit, used, cached in CONTAINERS:
        try:
            most, taken = int(limit.read_text(encoding="ascii")), int((limit.parent / used).read_text(encoding="ascii"))
            kept = _told((limit.parent / "memory.stat").read_text(encoding="ascii"))[cached]
        except (OSError, ValueError, KeyError):  # no container of this kind, or one without a limit
            continue
        free = min(free, most - (taken - kept))
    return free


def _told(text: str) -> dict[str, int]:
    """Read lines of a name and a number."""
    rows = [line.replace(":", " ").split() for line in text.splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1}


def _no_room(folder: Path) -> Unavailable:
    return Unavailable(
        "table.no-room",
        "There is no room left in {folder} for a copy of the table. Name a folder with more by TMPDIR and run it again.",
        folder=str(folder.parent),
    )
