"""The embedded search engine: one tantivy index in a folder, one writing process, any number of readers.

Order without leaks. BM25 weighs a word by how many passages have it, hidden ones included, so its order would tell of
what a viewer may not see. Here each key is indexed with how much the passage is about it (`words.level`, a property of
that passage alone) and a hit's score is a sum of constants; equal scores are ordered by a number drawn from the
passage's id. In an OR, rarer words weigh more, counted inside what the viewer may see. Scores are multiples of 1/64,
so that sums do not depend on their order.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from pathlib import Path

import tantivy

from plumbline.engines.search import words
from plumbline.engines.search.base import (
    BUILT_IN_FACETS,
    Alike,
    IndexedPassage,
    IndexOutdated,
    SearchRequest,
    SearchResult,
    WriterBusy,
)
from plumbline.engines.search.likeness import find_alike
from plumbline.engines.search.lookup import (
    Lookup,
    arrival,
    column,
    day_number,
    exact_token,
    folded_token,
    in_part,
    term,
)

SCHEMA_VERSION = 4
_VERSION_FILE = "plumbline-index.json"
_WRITER_HEAP = 96_000_000
_BATCH = 1_000  # documents handed over together: one by one, the writer's thread is woken for each


def build_schema() -> tantivy.Schema:
    """Build the schema; raise `SCHEMA_VERSION` with any change here, in `words` or in `_document`."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("tokens", tokenizer_name="whitespace", index_option="position")
    builder.add_json_field("counts", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_unsigned_field("newest", fast=True)
    builder.add_unsigned_field("arrived", fast=True)
    builder.add_float_field("tie", fast=True)
    builder.add_bytes_field("payload", stored=True)
    return builder.build()


class TantivyEngine:
    """`SearchEngine` on a folder. Threads may search together; one thread writes."""

    capabilities = frozenset({"highlight", "prefix", "phrase", "facets", "cjk", "audience"})

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open or make the index. Raises `IndexOutdated` when another version built it."""
        self.folder = Path(folder)
        self.read_only = read_only
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._seen: tuple[int, int, int] | None = None
        self._opening = threading.Lock()
        if not read_only:
            _prepare(self.folder)
        self._open_index()

    def add(self, passages: Iterable[IndexedPassage]) -> int:
        """Add or replace passages; returns how many. Raises `InvalidInput` at a date that is none."""
        writer, added = self._writing(), 0
        for passage in passages:
            document = _document(passage)
            writer.delete_documents_by_term("terms", term("id", passage.id))
            writer.add_document(document)
            added += 1
        return added

    def replace_works(self, works: Iterable[str], passages: Iterable[IndexedPassage] = ()) -> int:
        """Make `passages`, each id once, all that there is of these works; returns how many."""
        writer, added = self._writing(), 0
        for work in works:
            writer.delete_documents_by_term("terms", exact_token("work", work))
        documents = map(_document, passages)
        while batch := list(islice(documents, _BATCH)):
            for document in batch:
                writer.add_document(document)
            added += len(batch)
        return added

    def delete_passages(self, ids: Iterable[str]) -> None:
        """Delete these passages."""
        writer = self._writing()
        for passage in ids:
            writer.delete_documents_by_term("terms", term("id", passage))

    def commit(self) -> None:
        """Make everything since the last commit durable and visible, or nothing of it."""
        if self._writer is not None:
            self._writer.commit()

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest commit."""
        searcher = self._searcher()
        if searcher is None:
            return SearchResult(0, (), dict.fromkeys(request.facets, ()))
        assert self._index is not None
        return Lookup(self._index.schema, searcher, request).result()

    def alike(self, text: str, language: str, request: SearchRequest) -> Alike:
        """Find the passages within a request that use the same telling words as a text, the most alike first."""
        searcher = self._searcher()
        if searcher is None:
            return Alike((), ())
        assert self._index is not None
        return find_alike(Lookup(self._index.schema, searcher, request), text, language)

    def close(self) -> None:
        """Let go of the writer's lock; uncommitted writes are dropped."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.rollback()
            writer.wait_merging_threads()

    def _writing(self) -> tantivy.IndexWriter:
        if self.read_only:
            raise WriterBusy(
                "search.read_only",
                "This process only reads the index in {folder}; nothing was written. Write from the worker.",
                folder=str(self.folder),
            )
        if self._writer is None:
            assert self._index is not None
            try:
                self._writer = self._index.writer(_WRITER_HEAP, num_threads=1)
            except ValueError as error:
                if "lock" not in str(error).lower():
                    raise
                raise WriterBusy(
                    "search.writer_busy",
                    "Another process is writing to the search index in {folder}; "
                    "nothing was written. Try again when it has finished.",
                    folder=str(self.folder),
                ) from error
        return self._writer

    def _open_index(self) -> None:
        if self._index is None and (self.folder / "meta.json").exists():
            check_version(self.folder)
            self._index = tantivy.Index.open(str(self.folder))
            self._index.config_reader("manual")

    def _searcher(self) -> tantivy.Searcher | None:
        """Give a view of the newest commit: `meta.json` is replaced by each commit, so its identity tells."""
        with self._opening:
            self._open_index()
            if self._index is None:
                return None
            try:
                meta = os.stat(self.folder / "meta.json")
            except FileNotFoundError:  # discarded by another process, which builds it again
                self._index = self._seen = None
                return None
            seen = (meta.st_ino, meta.st_mtime_ns, meta.st_size)
            if seen != self._seen:
                self._index.reload()
                self._seen = seen
            return self._index.searcher()


def discard(folder: Path) -> None:
    """Delete the index in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)


def check_version(folder: Path) -> None:
    """Raise `IndexOutdated` unless the index in `folder` has this code's schema version."""
    try:
        found = json.loads((folder / _VERSION_FILE).read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        found = "unknown"
    if found != SCHEMA_VERSION:
        raise IndexOutdated(
            "search.outdated",
            "The search index in {folder} has version {found}, this program needs "
            "{needed}. The records are untouched; rebuild the index.",
            folder=str(folder),
            found=str(found),
            needed=SCHEMA_VERSION,
        )


def _prepare(folder: Path) -> None:
    """Make an empty index where there is none; the version file comes first, so a reader never sees one without."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "meta.json").exists():
        (folder / _VERSION_FILE).write_bytes(json.dumps({"engine": "tantivy", "version": SCHEMA_VERSION}).encode())
        tantivy.Index(build_schema(), path=str(folder))


# ── a passage as a document ───────────────────────────────────────────────────────────────────────────────────


def _document(passage: IndexedPassage) -> tantivy.Document:
    text, title, heading = words.sound(passage.text), words.sound(passage.title), words.sound(passage.heading)
    shared, counts = _shared(passage)
    keys, tokens = _words(text, title, heading, passage.language)
    document = tantivy.Document()
    document.add_text("terms", f"{term('id', passage.id)} {shared} {keys}")
    document.add_text("tokens", tokens)
    document.add_json("counts", counts)
    digest = int.from_bytes(hashlib.blake2b(passage.id.encode(), digest_size=8).digest())
    day = day_number(passage.date)
    document.add_unsigned("newest", ((day or 0) << 32) | (digest & 0xFFFFFFFF))
    document.add_unsigned("arrived", arrival(passage.arrived, passage.ordinal))
    document.add_float("tie", (digest >> 46) / (1 << 18) / 64)
    if day is not None:
        document.add_integer("day", day)
    about = _about(
        passage.work, title, heading, passage.page, passage.language, passage.date, passage.workspace, passage.arrived
    )
    document.add_bytes("payload", f"{passage.id}\n{about}\n{text}".encode())
    return document


@lru_cache(maxsize=1024)
def _about(*said: str | int | None) -> str:
    """Write what neighbouring passages have in common as one line."""
    return json.dumps(said)


def _words(text: str, title: str, heading: str, language: str) -> tuple[str, str]:
    """Give the keys and the tokens of a passage, of its title and of the heading above it, each as one text."""
    above, keys_above, tokens_above = _words_above(title, heading, language)
    spaced, length, counted = words.spaced_and_keys(text, language)
    level = _levels(length)
    also_above = [(key, counted.pop(key)) for key in above if key in counted]
    terms = [key + level[times] for key, times in counted.items()]
    terms += [words.levelled(key, words.level(times, length, in_heading=True)) for key, times in also_above]
    return f"{keys_above} {' '.join(terms)}", f"{tokens_above} {spaced}"


class _Levels(dict[int, str]):
    """How often a passage has a key -> what its level adds to the key."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __missing__(self, times: int) -> str:
        self[times] = words.levelled("", words.level(times, self.length, in_heading=False))
        return self[times]


_levels = lru_cache(maxsize=4096)(_Levels)


@lru_cache(maxsize=1024)
def _words_above(title: str, heading: str, language: str) -> tuple[frozenset[str], str, str]:
    """Give keys, keys as indexed and tokens as indexed of title and heading, which many passages in a row share."""
    parts = {"title": title, "heading": heading}
    keys = {part: words.text_keys(written, language) for part, written in parts.items()}
    named = [in_part(part, key) for part, found in keys.items() for key in found]
    tokens = [in_part(part, token) for part, written in parts.items() for token in words.tokens(written)]
    return frozenset().union(*keys.values()), " ".join(named), " ".join(tokens)


def _shared(passage: IndexedPassage) -> tuple[str, str]:
    """Give the terms that the passages of one work have in common, and the columns to count by, as JSON."""
    own = (passage.language, passage.type, passage.work, passage.workspace, passage.date[:4] if passage.date else "")
    return _shared_by(own, tuple(passage.facets.items()), passage.principals, passage.hidden_from)


@lru_cache(maxsize=256)
def _shared_by(
    own: tuple[str, ...],
    others: tuple[tuple[str, tuple[str, ...]], ...],
    shown: tuple[str, ...],
    hidden: tuple[str, ...],
) -> tuple[str, str]:
    items = {**dict(others), **{name: (value,) for name, value in zip(BUILT_IN_FACETS, own, strict=True)}}
    terms = dict.fromkeys([*(term("principal", name) for name in shown), *(term("hidden", name) for name in hidden)])
    counts: dict[str, list[str]] = {}
    for name, values in items.items():
        distinct = list(dict.fromkeys(words.sound(value) for value in values if value))
        for value in distinct:
            terms[exact_token(name, value)] = None
            terms[folded_token(name, words.folded_value(value))] = None
        if distinct:
            counts[column(name)] = [f"={value}" for value in distinct]
    return " ".join(terms), json.dumps(counts, ensure_ascii=False)
