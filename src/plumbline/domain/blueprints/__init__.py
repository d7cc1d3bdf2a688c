"""Blueprints: the file that declares a workspace, read, checked, compared, and the values its fields hold."""

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
