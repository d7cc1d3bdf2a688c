"""Find organisations by the shape of their names: legal forms, head nouns, known names, quoted firms, acronyms."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import pairwise

from plumbline.domain.blueprints.countries import country_names, locale_of
from plumbline.domain.extraction.lexicon import LANGUAGES, any_of, known_language, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import HAS_HAN, Words, longest_first, words_of

_NAME = r"(?:[A-ZÀ-ÖØ-ÞА-ЯЁ](?:[\w&’'-]|\.(?=\w)){0,30}|[A-Z]&[A-Z])"
_TITLE = r"(?:Mr|Mrs|Ms|Dr|Col|Gen|Lt|Capt|Sgt|President|Minister|Judge|Colonel|General|Captain|Sig|Dott|M|Mme|Sr|Sra|Inspector|Prosecutor)"


def find_organisations(text: str, *, language: str, words: Words | None = None) -> tuple[Span, ...]:
    """List organisations in order; the value is the name with its spaces evened out.

    >>> [span.value for span in find_organisations('Police met Eco Trade Ltd. in Genoa.', language='en')]
    ['Eco Trade Ltd.']
    """
    words = words if words is not None else words_of(text)
    base = known_language(language)
    found = []
    lines = _parted(text)
    for shape, confidence in _patterns(base):
        if words.caseless and confidence < 0.86:
            continue
        for match in shape.finditer(lines):
            span = _span(text, match, confidence) if PARTED not in match["name"] else None
            if span is not None:
                found.append(span)
    heads = [] if words.caseless else _heads(text)
    return longest_first(span for span in found if not _heads_a_line(text, span, heads))


# --- lines, headings and datelines ----------------------------------------------------------------------------------

PARTED = "\x00"
"""Stands for the end of a line over which no name runs; no white space to a pattern."""
WRAPPED = 40
"""Lines of prose are this wide or wider where a text is broken by its width."""
_CAPITALS = r"[A-ZÀ-ÖØ-ÞА-ЯЁ][A-ZÀ-ÖØ-ÞА-ЯЁ.'’-]+(?:[ ][A-ZÀ-ÖØ-ÞА-ЯЁ][A-ZÀ-ÖØ-ÞА-ЯЁ.'’-]+){0,3}"
_DATELINE = re.compile(
    rf"^[ \t]*{_CAPITALS}(?:[ ]?,[ ]?[^\n,()–—:]{{2,30}}){{0,2}}(?:[ ]?\([^()\n]{{2,30}}\))?[.,]?[ ]?[-–—]{{1,2}}[ ]"
    rf"|^[ \t]*(?:{_CAPITALS}[ ]?,[ ]?[A-ZÀ-ÖØ-ÞА-ЯЁ][^\n,():]{{1,30}}|(?P<country>{_CAPITALS}))[ ]?:[ ]"
    rf"|^[ \t]*[(\[]{_CAPITALS}[)\]]",
    re.MULTILINE,
)
_CAPITAL_LINE = re.compile(rf"^[ \t]*{_CAPITALS}[^a-zß-öø-ÿа-яё\n]{{0,120}}$", re.MULTILINE)


def _parted(text: str) -> str:
    """Mark the ends of lines over which no name runs: of paragraphs, headings, and lines that did not end for want of room."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    width = max(map(len, lines))
    joined = [lines[0]]
    for line, following in pairwise(lines):
        word = len(following.split(" ", 1)[0])
        runs_on = width >= WRAPPED and len(line) + 1 + word > width and bool(following.strip()) and not _is_title(line)
        joined += ["\n" if runs_on else PARTED, following]
    return "".join(joined)


def _is_title(line: str) -> bool:
    """Say whether all longer words of a line begin with a capital: a heading, no prose."""
    return all(word[0].isupper() for word in line.split() if len(word) > 4 and word[0].isalpha())


def _heads(text: str) -> list[tuple[int, int]]:
    """List where datelines ('CAIRO, EGYPT —', 'LAGOS (AFP) -', 'EGYPT: ') and lines of capitals alone stand."""
    heads = [match.span() for match in _CAPITAL_LINE.finditer(text)]
    for match in _DATELINE.finditer(text):
        if not match["country"] or match["country"] in _countries():
            heads.append(match.span())
    return sorted(heads)


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """Give the names of countries in capitals, in the languages that have them."""
    codes = [code for code in map(str, locale_of("en").territories) if len(code) == 2 and code.isalpha()]
    return frozenset(name.upper() for lang in LANGUAGES for code in codes for name in country_names(code, lang))


def _heads_a_line(text: str, span: Span, heads: Sequence[tuple[int, int]]) -> bool:
    """Say whether a name stands in a dateline or a line of capitals and is told by its capitals alone, or by brackets."""
    weak = span.confidence < SURE_ENOUGH or text[max(0, span.start - 1) : span.start] in ("(", "[")
    last = bisect_right(heads, (span.start, len(text)))
    return weak and any(start <= span.start and span.end <= end for start, end in heads[max(0, last - 2) : last])


SURE_ENOUGH = 0.6
"""Three capitals by themselves are too often no organisation to make a record of."""


def actors_among(spans: Sequence[Span], *, language: str) -> tuple[Span, ...]:
    """Keep the organisations that may be actors of a case: no authorities, no 'consigning company', no capitals that nothing explains.

    >>> found = find_organisations('Turin Customs stopped Eco Trade Ltd (ETL). ETL said nothing.', language='en')
    >>> [span.value for span in actors_among(found, language='en')]
    ['Eco Trade Ltd', 'ETL', 'ETL']
    """
    offices, parts, firms = (make(known_language(language)) for make in (_offices, _parts, _firms))
    sure = {span.value for span in spans if span.confidence >= SURE_ENOUGH}
    kept = (
        span
        for span in spans
        if span.value in sure
        and (firms.search(span.value) or not offices.search(span.value))
        and not parts.fullmatch(span.value)
    )
    return tuple(_without_stop(span) for span in kept)


def _without_stop(span: Span) -> Span:
    """Cut the stop after a legal form ('Ltd.'), which may be that of the sentence; 'S.p.A.' keeps its own."""
    bare = span.value[:-1]
    ends = span.value.endswith(".") and "." not in bare.rpartition(" ")[2]
    return replace(span, end=span.end - 1, value=bare) if ends else span


@cache
def _offices(language: str) -> re.Pattern[str]:
    cues = lexicon("organisations")
    words = any_of([*cues[language]["office"], *cues["any"]["office"]])
    return re.compile(words if language == "zh" else rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


@cache
def _firms(language: str) -> re.Pattern[str]:
    """Match a name with a legal form, which no authority has: 'Aduanas del Sur S.A.' is a broker."""
    if language in ("zh", "ar"):
        return re.compile("公司$|^شركة")
    forms = any_of({str(form).rstrip(".") for form in lexicon("organisations")["any"]["suffix"]})
    return re.compile(rf"(?<!\w){forms}\.?$|^(?:ООО|ОАО|АО|ЗАО|ПАО)\s", re.IGNORECASE)


@cache
def _parts(language: str) -> re.Pattern[str]:
    """Match what says only which part a firm has in a case."""
    cues = lexicon("organisations")[language]
    if "part" not in cues:
        return re.compile("(?!)")
    part, noun = any_of(cues["part"]), any_of([*cues["suffix"], *cues["head"]])
    return re.compile(rf"{part}*{noun}" if language == "zh" else rf"{noun}(?:\s+{part})+")


def find_persons(text: str, *, language: str) -> tuple[Span, ...]:
    """List persons who are named with a title or after 'named', 'identified as', 'nommé', 'llamado'..."""
    lead = (
        rf"(?:(?<!\w){_TITLE}\.?|named|identified as|nommé|llamad[oa]|identificad[oa] como|identificato come|по имени)"
    )
    pattern = re.compile(rf"{lead}\s+(?P<name>{_NAME}(?:\s+(?:de|del|al|el|bin|van|von|di|da)?\s?{_NAME}){{1,3}})")
    return tuple(Span(*m.span("name"), " ".join(m["name"].split()), 0.6) for m in pattern.finditer(text))


def _span(text: str, match: re.Match[str], confidence: float) -> Span | None:
    start, end = match.span("name")
    while end > start and text[end - 1] in " ,;:-–'’":
        end -= 1
    if text[start] in '«"“„' and text[end - 1] in '»"”“' and end - start > 2:
        start, end = start + 1, end - 1
    start += _lead_in(text[start:end])
    value = " ".join(text[start:end].split())
    if len(value) < 2 or value.upper() in _stop():
        return None
    if re.match(r"(?:The|La|Le|El|Il|Lo|Les|Los|I|In|On|At|A)\s+", value) and confidence < 0.9:
        offset = len(value) - len(value.split(" ", 1)[1])
        start, value = start + offset, text[start + offset : end]
    return Span(start, end, " ".join(value.split()), confidence)


_HAN_LEAD = re.compile(r"^.*(?:一家|的|某|该|由|向|被|对|与|在|为)(?=.{2})")


def _lead_in(name: str) -> int:
    """Count the characters of prose before a Chinese name: '州市一家' of '州市一家检测公司'."""
    match = _HAN_LEAD.match(name) if HAS_HAN.match(name) else None
    return match.end() if match else 0


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    return frozenset(str(word).upper() for word in lexicon("organisations")["any"]["stop"])


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    cues = lexicon("organisations")
    own = cues[language]
    if language == "zh":
        chinese = re.compile(rf"(?P<name>[\u4e00-\u9fff]{{2,8}}?{any_of(own['suffix'])})")
        return (chinese, 0.6), *_shared()
    if language == "ar":
        word = r"[\u0621-\u064a]+"
        firm = re.compile(
            rf"(?<!\w)[وبل]?(?P<name>شركة\s+(?:[«\"“](?:[^»\"”\n]{{2,60}})[»\"”]|{word}(?:\s+ال{word}){{0,2}}))"
        )
        office = re.compile(rf"(?<!\w)[وبل]?(?P<name>{any_of(own['head'])}(?:\s+ال{word}){{1,3}})")
        return (firm, 0.75), (office, 0.7), *_shared()
    glue = any_of(own["glue"])
    head = any_of(own["head"])
    chain = rf"{_NAME}(?:\s+(?:(?:{glue}['’]?\s*){{1,2}})?{_NAME}){{0,5}}"
    suffix = any_of([*own["suffix"], *cues["any"]["suffix"]])
    shapes = (
        (rf"(?<!\w)(?P<name>(?:{_NAME}\s+(?:(?:&|and|e|y|et)\s+)?){{1,5}}{suffix})(?!\w)", 0.85),
        (rf"(?<!\w)(?P<name>(?:{_NAME}\s+){{0,4}}{head}(?!\w)\s+(?:(?:{glue}['’]?\s*){{1,3}})?{chain})", 0.75),
        (rf"(?<!\w)(?P<name>(?:{_NAME}\s+){{1,4}}{head})(?!\w)", 0.72),
        (
            rf"(?<!\w)(?P<name>{_lower_heads(own['head'])}\s+(?:{_binding(own['glue'])}['’]?\s*){{1,3}}{_NAME}(?:\s+{_NAME}){{0,3}})",
            0.6,
        ),
    )
    compiled = tuple((re.compile(shape), sure) for shape, sure in shapes)
    return (*compiled, *_shared())


def _lower_heads(heads: list[str]) -> str:
    """Write head nouns in lower case, for languages that leave them so ('ministère de l’Environnement')."""
    return any_of(word.lower() for word in heads if word.isalpha() and len(word) > 4)


def _binding(glue: list[str]) -> str:
    """Write the small words that bind a name, without those that lead to where an office acts ('police in Genoa')."""
    return any_of(word for word in glue if word not in ("in", "on", "en", "à", "aux", "a", "al", "в", "на", "по"))


@lru_cache(maxsize=1)
def _shared() -> tuple[tuple[re.Pattern[str], float], ...]:
    bare = any_of(lexicon("organisations")["any"]["bare"])
    firms = r"(?:company|firm|ltd|société|entreprise|empresa|compañía|società|ditta|azienda|компани[яией]|фирма|ООО|АО|شركة)"
    quoted = rf"(?i:{firms})\s+(?P<name>[«\"“„](?:[^»\"”“\n]{{2,60}})[»\"”“])"
    legal = r"(?<!\w)(?P<name>(?:ООО|ОАО|ЗАО|ПАО|АО|ФГУП)\s+(?:[«\"“][^»\"”\n]{2,60}[»\"”]|[А-ЯЁ][\w-]+))"
    return (
        (re.compile(rf"(?<!\w)(?P<name>{bare})(?!\w)"), 0.85),
        (re.compile(r"[(\[](?P<name>[A-Z]{3,6})[)\]]"), 0.86),
        (re.compile(quoted), 0.86),
        (re.compile(legal), 0.86),
        (re.compile(r"(?<![\w-])(?P<name>[A-Z]{3,6})(?![\w-])"), 0.45),
    )
