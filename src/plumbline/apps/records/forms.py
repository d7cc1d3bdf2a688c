"""Forms of records, made of what a blueprint declares, and the form that says who may see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from plumbline.apps.accounts.queries import organisations, sharing_groups
from plumbline.apps.library.actions import NewClaim, own_mark
from plumbline.apps.library.queries import entries_with
from plumbline.apps.records.presenting import ShownRecord, language, names_for, readers_of
from plumbline.apps.records.typed import typed_value
from plumbline.apps.spine.edge import sentence
from plumbline.domain.access import LEVELS, Mark, Viewer, mark_from_json, stricter
from plumbline.domain.blueprints import (
    Blueprint,
    Field,
    RecordType,
    country_name,
    display_value,
    form_value,
    localised,
)  # fmt: skip
from plumbline.domain.blueprints.values import country_codes
from plumbline.domain.errors import InvalidInput
from plumbline.domain.evidence import value_key
from plumbline.ui.text import language_name

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim


@dataclass
class Control:
    """One input of a form, as the template writes it; `parts` are the inputs of a text in several languages."""

    name: str
    label: str
    kind: str = "text"
    value: Any = ""
    help: str = ""
    error: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    language: str = ""
    sharing: str = ""
    parts: list[Control] = field(default_factory=list)


class RecordForm:
    """The form of one record: an input for each field of its type, filled with what the viewer sees.

    `claims` and `dropped` say, once `check` found no error, what a person changed: values to claim, and claims that
    no longer hold because their value was taken out.
    """

    def __init__(
        self, record_type: RecordType, blueprint: Blueprint, viewer: Viewer, *, shown: ShownRecord | None = None,
        data: QueryDict | None = None, may_drop: bool = True,
    ) -> None:  # fmt: skip
        self.record_type, self.blueprint, self.viewer, self.data, self.may_drop = (
            record_type,
            blueprint,
            viewer,
            data,
            may_drop,
        )
        self.shown = shown
        self.was = (
            _was(data)
            if data is not None
            else {one.id: _print(self._initial(one)) for one in record_type.fields.values()}
        )
        self.claims: list[NewClaim] = []
        self.dropped: list[Claim] = []
        self.controls = [self._control(one) for one in record_type.fields.values()]

    @property
    def errors(self) -> list[dict[str, str]]:
        """The errors as the summary lists them, each leading to its input."""
        flat = [part for one in self.controls for part in (one, *one.parts)]
        return [{"text": one.error, "url": f"#field-{(one.parts or [one])[0].name}"} for one in flat if one.error]

    @property
    def opened_with(self) -> str:
        """What stood in each field when the form was opened, as short prints; the form brings it back."""
        return json.dumps(self.was, separators=(",", ":"))

    def check(self) -> bool:
        """Read what was typed; False where an input needs another look."""
        for control, one in zip(self.controls, self.record_type.fields.values(), strict=True):
            try:
                self._take(one)
            except InvalidInput as error:
                params = {**error.params, "field": control.label}
                control.error = sentence(type(error)(error.code, error.template, **params))
        return not self.errors

    def _had(self, one: Field) -> list[Any]:
        found = self.shown.fields.get(one.id) if self.shown else None
        return [value.value for value in found.values] if found else []

    def _take(self, one: Field) -> None:
        """Compare what was typed with what stood in the form, and note the difference."""
        typed = self._typed(one)
        was, now = self.was.get(one.id), _print(self._initial(one))
        if self.shown and was and was != now and typed != self._initial(one):
            if _print(typed) == was:
                return  # others changed it meanwhile, and this person did not
            self.was[one.id] = now
            raise InvalidInput(
                "record.changed-meanwhile",
                "{field}: somebody changed this to '{now}' while you wrote. Nothing is saved yet: save again to put yours in its place, or write theirs.",
                field=one.id,
                now="; ".join(_flat(self._initial(one))) or "–",
            )
        if typed == self._initial(one) or (not self.shown and not any(_flat(typed))):
            if one.required and not any(_flat(typed)):
                raise InvalidInput(
                    "record.required", "{field}: this is needed. Write it before you go on.", field=one.id
                )
            return
        values = [self._read(one, text) for text in typed]
        values = list({value_key(value): value for value in values if value is not None}.values())
        if one.required and not values:
            raise InvalidInput("record.required", "{field}: this is needed. Write it before you go on.", field=one.id)
        self._check_relations(one, values)
        self._note(one, values)

    def _typed(self, one: Field) -> list[dict[str, str]]:
        """What was typed, a mapping of strings for each value."""
        data, name = self.data or QueryDict(), input_name(one)
        if one.type == "localised":
            codes = self.blueprint.content_languages
            texts = {code: data.get(f"{name}-{code}", "").replace("\r\n", "\n").strip() for code in codes}
            return [{code: text for code, text in texts.items() if text}]
        if one.many and one.type == "term":
            return [{"value": value} for value in data.getlist(name) if value]
        if one.many:
            return [{"value": line.strip()} for line in data.get(name, "").splitlines() if line.strip()]
        text = data.get(name, "").replace("\r\n", "\n").strip()
        return [{"value": text}] if text else []

    def _initial(self, one: Field) -> list[dict[str, str]]:
        found = [self._written(one, value) for value in self._had(one)]
        return found or ([{}] if one.type == "localised" else [])

    def _written(self, one: Field, value: Any) -> dict[str, str]:
        if one.type == "localised":
            return {code: text for code, text in value.items() if code in self.blueprint.content_languages}
        if one.type == "country" and one.many:
            return {"value": country_name(value, language())}
        written = form_value(one, value, blueprint=self.blueprint, language=language())["value"]
        return {"value": " ".join(written.split()) if one.many else written.strip()}

    def _read(self, one: Field, text: dict[str, str]) -> Any:
        for value in self._had(one):
            if self._written(one, value) == text:
                return value
        value = typed_value(one, text, self.blueprint, language())
        if one.type == "localised" and value and self._had(one):
            others = {k: v for k, v in self._had(one)[0].items() if k not in self.blueprint.content_languages}
            return others | value
        return value

    def _check_relations(self, one: Field, values: list[Any]) -> None:
        if one.type != "relation" or not values:
            return
        fresh = [value for value in values if value not in self._had(one)]
        found = entries_with(fresh, self.viewer) if fresh else {}
        for value in fresh:
            if value not in found or (one.target and found[value].type != one.target):
                raise InvalidInput(
                    "record.relation",
                    "{field}: there is no such record under {id}. Copy the id from its address.",
                    field=one.id,
                    id=value,
                )

    def _note(self, one: Field, values: list[Any]) -> None:
        shown = self.shown.fields[one.id].values if self.shown else ()
        stand = {value_key(value.value): value for value in shown}
        kept = {value_key(value) for value in values}
        gone = [value for key, value in stand.items() if key not in kept and (one.many or not values)]
        if gone and not self.may_drop:
            raise InvalidInput(
                "record.drop",
                "{field}: only a reviewer takes a value out. Correct it, or ask a reviewer.",
                field=one.id,
            )
        self.dropped += [claim for value in gone for claim in value.claims]
        self.claims += [
            NewClaim(one.id, value)
            for value in values
            if value_key(value) not in stand or stand[value_key(value)].status != "accepted"
        ]

    def _control(self, one: Field) -> Control:
        name, label = input_name(one), localised(one.label, language())
        texts = self._typed(one) if self.data is not None else self._initial(one)
        control = Control(
            name, label, required=one.required, help=_help(one, self.blueprint), sharing=_sharing(one, self.viewer)
        )
        if one.type == "localised":
            found = texts[0] if texts else {}
            control.parts = [
                Control(f"{name}-{code}", language_name(code), "textarea", found.get(code, ""), language=code)
                for code in sorted(self.blueprint.content_languages, key=lambda code: code != language())
            ]
            control.kind = "localised"
            return control
        values = [text["value"] for text in texts]
        control.kind, control.options = _kind(one, self.blueprint)
        control.value = values if control.kind == "choices" else "\n".join(values) if one.many else (values or [""])[0]
        return control


def _was(data: QueryDict) -> dict[str, str]:
    """Read what stood in the fields when the form was opened; {} where the form does not say."""
    try:
        found = json.loads(data.get("was", ""))
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def _print(typed: list[dict[str, str]]) -> str:
    return sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()[:16]


def input_name(one: Field) -> str:
    """Give the name of a field's input."""
    return f"v-{one.id}"


def _flat(typed: list[dict[str, str]]) -> list[str]:
    return [text for one in typed for text in one.values()]


def _kind(one: Field, blueprint: Blueprint) -> tuple[str, list[tuple[str, str]]]:
    """The kind of input of a field, and its options."""
    nothing = [("", "–")]
    if one.type == "term":
        terms = [(term.id, localised(term.label, language())) for term in blueprint.terms_of(one)]
        return ("choices", terms) if one.many else ("select", nothing + terms)
    if one.many:
        return "textarea", []
    if one.type == "country":
        return "select", nothing + sorted(
            ((c, country_name(c, language())) for c in country_codes()), key=lambda two: two[1]
        )
    if one.type == "flag":
        words = [
            (key, display_value(one, value, blueprint=blueprint, language=language()))
            for key, value in (("true", True), ("false", False))
        ]
        return "select", nothing + words
    return ("date" if one.type == "date" else "text"), []


def _help(one: Field, blueprint: Blueprint) -> str:
    """The blueprint's own help, then how such a value is written."""
    units = _(", ").join(
        localised(blueprint.units[unit].symbol, language()) for unit in one.units if unit in blueprint.units
    )
    ways = {
        "date": _("As 2011, 2011-03, 5.3.2011, or 2011-03/2011-05; 'c. 2011' where it is not sure."),
        "place": _(
            "Its name; then, if you know them, latitude, longitude; country. For example: Genoa; 44.41, 8.93; IT"
        ),
        "quantity": _("An amount or a range with its unit, such as 12 or 12-15. Units: %(units)s.") % {"units": units},
        "relation": _("The id that ends the record's address."),
        "passage": _("The id that ends the passage's address."),
        "file": _("The SHA-256 of the file."),
    }
    lines = _("One on each line.") if one.many and one.type not in ("term", "localised") else ""
    return " ".join(part for part in (localised(one.help, language()), ways.get(one.type, ""), lines) if part)


def _sharing(one: Field, viewer: Viewer) -> str:
    """Who will see a value of a field that the blueprint keeps to fewer than the record; "" for the others."""
    if one.sharing is None:
        return ""
    mark = field_mark(one, viewer)
    return _("Kept to fewer than the record, TLP:%(level)s: %(readers)s") % {
        "level": mark.level, "readers": readers_of(mark, names_for([mark])),
    }  # fmt: skip


def field_mark(one: Field, viewer: Viewer) -> Mark:
    """Give the mark that the blueprint sets for values of a field with sharing of its own."""
    assert one.sharing is not None
    return own_mark(one.sharing.level, one.sharing.audience, viewer)


class MarkForm:
    """Who may see: a level of TLP 2.0, and the organisations, groups and persons it is addressed to."""

    def __init__(self, viewer: Viewer, before: Mark, data: Mapping[str, Any] | None = None) -> None:
        self.viewer, self.before, self.error = viewer, before, ""
        self.owner = before.owner or viewer.organisation
        groups, members = list(sharing_groups()), {}
        members = {f"group:{one.slug}": _(", ").join(each.name for each in one.organisations.all()) for one in groups}
        self._people = {one for one in before.audience if one.startswith("person:")} | {viewer.person or ""}
        known = {f"org:{one.slug}": one.name for one in organisations()} | {
            f"group:{one.slug}": one.name for one in groups
        }
        self.names = known | names_for([before], *self._people)
        self.level = str(data.get("level", before.level)) if data is not None else before.level
        days = before.as_json() if data is None else data
        self.embargo, self.expiry = (str(days.get(name, "")).strip() for name in ("embargo", "expiry"))
        asked = set(data.getlist("audience")) if isinstance(data, QueryDict) else set(before.audience)
        self.chosen = asked & set(self.names)
        self.audience = [
            {"value": key, "label": name, "note": members.get(key, ""), "checked": key in self.chosen}
            for key, name in self.names.items()
            if key and key != self.owner
        ]

    @property
    def levels(self) -> list[tuple[str, str]]:
        """The levels with what each means here."""
        owner = self.names.get(self.owner or "", "") or _("yourself")
        words = {
            "CLEAR": _("everyone, also outside this installation"),
            "GREEN": _("everyone who is signed in here"),
            "AMBER": _("%(owner)s, and the organisations and groups you choose") % {"owner": owner},
            "AMBER+STRICT": _("%(owner)s, and the organisations you choose; no groups") % {"owner": owner},
            "RED": _("only the persons named; you, if you name nobody"),
        }
        return [(level, f"TLP:{level} – {words[level]}") for level in LEVELS]

    @property
    def readers(self) -> str:
        """Who sees it as the form stands, in words."""
        return readers_of(self.before, self.names)

    def mark(self) -> Mark | None:
        """The mark as chosen; None with `error` set where it cannot be."""
        audience = self.chosen if self.level not in ("CLEAR", "GREEN") else set()
        if self.level == "RED" and not audience:
            audience = {self.viewer.person or ""}
        if self.level.startswith("AMBER") and not self.owner and not audience:
            audience = {self.viewer.person or ""}
        try:
            return mark_from_json({
                "level": self.level, "owner": self.owner, "audience": audience, "embargo": self.embargo,
                "expiry": self.expiry,
            })  # fmt: skip
        except InvalidInput as error:
            self.error = sentence(error)
            return None


def with_mark(claims: Sequence[NewClaim], mark: Mark, record_type: RecordType, viewer: Viewer) -> list[NewClaim]:
    """Give claims a mark chosen by hand, where a field's own sharing is not stricter still."""
    found = []
    for claim in claims:
        one = record_type.fields[claim.field]
        own = stricter(field_mark(one, viewer), mark) if one.sharing else mark
        found.append(NewClaim(claim.field, claim.value, mark=own))
    return found
