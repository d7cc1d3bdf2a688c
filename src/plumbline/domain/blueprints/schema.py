"""The JSON Schema (2020-12) of a type's values, for OpenAPI and for those who send records."""

from __future__ import annotations

from typing import Any

from plumbline.domain.blueprints.model import Blueprint, Field, RecordType, localised
from plumbline.domain.blueprints.values import DATE_PRECISIONS, MAX_TEXT, PLACE_PRECISIONS

_DAY = {"type": "string", "format": "date"}


def json_schema(record_type: RecordType, blueprint: Blueprint) -> dict[str, Any]:
    """Describe the values of a record by field id; a `many` field is an array. Texts are English."""
    properties = {}
    for field in record_type.fields.values():
        one = _value_schema(field, blueprint)
        described = {"type": "array", "items": one} if field.many else one
        properties[field.id] = described | {"title": localised(field.label, "en")}
        if field.help:
            properties[field.id]["description"] = localised(field.help, "en")
    required = [field.id for field in record_type.fields.values() if field.required]
    return _closed(properties, required) | {"title": localised(record_type.title, "en")}


def _closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _value_schema(field: Field, blueprint: Blueprint) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    match field.type:
        case "localised":
            return {"type": "object", "additionalProperties": text, "minProperties": 1}
        case "date":
            precision = {"type": "string", "enum": list(DATE_PRECISIONS)}
            return _closed({"start": _DAY, "end": _DAY, "precision": precision}, ["start", "end", "precision"])
        case "place":
            return _place_schema()
        case "country":
            return {"type": "string", "pattern": "^[A-Z]{2}$"}
        case "quantity":
            amount = {"type": "number", "minimum": 0}
            unit = {"type": "string", "enum": list(field.units)}
            return _closed({"low": amount, "high": amount, "unit": unit}, ["low", "high", "unit"])
        case "term":
            return {"type": "string", "enum": [term.id for term in blueprint.terms_of(field)]}
        case "file":
            return {"type": "string", "pattern": "^[0-9a-f]{64}$"}
        case "number" | "flag":
            return {"type": "number" if field.type == "number" else "boolean"}
    return text


def _place_schema() -> dict[str, Any]:
    properties = {
        "name": {"type": "string", "minLength": 1},
        "lat": {"type": ["number", "null"], "minimum": -90, "maximum": 90},
        "lon": {"type": ["number", "null"], "minimum": -180, "maximum": 180},
        "country": {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
        "precision": {"type": "string", "enum": list(PLACE_PRECISIONS)},
        "geonameid": {"type": "integer", "minimum": 1},
    }
    return _closed(properties, ["name"])
