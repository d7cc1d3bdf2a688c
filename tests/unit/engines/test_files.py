"""The file store: one file per content, whole or not at all, found again, checked."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path

import pytest

from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.engines.files import FileStore, Stored


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def test_put_same_content_by_stream_and_path_is_stored_once(store: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(b"report" * 1000)
    first = store.put(source)
    second = store.put(io.BytesIO(b"report" * 1000))
    assert first == second == Stored(hashlib.sha256(b"report" * 1000).hexdigest(), 6000)
    assert list(store.all()) == [first]
    with store.open(first.sha256) as file:
        assert file.read() == b"report" * 1000


def test_put_broken_stream_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("line cut")
            return super().read(3)

    with pytest.raises(OSError, match="line cut"):
        store.put(Breaking(b"abcdef"))
    assert list(store.all()) == []
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


def test_put_stream_from_where_it_stands(store: FileStore) -> None:
    stream = io.BytesIO(b"skipkeep")
    stream.seek(4)
    assert store.put(stream).size == 4


def test_verify_altered_bytes_is_false_and_put_of_truncated_repairs(store: FileStore) -> None:
    stored = store.put(io.BytesIO(b"evidence"))
    assert store.verify(stored.sha256)
    place = store.path(stored.sha256)
    place.chmod(0o640)
    place.write_bytes(b"evidenc")
    assert not store.verify(stored.sha256)
    store.put(io.BytesIO(b"evidence"))
    assert store.verify(stored.sha256)


def test_path_of_unknown_or_malformed_hash_is_refused(store: FileStore) -> None:
    with pytest.raises(NotFound):
        store.path("0" * 64)
    for bad in ("../../etc/passwd", "A" * 64, "0" * 63, ""):
        with pytest.raises(InvalidInput):
            store.path(bad)


def test_delete_then_has_is_false_and_delete_again_is_quiet(store: FileStore) -> None:
    stored = store.put(io.BytesIO(b"x"))
    assert store.has(stored.sha256)
    store.delete(stored.sha256)
    store.delete(stored.sha256)
    assert not store.has(stored.sha256)


def test_put_from_many_threads_ends_with_one_whole_file(store: FileStore) -> None:
    content = bytes(range(256)) * 4000
    threads = [threading.Thread(target=store.put, args=(io.BytesIO(content),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(store.all())) == 1
    assert store.verify(hashlib.sha256(content).hexdigest())


def test_sweep_removes_only_old_leftovers(store: FileStore, tmp_path: Path) -> None:
    left = tmp_path / "files" / "incoming" / "tmpleft"
    left.write_bytes(b"half")
    written = left.stat().st_mtime
    assert store.sweep(before=written - 10) == 0
    assert store.sweep(before=written + 10) == 1
    assert not left.exists()
