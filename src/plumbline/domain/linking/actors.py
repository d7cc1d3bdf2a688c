"""Tell which names are one actor's: within one text, where they vary, and against the actors that are recorded already.

Names are joined without anybody looking, so the rule is narrower than that of ties (`linking.ties`), which are proposed and
judged: every part of a name must be found in the other as it sounds, and legal forms must not differ. What is left apart
stands as two actors until somebody merges them; `weigh_doubles` says which of these are to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rapidfuzz.distance import Indel

from plumbline.domain.linking.names import parts_of, skeleton
from plumbline.domain.linking.people import Reason
from plumbline.domain.linking.ties import Dossier, Stated, hashed, is_latin, names_agree, telling_parts, tie_between

SHORT: Final = 3
"""A part of fewer consonants must be spelled alike: too many words sound so."""
SPELLED: Final = 0.8
"""Parts of one script whose letters agree less are apart, however alike they sound."""
FORMS_ALIKE: Final[Mapping[str, str]] = {
    "limited": "ltd", "corporation": "corp", "company": "co", "incorporated": "inc",
}  # fmt: skip
"""Legal forms that are written in two ways."""
LIKELY: Final = 0.6
"""What scores less is not offered as a pair of one workspace: chosen on made names (`bench.actors`, seed 1), where it gives precision .75."""
LEGAL: Final = frozenset({
    "ltd", "llc", "llp", "inc", "corp", "gmbh", "ag", "sa", "spa", "sarl", "srl", "bv", "nv", "oy", "ab", "plc", "ooo", "oao", "zao", "pao",
    "jsc", "fze", "fzco", "eirl", "sac", "sas", "kg",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownActor:
    """An actor that is recorded: its key, its names, the countries and registration numbers it states, whether it is accepted."""

    key: int
    names: tuple[str, ...]
    countries: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    accepted: bool = False


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are one: each part of either sounds like a part of the other, and no legal form speaks against it.

    >>> same_name('Nordkap Trading Ltd', 'NORDKAPP Trading Limited'), same_name('Nordkap Ltd', 'Nordkap GmbH')
    (True, False)
    >>> same_name('Иван Петров', 'PETROV, Ivan'), same_name('Eco Trade', 'Eco Trader'), same_name('Zen', 'Zon')
    (True, False, False)
    """
    if forms_differ(one, other):
        return False
    left, right = telling_parts(one), telling_parts(other)
    if not left or len(left) != len(right):
        return "".join(left) == "".join(right) != ""
    across = is_latin(one) != is_latin(other)
    pairs = zip(*(sorted((skeleton(part), part) for part in parts) for parts in (left, right)), strict=True)
    return all(_one_part(part, matched, across) for (_, part), (_, matched) in pairs)


def _one_part(one: str, other: str, across: bool) -> bool:
    """Tell whether two parts are one: alike in sound, and within one script nearly so in letters ('Torty' is not 'Tairty')."""
    bones = skeleton(one)
    if one == other or bones != skeleton(other):
        return one == other
    return across or (len(bones) >= SHORT and Indel.normalized_similarity(one, other) >= SPELLED)


def forms_differ(one: str, other: str) -> bool:
    """Tell whether both names say a legal form, and not the same: a Ltd and a GmbH are two firms."""
    ours, theirs = legal_forms(one), legal_forms(other)
    return bool(ours and theirs and not ours & theirs)


def legal_forms(name: str) -> frozenset[str]:
    """Give the legal forms that a name says, each in one way of writing it.

    >>> sorted(legal_forms('Nordkap Trading Limited')), sorted(legal_forms('Rossi S.p.A.'))
    (['ltd'], ['spa'])
    """
    parts = parts_of(name.replace(".", "").lower())
    return frozenset(form for part in parts if (form := FORMS_ALIKE.get(part, part)) in LEGAL)


def keys_of_name(name: str) -> tuple[int, ...]:
    """List the keys under which `same_name` finds all that bear a name, among the keys of records (`ties.keys_of`).

    >>> from plumbline.domain.linking.ties import Dossier, Stated, keys_of
    >>> bool(set(keys_of_name('Nordkap Trading Ltd')) & set(keys_of(Dossier(True, (Stated('Nordkapp Trading', ()),)))))
    True
    """
    bones = [skeleton(part) if len(part) > 1 else part for part in telling_parts(name)]
    whole = f"n1 {''.join(bones)}"
    return hashed([whole, f"n2 {' '.join(sorted(bones[:2]))}"] if len(bones) > 1 else [whole])


def is_short_for(short: str, long: str) -> bool:
    """Tell whether, in one text, a name may stand for a longer one: its beginning, its initials, or a person's first and last name.

    >>> is_short_for('Nordkap Ltd', 'Nordkap Trading Ltd'), is_short_for('ETL', 'Eco Trade Ltd'), is_short_for('Trading Ltd', 'Nordkap Trading Ltd')
    (True, True, False)
    """
    if forms_differ(short, long):
        return False
    few, many = telling_parts(short), telling_parts(long)
    if len(few) < len(many):
        starts = all(_one_part(one, other, False) for one, other in zip(few, many, strict=False))
        ends = len(few) > 1 and few[0] == many[0] and few[-1] == many[-1]
        if starts or ends:
            return True
    return short.isupper() and len(few) == 1 and few[0] in _initials(long)


def _initials(name: str) -> set[str]:
    words = name.replace("-", " ").split()
    told = [word for word in words if word[:1].isupper()]
    kept = [word for word in told if not legal_forms(word)]
    return {
        "".join(parts_of(word)[0][0] for word in some if parts_of(word))
        for some in (words, told, kept)
        if len(some) > 1
    }


def fold_names(names: Iterable[str], explained: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Give for each name of one text the name that it is proposed under: the fullest of those that are one actor's.

    `explained` gives for a short name the one that the text explains it by: 'Unidad Revolucionaria (URNG)'. A short name
    that may stand for two longer ones otherwise stands for neither.

    >>> fold_names(['Nordkap Trading Ltd', 'Nordkap', 'Nordkap GmbH'])
    {'Nordkap Trading Ltd': 'Nordkap Trading Ltd', 'Nordkap': 'Nordkap', 'Nordkap GmbH': 'Nordkap GmbH'}
    >>> fold_names(['Nordkap', 'Nordkap Trading Ltd'])
    {'Nordkap': 'Nordkap Trading Ltd', 'Nordkap Trading Ltd': 'Nordkap Trading Ltd'}
    """
    listed = list(dict.fromkeys(names))
    ranked = sorted(
        listed, key=lambda one: (-len(telling_parts(one)), -len(legal_forms(one)), -len(one), listed.index(one))
    )
    heads: list[str] = []
    under: dict[str, str] = {}
    for name in ranked:
        told = under.get(explained.get(name, ""))
        found = (
            [told]
            if told
            else [head for head in heads if same_name(name, head)]
            or [head for head in heads if is_short_for(name, head)]
        )
        if len(found) == 1:
            under[name] = found[0]
        else:
            under[name] = name
            heads.append(name)
    return {name: under[name] for name in listed}


def choose_actor(name: str, known: Iterable[KnownActor], countries: frozenset[str] = frozenset()) -> KnownActor | None:
    """Choose the recorded actor that bears the name of an actor read in a report; None where none does, or it is open which.

    No legal form of its names may speak against it: a Nordkap Ltd is no Nordkap GmbH that is also called Nordkap. A name that is
    spelled otherwise is no other's where the report tells of other countries than the actor states.

    Of several that differ by country or registration number the one is chosen whose country is among those of the report, else the
    one that states neither; where two are left that differ, none.

    >>> two = [KnownActor(1, ('Nordkap Ltd',), frozenset({'CY'})), KnownActor(2, ('Nordkap Ltd',), frozenset({'NO'}))]
    >>> choose_actor('Nordkap Limited', two) is None, choose_actor('Nordkap Limited', two, frozenset({'NO'})).key
    (True, 2)
    """
    found = [one for one in known if any(same_name(name, own) for own in one.names)]
    found = [one for one in found if not forms_differ(name, " ".join(one.names))]
    spelled = [one for one in found if any(_spelled(name) == _spelled(own) for own in one.names)]
    found = spelled or [one for one in found if not one.countries or not countries or one.countries & countries]
    if _differ(found):
        here = [one for one in found if one.countries & countries]
        found = here or [one for one in found if not one.countries and not one.numbers]
        if _differ(found):
            return None
    return min(found, key=lambda one: (not one.accepted, one.key), default=None)


def weigh_doubles(one: KnownActor, other: KnownActor) -> tuple[float, tuple[Reason, ...]]:
    """Weigh whether two recorded actors of one workspace are one: a score as that of ties, 0 where nothing is to be proposed, and why.

    Names weigh as they do between workspaces (`ties.tie_between`), since a person decides; different legal forms or registration
    numbers rule it out.

    >>> two = [KnownActor(1, ('Nordkap Trading Ltd',)), KnownActor(2, ('Nordkapp Tradng',))]
    >>> weigh_doubles(*two)[0] > 0.5, weigh_doubles(two[0], KnownActor(3, ('Nordkap Trading GmbH',)))[0]
    (True, 0.0)
    """
    if one.numbers and other.numbers and not one.numbers & other.numbers:
        return 0.0, ()
    if forms_differ(" ".join(one.names), " ".join(other.names)):
        return 0.0, ()
    kind, score, evidence = tie_between(as_dossier(one), as_dossier(other))
    if not kind or score < LIKELY:
        return 0.0, ()
    pairs = [(names_agree(ours, theirs), ours, theirs) for ours in one.names for theirs in other.names]
    weight, ours, theirs = max(pairs, key=lambda each: each[0])
    reasons = [Reason("called", " = ".join(dict.fromkeys((ours, theirs))), weight)]
    if one.countries and other.countries:
        both = one.countries & other.countries
        told = sum(each.weight for each in evidence if each.kind == "country" and (each.weight > 0) == bool(both))
        reasons.append(Reason("country", ", ".join(sorted(both)) or "no country shared", told))
    return score, tuple(reasons)


def as_dossier(actor: KnownActor) -> Dossier:
    """Give an actor as ties compare it."""
    names, countries = (tuple(Stated(one, ()) for one in some) for some in (actor.names, sorted(actor.countries)))
    return Dossier(True, names, countries=countries)


def _spelled(name: str) -> list[str]:
    return sorted(telling_parts(name))


def _differ(some: Sequence[KnownActor]) -> bool:
    """Tell whether two of some actors state different countries, or different registration numbers."""
    return any(
        (one.countries and other.countries and not one.countries & other.countries)
        or (one.numbers and other.numbers and not one.numbers & other.numbers)
        for at, one in enumerate(some)
        for other in some[at + 1 :]
    )
