"""Read web pages with lxml: main text, headings, lists and tables; scripts, styles and navigation fall away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from plumbline.engines.encoding import marked_encoding
from plumbline.plugins.readers.encoding import decode
from plumbline.plugins.readers.flow import label_of
from plumbline.plugins.readers.headings import HeadingPath
from plumbline.plugins.readers.model import Block, BlockKind, Document, Reading

CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "footer",
        "aside",
        "form",
        "button",
        "select",
        "option",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "head",
        "input",
        "textarea",
        "dialog",
        "menu",
        "map",
    ]
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "address",
        "hr",
        "details",
        "summary",
        "body",
        "header",
        "center",
    ]
) | frozenset(HEADINGS)
ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "complementary"})
DATES = (
    "article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "citation_publication_date",
    "publication_date",
    "pubdate",
    "date",
)
AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author")
LANGUAGE = re.compile(r"^([A-Za-z]{2,3})(?:[-_]|$)")
ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")


def read_html(path: Path, reading: Reading) -> Document:
    """Read a web page or a piece of one; nothing is fetched, no script is kept."""
    return document_of(_decoded(path.read_bytes(), reading), reading)


def document_of(text: str, reading: Reading) -> Document:
    """Read the text of a web page, as it stands in a file or in a mail."""
    text = XML_DECLARATION.sub("", text, count=1)
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise reading.refuse(
            "file.no_text", "{name} holds no text to read. Nothing was stored; check the page."
        ) from error
    said = _said(root)
    blocks = list(_Page(reading).blocks(_main(root)))
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text to read. Nothing was stored; check the page.")
    published = next((found for key in DATES if (found := _date(said.get(key, "")))), None)
    author = next((said[key] for key in AUTHORS if said.get(key)), None)
    metadata = {key: said[key] for key in ("description", "keywords", "generator") if said.get(key)}
    title = said.get("og:title") or said.get("title") or next((b.text for b in blocks[:5] if b.kind == "heading"), None)
    return Document("text/html", title, said.get("lang"), published, author, blocks, reading.all_warnings(), metadata)


def _decoded(data: bytes, reading: Reading) -> str:
    """Decode by byte order mark, then by what the page declares where that fits, then like plain text."""
    declared = CHARSET.search(data[:4096])
    if declared and not marked_encoding(data[:4]):
        name = declared.group(1).decode("ascii", "replace").lower()
        name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)
        if name not in {"utf-8", "utf8", "utf-16"}:
            try:
                return data.decode(name).replace("\x00", "")
            except (LookupError, UnicodeDecodeError):
                reading.warn(
                    "text.encoding_wrong",
                    "{name} declares an encoding that its bytes do not follow.",
                    name=reading.name,
                )
    return decode(data, reading)


def _said(root: Any) -> dict[str, str]:
    """Collect what the page says of itself: title, language, meta elements by lower-case name."""
    said: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        value = " ".join((meta.get("content") or "").split())
        if key and value:
            said.setdefault(key, value[:1_000])
    title = root.find(".//title")
    if title is not None and title.text_content().strip():
        said["title"] = " ".join(title.text_content().split())
    language = LANGUAGE.match(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    if language:
        said["lang"] = language.group(1).lower()
    else:
        said.pop("lang", None)
    return said


def _date(text: str) -> date | None:
    match = ISO_DATE.search(text)
    if not match:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _main(root: Any) -> Any:
    """Choose the one `main` or `article` that holds text, or else the body."""
    for query in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(query)
        if len(found) == 1 and len(found[0].text_content().strip()) > 200:
            return found[0]
    body = root.find(".//body")
    return root if body is None else body


class _Page:
    """Walk the tree once, gathering text until a block-level element begins or ends."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._path = HeadingPath()
        self._parts: list[str] = []
        self._items = 0
        self._row = 0

    def blocks(self, top: Any) -> Iterator[Block]:
        """Give blocks in document order."""
        walk = etree.iterwalk(top, events=("start", "end"))
        depth = 0
        for event, element in walk:
            tag = element.tag
            if event == "start":
                depth += 1
                self._check(depth)
                if element is not top and _is_dropped(element):
                    walk.skip_subtree()
                elif tag in BLOCKS:
                    yield from self._flush()
                    self._begin(tag)
                    if tag == "tr" and _is_data_row(element):
                        yield from self._table_row(element)
                        walk.skip_subtree()
                    elif tag in HEADINGS:
                        yield from self._heading(element, HEADINGS[tag])
                        walk.skip_subtree()
                    else:
                        self._parts.append(element.text or "")
                else:
                    self._parts.append(" " if tag == "br" else element.text or "")
                continue
            depth -= 1
            if tag in BLOCKS:
                yield from self._flush()
                self._items -= tag in {"li", "dd"}
            if element is not top:
                self._parts.append(element.tail or "")
        yield from self._flush()

    def _check(self, depth: int) -> None:
        if depth > self._reading.limits.nesting:
            raise self._reading.refuse(
                "xml.too_deep", "{name} nests its parts too deeply to be a document. Nothing was stored; save it anew."
            )
        self._reading.check_time()

    def _begin(self, tag: str) -> None:
        self._items += tag in {"li", "dd"}
        if tag == "table":
            self._row = 0

    def _flush(self) -> Iterator[Block]:
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if text:
            kind: BlockKind
            kind, label = label_of(text)
            yield Block(text, None, self._path.current, "list-item" if self._items else kind, label)

    def _heading(self, element: Any, level: int) -> Iterator[Block]:
        text = _text(element)
        if text:
            self._path.close(level)
            yield Block(text, None, self._path.current, "heading")
            self._path.enter(level, text)

    def _table_row(self, element: Any) -> Iterator[Block]:
        self._row += 1
        cells = [_text(cell) for cell in element.iterchildren("td", "th")]
        if any(cells):
            yield Block(" | ".join(cells), None, self._path.current, "row", str(self._row))


def _is_dropped(element: Any) -> bool:
    if not isinstance(element.tag, str) or element.tag in DROPPED:
        return True
    if element.get("role") in ROLES or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return element.tag == "header" and element.find(".//h1") is None


def _is_data_row(element: Any) -> bool:
    """Say whether a row holds values rather than the layout of a page: several cells and no table inside."""
    cells = list(element.iterchildren("td", "th"))
    return len(cells) > 1 and element.find(".//table") is None and all(len(cell.findall(".//p")) < 2 for cell in cells)


def _text(element: Any) -> str:
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, item in walk:
        if event == "start":
            if item is not element and _is_dropped(item):
                walk.skip_subtree()
            else:
                parts.append(" " if item.tag in BLOCKS or item.tag == "br" else "")
                parts.append(item.text or "")
        elif item is not element:
            parts.append(item.tail or "")
    return " ".join("".join(parts).split())
