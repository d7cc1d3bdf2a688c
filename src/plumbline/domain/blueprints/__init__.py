"""Blueprints: the file that declares a workspace, read, checked and compared, and the values its fields hold.

Read with `parse` or `load_shipped`; take a value in with `check_value` or `parse_form_value`; show it with
`display_value`; see what a new version would lose with `compare`, and which
records it lists otherwise with `recounted`.
"""

from plumbline.domain.blueprints.changes import Changes, Loss, compare, recounted
from plumbline.domain.blueprints.countries import country_name, country_names
from plumbline.domain.blueprints.display import display_value
from plumbline.domain.blueprints.forms import form_value, parse_form_value
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
    localised,
)
from plumbline.domain.blueprints.parsing import load_shipped, parse, shipped_ids
from plumbline.domain.blueprints.schema import json_schema
from plumbline.domain.blueprints.values import check_value

__all__ = [
    "Blueprint", "BlueprintInvalid", "Changes", "Extraction", "Field", "FieldHint", "Loss", "Problem", "RecordType",
    "Sharing", "Term", "Unit", "Vocabulary", "check_value", "compare", "country_name", "country_names", "display_value", "form_value",
    "json_schema", "load_shipped", "localised", "parse", "parse_form_value", "recounted", "shipped_ids",
]  # fmt: skip
