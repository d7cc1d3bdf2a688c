"""Writes: replacing, deleting, atomic commits, one writer, a killed writer, readers in other processes, old indexes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest

from plumbline.engines.search import IndexOutdated, SearchRequest, WriterBusy, discard_index, open_engine

EVERYONE = frozenset({"public"})


def seen(engine, limit=1000):
    return {hit.id for hit in engine.search(SearchRequest(principals=EVERYONE, limit=limit)).hits}


def test_writes_are_seen_after_commit_only(engine, passage):
    assert engine.add([passage("a", "lead"), passage("b", "lead")]) == 2
    assert seen(engine) == set()
    engine.commit()
    assert seen(engine) == {"a", "b"}


def test_adding_an_id_again_replaces_the_passage(engine, passage, find):
    engine.add([passage("a", "lead"), passage("a", "paint")])
    engine.commit()
    engine.add([passage("a", "drum")])
    engine.commit()
    assert (find("lead").total, find("paint").total, find("drum").total, find().total) == (0, 0, 1, 1)


def test_deleting_takes_works_or_single_passages(engine, passage):
    engine.add([passage("a", work="w1"), passage("b", work="w1"), passage("c", work="w2"), passage("d", work="w2")])
    engine.commit()
    engine.replace_works(["w1"])
    engine.delete_passages(["c"])
    assert seen(engine) == {"a", "b", "c", "d"}
    engine.commit()
    assert seen(engine) == {"d"}


def test_replacing_a_work_is_never_half_seen(engine, passage, tmp_path):
    """A reader that asks all the while sees ten passages of one version, never both, never none."""

    def version(n):
        return [passage(f"{n}-{k}", f"version{n}", work="w") for k in range(10)]

    engine.add(version(0))
    engine.commit()
    reader, views, stop = open_engine(tmp_path / "index", read_only=True), [], threading.Event()

    def watch():
        while not stop.is_set():
            views.append(frozenset(hit_id.split("-")[0] for hit_id in seen(reader)))
            views.append(len(seen(reader)))

    watching = threading.Thread(target=watch)
    watching.start()
    for n in range(1, 9):
        engine.replace_works(["w"])
        engine.add(version(n))
        engine.commit()
    stop.set()
    watching.join()
    assert views
    assert {len(view) if isinstance(view, frozenset) else view for view in views} <= {1, 10}


def test_uncommitted_writes_are_dropped_on_close(engine, passage, tmp_path):
    engine.add([passage("a")])
    engine.commit()
    engine.add([passage("b")])
    engine.close()
    assert seen(open_engine(tmp_path / "index", read_only=True)) == {"a"}


def test_second_writer_is_refused_until_the_first_closes(engine, passage, tmp_path):
    engine.add([passage("a")])
    engine.commit()
    second = open_engine(tmp_path / "index")
    with pytest.raises(WriterBusy, match="nothing was written"):
        second.add([passage("b")])
    assert seen(second) == {"a"}
    engine.close()
    second.add([passage("b")])
    second.commit()
    second.close()
    assert seen(engine) == {"a", "b"}


def test_reading_engine_refuses_writes_and_waits_for_an_index(passage, tmp_path):
    reader = open_engine(tmp_path / "later", read_only=True)
    assert (seen(reader), (tmp_path / "later").exists()) == (set(), False)
    with pytest.raises(WriterBusy):
        reader.add([passage("a")])
    writer = open_engine(tmp_path / "later")
    writer.add([passage("a")])
    writer.commit()
    writer.close()
    assert seen(reader) == {"a"}


def test_reader_outlives_a_rebuild_by_another_process(engine, passage, tmp_path):
    engine.add([passage("a")])
    engine.commit()
    engine.close()
    reader = open_engine(tmp_path / "index", read_only=True)
    assert seen(reader) == {"a"}
    discard_index(tmp_path / "index")
    assert seen(reader) == set()
    rebuilt = open_engine(tmp_path / "index")
    rebuilt.add([passage("b")])
    rebuilt.commit()
    rebuilt.close()
    assert seen(reader) == {"b"}


@pytest.mark.parametrize("stamp", [b'{"engine": "tantivy", "version": 0}', b"broken", None])
def test_index_of_another_version_is_named_and_can_be_rebuilt(passage, tmp_path, stamp):
    folder = tmp_path / "index"
    engine = open_engine(folder)
    engine.add([passage("a")])
    engine.commit()
    engine.close()
    (folder / "plumbline-index.json").unlink() if stamp is None else (folder / "plumbline-index.json").write_bytes(
        stamp
    )
    for read_only in (True, False):
        with pytest.raises(IndexOutdated, match="rebuild"):
            open_engine(folder, read_only=read_only)
    discard_index(folder)
    assert seen(open_engine(folder)) == set()


WRITER = """
import json, sys
from pathlib import Path
from plumbline.engines.search import IndexedPassage, open_engine
engine = open_engine(Path(sys.argv[1]))
batch = int(sys.argv[2])
while True:
    engine.add([IndexedPassage(id=f"{batch}-{n}", work=f"w{batch}", workspace="s", type="t", text="lead " * 50, title="", heading="",
                language="en", ordinal=n, page=None, principals=("public",)) for n in range(40)])
    engine.commit()
    print(batch, flush=True)
    batch += 1
"""


def test_killed_writer_loses_no_committed_batch_and_leaves_no_lock(engine, passage, tmp_path):
    """SIGKILL at three moments in the middle of writing, on the same index."""
    acknowledged = -1
    for pause in (0.0, 0.013, 0.031):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "index"), str(acknowledged + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3):
            acknowledged = int(writer.stdout.readline())
        time.sleep(pause)
        writer.kill()
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        after = seen(engine, limit=10_000)
        batches = {int(id_.split("-")[0]) for id_ in after}
        assert set(range(acknowledged + 1)) <= batches
        assert len(after) == 40 * len(batches), "a batch is there in part"
    engine.add([passage("mine")])
    engine.commit()
    assert "mine" in seen(engine, limit=10_000)


READER = """
import json, sys, time
from pathlib import Path
from plumbline.engines.search import SearchRequest, open_engine
engine = open_engine(Path(sys.argv[1]), read_only=True)
request = SearchRequest(principals=frozenset({"public"}))
print("ready", flush=True)
while not engine.search(request).total:
    time.sleep(0.005)
print(time.time(), flush=True)
"""


def test_commit_is_seen_by_another_process_within_two_seconds(engine, passage, tmp_path):
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path / "index")], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "ready\n"
    engine.add([passage("a")])
    engine.commit()
    committed = time.time()
    shown = json.loads(reader.stdout.readline())
    reader.wait()
    reader.stdout.close()
    assert shown - committed < 2


def test_threads_may_search_one_engine_together(engine, passage):
    engine.add(passage(f"p{n}", "опасные отходы dangerous déchets نفايات") for n in range(30))
    engine.commit()
    results, failures = [], []

    def ask():
        try:
            results.extend(len(seen(engine)) for _ in range(20))
        except Exception as error:  # noqa: BLE001 - any failure at all must fail the test
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, set(results)) == ([], {30})
