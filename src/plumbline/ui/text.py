"""Write texts into pages: words of another language, and passages with highlighted or withheld spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from django.utils import translation
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

RIGHT_TO_LEFT = frozenset({"ar", "arc", "dv", "fa", "ha-arab", "he", "ks", "ku-arab", "ps", "sd", "ug", "ur", "yi"})
RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")  # Hebrew, Arabic, Syriac, Thaana, N'Ko and kin


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text to mark: offsets count characters (Python ``str``), ``end`` is exclusive.

    ``kind`` is ``match`` (a search hit), ``claim`` (a value was read here), ``current`` (the value being looked at) or
    ``withheld`` (masked for this viewer; its text must already have been replaced by whoever prepared it).
    ``key`` ties a claim to its field on the review desk; ``url`` makes the span a link.
    """

    start: int
    end: int
    kind: str = "match"
    key: str = ""
    url: str = ""


def language() -> str:
    """Return the language of the page being written, as a BCP 47 tag: ``en``, ``ar``, ``zh-Hans``."""
    return translation.to_locale(translation.get_language() or "en").replace("_", "-")


def language_name(tag: str) -> str:
    """Return a language's name in the language of the page, its tag where it is not known.

    >>> language_name("fr"), language_name("x-none")
    ('French', 'x-none')
    """
    try:
        return Locale.parse(tag, sep="-", resolve_likely_subtags=False).get_display_name(language()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def direction(tag: str | None = None) -> str:
    """Return ``rtl`` or ``ltr`` for a language tag, or for the page's own language.

    >>> direction("ar-EG"), direction("fr")
    ('rtl', 'ltr')
    """
    lowered = (tag or language()).lower().replace("_", "-")
    return "rtl" if lowered in RIGHT_TO_LEFT or lowered.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def content(text: object, language: str | None = None) -> Markup:
    """Return text of a named language with its ``lang`` and ``dir``, isolated from what surrounds it.

    >>> content("تقرير", "ar")
    Markup('<bdi lang="ar" dir="rtl">تقرير</bdi>')
    >>> content("A & B")
    Markup('<bdi>A &amp; B</bdi>')

    Without a language the first letter gives the direction; but on a page from right to left, text with a letter of
    such a script runs as the page does, though it begins with a foreign name ("Genoa" before an Arabic country).
    """
    if not language:
        own = direction() == "rtl" and RTL_LETTER.search(str(text))
        return Markup('<bdi dir="rtl">{}</bdi>').format(text) if own else Markup("<bdi>{}</bdi>").format(text)
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(language, direction(language), text)


def listed(parts: Iterable[object], *, strongly: bool = False) -> Markup:
    """Join the parts of a list with the comma of the page's language, `strongly` with its semicolon.

    On a page from right to left each part stands for itself, so that Latin parts do not run together backwards.

    >>> listed(["Genoa", 2011])
    Markup('Genoa, 2011')
    """
    apart = escape(_("; ") if strongly else _(", "))
    if direction() == "rtl":
        return apart.join(part if isinstance(part, Markup) else content(part) for part in parts)
    return apart.join(part if isinstance(part, Markup) else str(part) for part in parts)


def highlighted(text: str, spans: Iterable[Span | Mapping[str, Any]] = (), offset: int = 0) -> Markup:
    """Return ``text`` with its spans as ``<mark>`` elements, in a ``<span data-text data-start>`` for the review desk.

    ``offset`` is where ``text`` begins in the work: span offsets count from the work's beginning. Spans outside are cut
    or dropped; where two overlap the earlier, then the longer one, wins. The element holds the text and nothing else,
    so that a selection in the browser gives back the same offsets; a withheld span keeps its length.
    """
    pieces: list[Markup] = []
    at = 0
    for span in _in_order(spans, offset, len(text)):
        start, end = max(span.start - offset, at), min(span.end - offset, len(text))
        if start >= end:
            continue
        pieces += [escape(text[at:start]), _marked(text[start:end], span)]
        at = end
    pieces.append(escape(text[at:]))
    return Markup('<span class="text" data-text data-start="{}">{}</span>').format(offset, Markup("").join(pieces))


def _in_order(spans: Iterable[Span | Mapping[str, Any]], offset: int, length: int) -> list[Span]:
    made = [span if isinstance(span, Span) else Span(**span) for span in spans]
    inside = [span for span in made if span.start < offset + length and span.end > offset]
    return sorted(inside, key=lambda span: (span.start, -span.end))


def _marked(text: str, span: Span) -> Markup:
    if span.kind == "withheld":
        return Markup('<span class="withheld" title="{}">{}</span>').format(
            _("Withheld: not shared with you"), "█" * len(text)
        )
    key = Markup(' data-key="{}"').format(span.key) if span.key else Markup("")
    inner = Markup('<a href="{}">{}</a>').format(span.url, text) if span.url else escape(text)
    return Markup('<mark class="highlight highlight--{}"{}>{}</mark>').format(span.kind, key, inner)
