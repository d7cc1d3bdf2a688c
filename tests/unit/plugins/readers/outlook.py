"""Outlook's files by hand: a compound file (MS-CFB) of few small streams, and the properties of a mail in it (MS-OXMSG)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime

END, FREE, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
Storage = Mapping[str, "bytes | Storage"]


def compound(root: Storage) -> bytes:
    """Write a compound file; streams of up to 4,095 bytes, which lie in the root's own stream in pieces of 64."""
    entries: list[list[object]] = [["Root Entry", 5, NONE, NONE, 0, 0]]  # name, kind, sibling, child, begin, size
    small = bytearray()
    chains: list[int] = []
    _add(root, 0, entries, small, chains)
    entries[0][4], entries[0][5] = 1, len(small)
    directory = b"".join(_entry(*one) for one in entries)  # type: ignore[arg-type]
    streams = [bytes(small), struct.pack(f"<{len(chains)}I", *chains), directory]
    padded = [data + bytes(-len(data) % 512) for data in streams]
    padded[1] = padded[1][: len(streams[1])] + b"\xff" * (len(padded[1]) - len(streams[1]))
    table: list[int] = [0xFFFFFFFD]
    begins = []
    for data in padded:
        begins.append(len(table))
        count = len(data) // 512
        table += [*range(len(table) + 1, len(table) + count), END] if count else []
    assert len(table) <= 128
    table += [FREE] * (128 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, begins[2], 0, 4096, begins[1], len(padded[1]) // 512, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    return head + struct.pack("<128I", *table) + b"".join(padded)


def _add(storage: Storage, at: int, entries: list[list[object]], small: bytearray, chains: list[int]) -> None:
    before = None
    for name, held in storage.items():
        number = len(entries)
        if before is None:
            entries[at][3] = number
        else:
            entries[before][2] = number
        before = number
        if isinstance(held, bytes):
            assert len(held) < 4096
            count = -(-len(held) // 64)
            begin = len(chains) if count else END
            chains += [*range(len(chains) + 1, len(chains) + count), END] if count else []
            small += held + bytes(-len(held) % 64)
            entries.append([name, 2, NONE, NONE, begin, len(held)])
        else:
            entries.append([name, 1, NONE, NONE, 0, 0])
            _add(held, number, entries, small, chains)


def _entry(name: str, kind: int, sibling: int, child: int, begin: int, size: int) -> bytes:
    letters = name.encode("utf-16-le") + b"\0\0"
    head = letters.ljust(64, b"\0") + struct.pack("<HBB3I", len(letters), kind, 1, NONE, sibling, child)
    return head + bytes(36) + struct.pack("<IQ", begin, size)


def letter(
    *,
    subject: str,
    text: str,
    headers: str = "",
    sent: datetime | None = None,
    attached: Mapping[str, bytes | Storage],
    within: bool = False,
    rich: bytes = b"",
) -> dict[str, bytes | Storage]:
    """Give the storage of a mail; what is attached is bytes, or the storage of another mail."""  # fmt: skip
    strings = {0x0037: subject, 0x1000: text, 0x001A: "IPM.Note"} | ({0x007D: headers} if headers else {})
    found = _properties(strings, {0x1009: rich} if rich else {}, header=24 if within else 32, sent=sent)
    for number, (name, held) in enumerate(attached.items()):
        mail = not isinstance(held, bytes)
        one = _properties({0x3001: name} if mail else {0x3707: name}, {} if mail else {0x3701: held}, header=8)  # type: ignore[dict-item]
        if mail:
            one["__substg1.0_3701000D"] = held
        found[f"__attach_version1.0_#{number:08X}"] = one
    return found


def _properties(
    strings: Mapping[int, str], blobs: Mapping[int, bytes], *, header: int, sent: datetime | None = None
) -> dict[str, bytes | Storage]:
    streams: dict[str, bytes | Storage] = {}
    listed = bytes(header) + struct.pack("<HHIII", 3, 0x340D, 6, 0x40000, 0)
    if sent:
        ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
        listed += struct.pack("<HHIQ", 0x40, 0x0039, 6, ticks)
    for kind, values in ((0x1F, {pid: text.encode("utf-16-le") for pid, text in strings.items()}), (0x102, blobs)):
        for pid, data in values.items():
            listed += struct.pack("<HHIII", kind, pid, 6, len(data), 0)
            streams[f"__substg1.0_{pid:04X}{kind:04X}"] = data
    return {"__properties_version1.0": listed, **streams}
