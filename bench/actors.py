"""Measure who becomes an actor: names of one text folded, names of a report joined to recorded actors.

    PLUMBLINE_BENCH_DATA=FOLDER python -m bench.actors [ACTORS] [SHARED] [SEED...]

`folded`: the organisations of MUC-4's keys (FOLDER/muc4/*.jsonl: `doctext`, `templates` with `PerpOrg`, each entity a list of the
mentions that annotators found to be one), by text, as the text writes them. Counted are the entities; how many of them come out
as one group of their own; `doubles`, groups beyond the first of an entity; `wrong`, pairs of mentions of two entities in one group.
The peer folds equal words alone. One rule, for acronyms in brackets, was made after a first look at these totals.

`joined`: actors under changed names as `bench.ties` makes them (typing errors, parts swapped or dropped, initials, other scripts),
each read against those recorded. `right` and `wrong` count joins; what is joined to none is proposed anew, rightly where the actor
is new and as a double where it is not. Seeds are others than those that rules were made on.

`offered`: what of that is then offered to a person as a pair of the workspace (`weigh_doubles`): of the groups that one text of MUC-4
left apart, and of all actors after `joined`. `pairs_right` of `pairs_offered` are of one entity; `doubles_offered` counts doubles that
these pairs would mend. Prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from bench.ties import MOST_IN_BLOCK, worlds

from plumbline.domain.linking.actors import (
    KnownActor,
    as_dossier,
    choose_actor,
    fold_names,
    keys_of_name,
    weigh_doubles,
)
from plumbline.domain.linking.ties import Dossier, keys_of

Entities = list[set[str]]
Text = tuple[Entities, dict[str, str]]


def named_in_texts(folder: Path) -> Iterator[Text]:
    """Give the organisations of each text of MUC-4 that names two mentions or more, each by its mentions.

    With them which capitals stand in brackets right behind which name, as the product sees it of spans.
    """
    for path in sorted((folder / "muc4").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            told = json.loads(line).get("templates", [])
            entities: list[set[str]] = []
            ends: dict[int, str] = {}
            starts: dict[int, str] = {}
            for entity in (one for template in told for one in template.get("PerpOrg") or []):
                mentions = {_written(mention[0]) for mention in entity}
                ends |= {at + len(words): _written(words) for words, at in entity}
                starts |= {at: _written(words) for words, at in entity}
                met = [one for one in entities if one & mentions]
                entities = [one for one in entities if not one & mentions] + [mentions.union(*met)]
            if sum(map(len, entities)) > 1:
                short = {at: name for at, name in starts.items() if name.isupper() and " " not in name}
                yield (
                    entities,
                    {name: ends[at - gap] for at, name in short.items() for gap in (1, 2) if at - gap in ends},
                )


def _written(words: str) -> str:
    """Write a mention with capitals: the texts have none."""
    return words.title() if " " in words else words.upper()


def folded(texts: list[Text], fold: Callable[[list[str], dict[str, str]], dict[str, str]]) -> dict[str, float]:
    """Fold the mentions of each text and count what comes of its entities."""
    once = doubles = wrong = joined = several = 0
    for entities, explained in texts:
        names = sorted(name for entity in entities for name in entity)
        of = fold(names, explained)
        groups = defaultdict(set)
        for name in names:
            groups[of[name]].add(name)
        once += sum(entity in groups.values() for entity in entities)
        doubles += sum(len({of[name] for name in entity}) - 1 for entity in entities)
        several += sum(len(entity) - 1 for entity in entities)
        home = {name: at for at, entity in enumerate(entities) for name in entity}
        pairs = [pair for group in groups.values() for pair in combinations(sorted(group), 2)]
        joined += len(pairs)
        wrong += sum(home[one] != home[other] for one, other in pairs)
    return {
        "texts": len(texts), "entities": sum(len(entities) for entities, _ in texts), "proposed_once": once, "doubles": doubles, "doubles_possible": several,
        "pairs_joined": joined, "wrong": wrong,
    }  # fmt: skip


def offered(texts: list[Text]) -> dict[str, int]:
    """Count the pairs that are offered among the groups of each text, and the doubles that they would mend."""
    pairs_offered = right = mended = left = 0
    for entities, explained in texts:
        of = fold_names(sorted(name for entity in entities for name in entity), explained)
        home = {of[name]: at for at, entity in enumerate(entities) for name in entity}
        heads = [KnownActor(at, (name,)) for at, name in enumerate(sorted(home))]
        pairs = [pair for pair in combinations(heads, 2) if weigh_doubles(*pair)[0]]
        pairs_offered += len(pairs)
        right += sum(home[one.names[0]] == home[other.names[0]] for one, other in pairs)
        before = sum(len({of[name] for name in entity}) for entity in entities)
        for one, other in pairs:
            if home[one.names[0]] == home[other.names[0]]:
                of = {name: other.names[0] if head == one.names[0] else head for name, head in of.items()}
                home[other.names[0]] = home[one.names[0]]
        left += before - len(entities)
        mended += before - sum(len({of[name] for name in entity}) for entity in entities)
    return {"doubles_left": left, "pairs_offered": pairs_offered, "pairs_right": right, "doubles_offered": mended}


def _paired(actors: list[KnownActor], doubles: dict[int, int]) -> dict[str, object]:
    """Count the pairs that are offered among all actors of a workspace; `doubles` says of which other one an actor is a double."""
    held: dict[int, list[int]] = defaultdict(list)
    for at, one in enumerate(actors):
        for key in keys_of(as_dossier(one)):
            held[key].append(at)
    met = {pair for rows in held.values() if len(rows) <= MOST_IN_BLOCK for pair in combinations(rows, 2)}
    pairs = [(one, other) for one, other in met if weigh_doubles(actors[one], actors[other])[0]]
    right = sum(doubles.get(other) == one for one, other in pairs)
    return {
        "pairs_offered": len(pairs), "pairs_right": right, "doubles_offered": right,
        "precision": round(right / max(1, len(pairs)), 3), "of_doubles": round(right / max(1, len(doubles)), 3),
    }  # fmt: skip


def joined(seed: int, actors: int, shared: int) -> dict[str, object]:
    """Join the names of the second workspace of `bench.ties` to the actors of the first."""
    first, second, truth = worlds(seed, actors, shared)
    known = [_known(row, one) for row, one in enumerate(first)]
    held: dict[int, list[int]] = defaultdict(list)
    for row, one in enumerate(first):
        for key in keys_of(one):
            held[key].append(row)
    began = time.process_time()
    counts, by_change = Counter[str](), Counter[str]()
    everybody, doubles = list(known), dict[int, int]()
    for at, one in enumerate(second):
        name = one.names[0].value
        met = {row for key in keys_of_name(name) for row in held.get(key, ())}
        chosen = choose_actor(
            name, [known[row] for row in sorted(met)], frozenset(each.value for each in one.countries)
        )
        row, kind = truth.get(at, (-1, ""))
        if chosen is None:
            doubles |= {len(everybody): row} if at in truth else {}
            everybody.append(_known(len(everybody), one))
            counts["double" if at in truth else "rightly new"] += 1
        else:
            counts["right" if chosen.key == row else "wrong"] += 1
            by_change[kind] += chosen.key == row
    cpu = time.process_time() - began
    kinds = Counter(kind for _, kind in truth.values())
    return {
        "seed": seed, "recorded": len(first), "read": len(second), "recorded_before": len(truth), **counts,
        "joined_by_change": {kind: round(by_change[kind] / n, 3) for kind, n in sorted(kinds.items())},
        "cpu_ms_a_name": round(1000 * cpu / len(second), 3), "offered": _paired(everybody, doubles),
    }  # fmt: skip


def _known(row: int, one: Dossier) -> KnownActor:
    return KnownActor(row, tuple(each.value for each in one.names), frozenset(each.value for each in one.countries))


def main() -> int:
    """Print both measures; the first where the data are at hand."""
    given = [int(each) for each in sys.argv[1:]]
    actors, shared = (given + [10_000, 2_000][len(given) :])[:2]
    found: dict[str, object] = {"joined": [joined(seed, actors, shared) for seed in given[2:] or (41, 42)]}
    if folder := os.environ.get("PLUMBLINE_BENCH_DATA"):
        texts = list(named_in_texts(Path(folder)))
        found["folded"] = folded(texts, fold_names)
        found["offered"] = offered(texts)
        found["folded_by_equal_words"] = folded(texts, lambda names, _: {name: name for name in names})
    else:
        print("folded is left out: PLUMBLINE_BENCH_DATA names no folder.", file=sys.stderr)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
