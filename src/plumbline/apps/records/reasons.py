"""Says in the language of the page why two records look like one event, and what an act on a record did."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plumbline.apps.library.ties import SeenEvidence
from plumbline.apps.records.presenting import language
from plumbline.apps.teamwork.presenting import task_words
from plumbline.domain.blueprints import Blueprint, RecordType, country_name, localised
from plumbline.domain.linking import Reason
from plumbline.domain.linking.ties import facts_agree

_NUMBER = re.compile(r"\d+")


def reason_words(reason: Reason, blueprint: Blueprint) -> str:
    """Say one reason of a likely duplicate as a sentence's part."""
    write = _REASONS.get(reason.kind)
    return write(reason.detail, blueprint) if write else reason.detail


def evidence_words(piece: SeenEvidence, blueprint: Blueprint) -> str:
    """Say one piece of evidence of a tie as a sentence's part, in the values that the reader may see."""
    if piece.kind == "name":
        names = [one if isinstance(one, str) else localised(one, language()) for one in (piece.one, piece.other)]
        return _("both name %(names)s") % {"names": " = ".join(dict.fromkeys(names))}
    return ", ".join(reason_words(one, blueprint) for one in facts_agree(piece.one, piece.other))


def _count(detail: str) -> int:
    found = _NUMBER.search(detail)
    return int(found[0]) if found else 0


def _date(detail: str, _blueprint: Blueprint) -> str:
    if detail == "same day":
        return _("the same day")
    n = _count(detail)
    if detail.endswith("apart"):
        return ngettext("%(n)s day apart", "%(n)s days apart", n) % {"n": n}
    return ngettext("dates overlap within %(n)s day", "dates overlap within %(n)s days", n) % {"n": n}


def _place(detail: str, _blueprint: Blueprint) -> str:
    n = _count(detail)
    return _("less than a kilometre apart") if n == 0 else ngettext("%(n)s km apart", "%(n)s km apart", n) % {"n": n}


def _country(detail: str, _blueprint: Blueprint) -> str:
    if detail == "no country shared":
        return _("no country in common")
    names = _(", ").join(country_name(code.strip(), language()) for code in detail.split(","))
    return _("both in %(countries)s") % {"countries": names}


def _terms(detail: str, blueprint: Blueprint) -> str:
    if detail == "no term shared":
        return _("no term in common")
    labels = {
        term.id: localised(term.label, language()) for one in blueprint.vocabularies.values() for term in one.terms
    }
    return _("both: %(terms)s") % {
        "terms": _(", ").join(labels.get(key.strip(), key.strip()) for key in detail.split(","))
    }


def _amounts(detail: str, blueprint: Blueprint) -> str:
    """Write '28 t and 31 t' with the units' own symbols in the language of the page."""
    written = []
    for amount in detail.split(" and "):
        number, _space, unit = amount.rpartition(" ")
        known = blueprint.units.get(unit)
        written.append(f"{number.replace('-', '–')} {localised(known.symbol, language()) if known else unit}")
    return _("%(one)s and %(other)s") % {"one": written[0], "other": written[-1]}


def _ages(detail: str) -> str:
    return (
        _("no age of people in common")
        if detail == "none shared"
        else _("people of one age: %(ages)s") % {"ages": _again(detail)}
    )


def _meaning(detail: str) -> str:
    """Say how much the same two texts mean, by a number from 0 to 1 alone."""
    number = number_format(float(detail), 2)
    if float(detail) >= 0.5:
        return _("tell much the same, %(number)s") % {"number": number}
    return _("tell different things, %(number)s") % {"number": number}


def _again(detail: str) -> str:
    """Write a list with the comma of the page's language."""
    return _(", ").join(detail.split(", "))


_REASONS: Mapping[str, Callable[[str, Blueprint], str]] = {
    "date": _date,
    "place": _place,
    "country": _country,
    "terms": _terms,
    "quantity": lambda detail, blueprint: _("amounts: %(amounts)s") % {"amounts": _amounts(detail, blueprint)},
    "actors": lambda detail, _blueprint: _("both name %(names)s") % {"names": _again(detail)},
    "named": lambda detail, _blueprint: _("both name %(names)s") % {"names": _again(detail)},
    "called": lambda detail, _blueprint: _("called %(names)s") % {"names": detail},
    "names": lambda detail, _blueprint: _("both name %(names)s") % {"names": _again(detail.title())},
    "ages": lambda detail, _blueprint: _ages(detail),
    "meaning": lambda detail, _blueprint: _meaning(detail),
    "words": lambda detail, _blueprint: _("words in common: %(words)s") % {"words": _again(detail)},
}


def act_words(verb: str, detail: Mapping[str, Any], fields: Collection[str], record_type: RecordType | None) -> str:
    """Say what one act did; `fields` are those of the claims it touched that the viewer may see."""
    names = _(", ").join(
        localised(record_type.fields[one].label, language())
        for one in fields
        if record_type and one in record_type.fields
    )
    if verb == "record.status":
        words = {"accepted": _("accepted the record"), "rejected": _("rejected the record"),
                 "proposed": _("put the record back to be reviewed")}  # fmt: skip
        return words.get(str(detail.get("after")), verb)
    if verb == "record.follow-naming":
        gone = detail.get("after") == "rejected"
        return (
            _("rejected the record: nothing names it any more") if gone else _("put the record back: it is named again")
        )
    if verb == "claim.decide":
        words = {"accepted": _("accepted values of: %(fields)s"), "rejected": _("rejected values of: %(fields)s"),
                 "proposed": _("put values back to be reviewed, of: %(fields)s")}  # fmt: skip
        return words.get(str(detail.get("status")), verb) % {"fields": names}
    if verb == "task.set":
        return task_words(detail["before"], detail["after"])
    if verb == "record.decline":
        return _("said why it was rejected: %(reason)s") % {"reason": detail.get("reason", "")}
    return _ACTS[verb]() % {"fields": names} if verb in _ACTS else verb


_ACTS: Mapping[str, Callable[[], str]] = {
    "record.create": lambda: _("made the record"),
    "record.propose": lambda: _("found the record in a work"),
    "record.merge": lambda: _("merged records that are one"),
    "record.split": lambda: _("took a merged record out again"),
    "claim.add": lambda: _("added values of: %(fields)s"),
    "claim.mark": lambda: _("changed who sees a value of: %(fields)s"),
    "claim.erase": lambda: _("erased a value for good"),
    "entry.mark": lambda: _("changed who sees the record"),
    "candidate.dismiss": lambda: _("said that this record and another are not one"),
    "comment.write": lambda: _("wrote a comment"),
    "work.deposit": lambda: _("added the file"),
    "work.finish-reading": lambda: _("read the file"),
    "work.fail-reading": lambda: _("could not read the file"),
    "work.describe": lambda: _("corrected the details of the work"),
    "work.withdraw": lambda: _("withdrew the work"),
    "work.reinstate": lambda: _("took the withdrawal back"),
    "passage.correct": lambda: _("corrected the text of a passage"),
    "medium.attach": lambda: _("attached a picture, sound or video"),
    "record.import": lambda: _("brought records in from a table"),
    "record.update": lambda: _("changed records from a table"),
    "act.undo": lambda: _("took an act back"),
}
