"""Measure near-duplicates among the MUC-4 reports with edits of known kind, beside comparing all pairs exactly.

    python -m bench.versions [EDITED]

Of the first EDITED (300) texts a changed copy is made, seed 1: words dropped, put in and replaced at a rate of 0.5 to 8 in a hundred,
and for every third text a fifth of it cut off at the end. Right is a pair of a text and its copy. Every other pair
that is proposed counts against precision, though the reports themselves repeat each other. The peer counts the shingles that all pairs
share with scikit-learn's sparse matrices. Prints JSON; CPU seconds. Needs `PLUMBLINE_BENCH_DATA` (muc4).

`sketches` is what the library does: each text comes alone, and meets by keys, of which none holds more than fifty, those before it; right
is the same. `translations` are artificial, since no open parallel texts are at hand: of each report with four numbers or more every
word is replaced by one of no language, its numbers are kept but for one in ten, and lengths vary by a third;
`sentences_aligned` is the share of sentences of a hundred reports that then stand beside their own.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import sys
import time
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from plumbline.domain.linking.sketches import best, judge, keys_of, sketch
from plumbline.domain.linking.versions import align_translation, near_texts, numbers_in

LEAST = 0.5
MOST_AT_KEY, MOST_PROPOSED = 50, 10  # as apps/library/versions.py has them
LETTERS = str.maketrans("0123456789", "ghijklmnop")
Pairs = set[tuple[int, int]]


def changed(text: str, random_: random.Random, shorten: bool) -> str:
    """Change words of a text as people edit."""
    words, rate = text.split(), random_.uniform(0.005, 0.08)
    words = words[: len(words) * 4 // 5] if shorten else words
    out: list[str] = []
    for word in words:
        act = random_.choice(("drop", "put", "replace")) if random_.random() < rate else "keep"
        out += {"drop": [], "put": [word, random_.choice(words)], "replace": [random_.choice(words)], "keep": [word]}[
            act
        ]
    return " ".join(out)


def exact(texts: list[str]) -> Pairs:
    """Find all pairs of at least `LEAST` by counting."""
    counted = CountVectorizer(ngram_range=(5, 5), binary=True, token_pattern=r"[^\W_]+", dtype=np.int32).fit_transform(
        texts
    )
    sizes = np.asarray(counted.sum(axis=1)).ravel()
    common = (counted @ counted.T).tocoo()
    share = common.data / (sizes[common.row] + sizes[common.col] - common.data)
    return {(int(a), int(b)) for a, b, s in zip(common.row, common.col, share, strict=True) if a < b and s >= LEAST}


def translated(text: str, random_: random.Random) -> str:
    """Replace all words, keep nine of ten numbers in their places."""
    out = []
    for word in text.split():
        if any(one.isdigit() for one in word):
            out += [word] if random_.random() < 0.9 else []
        else:
            out += [f"zq{zlib.crc32(word.encode()):x}".translate(LETTERS)] * random_.choice((0, 1, 1, 1, 2))
    return " ".join(out)


def by_sketches(texts: list[tuple[str, str]]) -> tuple[Pairs, float, float]:
    """Take texts (text, language) in one after the other; gives the pairs, and CPU milliseconds a text, mean and last hundred."""
    held: dict[int, list[int]] = defaultdict(list)
    sketches, found, spent = [], set(), []
    for at, (text, language) in enumerate(texts):
        began = time.process_time()
        own = sketch([text], language)
        keys = set(keys_of(own))
        met = Counter(one for key in keys for one in held[key])
        judged = ((one, judge(own, sketches[one])) for one, _ in met.most_common(MOST_PROPOSED * 3))
        found |= {(one, at) for one in best(((one, told) for one, told in judged if told), MOST_PROPOSED)}
        for key in keys:
            if len(held[key]) < MOST_AT_KEY:
                held[key].append(at)
        sketches.append(own)
        spent.append((time.process_time() - began) * 1000)
    return found, sum(spent) / len(spent), sum(spent[-100:]) / len(spent[-100:])


def aligned(texts: list[str], random_: random.Random) -> float:
    """Give the share of sentences that `align_translation` lays beside their own artificial translation.

    One in twenty of these is left out, one in twenty stands in one passage with the next.
    """
    right = asked = 0
    for text in texts:
        first = [one for one in re.split(r"(?<=\.)\s+", text) if one.strip()]
        second: list[str] = []
        place = {}
        for n, sentence in enumerate(first):
            chance = random_.random()
            if chance < 0.05:
                continue
            if chance < 0.1 and second:
                second[-1] += " " + translated(sentence, random_)
            else:
                second.append(translated(sentence, random_))
            place[n] = len(second) - 1
        beside = {(a, b) for row in align_translation(first, second) for a in row.first for b in row.second}
        asked += len(place)
        right += sum((a, b) in beside for a, b in place.items())
    return right / asked


def main(edited: int) -> None:
    """Measure and print."""
    folder = os.environ.get("PLUMBLINE_BENCH_DATA")
    if not folder:
        print("Left out: PLUMBLINE_BENCH_DATA is not set.")
        return
    lines = (Path(folder) / "muc4" / "train.jsonl").read_text().splitlines()
    texts = [json.loads(line)["doctext"] for line in lines if line.strip()]
    random_, count = random.Random(1), len(texts)
    texts += [changed(texts[at], random_, at % 3 == 0) for at in range(edited)]
    right = {(at, count + at) for at in range(edited)}
    began = time.process_time()
    ours = {(one.first, one.second) for one in near_texts(texts, least=LEAST)}
    between = time.process_time()
    peer = exact(texts)
    ended = time.process_time()
    sketched, mean, last = by_sketches([(text, "en") for text in texts])
    telling = [at for at in range(count) if len(set(numbers_in(texts[at]))) >= 4][:edited]
    there = {(at, count + n) for n, at in enumerate(telling)}
    others = [(text, "en") for text in texts[:count]] + [(translated(texts[at], random_), "xx") for at in telling]
    across = {pair for pair in by_sketches(others)[0] if (pair[0] < count) != (pair[1] < count)}
    print(json.dumps({
        "sketches": {"recall": round(len(sketched & right) / edited, 4), "precision": round(len(sketched & right) / max(1, len(sketched)), 4),
                     "ms_a_text": round(mean, 2), "ms_a_text_last_100": round(last, 2)},
        "sentences_aligned": round(aligned(texts[:100], random_), 4),
        "translations": {"texts": len(telling), "recall": round(len(across & there) / max(1, len(there)), 4),
                         "precision": round(len(across & there) / max(1, len(across)), 4)},
        "texts": len(texts), "edited": edited, "cpu_ours": round(between - began, 2), "cpu_all_pairs": round(ended - between, 2),
        "recall": round(len(ours & right) / edited, 4), "precision": round(len(ours & right) / max(1, len(ours)), 4),
        "recall_of_all_pairs": round(len(peer & right) / edited, 4), "found_of_all_pairs": round(len(ours & peer) / max(1, len(peer)), 4),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
