"""Which device a run works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.device.cpu import CpuDevice
from dualface.errors import DeviceError

if TYPE_CHECKING:
    from dualface.inference.remote import InferenceClient


def choose_device(config: Config, *, models: InferenceClient | None = None) -> Device:
    """The device that ``hardware.device`` names; for ``auto`` a GPU if one is usable, else the CPU and why.

    ``models`` as :class:`~dualface.device.cpu.CpuDevice` has it; a GPU has its own.

    Raises :class:`~dualface.errors.DeviceError` when ``cuda`` was asked for and something for it is missing.
    """
    wanted = config.hardware.device
    if wanted == "cpu":
        return CpuDevice(models=models)
    try:
        from dualface.gpu.cupy_library import import_cupy

        import_cupy()  # first of all: without it, nothing of what a GPU needs has to be loaded
        from dualface.device.cuda import CudaDevice

        device: Device = CudaDevice(config.hardware.gpu_id)
    except DeviceError as error:
        if wanted == "cuda":
            raise
        return CpuDevice([f"the GPU is not used: {error}"] if _has_gpu() else [], models=models)
    return device


def _has_gpu() -> bool:
    """Whether there is something to report: on machines without an NVIDIA driver the CPU is no fallback."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()
