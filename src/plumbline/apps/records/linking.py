"""Finds records that look like one event, or like one actor: keys under which they meet, then a comparison that gives its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from plumbline.apps.library import alike
from plumbline.apps.library import queries as library
from plumbline.apps.library.resolving import known_values
from plumbline.apps.library.ties import meeting_within
from plumbline.apps.records.models import Candidate, LinkKey
from plumbline.apps.records.presenting import titles_of
from plumbline.apps.records.ties import names_in
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Viewer
from plumbline.domain.linking import Facts, Reason, blocking_keys, compare, facts_of
from plumbline.domain.linking.actors import KnownActor, as_dossier, same_name, weigh_doubles
from plumbline.domain.linking.ties import keys_of

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.blueprints import RecordType

MOST_IN_BLOCK = 200
MOST_KNOWN = 5_000
"""So many records' facts are kept at hand, each a few kilobytes."""


def facts_for(entries: Sequence[Entry]) -> dict[int, Facts]:
    """Give the facts that comparison works on, by key, from the values and texts that all who see a record may see."""
    texts = alike.texts_behind(entries)
    return {one.pk: _facts(one, one.values, texts[one.pk]) for one in entries}


def _facts(entry: Entry, values: Mapping[str, Sequence[Any]], texts: Sequence[tuple[str, str]]) -> Facts:
    """Gather what a record says itself and in its texts (each with its language); of relations, which are keys of other records, those to organisations.

    Persons are compared by what the texts tell of them.
    """
    types = blueprint_of(entry.workspace).types
    fields = types[entry.type].fields if entry.type in types else {}
    own, named = dict[str, Sequence[Any]](), set[str]()
    for name, found in values.items():
        field = fields.get(name)
        if field is None or field.type != "relation":
            own[name] = found
        elif field.target and field.target in types and _is_organisation(types[field.target]):
            named.update(found)
    said, languages = [text for text, _ in texts], [language for _, language in texts]
    return facts_of(own, said, languages=languages, id=entry.public_id, type=entry.type, named=named)


def _is_organisation(kind: RecordType) -> bool:
    return "actor" in kind.traits and "person-data" not in kind.traits


def find_candidates(entries: Sequence[Entry], workspace: Workspace) -> int:
    """Note the keys of records and the pairs that look like one event; returns the number of pairs.

    Keys that more than 200 records share tell nothing and are passed over. What each record tells is read once.
    """
    made = 0
    known: dict[int, Facts] = {}
    for entry in entries:
        if len(known) > MOST_KNOWN:
            known.clear()
        if entry.pk not in known:
            known |= facts_for([entry])
        keys = blocking_keys(known[entry.pk])
        LinkKey.objects.filter(entry=entry).delete()
        others = _meeting(entry, keys, workspace)
        LinkKey.objects.bulk_create([LinkKey(entry=entry, workspace_id=workspace.pk, key=key[:120]) for key in keys])
        made += _note_pairs(entry, others, known)
    return made


def _meeting(entry: Entry, keys: Sequence[str], workspace: Workspace) -> list[Entry]:
    rows = LinkKey.objects.filter(workspace_id=workspace.pk, key__in=[key[:120] for key in keys])
    small = rows.values("key").annotate(n=Count("pk")).filter(n__lte=MOST_IN_BLOCK).values("key")
    keys_of_others = rows.filter(key__in=small).exclude(entry=entry).values_list("entry_id", flat=True)
    return alike.open_entries_at_hand(list(keys_of_others), entry.type)


def _note_pairs(entry: Entry, others: Sequence[Entry], facts: dict[int, Facts]) -> int:
    hints = blueprint_of(entry.workspace).types[entry.type].extraction
    if hints is None:
        return 0
    noted = set(Candidate.objects.filter(Q(entry=entry) | Q(other=entry)).values_list("entry_id", "other_id"))
    facts |= facts_for([other for other in others if other.pk not in facts])
    new = []
    for other in others:
        pair = (min(entry.pk, other.pk), max(entry.pk, other.pk))
        if pair in noted:
            continue
        found = compare(facts[entry.pk], facts[other.pk], least=hints.similar)
        if found.score >= hints.similar:
            surely = found.score >= hints.same
            new.append(Candidate(entry_id=pair[0], other_id=pair[1], score=found.score, surely=surely))
    Candidate.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def reasons_for(pairs: Sequence[tuple[Entry, Entry]], viewer: Viewer) -> list[tuple[Reason, ...]]:
    """Say for each pair of records why they look like one event, the heaviest reason first.

    Worked out when asked, of the values that the viewer may see and of texts as the viewer may read them, so that a
    value kept to fewer readers later does not show in a reason; six queries at most for any number of pairs.
    """
    rows = list({one.pk: one for pair in pairs for one in pair}.values())
    values = library.values_for(rows, viewer)
    resting = {pk: {key for key, _work in found} for pk, found in library.resting_places(rows, viewer).items()}
    texts = library.texts_of_passages({key for keys in resting.values() for key in keys}, viewer)
    facts, actors = {}, {}
    for one in rows:
        said = {name: [each.value for each in found] for name, found in values[one.pk].items()}
        if is_actor(one):
            actors[one.pk] = actor_of(one, said)
        else:
            facts[one.pk] = _facts(one, said, [texts[key] for key in sorted(resting[one.pk]) if key in texts])
    told = [
        weigh_doubles(actors[one.pk], actors[other.pk])[1] if one.pk in actors and other.pk in actors
        else compare(facts[one.pk], facts[other.pk]).reasons if one.pk in facts and other.pk in facts else ()
        for one, other in pairs
    ]  # fmt: skip
    return _with_titles(told, viewer)


def _with_titles(found: Sequence[tuple[Reason, ...]], viewer: Viewer) -> list[tuple[Reason, ...]]:
    """Put the titles of records that both name, as the viewer may see them, in the place of their ids."""
    ids = {each for reasons in found for one in reasons if one.kind == "named" for each in one.detail.split(", ")}
    known = library.entries_with(ids, viewer) if ids else {}
    titles = titles_of(list(known.values()), viewer) if known else {}

    def shown(one: Reason) -> Reason:
        if one.kind != "named":
            return one
        return replace(
            one, detail=", ".join(titles[known[each].pk] for each in one.detail.split(", ") if each in known)
        )

    return [tuple(map(shown, reasons)) for reasons in found]


def forget_links(entry: Entry) -> None:
    """Take a record's keys away (it was merged into another)."""
    LinkKey.objects.filter(entry=entry).delete()


# -- Actors of one workspace that bear nearly one name ------------------------------------------------------------------


def is_actor(entry: Entry) -> bool:
    """Tell whether a record's type is one of actors."""
    kind = blueprint_of(entry.workspace).types.get(entry.type)
    return kind is not None and "actor" in kind.traits


def actor_of(entry: Entry, values: Mapping[str, Iterable[Any]]) -> KnownActor:
    """Give an actor as its values, by field, tell of it."""
    return KnownActor(entry.pk, *names_in(blueprint_of(entry.workspace).types[entry.type], values))


def find_doubles(entries: Sequence[Entry]) -> int:
    """Note which actors may be one with others of their workspace; gives how many pairs are new.

    They meet under the keys of ties, and are compared by what everybody may see who sees the records. Open pairs follow what is
    found now; one that was decided is not proposed again.
    """
    return sum(_find_doubles(one) for one in entries if is_actor(one))


def _find_doubles(entry: Entry) -> int:
    told = actor_of(entry, known_values(entry))
    found = {}
    for other in meeting_within(entry, keys_of(as_dossier(told))):
        theirs = actor_of(other, known_values(other))
        score, _reasons = weigh_doubles(told, theirs)
        if score:
            surely = any(same_name(name, named) for name in told.names for named in theirs.names)
            found[min(entry.pk, other.pk), max(entry.pk, other.pk)] = {"score": score, "surely": surely}
    noted = {(one.entry_id, one.other_id): one for one in Candidate.objects.filter(Q(entry=entry) | Q(other=entry))}
    gone = [one.pk for pair, one in noted.items() if one.state == Candidate.OPEN and pair not in found]
    Candidate.objects.filter(pk__in=gone).delete()
    for pair in found.keys() & noted.keys():
        Candidate.objects.filter(pk=noted[pair].pk, state=Candidate.OPEN).update(**found[pair])
    new = [Candidate(entry_id=one, other_id=other, **found[one, other]) for one, other in found.keys() - noted.keys()]
    Candidate.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
