"""Codebooks as DDI-Codebook 2.5, out and in (DDI Alliance, specification 2.5, 2012)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import etree

from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys.codebook import Codebook, Variable
from plumbline.engines.tables.files import existing

SPACE = "ddi:codebook:2_5"
SCHEMA = f"{SPACE} http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XML = "http://www.w3.org/XML/1998/namespace"


def write_ddi(codebook: Codebook, *, file: str, cases: int | None, language: str = "en") -> bytes:
    """Write a codebook as XML: title, sampling, the file with its size, each variable with labels, categories and format.

    `cases` is None where they are not known.
    """
    spaces: dict[Any, str] = {None: SPACE, "xsi": INSTANCE}
    root = etree.Element(_tag("codeBook"), nsmap=spaces, version="2.5")
    root.set(f"{{{INSTANCE}}}schemaLocation", SCHEMA)
    root.set(f"{{{XML}}}lang", language)
    study = _add(root, "stdyDscr")
    _add(_add(_add(study, "citation"), "titlStmt"), "titl", codebook.title)
    if codebook.sampling:
        _add(_add(_add(study, "method"), "dataColl"), "sampProc", codebook.sampling)
    described = _add(_add(root, "fileDscr", ID="F1"), "fileTxt")
    _add(described, "fileName", file)
    size = _add(described, "dimensns")
    if cases is not None:
        _add(size, "caseQnty", str(cases))
    _add(size, "varQnty", str(len(codebook.variables)))
    listed = _add(root, "dataDscr")
    for place, variable in enumerate(codebook.variables, start=1):
        _variable(listed, variable, place)
    out: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return out


def _variable(parent: etree._Element, variable: Variable, place: int) -> None:
    kind = "discrete" if variable.values or not variable.numeric else "contin"
    one = _add(parent, "var", ID=f"V{place}", name=variable.name, files="F1", intrvl=kind)
    if variable.weight:
        one.set("wgt", "wgt")
    if variable.label:
        _add(one, "labl", variable.label)
    if variable.missing:
        gone = _add(one, "invalrng")
        for value in variable.missing:
            _add(gone, "item", VALUE=value)
    for value, label in variable.values.items():
        category = _add(one, "catgry", **({"missing": "Y"} if value in variable.missing else {}))
        _add(category, "catValu", value)
        _add(category, "labl", label)
    _add(one, "varFormat", type="numeric" if variable.numeric else "character")


def _tag(name: str) -> str:
    return f"{{{SPACE}}}{name}"


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, _tag(tag), {name: _fit(value) for name, value in attributes.items()})
    made.text = None if text is None else _fit(text)
    return made


def _fit(text: str) -> str:
    """Leave out the characters that XML 1.0 cannot hold."""
    return UNFIT.sub("", text)


def read_ddi(path: Path | str) -> Codebook:
    """Read a DDI-Codebook file, of any 2.x version and whether it names its space or not.

    Raises `NotFound` for an absent file, `InvalidInput` for one that is no codebook or describes no variable.
    """
    path = existing(path)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise _no_codebook(path, str(error)) from error
    if etree.QName(root).localname != "codeBook":
        raise _no_codebook(path, f"its root is {etree.QName(root).localname}, not codeBook")
    variables = tuple(_read_variable(one) for one in root.findall(".//{*}dataDscr/{*}var") if one.get("name"))
    if not variables:
        raise _no_codebook(path, "it describes no variable")
    title = _text(root.find("./{*}stdyDscr/{*}citation/{*}titlStmt/{*}titl"))
    return Codebook(title, variables, _text(root.find("./{*}stdyDscr/{*}method/{*}dataColl/{*}sampProc")))


def _no_codebook(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(
        "codebook.torn", "{name} is no DDI codebook: {problem}.", name=path.name, problem=problem[:200].rstrip(".")
    )


def _read_variable(one: etree._Element) -> Variable:
    values, gone = {}, [item.get("VALUE") or "" for item in one.findall("./{*}invalrng/{*}item")]
    for category in one.findall("./{*}catgry"):
        value = _text(category.find("./{*}catValu"))
        label = _text(category.find("./{*}labl"))
        if label:
            values[value] = label
        if category.get("missing") == "Y" and value not in gone:
            gone.append(value)
    form = one.find("./{*}varFormat")
    return Variable(
        one.get("name") or "", _text(one.find("./{*}labl")), values, tuple(value for value in gone if value),
        numeric=form is None or form.get("type") != "character", weight=one.get("wgt") == "wgt",
    )  # fmt: skip


def _text(one: etree._Element | None) -> str:
    return "" if one is None else " ".join("".join(str(part) for part in one.itertext()).split())
