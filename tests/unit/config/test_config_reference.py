"""The schema for editors."""

from __future__ import annotations

from typing import Any

from dualface.config.reference import json_schema
from dualface.config.settings import all_settings


def test_the_schema_describes_every_setting_with_its_default_and_demands_none() -> None:
    schema = json_schema()
    assert "required" not in schema
    found: dict[str, dict[str, Any]] = {}
    for section, reference in schema["properties"].items():
        model = schema["$defs"][reference["$ref"].removeprefix("#/$defs/")]
        assert "required" not in model
        assert model["additionalProperties"] is False
        found |= {f"{section}.{name}": field for name, field in model["properties"].items()}
    assert list(found) == list(all_settings())
    assert all("default" in field and "description" in field for field in found.values())
    assert (found["framing.zoom"]["minimum"], found["framing.zoom"]["maximum"]) == (0.3, 3)
