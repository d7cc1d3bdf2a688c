"""The readers that ship. Each reader's libraries are loaded when its first file comes."""

from __future__ import annotations

from pathlib import Path

from plumbline.plugins.hooks import hookimpl
from plumbline.plugins.readers import recognise
from plumbline.plugins.readers.model import Document, Reading
from plumbline.plugins.readers.reader import Reader

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
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
        Reader("html", "HTML", "text/html", (".html", ".htm", ".xhtml"), recognise.is_html, _html, 40),
        Reader("delimited", "CSV", "text/csv", (".csv", ".tsv", ".tab"), recognise.is_csv, _delimited, 50),
        Reader("text", "plain text", "text/plain", (".txt", ".text", ".md"), recognise.is_text, _text, 90),
    ]
