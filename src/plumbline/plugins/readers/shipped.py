"""The readers that ship. Each reader's libraries are loaded when its first file comes."""

from __future__ import annotations

from pathlib import Path

from plumbline.plugins.hooks import hookimpl
from plumbline.plugins.readers import recognise
from plumbline.plugins.readers.model import Document, Reading
from plumbline.plugins.readers.reader import Reader

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".webp", ".bmp")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _text(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.text import read_text

    return read_text(path, reading)


def _pdf(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.pdf import read_pdf

    return read_pdf(path, reading)


def _docx(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.docx import read_docx

    return read_docx(path, reading)


def _workbook(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.workbook import read_workbook

    return read_workbook(path, reading)


def _html(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.html import read_html

    return read_html(path, reading)


def _delimited(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.delimited import read_delimited

    return read_delimited(path, reading)


def _markdown(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.markdown import read_markdown

    return read_markdown(path, reading)


def _odt(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.opendocument import read_odt

    return read_odt(path, reading)


def _pptx(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.slides import read_pptx

    return read_pptx(path, reading)


def _rtf(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.rtf import read_rtf

    return read_rtf(path, reading)


def _eml(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.mail import read_eml

    return read_eml(path, reading)


def _msg(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.mail import read_msg

    return read_msg(path, reading)


def _mbox(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.mbox import read_mbox

    return read_mbox(path, reading)


def _zip(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.container import read_zip

    return read_zip(path, reading)


def _picture(path: Path, reading: Reading) -> Document:
    from plumbline.plugins.readers.picture import read_picture

    return read_picture(path, reading)


@hookimpl
def plumbline_readers() -> list[Reader]:
    """Give the readers that ship."""
    return [
        Reader("pdf", "PDF", "application/pdf", (".pdf",), recognise.is_pdf, _pdf, 10),
        Reader("docx", "Word (.docx)", DOCX, (".docx", ".docm"), recognise.is_docx, _docx, 20),
        Reader(
            "workbook",
            "Excel (.xlsx, .xls)",
            XLSX,
            (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
            recognise.is_workbook,
            _workbook,
            30,
        ),
        Reader("odt", "OpenDocument (.odt)", ODT, (".odt", ".ott"), recognise.is_odt, _odt, 31),
        Reader("pptx", "PowerPoint (.pptx)", PPTX, (".pptx", ".pptm", ".ppsx"), recognise.is_pptx, _pptx, 32),
        Reader("msg", "Outlook (.msg)", "application/vnd.ms-outlook", (".msg",), recognise.is_msg, _msg, 33),
        Reader("rtf", "Rich Text (.rtf)", "application/rtf", (".rtf",), recognise.is_rtf, _rtf, 34),
        Reader("picture", "PNG, JPEG, GIF, TIFF, WebP", "image/*", PICTURES, recognise.is_picture, _picture, 35),
        Reader("mbox", "mail box (.mbox)", "application/mbox", (".mbox", ".mbx"), recognise.is_mbox, _mbox, 36),
        Reader("eml", "e-mail (.eml)", "message/rfc822", (".eml", ".mht"), recognise.is_eml, _eml, 37),
        Reader("html", "HTML", "text/html", (".html", ".htm", ".xhtml"), recognise.is_html, _html, 40),
        Reader("delimited", "CSV", "text/csv", (".csv", ".tsv", ".tab"), recognise.is_csv, _delimited, 50),
        Reader("zip", "ZIP", "application/zip", (".zip",), recognise.is_archive, _zip, 80),
        Reader(
            "markdown",
            "Markdown",
            "text/markdown",
            (".md", ".markdown", ".mdown"),
            recognise.is_markdown,
            _markdown,
            85,
        ),
        Reader("text", "plain text", "text/plain", (".txt", ".text"), recognise.is_text, _text, 90),
    ]
