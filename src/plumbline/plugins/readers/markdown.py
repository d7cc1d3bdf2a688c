"""Read Markdown: CommonMark with tables; what a front matter says of title, author, date and language is taken over."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from plumbline.plugins.readers.encoding import decode
from plumbline.plugins.readers.flow import label_of
from plumbline.plugins.readers.headings import HeadingPath
from plumbline.plugins.readers.model import Block, Document, Reading

FRONT_MATTER = re.compile(
    r"\A(?:---[ \t]*\n(.{1,20000}?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(.{1,20000}?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.S
)
"""What stands before the text in YAML (between dashes) or TOML (between plus signs)."""
MOST_OPEN = 2_000
TAG = re.compile(r"<[^<>]{0,2000}>")
HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)


def read_markdown(path: Path, reading: Reading) -> Document:
    """Read a Markdown file; HTML in it is reduced to its text, links and pictures to their words."""
    text = decode(path.read_bytes(), reading)
    front = FRONT_MATTER.match(text)
    said = (_front_matter if front.group(1) else _toml_matter)(front.group(1) or front.group(2)) if front else {}
    body = text[front.end() :] if front and said else text
    parser = MarkdownIt("commonmark", {"maxNesting": reading.limits.nesting}).enable("table")
    if body.count("[") > MOST_OPEN + body.count("]"):
        parser.disable(["link", "image"])  # each opening bracket would be followed to the end of its paragraph
    blocks = list(_blocks(parser.parse(body), reading))
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text, only blanks. Nothing was stored; check the file.")
    title = said.get("title") or next((one.text for one in blocks[:3] if one.kind == "heading"), None)
    language = re.match(r"[a-z]{2}\b", said.get("lang", said.get("language", "")))
    metadata = {name: value for name, value in said.items() if name in ("description", "keywords")}
    return Document(
        "text/markdown", title, language.group() if language else None, _day(said.get("date", ""), language.group() if language else "en"), said.get("author"),
        blocks, reading.all_warnings(), metadata,
    )  # fmt: skip


class _NoAliases(yaml.SafeLoader):
    """Refuses names for what stands elsewhere: they could grow without bound."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def _front_matter(text: str) -> dict[str, str]:
    """Give the plain values of a front matter; nothing where it is none (a table may begin with dashes too)."""
    try:
        return _plain_values(yaml.load(text, Loader=_NoAliases))  # noqa: S506 - a SafeLoader that knows less
    except (yaml.YAMLError, ValueError, ArithmeticError, RecursionError):  # numbers beyond measure are of both kinds
        return {}


def _toml_matter(text: str) -> dict[str, str]:
    try:
        return _plain_values(tomllib.loads(text))
    except (ValueError, ArithmeticError, RecursionError):
        return {}


def _plain_values(found: object) -> dict[str, str]:
    if not isinstance(found, Mapping):
        return {}
    joined = {
        str(name).lower(): ", ".join(str(one) for one in value if isinstance(one, str))
        if isinstance(value, list)
        else value
        for name, value in found.items()
    }
    return {name: str(value)[:300] for name, value in joined.items() if value and isinstance(value, str | int | date)}


def _day(text: str, language: str) -> date | None:
    """Give the day of a front matter, written with dashes (2011-03-05), without (20110305) or as in `5 March 2011`; none where it is neither."""
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    for form in ("%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    if not any(map(str.isalpha, text)):
        return None  # 03/04/2011 is a day in March or in April
    from plumbline.domain.extraction.dates import find_dates  # few files say their day in words

    found = find_dates(text, language=language)
    days = {one.value["start"] for one in found if one.value["precision"] == "day"}
    return date.fromisoformat(days.pop()) if len(days) == 1 else None


def _blocks(tokens: list[Token], reading: Reading) -> Iterator[Block]:
    path, lists, row = HeadingPath(), 0, 0
    level: int | None = None
    cells: list[str] | None = None
    for token in tokens:
        reading.check_time()
        kind = token.type
        lists += (kind == "list_item_open") - (kind == "list_item_close")
        row = 0 if kind == "table_open" else row + (kind == "tr_open")
        if kind in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) if kind == "heading_open" else None
        elif kind == "tr_open":
            cells = []
        elif kind == "tr_close":
            if any(cells or ()):
                yield Block(" | ".join(cells or ()), None, path.current, "row", str(row))
            cells = None
        elif cells is not None:
            cells += [_plain(token)] if kind == "inline" else []
        elif text := _text_of(token):
            if level is not None:
                path.close(level)
                yield Block(text, None, path.current, "heading")
                path.enter(level, text)
                continue
            block_kind, label = label_of(text)
            yield Block(text, None, path.current, "list-item" if lists else block_kind, label)


def _text_of(token: Token) -> str:
    if token.type == "inline":
        return _plain(token)
    if token.type in ("fence", "code_block"):
        return " ".join(token.content.split())
    if token.type == "html_block":
        return _without_tags(token.content)
    return ""


def _plain(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(_plain(child) or child.content)
        elif child.type == "html_inline":
            parts.append("")
        else:
            parts.append(child.content)
    return " ".join("".join(parts).split())


def _without_tags(text: str) -> str:
    return " ".join(TAG.sub(" ", HIDDEN.sub(" ", text)).split())
