"""The configuration described for editors (JSON schema) and for readers (Markdown)."""

from __future__ import annotations

from typing import Any

from dualface.config.loaders import Entries, FallbackConfigLoader
from dualface.config.names import SHORT_NAMES
from dualface.config.presets import PRESETS
from dualface.config.schema import Config
from dualface.config.settings import Setting, Value, all_settings

_SHORT = {key: name for name, key in SHORT_NAMES.items()}


def json_schema() -> dict[str, Any]:
    """A JSON schema of configuration files, in which every key may be left out; with defaults and descriptions."""
    schema = Config.model_json_schema()
    defaults = FallbackConfigLoader().load()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "dualface configuration"}
    del schema["required"]
    for section, reference in schema["properties"].items():
        model = schema["$defs"][reference["$ref"].rpartition("/")[2]]
        del model["required"], model["title"]
        for name, field in model["properties"].items():
            setting = all_settings()[f"{section}.{name}"]
            del field["title"]
            field["default"] = defaults[setting.key].value
            field["description"] = f"{setting.description} Must be {setting.allowed}."
            if setting.part is not None:
                field["examples"] = list(setting.choices)
            elif setting.kind is str and not setting.choices:
                field["type"] = ["string", "number"]  # as YAML reads 4.1 without quotes
    return schema


def markdown_tables() -> str:
    """A heading and a table of settings for each section."""
    defaults = FallbackConfigLoader().load()
    parts = []
    for section, field in Config.model_fields.items():
        settings = [setting for setting in all_settings().values() if setting.section == section]
        rows = [_row(setting, defaults) for setting in settings]
        doc = str(getattr(field.annotation, "__doc__", "")).splitlines()[0]
        head = "| Key (short name) | Default | Must be | Meaning |\n|---|---|---|---|"
        parts.append("\n".join([f"## `{section}`\n\n{doc}\n\n{head}", *rows]))
    return "\n\n".join([*parts, preset_table()]) + "\n"


def preset_table() -> str:
    """A heading and a table of the presets."""
    rows = [
        f"| `{name}` | {preset.what} | {', '.join(f'`{key}={value}`' for key, value in preset.settings.items())} |"
        for name, preset in PRESETS.items()
    ]
    head = "| Preset | What it is for | Settings |\n|---|---|---|"
    return "\n".join([f"## Presets\n\nFor `--preset` and `--also`; whatever else is said overrides them.\n\n{head}", *rows])


def yaml_text(value: Value) -> str:
    """``value`` as one writes it into a configuration file; empty text as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _row(setting: Setting, defaults: Entries) -> str:
    text = yaml_text(defaults[setting.key].value)
    default = f"`{text}`" if text else "(empty)"
    short = f" (`{_SHORT[setting.key]}`)" if setting.key in _SHORT else ""
    return f"| `{setting.name}`{short} | {default} | {setting.allowed} | {setting.description} |"
