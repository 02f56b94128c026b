"""Options that set configuration keys.  Their help, choices and defaults come from the schema and the table of defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.markup import escape

from dualface.cli.arguments import given_path, given_port
from dualface.cli.terminal import Terminal
from dualface.config.layers import HybridConfigManager
from dualface.config.loaders import Entry, FallbackConfigLoader
from dualface.config.names import SHORT_NAMES, captions_of
from dualface.config.reference import yaml_text
from dualface.config.schema import Config
from dualface.config.settings import Setting, all_settings
from dualface.errors import ConfigurationError

NamesOption = Annotated[str | None, typer.Option("--names", metavar='"LEFT,RIGHT"', help="What the two are called.")]
PeopleOption = Annotated[
    Path | None, typer.Option("--people", metavar="FILE", parser=given_path, help="Who is left and who is right.")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", parser=given_path, help="A configuration file.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set any key, such as framing.zoom=1.2; repeatable.")
]
"""These four are those of commands that look at videos; ``dualface run`` has more to say of its own."""

Flag = tuple[str, str, str]
"""A flag as the user typed it, the key it sets, and the text it gives."""


def metrics_flag(more: str, *, panel: str | None = None) -> Any:
    """The typer option for a port of numbers for Prometheus; ``more``: how its help ends."""
    return typer.Option(
        "--metrics-port",
        metavar="PORT",
        parser=given_port,
        help=f"Serve numbers for Prometheus on this port of 127.0.0.1{more}",
        rich_help_panel=panel,
        show_default=False,
    )


SETTING_FLAGS: Mapping[str, str] = MappingProxyType({f"--{name.replace('_', '-')}": key for name, key in SHORT_NAMES.items()})
"""The flags of ``dualface run`` that set one key each."""


def setting_flag(name: str, *short: str, panel: str | None = None) -> Any:
    """The typer option for a flag of :data:`SETTING_FLAGS`.  Its text is checked with the rest of the configuration."""
    setting = all_settings()[SETTING_FLAGS[name]]
    return typer.Option(
        name,
        *short,
        help=f"{escape(setting.description)}{_default(setting)}",
        show_default=False,
        metavar=_metavar(setting),
        autocompletion=setting.known,
        rich_help_panel=panel,
    )


def _default(setting: Setting) -> str:
    text = default_text(setting)
    return f" [dim]\\[default: {escape(text)}][/dim]" if text.strip("'\"") else ""


def default_text(setting: Setting) -> str:
    """The setting's value in the table of defaults, as one types it."""
    return yaml_text(_defaults()[setting.key].value)


def split_names(names: str | None) -> list[Flag]:
    """``--names "Ann,Bob"`` as flags.  Raises :class:`~dualface.errors.ConfigurationError` unless there are two names."""
    if names is None:
        return []
    return [("--names", key, text) for key, text in captions_of(names, "--names").items()]


def split_assignments(assignments: Iterable[str]) -> list[Flag]:
    """``--set section.key=value`` as flags.  Raises :class:`~dualface.errors.ConfigurationError` where the ``=`` is missing."""
    flags = []
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigurationError(f"--set is {assignment!r}, but must be section.key=value, such as framing.zoom=1.2.")
        flags.append(("--set", key.strip(), text))
    return flags


def flags_of(texts: Mapping[str, str | None], names: str | None, assignments: Iterable[str] | None) -> list[Flag]:
    """The flags that were given, ``--names`` and ``--set`` too."""
    given: list[Flag] = [(flag, SETTING_FLAGS[flag], text) for flag, text in texts.items() if text is not None]
    return given + split_names(names) + split_assignments(assignments or ())


def with_container(flags: Sequence[Flag], output: Path, container: str) -> list[Flag]:
    """``flags`` with the container that the suffix of ``output`` names.

    Raises :class:`~dualface.errors.ConfigurationError` where they name another.
    """
    given = [(flag, text) for flag, key, text in flags if key == "encoding.container"]
    for flag, text in given:
        if text != container:
            raise ConfigurationError(
                f"-o {output} names an {container.upper()} file, but {flag} says {text}; leave one of them out."
            )
    return [*flags] if given else [*flags, (f"-o {output}", "encoding.container", container)]


def load_configuration(
    terminal: Terminal, config_file: Path | None, flags: Iterable[Flag] = (), preset: Iterable[Flag] = ()
) -> tuple[Config, Mapping[str, Entry]]:
    """The merged configuration and the origin of every value; tells of what was left out.

    Raises :class:`~dualface.errors.ConfigurationError`.
    """
    manager = HybridConfigManager(config_file=config_file, flags=flags, preset=preset)
    config = manager.load_optimal_config()
    for warning in manager.warnings:
        terminal.warn(warning)
    return config, manager.entries


@cache
def _defaults() -> Mapping[str, Any]:
    return MappingProxyType(FallbackConfigLoader().load())


_PLACEHOLDERS = MappingProxyType(
    {
        "processing.cuda_streams": "N",
        "hardware.gpus": "N,…",
        "input.start": "TIME",
        "input.end": "TIME",
        "input.rate": "RATE",
        "framing.size": "WxH",
        "framing.gap": "PIXELS",
        "framing.margin": "PIXELS",
        "framing.background": "COLOUR",
        "framing.corners": "PIXELS",
        "framing.border": "PIXELS",
        "framing.border_color": "COLOUR",
        "encoding.bitrate_kbps": "KBIT/S",
        "encoding.preset": "NAME",
        "export.formats": "FORMAT,…",
        "encoding.crf": "1–63",
        "encoding.fps": "RATE",
    }
)


def _metavar(setting: Setting) -> str:
    """What stands for the value in the help: its choices, a word, or the least and the most it may be."""
    if setting.choices and setting.key not in _PLACEHOLDERS:
        return "|".join([*setting.choices, *(["NAME"] if setting.part is not None else [])])
    limits = re.search(r"from (\S+) to (\S+)$", setting.allowed)
    return _PLACEHOLDERS.get(setting.key) or ("–".join(limits.groups()) if limits else "TEXT")
