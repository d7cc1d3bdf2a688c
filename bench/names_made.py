"""Make a list of names and queries that are changed names of it: typing errors, swaps, dropped parts, other scripts.

    python -m bench.names_made [SEED] [NAMES] [QUERIES] FOLDER   # writes list.csv and queries.csv (with the true row)

Names are put together from syllables and stems in the manner of four regions (no real person), with parts as common as
Zipf's law has it. Each query changes one name of the list by one or two of: a letter left out, doubled, swapped or
replaced; parts swapped; a part dropped; an initial; its spelling (Latin names of Cyrillic, Arabic and Chinese origin by
another romanisation) or its script.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

CYRILLIC = {"a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "y": "й"}  # fmt: skip
CYRILLIC_PAIRS = {"shch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "ya": "я", "yu": "ю"}
ARABIC = {"b": "ب", "t": "ت", "j": "ج", "h": "ه", "d": "د", "r": "ر", "z": "ز", "s": "س", "f": "ف", "q": "ق", "k": "ك", "l": "ل", "m": "م", "n": "ن", "w": "و", "y": "ي", "g": "غ", "o": "و", "u": "و", "i": "ي"}  # fmt: skip
ARABIC_PAIRS = {
    "sh": "ش",
    "kh": "خ",
    "th": "ث",
    "dh": "ذ",
    "gh": "غ",
    "aa": "ا",
    "ee": "ي",
    "oo": "و",
    "mm": "م",
    "ss": "س",
    "dd": "د",
}
CHINESE = dict(zip(["wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu", "hu", "guo", "he", "lin", "gao", "luo", "zheng", "liang", "xie", "song", "tang", "wei", "min", "jun", "hong", "ping", "fang", "jing", "hua", "ming", "bin", "lei", "tao", "bo", "yan", "yong", "jie"], "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐伟敏军红平芳静华明斌雷涛博燕勇杰", strict=True))  # fmt: skip


class Makers:
    """Make first and last names of four manners, each part with its rank's share."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        onset = [
            "b",
            "br",
            "c",
            "ch",
            "cl",
            "d",
            "dr",
            "f",
            "fr",
            "g",
            "gr",
            "h",
            "j",
            "k",
            "l",
            "m",
            "n",
            "p",
            "pr",
            "r",
            "s",
            "st",
            "t",
            "tr",
            "v",
            "w",
        ]
        vowel, coda = (
            ["a", "e", "i", "o", "u", "ea", "oo", "ai"],
            ["n", "r", "l", "s", "t", "m", "nd", "rt", "ll", "x", "ck"],
        )
        ends = ["son", "ton", "ley", "man", "ford", "well", "by", "er", "ing", "ham", "sen", "berg"]

        def syllable() -> str:
            return draw.choice(onset) + draw.choice(vowel)

        def pool(size: int, make) -> list[str]:
            return list(dict.fromkeys(make() for _ in range(size)))

        self.pools = {
            "west": (pool(900, lambda: syllable() + draw.choice(coda) + draw.choice(["", "a", "y", "e", "us"])), pool(40_000, lambda: syllable() + draw.choice([draw.choice(coda), syllable()]) + draw.choice(ends))),
            "russian": (pool(300, lambda: draw.choice(["a", "bo", "vla", "ser", "ni", "al", "dmi", "yu", "pa", "an", "ma", "sve", "ta", "ga", "li"]) + draw.choice(["di", "gey", "kolay", "eksan", "triy", "liy", "vel", "drey", "rina", "tlana", "tyana", "lina", "dmila", "mir", "slav"])), pool(20_000, lambda: draw.choice(["shcher", "zhu", "che", "kuz", "pet", "iva", "fed", "mor", "bar", "tsvet", "khar", "nov", "sok", "leb", "gri", "vol", "mak", "zay", "pav", "sem"]) + draw.choice(["a", "o", "e", "i"]) + draw.choice(["b", "k", "n", "r", "l", "m", "t", "d", "v", "ts", "sh", "ch"]) + draw.choice(["", "i", "a", "o"]) + draw.choice(["k", "n", "l", "r", "b", "sh", "ch"]) + draw.choice(["ov", "ev", "in", "enko", "sky", "ova", "eva", "ina"]))),
            "arabic": (pool(200, lambda: draw.choice(["mo", "ah", "kha", "ha", "sa", "fa", "na", "ra", "ya", "ab", "ta", "wa", "ma"]) + draw.choice(["hammed", "mad", "led", "san", "lim", "rid", "sser", "shid", "sir", "dullah", "riq", "leed", "hmoud"])), pool(9_000, lambda: draw.choice(["al ", "", "", "el "]) + draw.choice(["ha", "sha", "ba", "ma", "ka", "na", "ra", "fa", "ta", "za", "gha", "sa"]) + draw.choice(["r", "d", "s", "m", "b", "n", "l", "f", "th", "sh", "kh", "q"]) + draw.choice(["a", "ee", "i", "oo", "ou"]) + draw.choice(["d", "m", "r", "n", "i", "ni", "ri", "li", "wi", "bi"]))),
            "chinese": (pool(500, lambda: draw.choice(list(CHINESE)) + draw.choice([*CHINESE, ""])), list(CHINESE)),
        }  # fmt: skip

    def part(self, listed: list[str]) -> str:
        """Draw a part; the r-th is drawn in proportion to about 1 / r."""
        return listed[int(len(listed) ** self.draw.random()) - 1]

    def name(self) -> tuple[str, str]:
        """Make (manner, name)."""
        manner = self.draw.choices(("west", "russian", "arabic", "chinese"), (5, 2, 2, 1))[0]
        first, last = self.pools[manner]
        if manner == "chinese":
            return (
                manner,
                f"{self.part(last)} {self.part(first)} {self.part(first) if self.draw.random() < 0.3 else ''}".strip().title(),
            )
        middle = [self.part(first)] if self.draw.random() < (0.3 if manner == "west" else 0.6) else []
        return manner, " ".join([self.part(first), *middle, self.part(last)]).title()


def _script(manner: str, name: str) -> str:
    if manner == "chinese":
        return "".join(_syllables(part) for part in name.lower().split())
    letters, pairs = (CYRILLIC, CYRILLIC_PAIRS) if manner == "russian" else (ARABIC, ARABIC_PAIRS)
    return " ".join(
        _spelled(part, letters, pairs, first="ا" if manner == "arabic" else "") for part in name.lower().split()
    )


def _syllables(part: str) -> str:
    for cut in range(len(part), 0, -1):
        if part[:cut] in CHINESE:
            return CHINESE[part[:cut]] + (_syllables(part[cut:]) if part[cut:] else "")
    return part


def _spelled(part: str, letters: dict[str, str], pairs: dict[str, str], *, first: str) -> str:
    out, at = (first if first and part[0] in "aeiou" else ""), 0
    while at < len(part):
        pair = next((p for p in sorted(pairs, key=len, reverse=True) if part.startswith(p, at)), None)
        out += pairs[pair] if pair else letters.get(part[at], "")
        at += len(pair) if pair else 1
    return out


def _respell(draw: random.Random, name: str) -> str:
    changes = [("sh", "sch"), ("kh", "h"), ("ts", "tz"), ("ov", "off"), ("ev", "eff"), ("sky", "skij"), ("ou", "u"), ("ee", "i"), ("oo", "u"), ("mm", "m"), ("al ", "el "), ("zh", "j"), ("q", "k"), ("y", "i"), ("c", "k"), ("v", "w")]  # fmt: skip
    fitting = [(a, b) for a, b in changes if a in name.lower()]
    for a, b in draw.sample(fitting, min(len(fitting), draw.choice([1, 2]))):
        name = name.lower().replace(a, b)
    return name.title()


def _typo(draw: random.Random, name: str) -> str:
    at = draw.randrange(1, max(2, len(name) - 1))
    kind = draw.randrange(4)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at : at + 2][::-1] + name[at + 2 :]
    if kind == 2:
        return name[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :]
    return name[:at] + name[at : at + 1] + name[at:]


def changed(draw: random.Random, manner: str, name: str) -> tuple[str, str]:
    """Change a name; says how."""
    kinds = ["typo", "typo", "swap", "drop", "initial", "two"] + (["respell", "script"] * 2 if manner != "west" else [])
    kind = draw.choice(kinds)
    parts = name.split()
    if kind == "swap":
        return kind, " ".join([parts[-1], *parts[:-1]])
    if kind == "drop" and len(parts) > 2:
        return kind, " ".join(parts[:1] + parts[2:])
    if kind == "initial":
        return kind, " ".join([parts[0][0], *parts[1:]])
    if kind == "respell":
        return kind, _respell(draw, name)
    if kind == "script":
        return kind, _script(manner, name)
    if kind == "two":
        return kind, _typo(draw, " ".join([parts[-1], *parts[:-1]]))
    return "typo", _typo(draw, name)


def made(seed: int = 1, size: int = 1_000_000, asked: int = 10_000) -> tuple[list[str], list[tuple[str, str, int]]]:
    """Give the list of different names and the queries: (how changed, name, row of the true one)."""
    draw = random.Random(seed)
    makers = Makers(draw)
    names: dict[str, str] = {}
    while len(names) < size:
        manner, name = makers.name()
        names.setdefault(name, manner)
    listed = list(names)
    rows = draw.sample(range(size), asked)
    return listed, [(*changed(draw, names[listed[row]], listed[row]), row) for row in rows]


def _write(path: Path, header: list[str], rows: Iterator[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    listed, queries = made(*map(int, sys.argv[1:-1]))
    folder = Path(sys.argv[-1])
    _write(folder / "list.csv", ["id", "name"], ([row, name] for row, name in enumerate(listed)))
    _write(
        folder / "queries.csv", ["id", "name", "kind", "true"], ([i, n, k, r] for i, (k, n, r) in enumerate(queries))
    )
