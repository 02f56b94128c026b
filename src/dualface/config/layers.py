"""Merges the configuration layers key by key and remembers where every value comes from.

Layers, highest first: command-line flags, a preset named there, environment variables, the user's ``manual_config.yaml``, the
program's ``auto_detected.yaml``, the package's ``fallback_config.yaml``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import platformdirs

from dualface.config.loaders import (
    AutoDetectedConfigLoader,
    Entries,
    Entry,
    FallbackConfigLoader,
    ManualConfigLoader,
    raise_problems,
    read_environment,
    read_flags,
)
from dualface.config.rules import ConfigValidationRules, with_fitting_container
from dualface.config.schema import Config
from dualface.config.settings import all_settings
from dualface.errors import ConfigurationError

MANUAL_NAME = "manual_config.yaml"
AUTO_DETECTED_NAME = "auto_detected.yaml"


@dataclass(frozen=True, slots=True)
class StreamAllocationConfig:
    """What the videos processed at a time have to share.

    ``vram_per_stream`` is in MB, 0 where it is to be estimated.  The sessions are one for each engine, 0 where their number
    is not known; they limit nothing, because an engine serves several videos in turn.
    """

    nvdec_sessions: int
    nvenc_sessions: int
    cuda_streams: int
    vram_per_stream: int


def user_config_dir() -> Path:
    """Where ``manual_config.yaml`` and ``auto_detected.yaml`` live by default."""
    return platformdirs.user_config_path("dualface", appauthor=False)


def merge(layers: Sequence[Mapping[str, Entry]]) -> Entries:
    """Key by key, the entry of the first layer that has one.  ``layers`` are highest first."""
    merged: Entries = {}
    for layer in reversed(layers):
        merged.update(layer)
    return merged


class HybridConfigManager:
    """Finds, reads, checks and merges the layers.

    ``config_file`` is the user's file, else ``manual_config.yaml`` in ``working_dir`` or ``config_dir``, whichever is there
    first.  ``flags`` are ``(flag, key, text)`` triples of the command line, ``preset`` such of a preset, which flags override.
    """

    def __init__(
        self,
        *,
        config_file: Path | None = None,
        flags: Iterable[tuple[str, str, str]] = (),
        preset: Iterable[tuple[str, str, str]] = (),
        environment: Mapping[str, str] | None = None,
        working_dir: Path | None = None,
        config_dir: Path | None = None,
    ) -> None:
        self._flags, self._preset = list(flags), list(preset)
        self._environment = os.environ if environment is None else environment
        self._config_dir = user_config_dir() if config_dir is None else config_dir
        self._config_file = config_file
        self._working_dir = Path() if working_dir is None else working_dir
        self._rules = ConfigValidationRules()
        self._entries: Entries = {}
        self._config: Config | None = None
        self.warnings: list[str] = []
        """Sentences about what was ignored, after :meth:`load_optimal_config`."""

    @property
    def manual_path(self) -> Path | None:
        """The user's file, ``None`` if there is none."""
        if self._config_file is not None:
            return self._config_file
        candidates = (self._working_dir / MANUAL_NAME, self._config_dir / MANUAL_NAME)
        return next((path for path in candidates if path.is_file()), None)

    @property
    def auto_detected_path(self) -> Path:
        """The file that ``dualface probe`` writes."""
        return self._config_dir / AUTO_DETECTED_NAME

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every setting's value and origin, in the schema's order, after :meth:`load_optimal_config`."""
        return MappingProxyType(self._entries)

    def load_optimal_config(self) -> Config:
        """The merged configuration.

        A broken ``auto_detected.yaml`` is left out with a warning; anything else that is wrong raises
        :class:`~dualface.errors.ConfigurationError`.
        """
        layers = [_load_flags(self._flags), _load_flags(self._preset), self._load_environment(), self._load_manual()]
        layers.append(self._load_auto_detected())
        fallback = FallbackConfigLoader().load()
        merged = with_fitting_container(merge([*layers, fallback]))
        problems = self._rules.validate(merged)
        raise_problems(problems)
        self._entries = {key: merged[key] for key in all_settings()}
        self._config = build(self._entries)
        return self._config

    def get_stream_allocation(self) -> StreamAllocationConfig:
        """The streams' share of the hardware, as configured; loads the configuration if that has not been done.

        For programs that divide a machine among videos themselves; dualface reads the settings one by one.
        Raises :class:`~dualface.errors.ConfigurationError`.
        """
        config = self._config or self.load_optimal_config()
        return StreamAllocationConfig(
            nvdec_sessions=config.hardware.nvdec_engines,
            nvenc_sessions=config.hardware.nvenc_engines,
            cuda_streams=config.processing.cuda_streams,
            vram_per_stream=config.memory.vram_per_stream_mb,
        )

    def _load_environment(self) -> Entries:
        reading = read_environment(self._environment)
        raise_problems(reading.problems)
        return reading.entries

    def _load_manual(self) -> Entries:
        path = self.manual_path
        return ManualConfigLoader(path).load() if path is not None else {}

    def _load_auto_detected(self) -> Entries:
        self.warnings = []
        if not self.auto_detected_path.exists():
            return {}
        try:
            return AutoDetectedConfigLoader(self.auto_detected_path).load()
        except ConfigurationError as error:
            self.warnings.append(f"What `dualface probe` found is left out until it is run again: {error}")
            return {}


def _load_flags(flags: Iterable[tuple[str, str, str]]) -> Entries:
    reading = read_flags(flags)
    raise_problems(reading.problems)
    return reading.entries


def build(entries: Mapping[str, Entry]) -> Config:
    """The configuration that has these values, one for every setting, each of which the schema takes."""
    values: dict[str, dict[str, object]] = {}
    for key, entry in entries.items():
        section, _, name = key.partition(".")
        values.setdefault(section, {})[name] = entry.value
    return Config.model_validate(values)
