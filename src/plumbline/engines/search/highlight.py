"""Find which spans of a passage a query matched, on the text as stored, stems and accents included."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from plumbline.domain.query import And, Fuzzy, InField, Near, Node, Not, Or, Phrase, Prefix, Word
from plumbline.engines.search import words


def asked_of_all(items: tuple[Node, ...], language: str | None) -> list[Node]:
    """Give what an AND asks for: its items without NOT, and without stop words where other words are beside them."""
    wanted: list[Node] = [item for item in items if not isinstance(item, Not)]
    telling: list[Node] = [
        item for item in wanted if not (isinstance(item, Word) and words.is_stop_word(item.text, language))
    ]
    return (
        telling
        if any(isinstance(item, Word | Prefix | Phrase | Fuzzy | Near | InField | And | Or) for item in telling)
        else wanted
    )


class Highlighter:
    """Holds what a query looks for in the text; words in NOT, in fields and stop words beside others give nothing."""

    def __init__(self, query: Node, language: str | None = None) -> None:
        self.language = language
        self.keys: set[str] = set()
        self.phrases: set[tuple[str, ...]] = set()
        self.beginnings: set[tuple[str, ...]] = set()
        self.alike: set[tuple[str, int]] = set()
        self.near: set[tuple[tuple[str, ...], int]] = set()
        self._collect(query)

    def spans(self, text: str, language: str) -> tuple[tuple[int, int], ...]:
        """Give (start, end) of all matches in `text`, in order; overlapping ones become one."""
        if not (self.keys or self.phrases or self.beginnings or self.alike or self.near):
            return ()
        found = list(words.spans(text))
        lit = {word for word in {word for word, _, _ in found} if not self.keys.isdisjoint(words.keys(word, language))}
        matched = [(start, end) for word, start, end in found if word in lit]
        folded = [(words.fold(word), start, end) for word, start, end in found]
        if self.phrases or self.beginnings:
            matched += self._sequences(folded)
        for wanted, distance in self.alike:
            matched += [
                (start, end)
                for token, start, end in folded
                if OSA.distance(token, wanted, score_cutoff=distance) <= distance
            ]
        for together, within in self.near:
            matched += _near(folded, together, within)
        return _merged(matched)

    def _sequences(self, found: list[tuple[str, int, int]]) -> list[tuple[int, int]]:
        tokens = [token for token, _, _ in found]
        matched = []
        for wanted, open_ended in [(p, False) for p in self.phrases] + [(p, True) for p in self.beginnings]:
            size, last = len(wanted), wanted[-1]
            for at, token in enumerate(tokens[size - 1 :]):
                if (token.startswith(last) if open_ended else token == last) and tuple(
                    tokens[at : at + size - 1]
                ) == wanted[:-1]:
                    matched.append((found[at][1], found[at + size - 1][2]))
        return matched

    def _collect(self, node: Node) -> None:
        match node:
            case Word(text):
                self._word(text)
            case Phrase(text):
                self.phrases.add(tuple(words.tokens(text)))
            case Prefix(text):
                self.beginnings.add(tuple(words.tokens(text)))
            case Fuzzy(text, distance):
                found = words.tokens(text)
                if len(found) == 1 and not words.is_cjk(found[0]):
                    self.alike.add((found[0], distance))
                else:
                    self.phrases.add(tuple(found))
            case Near(text, within):
                self.near.add((tuple(words.tokens(text)), within))
            case And(items):
                for item in asked_of_all(items, self.language):
                    self._collect(item)
            case Or(items):
                for item in items:
                    self._collect(item)

    def _word(self, text: str) -> None:
        found = words.tokens(text)
        if len(found) > 1 or words.is_cjk(found[0]):
            self.phrases.add(tuple(found))
        else:
            self.keys.update(key for _, key in words.query_keys(next(words.spans(text))[0]))


def _near(found: list[tuple[str, int, int]], together: tuple[str, ...], within: int) -> list[tuple[int, int]]:
    """Give the words that stand near enough to one of each other word that was asked for with them."""
    places = {word: [at for at, (token, _, _) in enumerate(found) if token == word] for word in set(together)}
    reach = within + len(together) - 1
    lit = [
        at
        for word, mine in places.items()
        for at in mine
        if all(any(0 < abs(at - one) <= reach for one in theirs) for other, theirs in places.items() if other != word)
    ]
    return [found[at][1:] for at in lit]


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
