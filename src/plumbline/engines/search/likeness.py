"""Find passages that use the same telling words: those that a text has often and that few visible passages have.

The weight of a word is tf-idf (Sparck Jones 1972, "A statistical interpretation of term specificity") with the saturation of BM25
for how often the text has it. How many passages have a word is counted among those that the viewer may see: an index that
counted all would tell of the hidden ones by what it holds to be alike.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

from tantivy import Occur, Query

from plumbline.domain.query import Or, Word
from plumbline.engines.search import words
from plumbline.engines.search.base import Alike
from plumbline.engines.search.highlight import Highlighter
from plumbline.engines.search.lookup import Lookup, count_of

MOST_LOOKED_AT = 40
MOST_WORDS = 12
LEAST_SHARED = 0.25
"""Share of the telling words that a passage must have, two at least."""
SHORTEST = 3


def find_alike(lookup: Lookup, text: str, language: str) -> Alike:
    """Give the words of `text` that tell it from what is visible, and the passages within the request that share most of them."""
    weights = telling_words(lookup, text, language)
    if len(weights) < 2:
        return Alike(tuple(weights), ())
    clauses = [
        (Occur.Should, lookup.compiler.compile(Word(word), ranked=True, weight=weight)) for word, weight in weights.items()
    ]  # fmt: skip
    least = max(2, math.ceil(LEAST_SHARED * len(clauses)))
    shared = Query.boolean_query(clauses, minimum_number_should_match=least)
    query = Query.boolean_query([(Occur.Must, shared), *_within(lookup)])
    lit = Highlighter(Or(tuple(Word(word) for word in weights)), language)
    return Alike(tuple(weights), lookup.page(query, lit)[1])


def telling_words(lookup: Lookup, text: str, language: str) -> dict[str, float]:
    """Give at most twelve words of a text with their weights, the most telling first; the heaviest weighs 1."""
    counted, within, weights = _words(text, language), _within(lookup), {}
    visible = count_of(lookup.searcher.search(Query.boolean_query(within), limit=1))
    for word, times in counted.most_common(MOST_LOOKED_AT):
        found = lookup.compiler.compile(Word(word), ranked=False)
        having = count_of(lookup.searcher.search(Query.boolean_query([(Occur.Must, found), *within]), limit=1))
        if having:
            weights[word] = times / (times + 1.2) * math.log(1 + visible / having)
    best = sorted(weights, key=lambda word: (-weights[word], word))[:MOST_WORDS]
    return {word: weights[word] / weights[best[0]] for word in best}


def _within(lookup: Lookup) -> list[tuple[Occur, Query]]:
    """What the request asks for beside the likeness, without a score, and every filter."""
    asked = lookup.compiler.compile(lookup.request.query, ranked=False)
    return [(Occur.Must, Query.const_score_query(asked, 0.0)), *lookup.filters]


def _words(text: str, language: str) -> Counter[str]:
    """Count the words of a text by stem, each under the form that comes first; without stop words, numbers, short words."""
    first: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for token, times in Counter(words.written_tokens(text)).items():
        if words.is_cjk(token):
            for pair in pairwise(token):
                counted["".join(pair)] += times
            continue
        folded = words.fold(token)
        if len(folded) >= SHORTEST and not folded.isdigit() and not words.is_stop_word(folded, language or None):
            counted[first.setdefault(min(words.keys(token, language)), folded)] += times
    return counted
