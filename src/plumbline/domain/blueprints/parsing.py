"""From a YAML text to a `Blueprint`, or to every problem it has."""

from __future__ import annotations

from functools import cache
from importlib import resources

from plumbline.domain.blueprints.model import (
    Blueprint,
    BlueprintInvalid,
    Extraction,
    Field,
    FieldHint,
    Problem,
    RecordType,
    Sharing,
    Term,
    Unit,
    Vocabulary,
)
from plumbline.domain.blueprints.reading import Tree, read_tree
from plumbline.domain.blueprints.rules import check_rules
from plumbline.domain.blueprints.structure import (
    ExtractionPart,
    FieldPart,
    FilePart,
    SharingPart,
    TypePart,
    Words,
    check_structure,
    did_you_mean,
)
from plumbline.domain.blueprints.units import UNITS
from plumbline.domain.errors import NotFound


def parse(text: str, *, name: str) -> Blueprint:
    """Read and check a blueprint; `name` (a file name) stands in the message.

    Raises `BlueprintInvalid`, whose `.problems` hold every mistake with line and path. Limits: 2 MB, no anchors,
    aliases or tags.
    """
    tree = read_tree(text)
    part = None
    if not isinstance(tree.value, dict):
        if not tree.problems:
            tree.problems.append(Problem(1, "", "The file holds no keys; begin with 'blueprint: my-house'."))
    else:
        part = check_structure(tree)
        check_rules(tree)
    if tree.problems or part is None:
        raise BlueprintInvalid(name, _in_order(tree))
    return _blueprint(part, text)


def _in_order(tree: Tree) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(tree.problems), key=lambda problem: (problem.line, problem.path)))


def _blueprint(part: FilePart, text: str) -> Blueprint:
    own = {key: Unit(key, unit.symbol, _words(unit.names)) for key, unit in part.units.items()}
    return Blueprint(
        id=part.blueprint,
        version=part.version,
        title=part.title,
        summary=part.summary,
        content_languages=tuple(part.content_languages),
        types={key: _record_type(key, spec) for key, spec in part.types.items()},
        vocabularies={
            key: Vocabulary(
                key,
                spec.title,
                spec.source,
                tuple(Term(t.id, t.label, _words(t.synonyms), t.broader) for t in spec.terms),
            )
            for key, spec in part.vocabularies.items()
        },
        sharing={
            "workspace": _sharing(part.sharing.workspace),
            "works": _sharing(part.sharing.works),
            "records": _sharing(part.sharing.records),
        },
        text=text,
        llm_up_to=part.reading.llm.up_to if part.reading.llm else "",
        units={**UNITS, **own},
    )


def _record_type(key: str, part: TypePart) -> RecordType:
    return RecordType(
        id=key,
        title=part.title,
        plural=part.plural or part.title,
        traits=part.traits,
        title_from=tuple(part.title_from),
        fields={
            name: _field(name, spec, on_route=name in part.traits.get("route", {}).values())
            for name, spec in part.fields.items()
        },
        sort=tuple(part.sort),
        extraction=_extraction(part.extraction) if part.extraction else None,
    )


def _field(key: str, part: FieldPart, *, on_route: bool = False) -> Field:
    """Give a field; countries on a route are a facet, whether it says so or not: flows are counted by them."""
    return Field(
        id=key,
        type=part.type,
        label=part.label,
        help=part.help,
        many=part.many,
        facet=part.facet or (on_route and part.type == "country"),
        required=part.required,
        vocabulary=part.vocabulary,
        target=part.target,
        units=tuple(part.units),
        sharing=_sharing(part.sharing) if part.sharing else None,
    )


def _extraction(part: ExtractionPart) -> Extraction:
    hints = {name: FieldHint(hint.source, _words(hint.near)) for name, hint in part.fields.items()}
    return Extraction(_words(part.cues), hints, part.link.same, part.link.similar)


def _sharing(part: SharingPart) -> Sharing:
    return Sharing(part.level, tuple(part.audience))


def _words(words: Words) -> dict[str, tuple[str, ...]]:
    return {language: tuple(listed) for language, listed in words.items()}


@cache
def shipped_ids() -> tuple[str, ...]:
    """Give the ids of the blueprints that ship with Plumbline, sorted."""
    folder = resources.files("plumbline") / "blueprints"
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


@cache
def load_shipped(blueprint_id: str) -> Blueprint:
    """Read a shipped blueprint (kept for the process). Raises `NotFound` naming those that ship."""
    if blueprint_id not in shipped_ids():
        raise NotFound(
            "blueprint.not-shipped",
            "No blueprint '{id}' ships with Plumbline. {suggestion}",
            id=blueprint_id,
            suggestion=did_you_mean(blueprint_id, shipped_ids()),
        )
    file = resources.files("plumbline") / "blueprints" / f"{blueprint_id}.yaml"
    return parse(file.read_text(encoding="utf-8"), name=file.name)
