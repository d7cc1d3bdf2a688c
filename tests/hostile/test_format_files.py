"""Broken, mislabelled and hostile files of the further formats: refused in one sentence, or read with a warning."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.plugins.readers.making import ODF, SLIDES, mail, odt, pptx, shape, zipped

from plumbline.plugins.readers import Document, FileRefused, Limits, read_file
from plumbline.plugins.readers.archive import open_archive
from plumbline.plugins.readers.model import Reading

PARAGRAPH = "<text:p>Twelve tonnes.</text:p>"
ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
BOMB = "<text:p>" + "a" * 3_000_000 + "</text:p>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(tmp_path: Path, name: str, data: bytes, **limits: float) -> Document:
    place = tmp_path / "file"
    place.write_bytes(data)
    return read_file(place, name=name, limits=Limits(**limits))  # type: ignore[arg-type]


def deep(open_: str, close: str, times: int, inside: str) -> str:
    return open_ * times + inside + close * times


def encrypted_manifest() -> bytes:
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    return odt(PARAGRAPH, more={"META-INF/manifest.xml": manifest})


def png(width: int, height: int) -> bytes:
    """A picture whose head claims a size that its bytes do not have."""
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = struct.pack(">II", width, height)
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def nested_mail(depth: int) -> bytes:
    raw = b"From: a@x.example\nTo: b@x.example\nSubject: deep\nDate: Sat, 05 Mar 2011 09:00:00 +0100\n"
    for n in range(depth):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
    return raw + b"Content-Type: text/plain\n\nhello\n"


REFUSED = {
    "odt, not an archive inside": ("a.odt", b"PK\x03\x04" + b"\x00" * 60, {}, "file.broken"),
    "odt, cut in half": ("a.odt", odt(PARAGRAPH)[:-60], {}, "file.broken"),
    "odt, without a body": ("a.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": f"<office:x {ODF}/>"}), {}, "file.broken"),
    "odt, entities": ("a.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ENTITIES + f"<office:x {ODF}>&b;</office:x>"}), {}, "xml.doctype"),
    "odt, empty": ("a.odt", odt("<text:p/>"), {}, "file.no_text"),
    "odt, bomb": ("a.odt", odt(BOMB), {}, "archive.bomb"),
    "odt, too deep": ("a.odt", odt(deep("<text:section>", "</text:section>", 240, PARAGRAPH)), {}, "xml.too_deep"),
    "odt, encrypted": ("a.odt", encrypted_manifest(), {}, "file.encrypted"),
    "odt, no xml": ("a.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<office"}), {}, "file.broken"),
    "pptx, without slides": ("a.pptx", pptx(), {}, "file.no_text"),
    "pptx, slides without words": ("a.pptx", pptx(shape()), {}, "file.no_text"),
    "pptx, cut in half": ("a.pptx", pptx(shape("x"))[:-80], {}, "file.broken"),
    "pptx, no xml": ("a.pptx", zipped({"ppt/presentation.xml": "<p:"}), {}, "file.broken"),
    "pptx, entities": ("a.pptx", zipped({"ppt/presentation.xml": ENTITIES + f"<p:presentation {SLIDES}>&b;</p:presentation>"}), {}, "xml.doctype"),
    "pptx, too many slides": ("a.pptx", pptx(*[shape("x")] * 5), {"pages": 4}, "file.too_many_pages"),
    "pptx, bomb": ("a.pptx", pptx(shape("a" * 3_000_000)), {}, "archive.bomb"),
    "pptx, too many parts": ("a.pptx", pptx(*[shape("x")] * 5), {"entries": 4}, "archive.too_many_entries"),
    "rtf, only a picture": ("a.rtf", b"{\\rtf1{\\pict " + b"00ff" * 500 + b"}}", {}, "file.no_text"),
    "rtf, only a beginning": ("a.rtf", b"{\\rtf1", {}, "file.no_text"),
    "rtf, groups without end": ("a.rtf", b"{\\rtf1 " + b"{" * 5_000 + b"x", {}, "file.broken"),
    "rtf, raw bytes longer than the file": ("a.rtf", b"{\\rtf1 \\bin999999999 hidden}", {}, "file.no_text"),
    "rtf, too large": ("a.rtf", b"{\\rtf1 x}" * 10, {"size": 50}, "file.too_large"),
    "eml, no body and no sender": ("a.eml", b"Received: by x\nMIME-Version: 1.0\n\n", {}, "file.broken"),
    "eml, parts in parts": ("a.eml", nested_mail(60), {"nesting": 40}, "xml.too_deep"),
    "msg, only its mark": ("a.msg", OLE + b"\x00" * 600, {}, "file.broken"),
    "msg, noise": ("a.msg", OLE + bytes(range(256)) * 8, {}, "file.broken"),
    "msg, cut off": ("a.msg", OLE[:8] + b"\x01", {}, "file.broken"),
    "msg, its name without a mail": ("a.msg", OLE + "__properties_version1.0".encode("utf-16-le") * 40, {}, "file.broken"),
    "zip, nothing in it": ("a.zip", zipped({}), {}, "file.no_text"),
    "zip, only folders and hidden files": ("a.zip", zipped({"a/": "", ".b": "x", "__MACOSX/c": "x"}), {}, "file.no_text"),
    "zip, bomb": ("a.zip", zipped({"a.txt": "a" * 30_000_000}), {}, "archive.bomb"),
    "zip, too many files": ("a.zip", zipped({f"{n}.txt": "x" for n in range(30)}), {"parts": 20}, "archive.too_many_entries"),
    "zip, cut in half": ("a.zip", zipped({"a.txt": "x" * 100})[:-30], {}, "file.broken"),
    "picture, larger than memory": ("a.png", png(60_000, 60_000), {}, "archive.bomb"),
    "picture, only its mark": ("a.png", b"\x89PNG\r\n\x1a\n", {}, "file.broken"),
    "picture, cut in its head": ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JF", {}, "file.broken"),
    "picture, noise after the mark": ("a.gif", b"GIF89a" + os.urandom(3), {}, "file.broken"),
    "picture, tiff whose tags point nowhere": ("a.tif", b"II*\x00\xff\xff\xff\x7f", {}, "file.broken"),
    "picture, webp cut off": ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", {}, "file.broken"),
    "picture, nothing": ("a.png", b"", {}, "file.empty"),
    "picture, too many bytes": ("a.png", png(8, 8), {"size": 10}, "file.too_large"),
    "markdown, blanks": ("a.md", b" \n\n \t\n", {}, "file.no_text"),
    "markdown, only a script": ("a.md", b"<script>x()</script>\n", {}, "file.no_text"),
    "markdown, bytes": ("a.md", bytes(range(32)) * 40, {}, "file.unknown_format"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_file_is_refused_by_one_sentence_that_names_it(tmp_path: Path, name: str) -> None:
    shown, data, limits, code = REFUSED[name]
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, shown, data, **limits)
    assert caught.value.code == code
    assert str(caught.value).startswith(shown)
    assert str(caught.value).endswith(".")


READ = {
    "odt, a million spaces and rows": ("a.odt", odt('<text:p>a<text:s text:c="999999999"/>b</text:p><table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row></table:table>'), "a b"),
    "odt, heading without a level": ("a.odt", odt('<text:h text:outline-level="x">Ports</text:h>'), "Ports"),
    "pptx, a slide outside": ("a.pptx", pptx(shape("In.")).replace(b"x", b"x"), "In."),
    "rtf, unknown words and letters": ("a.rtf", rb"{\rtf1\ansi\wondrous99 Twelve \u99999999?tonnes\'zz.}", "Twelve"),
    "rtf, named as text": ("a.txt", rb"{\rtf1 Twelve tonnes.}", "Twelve tonnes."),
    "eml, headers of no encoding": ("a.eml", b"From: =?x-none?Q?=FF=FE?= <a@x>\nTo: b@x\nSubject: =?utf-8?B?!!!?=\nDate: now\n\nTwelve.\n", "Twelve."),
    "eml, encoding that there is not": ("a.eml", b"From: a@x\nTo: b@x\nSubject: s\nDate: x\nContent-Type: text/plain; charset=wondrous\n\nTwelve.\n", "Twelve."),
    "eml, base64 that is none": ("a.eml", b"From: a@x\nTo: b@x\nSubject: s\nDate: x\nContent-Transfer-Encoding: base64\n\n!!!Twelve!!!\n", "s"),
    "eml, parts without end": ("a.eml", b'From: a@x\nTo: b@x\nSubject: s\nDate: x\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nTwelve.\n', "Twelve."),
    "eml, a name that points outside": ("a.eml", mail(text="Twelve.", attached={"../../etc/passwd": b"x"}).as_bytes(), "passwd"),
    "zip, names that point outside": ("a.zip", zipped({"../../evil.txt": "x", "good.txt": "y"}), "good.txt"),
    "zip, named as a document": ("a.docx", zipped({"good.txt": "y"}), "good.txt"),
    "markdown, brackets without end": ("a.md", b"[" * 20_000 + b"\n\nTwelve tonnes.\n", "Twelve tonnes."),
    "markdown, quotes in quotes": ("a.md", b">" * 3_000 + b" x\n\nTwelve tonnes.\n", "Twelve tonnes."),
    "markdown, front matter that grows": ("a.md", b"---\na: &a [x, x]\nb: [*a, *a]\n---\n\nTwelve tonnes.\n", "Twelve tonnes."),
    "markdown, front matter of no shape": ("a.md", b"---\n- 1\n- 2\n---\n\nTwelve tonnes.\n", "Twelve tonnes."),
    "markdown, a link in a link": ("a.md", b"[a [Twelve](x) tonnes](y).\n", "Twelve"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_file_is_read_in_spite_of_what_is_wrong(tmp_path: Path, name: str) -> None:
    shown, data, words = READ[name]
    found = read(tmp_path, shown, data)
    assert words in found.text
    assert not any("/" in part.name or ".." in part.name for part in found.parts)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_member_of_an_archive_that_is_damaged_is_refused_by_itself(tmp_path: Path, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("bad.txt", os.urandom(2_000))
        archive.writestr("good.txt", "Twelve.")
    data = bytearray(out.getvalue())
    data[60:120] = b"\x00" * 60
    bad, good = read(tmp_path, "a.zip", bytes(data)).parts
    with pytest.raises(FileRefused):
        bad.read()
    assert good.read() == b"Twelve."


def test_trouble_of_the_machine_is_not_told_as_damage_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(zipped({"good.txt": "Twelve."}))
    with open_archive(path, Reading("a.zip", Limits())) as archive:
        assert archive.read("good.txt") == b"Twelve."
    path.unlink()
    with pytest.raises(FileNotFoundError), open_archive(path, Reading("a.zip", Limits())):
        pass
