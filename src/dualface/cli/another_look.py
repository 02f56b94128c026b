"""Trying other settings on what was seen already: options of commands that make no film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualface.cli.options import Flag, load_configuration
from dualface.errors import InputError
from dualface.jobs import CORRECTIONS_SUFFIX, OBSERVATIONS_SUFFIX, PLAN_SUFFIX

if TYPE_CHECKING:
    from dualface.api.plans import Plan
    from dualface.cli.terminal import Terminal
    from dualface.config.schema import Config
    from dualface.corrections import Correction


def planned_anew(plan: Plan, source: Path, flags: list[Flag], config_file: Path | None, terminal: Terminal) -> Plan:
    """The plan with the settings that are asked for, from what was seen and corrected; itself where none are.

    Raises :class:`~dualface.errors.InputError` where what was seen is gone.
    """
    from dualface.api.plans import Analysis

    if not flags and config_file is None:
        return plan
    if not plan.observations:
        raise InputError(
            f"{source}: what was seen in it is not there, so it can't be planned anew; name the video.", file=source
        )
    config, _ = load_configuration(terminal, config_file, flags)
    settings: dict[str, Any] = {key.replace(".", "__"): _value(config, key) for _, key, _ in flags}
    return Analysis(plan.header, plan.observations).plan(
        corrections=_corrections(source, plan.config.changed(**settings)), **settings
    )


def stem_of(source: Path) -> str:
    """The name of a video or film without suffixes, by itself or by a file beside it."""
    from dualface.api.analysing import ANALYSIS_SUFFIX

    for suffix in (ANALYSIS_SUFFIX, PLAN_SUFFIX, OBSERVATIONS_SUFFIX):
        if source.name.endswith(suffix):
            return source.name.removesuffix(suffix)
    return source.stem


def _corrections(source: Path, config: Config) -> tuple[Correction, ...]:
    """Those beside the film.  Raises :class:`~dualface.errors.ConfigurationError` for mistakes in them."""
    from dualface.config.corrections_file import load_corrections
    from dualface.types import Person

    path = source.with_name(stem_of(source) + CORRECTIONS_SUFFIX)
    captions = {config.framing.caption_left: Person.LEFT, config.framing.caption_right: Person.RIGHT}
    names = {name: person for name, person in captions.items() if name}
    return load_corrections(path, names) if path.is_file() else ()


def _value(config: Config, key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(config, section), name)
