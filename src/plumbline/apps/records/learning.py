"""What a workspace's reviewers teach its reading: training, the models kept, the one in use.

A model holds words of what it learned from, so it has a mark: that of the records which the workspace proposes by
default. It learns only from what opens at least as wide, and reads only works whose proposals open no wider: whoever
may see what it proposes may see all that it was taught by.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from plumbline.apps.library.actions import default_mark, needs_role
from plumbline.apps.library.lessons import Lesson, lessons, still_open
from plumbline.apps.records import queries
from plumbline.apps.records.actions import drop_model, mark_of_proposals, store_model
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.reviewing import read_value
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.blueprints import Blueprint, Field
from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.text import fold_name

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry
    from plumbline.apps.records.models import TrainedModel
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Mark, Viewer
    from plumbline.domain.extraction.learned import Example, Filler
    from plumbline.domain.extraction.taught import Taught, Words


def learning_mark(workspace: Workspace, by: Viewer) -> Mark:
    """Give the mark of a workspace's model: that of what it proposes from works shared by default."""
    return mark_of_proposals(workspace, default_mark(workspace, "works", by), by)


def teach_workspace(workspace: Workspace, *, by: Viewer, seed: int = 1) -> TrainedModel:
    """Train a model on what was decided in review and store it; it is not used before somebody says so.

    Refuses too few reviewed reports, and says how many more are needed.
    """
    from plumbline.domain.extraction.taught import teach

    needs_role(by, workspace, "editor")
    for old in queries.models_of(workspace, by):
        if old.folder and not still_open(old.rests_on, mark_of_class(old.mark_class_id)):
            drop_model(old, by=by)
    mark, blueprint, rests_on = learning_mark(workspace, by), blueprint_of(workspace), Counter[str]()
    examples, kept = [], dict[str, list[int]](entries=[], claims=[], passages=[], masks=[])
    for lesson in lessons(workspace, mark, by):
        examples.append(example_of(lesson, blueprint))
        for kind, keys in lesson.rests_on.items():
            kept[kind] += keys
        for _type, claims in lesson.records:
            rests_on.update("corrected" if claim.person else "accepted" for claim, _span in claims)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model"
        report = teach(
            examples, blueprint, out, gazetteer=gazetteer(), words=words_for(blueprint),
            divisions=getattr(gazetteer(), "divisions", dict)(), seed=seed,
        )  # fmt: skip
        report |= {"values": dict(rests_on)}
        rows = {kind: sorted(set(keys)) for kind, keys in kept.items()}
        return store_model(workspace, out, report, mark=mark, rests_on=rows, by=by)


def example_of(lesson: Lesson, blueprint: Blueprint) -> Example:
    """Make an example of a reviewed work: its accepted records with the values that were accepted or corrected."""
    from plumbline.domain.extraction.learned import Example, Told

    told = []
    for type_id, claims in lesson.records:
        fields: dict[str, list[Filler]] = {}
        kind = blueprint.types.get(type_id)
        for claim, span in claims if kind else ():
            if kind and claim.field in kind.fields:
                fields.setdefault(claim.field, []).append(_filler(claim, span, lesson.text, kind.fields[claim.field]))
        if kind:
            told.append(Told(type_id, fields))
    work = lesson.work
    return Example(work.public_id, lesson.text, told, work.work.language or "en", work.date)


def _filler(claim: Claim, span: tuple[int, int] | None, text: str, field: Field) -> Filler:
    """Give a claim as a filler; a value written by hand is looked for in the text."""
    from plumbline.domain.extraction.learned import Filler

    if span is None:
        words = str(claim.value) if field.type == "text" else ""
        at = text.find(words) if words else -1
        span = (at, at + len(words)) if at >= 0 else (-1, -1)
        return Filler(words if at >= 0 else "", *span, value=claim.value)
    words = text[slice(*span)]
    same = field.type == "text" and fold_name(str(claim.value)) == fold_name(words)
    return Filler(words, *span, value=None if same else claim.value)


def words_for(blueprint: Blueprint) -> Words:
    """Give how words of a report are read as the value of a field, as the review desk reads them."""

    def read(field: Field, words: str, report: Example) -> Any:
        try:
            return read_value(field, words, blueprint, language=report.language, published=report.published)
        except InvalidInput:
            return None

    return read


def find_taught(work: Entry, *, by: Viewer) -> tuple[int, Taught] | None:
    """Find the model in use (its number, and what reads) that may read a work; None where the hints alone read.

    A model that learned from what was erased, withheld or closed since is dropped; one that this version cannot read is
    passed over until somebody trains again.
    """
    model = queries.model_in_use(work.workspace)
    if model is None or not model.folder:
        return None
    mark = mark_of_class(model.mark_class_id)
    if not still_open(model.rests_on, mark):
        drop_model(model, by=by)
        return None
    if not mark.opens_as_wide_as(mark_of_proposals(work.workspace, mark_of_class(work.mark_class_id), by)):
        return None
    try:
        return model.number, _loaded(settings.DATA / model.folder, work.workspace, work.workspace.blueprint_id)
    except InvalidInput:
        return None


@lru_cache(maxsize=4)
def _loaded(folder: Path, workspace: Workspace, _digest: str) -> Taught:
    """Load a model for the blueprint of a workspace, anew where its digest is another."""
    from plumbline.domain.extraction.taught import load_taught

    return load_taught(folder, words_for(blueprint_of(workspace)))


def report_rows(model: TrainedModel) -> Iterator[str]:
    """Write what got better, a line for each field: F1 before and after, the gain with its interval, and who reads."""
    for one in model.report["fields"]:
        name = f"{one['type']}.{one['field']}" if one["field"] else one["type"]
        way = model.report["ways"].get(one["type"], {}).get(one["field"], "hints")
        low, high = one["interval"]
        yield f"{name}\t{one['texts']}\t{one['before']:.2f}\t{one['after']:.2f}\t{one['gained']:+.2f} ({low:+.2f} to {high:+.2f})\t{way}"
