"""Read numbers as seven languages write them: figures, words, fractions, and the estimates that a language gives two ends.

'Half a', 'une centaine de', 'полтора десятка', '十几' are numbers; 'several hundred', 'des milliers', '数十' are none. What
stands before a number ('about', 'more than', 'up to') leaves it as printed.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.text import plain_digits

_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 0.333, "⅔": 0.667, "⅛": 0.125}
_SIGNS = "".join(_VULGAR)
_FIGURE = (
    rf"(?:\d{{1,4}}\s?)?[{_SIGNS}]"
    r"|\d{1,3}(?:[  \u202f\u00a0]\d{3})+(?:[.,٫]\d{1,3})?(?!\d|-[^\W\d])"
    r"|\d{1,3}(?:[,.'’٬]\d{3})+(?:[.,٫]\d{1,3})?(?!\d)"
    r"|\d{1,15}(?!\d)(?:[.,٫]\d{1,9}(?!\d))?"
)
_ONES = frozenset({"a", "an", "one", "un", "une", "una", "uno", "один", "одна", "одну", "واحد", "واحدة"})

_HAN = r"(?:[一二两兩三四五六七八九十〇零几幾]|(?<![总總件人个個多少半无無次分])[数數]|[百千万](?![克米瓦卡]))"
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN_SIDES = re.compile(
    r"(?P<head>.*?)(?P<low>[一二两兩三四五六七八九])(?P<high>[一二两兩三四五六七八九])(?P<tail>[十百千万]*)"
)
_HAN_SOME = re.compile(r"(?P<head>.*[十百千万])[几幾](?P<tail>[十百千万]*)")


@cache
def number_pattern(language: str) -> str:
    """Write the pattern of one number or a range, with the groups that `ends_of` reads: n1 h1 x1 t1 and n2 h2 x2 t2."""
    words = lexicon("numbers")[language]
    edge = "" if language == "zh" else r"(?<![\w.,/:-])"
    if language == "ar":  # prefixes of one letter stand before figures and words: 'بـ1200 طن'
        edge = r"(?:(?<![\w.,/:-])|(?<=(?<!\w)[وفبلك])|(?<=(?<!\w)[وفبلك]ـ))"
    glue = rf"(?:\s*[-–—‑~～〜]\s*|\s*{any_of(words['range'])}\s*)"
    odd = rf"(?:[\s-]*{any_of(words['odd'])}(?!\w))?" if "odd" in words else ""
    return rf"{edge}{_one_number(language, 1)}(?:{glue}{_one_number(language, 2)})?{odd}"


def _one_number(language: str, which: int) -> str:
    """Write the pattern of one number: its figure or words, a half behind them, a multiplier, a half behind that."""
    words = lexicon("numbers")[language]
    after = "" if language == "zh" else r"(?!\w)"
    whole = "(?!(?<=千)[克米瓦卡])" if language == "zh" else after
    led = any_of(word for word in _phrases(language) if word.endswith(("'", " ال")))
    stuck = any_of(word for word in words.get("stuck", ()) if not word.endswith(" ال"))
    figure = rf"(?:{_FIGURE}|{led}|{_spelled_pattern(language, whole=which == 1)}{after}|{stuck})"
    halves = any_of(words.get("half_in", ()))
    half = rf"(?:[\s-]+(?P<h{which}>{halves}){after})?"
    times = rf"(?:(?:\s*|-)(?P<x{which}>{any_of(words['multipliers'])}){whole}\.?)"
    behind = rf"(?:\s+(?P<t{which}>{halves}){after})?"
    return rf"(?P<n{which}>{figure})\+?{half}(?:{times}{behind}(?:\s+(?:de|di|of)(?=\s)|\s+d['’])?)?"


@lru_cache(maxsize=16)
def numbers_in(plain: str, language: str) -> tuple[re.Match[str], ...]:
    """List the numbers and ranges of a text in order, by what `number_pattern` matches."""
    return tuple(_compiled(language).finditer(plain))


@cache
def _compiled(language: str) -> re.Pattern[str]:
    return re.compile(number_pattern(language), re.IGNORECASE)


_JOINED = re.compile(r"\s+(?:e|y)\s+")
"""Joins the parts of a number in words, as in 'mille e duecento', and two numbers of a range."""


def ends_of(match: re.Match[str], language: str) -> tuple[float, float] | None:
    """Give both ends of what `number_pattern` matched, None where it leaves the number open; low may exceed high."""
    first = _read(match, language, 1)
    if first is None or _is_open(match, language):
        return None
    if not match["n2"]:
        return first
    second = _read(match, language, 2)
    if second is None:
        return None
    low, high = first[0], second[1]
    if low > high and low % 100 == 0 and _JOINED.fullmatch(match.string, match.end("n1"), match.start("n2")):
        return (low + high, low + high) if not match["n1"][0].isdigit() else None
    if match["x2"] and not match["x1"] and low < 1000:
        low = read_number(match["n1"], language, match["x2"]) or low
    return _lent(low, high, match["n1"]), high


def _read(match: re.Match[str], language: str, which: int) -> tuple[float, float] | None:
    written, times = match[f"n{which}"], match[f"x{which}"]
    ends = _han_ends(written, times) if language == "zh" else None
    if ends is None:
        value = read_number(written, language, times)
        if value is None:
            return None
        halves = lexicon("numbers")[language].get("half_in", {})
        if match[f"h{which}"]:  # 'два с половиной', two and a half
            value += halves[key_of(match[f"h{which}"])] * _scale(language, written, times)
        if match[f"t{which}"]:  # 'un million et demi'
            value += halves[key_of(match[f"t{which}"])] * _scale(language, written, times)
        ends = (value, value)
    return ends


def _scale(language: str, written: str, times: str | None) -> float:
    """Give what a half behind a number is the half of: of its multiplier, of a bare million, else of one."""
    if times:
        return read_number("1", language, times) or 1
    alone = _spelled(language).get(key_of(written), 1)
    return alone if alone >= 1000 else 1


def _lent(low: float, high: float, written: str) -> float:
    """Let the first end take the hundreds or thousands of the second: 'two to three hundred'."""
    for scale in (1000, 100):
        if not written[0].isdigit() and low < high / scale <= 20 and high % scale == 0 and low == int(low):
            return low * scale
    return low


def _is_open(match: re.Match[str], language: str) -> bool:
    """Say whether a number in words is none: 'several hundred', 'тысячи', the end of one that was not read whole."""
    words, written = lexicon("numbers")[language], key_of(match["n1"])
    if written[0].isdigit():
        return False
    before = match.string[max(0, match.start("n1") - 32) : match.start("n1")]
    if language == "zh":
        return before.endswith(("成百上", "成千上"))
    if written in map(key_of, words.get("many", ())) or written in map(key_of, words.get("rough", ())):
        return written not in map(key_of, words.get("rough", ())) or not _about(language).search(before)
    if _vague(language).search(before):
        return True
    return bool((tail := _tail(language).search(before)) and key_of(tail["word"]) not in _ONES)


@cache
def _vague(language: str) -> re.Pattern[str]:
    words = lexicon("numbers")[language].get("vague", ())
    return re.compile(rf"(?<!\w){any_of(words)}(?:\s+(?:de|of|di|من))?\s+$", re.IGNORECASE)


def is_vague(language: str, said: str) -> bool:
    """Say whether words that end right before a number, a unit or a thing leave open how many there are."""
    return bool(_vague(language).search(said.rstrip() + " "))


@cache
def _about(language: str) -> re.Pattern[str]:
    return re.compile(rf"{about_pattern(language)}\s+$", re.IGNORECASE)


def about_pattern(language: str) -> str:
    """Write the pattern of the words before an estimate that make one of a unit without a number ('более тонны')."""
    stick = r"(?<!\w)[وبف]?" if language == "ar" else r"(?<!\w)"
    return stick + any_of(lexicon("numbers")[language].get("about", ()))


@cache
def _tail(language: str) -> re.Pattern[str]:
    """Match a number word right before another: what was read is the end of a number that was not understood."""
    words = lexicon("numbers")[language]
    joiner = r"(?:-|\s+(?:(?:et|y|e)\s+)?)"
    known = rf"(?:{any_of(words['words'])}|\w*{any_of(words['thousand'])})"
    return re.compile(rf"(?<!\w)(?P<word>{known}){joiner}$", re.IGNORECASE)


def read_number(written: str, language: str, multiplier: str | None = None) -> float | None:
    """Read a number as a language writes it; None when it is no number, or one of two ends ('十几').

    >>> read_number('12,500', 'en'), read_number('12.500', 'it'), read_number('1,5', 'fr'), read_number('three', 'en')
    (12500.0, 12500.0, 1.5, 3.0)
    >>> read_number('one hundred and twenty-five', 'en'), read_number('2½', 'en'), read_number('四分之三', 'zh')
    (125.0, 2.5, 0.75)
    """
    base = known_language(language)
    words = lexicon("numbers")[base]
    spelled = _spelled(base)
    text = key_of(plain_digits(written).strip())
    if text in spelled:
        value = float(spelled[text])
    elif (together := _together(base, text)) is not None:
        value = float(together)
    else:
        bare = re.sub(r"[\s'’٬\u202f\u00a0]", "", text).replace("٫", ".")
        parsed = _figure(bare, "," if words["decimal"] == "," else ".")
        if parsed is None:
            return None
        value = parsed
    times = {key_of(word): factor for word, factor in words["multipliers"].items()}
    return value * times.get(key_of(multiplier), 1) if multiplier else value


def key_of(phrase: str) -> str:
    """Write a word as tables key it: small letters, single spaces, one apostrophe, one alif, no ё."""
    evened = phrase.lower().replace("’", "'").replace("ё", "е")
    return re.sub("[أإآ]", "ا", re.sub(r"\s+", " ", evened))


# --- numbers in words -----------------------------------------------------------------------------------------------


@cache
def number_words(language: str) -> dict[str, float]:
    """Give the words and phrases that are one number, as they stand before what they count.

    >>> number_words('fr')['une dizaine de'], number_words('ru')['полтора']
    (10, 1.5)
    """
    words = lexicon("numbers")[language]
    known: dict[str, float] = dict(words["words"])
    nouns = words.get("collectives", {"heads": (), "of": (), "names": {}})
    for head in nouns["heads"]:
        times = 0.5 if head in ("medio", "media", "mezzo", "mezza") else 1
        gap = "" if head.endswith("'") else " "
        known |= {f"{head}{gap}{name} {of}": v * times for name, v in nouns["names"].items() for of in nouns["of"]}
    return known


@cache
def _phrases(language: str) -> dict[str, float]:
    """Give the number words with fractions and what is a number behind 'about' alone."""
    words = lexicon("numbers")[language]
    known = dict(number_words(language))
    for group in ("fractions", "stuck", "rough"):
        known |= words.get(group, {})
    return known


@cache
def _spelled(language: str) -> dict[str, float]:
    return {key_of(word): value for word, value in _phrases(language).items()}


@cache
def _spelled_pattern(language: str, *, whole: bool) -> str:
    """Write the pattern of a spelled number: millions (if `whole`), thousands, hundreds, tens and units as they join, or a phrase."""
    if language == "zh":
        return rf"(?:{_HAN}+分之{_HAN}+|{_HAN}+点[一二三四五六七八九〇零]+|{_HAN}+|半(?=公?吨|斤|公斤))"
    words = lexicon("numbers")[language]
    join, thousand, million = words["join"], any_of(words["thousand"]), any_of(words["million"])
    small, phrases = _below_thousand(language), any_of(_phrases(language).keys() - words["words"].keys())
    if not join:  # Italian writes them as one word
        thousands = rf"(?:{small}(?:{thousand}{small}?)?|{thousand}{small}?)"
        behind = r"\s+(?:e\s+)?"
    else:
        rest = rf"{thousand}(?!\w)(?:{words.get('join_thousand', join)}{small})?"
        thousands = rf"(?:(?:{small}\s+)?{rest}|{small})"
        behind = join
    if whole:
        thousands = rf"(?:(?:{thousands}\s+)?{million}(?!\w){behind}{thousands}(?!\s+{million})|{thousands})"
    return rf"(?:(?:{phrases})(?!\w)|{thousands}|{phrases})"


def _below_thousand(language: str) -> str:
    words = lexicon("numbers")[language]
    join, known = words["join"], words["words"]
    apart = words.get("join_tens", join)
    tens = any_of([*(w for w, v in known.items() if v in range(20, 91, 10)), *words.get("tens", ())])
    units = any_of(w for w, v in known.items() if v < 20 and w not in ("a", "an"))
    hundreds = any_of([*(w for w, v in known.items() if v in range(100, 901)), *words.get("elided", ())])
    alone = ""
    if words.get("hundred"):
        several = any_of(w for w, v in known.items() if 1 <= v < 10)
        hundreds = rf"(?:{several}[-\s]+)?{any_of(words['hundred'])}"
        alone = rf"(?![-\s]+{any_of(words['hundred'])})"  # 'between a hundred and two hundred'
    below = rf"{tens}{apart}{units}" + (rf"|{units}{apart}{tens}" if language == "ar" else "")
    rest, less = rf"(?:{below}|{any_of(known)})", rf"(?:{below}|{any_of(w for w, v in known.items() if v < 100)})"
    return rf"(?:{hundreds}{join}{less}{alone}|{hundreds}(?!\w)|{rest})"


@cache
def _parts(language: str) -> tuple[re.Pattern[str], dict[str, float], dict[str, int], frozenset[str]]:
    """Give the pattern of the next part of a number in words, what parts are worth, thousands and millions, hundreds."""
    words = lexicon("numbers")[language]
    hundred = frozenset(map(key_of, words.get("hundred", ())))
    scales = {key_of(word): value for group in ("thousand", "million") for word, value in words[group].items()}
    tens = {key_of(word): value for word, value in words.get("tens", {}).items()}
    known = {word: value for word, value in _spelled(language).items() if value >= 1 and word not in scales}
    known |= tens | dict.fromkeys(hundred, 100) | dict.fromkeys(scales, 0)
    listed = [
        *_phrases(language),
        *words.get("tens", ()),
        *words.get("hundred", ()),
        *words["thousand"],
        *words["million"],
    ]
    join = words["join"] or r"\s*(?:e\s+)?"
    apart = rf"{words.get('join_tens', join)}|{words.get('join_thousand', join)}"
    edge = r"(?!\w)" if words["join"] else ""  # Italian writes them as one word
    pattern = re.compile(rf"(?:{join}|{apart}|\s+)?(?P<word>{any_of(w for w in listed if key_of(w) in known)}){edge}")
    return pattern, known, scales, hundred


def _together(language: str, text: str) -> float | None:
    """Add up a number of several words; None when it is none."""
    if language == "zh":
        return _chinese(text)
    if language == "it":
        text = re.sub("cent(?=ott)", "cento", text)  # 'centottanta' for 'centoottanta'
    pattern, known, scales, hundred = _parts(language)
    total, whole, value, at = 0.0, 0.0, 0.0, 0
    for match in pattern.finditer(text):
        if match.start() != at:
            return None
        word, at = key_of(match["word"]), match.end()
        if word in scales and scales[word] >= 1_000_000:
            total, whole, value = total + max(whole + value, 1) * scales[word], 0, 0
        elif word in scales:
            dual = scales[word] % 1000 == 0 and scales[word] > 1000  # 'ألفين', two thousand
            whole, value = whole + (scales[word] if dual else max(value, 1) * scales[word]), 0
        else:
            value = value * 100 if word in hundred and 1 <= value < 10 else value + known[word]
    return total + whole + value if at == len(text) and at else None


# --- Chinese --------------------------------------------------------------------------------------------------------


def _han_ends(written: str, times: str | None) -> tuple[float, float] | None:
    """Give the two ends of a Chinese estimate; None for any other number.

    >>> _han_ends('两三', None), _han_ends('三四十', None), _han_ends('十几', None), _han_ends('几十', None)
    ((2.0, 3.0), (30.0, 40.0), (11.0, 19.0), None)
    """
    ends: tuple[int | None, int | None] = (None, None)
    if some := _HAN_SOME.fullmatch(written):
        ends = tuple(_chinese(f"{some['head']}{digit}{some['tail']}") for digit in "一九")  # type: ignore[assignment]
    elif sides := _HAN_SIDES.fullmatch(written):
        low, high = _HAN_DIGITS[sides["low"]], _HAN_DIGITS[sides["high"]]
        if high == low + 1 or (low, high) == (3, 5):
            ends = tuple(_chinese(f"{sides['head']}{sides[end]}{sides['tail']}") for end in ("low", "high"))  # type: ignore[assignment]
    if ends[0] is None or ends[1] is None:
        return None
    factor = read_number("1", "zh", times) or 1
    return ends[0] * factor, ends[1] * factor


def _chinese(text: str) -> float | None:
    """Read a Chinese numeral by its places; None for two digits side by side, which are an estimate or a year.

    >>> _chinese('三万一千'), _chinese('一百一十二'), _chinese('三五'), _chinese('一点五')
    (31000, 112, None, 1.5)
    """
    if "分之" in text:
        below, above = map(_chinese, text.split("分之", 1))
        return round(above / below, 3) if above and below else None
    if "点" in text:
        head, _, digits = text.partition("点")
        front = 0 if head in ("零", "〇") else _chinese(head)
        behind = "".join(str(_HAN_DIGITS.get(sign, 0)) for sign in digits)
        return float(f"{int(front)}.{behind}") if front is not None else None
    if len(text) > 1 and text[-2] in "百千万" and text[-1] in _HAN_DIGITS:
        text += {"百": "十", "千": "百", "万": "千"}[text[-2]]  # '二百五' is 250
    total, part, digit = 0, 0, -1
    for sign in text:
        if (place := {"十": 10, "百": 100, "千": 1000}.get(sign)) is not None:
            part, digit = part + (1 if digit < 0 else digit) * place, -1
        elif sign == "万":
            total, part, digit = (part + max(digit, 0) or 1) * 10_000, 0, -1
        elif sign in "〇零":
            digit = -1
        elif sign not in _HAN_DIGITS or digit >= 0:
            return None
        else:
            digit = _HAN_DIGITS[sign]
    return total + part + max(digit, 0) or None


def _figure(bare: str, decimal: str) -> float | None:
    """Decide which mark is the decimal one: the last of two kinds, else the language's, else by three digits."""
    if bare and bare[-1] in _VULGAR:
        return float(bare[:-1] or 0) + _VULGAR[bare[-1]]
    thousands = "." if decimal == "," else ","
    if "," in bare and "." in bare:
        decimal = bare[max(bare.rfind(","), bare.rfind("."))]
        thousands = "." if decimal == "," else ","
    elif (thousands in bare and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare)) or bare.count(decimal) > 1:
        thousands, decimal = decimal, thousands
    cleaned = bare.replace(thousands, "").replace(decimal, ".")
    return float(cleaned) if re.fullmatch(r"\d+(?:\.\d+)?", cleaned) else None
