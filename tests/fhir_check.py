"""Is a resource FHIR R4? Two judges: HL7's JSON schema (codes, formats) and strict models (missing fields)."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

SCHEMA = Path(__file__).parent / "fhir_r4.schema.json"


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text())


def faults_by_schema(resource: dict[str, Any]) -> list[str]:
    """By the definition of its own type: the schema's `oneOf` would only say that nothing fits."""
    kind = resource.get("resourceType")
    schema = _schema()
    if kind not in schema["discriminator"]["mapping"]:
        return [f"resourceType {kind}"]
    chosen = {"definitions": schema["definitions"], "$ref": f"#/definitions/{kind}"}
    return [fault.message for fault in Draft6Validator(chosen).iter_errors(resource)]


def faults_by_model(resource: dict[str, Any]) -> list[str]:
    from pydantic import ValidationError

    kind = resource["resourceType"]
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    try:
        model.model_validate_json(json.dumps(resource))
    except (ValidationError, ValueError) as refusal:
        return [str(refusal)]
    return []


def faults(resource: dict[str, Any]) -> list[str]:
    return faults_by_schema(resource) + faults_by_model(resource)
