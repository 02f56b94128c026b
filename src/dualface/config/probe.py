"""Finds out what this machine has and writes the settings that follow from it."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from dualface.config.codecs import CodecFacts, try_codecs
from dualface.config.gpus import GpuFacts, GpuProbe, GpuReport, NvmlGpuProbe
from dualface.config.host import CpuFacts, HostProbe, MemoryFacts
from dualface.config.settings import Value
from dualface.errors import OutputError
from dualface.files import write_whole

_MOST_STREAMS = 4
_GPU_BYTES_PER_STREAM = 4 * 2**30


@dataclass(frozen=True, slots=True)
class InferenceFacts:
    """An inference library.  ``problem`` is a short reason, ``None`` when the library can be used."""

    name: str
    version: str | None
    devices: tuple[str, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class HardwareFacts:
    """Everything the probe found; :meth:`as_dict` is what ``dualface probe --json`` prints."""

    system: str
    cpu: CpuFacts
    memory: MemoryFacts
    gpus: GpuReport
    inference: tuple[InferenceFacts, ...]
    codecs: tuple[CodecFacts, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers."""
        return asdict(self)

    @property
    def best_gpu(self) -> GpuFacts | None:
        """The usable GPU with most memory, ``None`` if there is none."""
        usable = [gpu for gpu in self.gpus.gpus if gpu.problem is None]
        return max(usable, key=lambda gpu: gpu.memory, default=None)


class HardwareProber:
    """Asks each part of the machine; every asker can be replaced."""

    def __init__(
        self,
        *,
        gpus: GpuProbe | None = None,
        host: HostProbe | None = None,
        codecs: Callable[[], tuple[CodecFacts, ...]] = try_codecs,
        inference: Callable[[], tuple[InferenceFacts, ...]] | None = None,
    ) -> None:
        self._gpus = NvmlGpuProbe() if gpus is None else gpus
        self._host = HostProbe() if host is None else host
        self._codecs = codecs
        self._inference = inference or inference_libraries

    def probe(self) -> HardwareFacts:
        """Takes about a second.  Raises nothing: what does not work is part of the facts."""
        return HardwareFacts(
            system=f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
            cpu=self._host.cpu(),
            memory=self._host.memory(),
            gpus=self._gpus.find(),
            inference=self._inference(),
            codecs=self._codecs(),
        )


def settings_for(facts: HardwareFacts) -> dict[str, Value]:
    """The settings that follow from the facts; everything else stays with the defaults.

    A GPU is shared by as many videos as its memory serves, at most four; on the CPU one video at a time takes all cores.
    """
    gpu = facts.best_gpu
    if gpu is None:
        return {"processing.cuda_streams": 1}
    settings: dict[str, Value] = {"hardware.gpu_id": gpu.index}
    if gpu.nvdec_engines is not None:
        settings["hardware.nvdec_engines"] = gpu.nvdec_engines
    if gpu.nvenc_engines is not None:
        settings["hardware.nvenc_engines"] = gpu.nvenc_engines
    settings["processing.cuda_streams"] = max(1, min(_MOST_STREAMS, gpu.memory // _GPU_BYTES_PER_STREAM))
    return settings


def write_auto_detected(path: Path, facts: HardwareFacts) -> None:
    """Writes ``auto_detected.yaml``: settings, and the facts as comments.  It appears whole or not at all.

    Raises :class:`~dualface.errors.OutputError`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _as_yaml(settings_for(facts), facts).encode())
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}.", file=path) from error


def inference_libraries() -> tuple[InferenceFacts, ...]:
    """The inference libraries that can be imported, with their devices.  Raises nothing."""
    return (
        _inference("OpenVINO", "openvino", _openvino_devices),
        _inference("ONNX Runtime", "onnxruntime", _onnxruntime_devices),
    )


def _inference(name: str, package: str, devices: Callable[[], tuple[str, ...]]) -> InferenceFacts:
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return InferenceFacts(name, None, (), "not installed")
    try:
        return InferenceFacts(name, version, devices())
    except Exception as error:  # a broken library must not end the probe
        return InferenceFacts(name, version, (), (str(error).splitlines() or [type(error).__name__])[0])


def _openvino_devices() -> tuple[str, ...]:
    return tuple(importlib.import_module("openvino").Core().available_devices)


def _onnxruntime_devices() -> tuple[str, ...]:
    providers = importlib.import_module("onnxruntime").get_available_providers()
    return tuple(provider.removesuffix("ExecutionProvider") for provider in providers)


def _as_yaml(settings: Mapping[str, Value], facts: HardwareFacts) -> str:
    sections: dict[str, dict[str, Value]] = {}
    for key, value in settings.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    plain = yaml.safe_dump(_without_tuples(facts.as_dict()), sort_keys=False, allow_unicode=True, width=120)
    comments = "".join(f"# {line}\n" for line in plain.splitlines())
    header = "# Written by `dualface probe`, which overwrites it; settings of your own belong into manual_config.yaml.\n"
    return f"{header}{yaml.safe_dump(sections, sort_keys=False)}\n# What was found:\n{comments}"


def _without_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return [_without_tuples(item) for item in value] if isinstance(value, tuple | list) else value
