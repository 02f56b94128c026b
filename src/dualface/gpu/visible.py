"""Which GPU a number means.  CUDA, FFmpeg and NVIDIA's driver shall all mean the same one.

nvidia-smi counts all GPUs by their place on the PCI bus, the driver's library NVML more or less so.  CUDA, and FFmpeg through
it, would count the fastest first, and only those that ``CUDA_VISIBLE_DEVICES`` names, in its order.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Any

from dualface.environment import variable

_VISIBLE = "CUDA_VISIBLE_DEVICES"


def counted_as_nvidia_smi() -> AbstractContextManager[None]:
    """Makes CUDA count by the PCI bus if it starts meanwhile, which is when it looks; whatever may start it enters this."""
    return variable("CUDA_DEVICE_ORDER", "PCI_BUS_ID")


def visible_gpus(nvml: Any) -> list[Any]:
    """The handles of the GPUs that CUDA may use, each at CUDA's number.  Raises ``NVMLError`` as ``nvml``, the module, does."""
    handles = (nvml.nvmlDeviceGetHandleByIndex(n) for n in range(nvml.nvmlDeviceGetCount()))
    every = sorted(handles, key=lambda handle: _place(nvml.nvmlDeviceGetPciInfo(handle)))
    names = os.environ.get(_VISIBLE)
    if names is None:
        return every
    visible: list[Any] = []
    for name in names.split(","):
        gpu = _named(nvml, every, name.strip())
        if gpu is None:  # CUDA, too, takes none that comes after it
            break
        visible.append(gpu)
    return visible


def no_such_gpu(index: int, count: int) -> str:
    """The sentence for a GPU that CUDA, which may use ``count``, does not know."""
    names = os.environ.get(_VISIBLE)
    why = "" if names is None else f" ({_VISIBLE} is {names!r}, and they are numbered as it names them)"
    if count == 0:
        return f"There is no GPU that CUDA may use{why}: use --device cpu."
    return f"There is no GPU {index}, CUDA may use {count}{why}: set hardware.gpu_id to {_choice(count)}."


def _choice(count: int) -> str:
    return "0" if count == 1 else f"a number from 0 to {count - 1}"


def _place(pci: Any) -> tuple[int, int, int]:
    return pci.domain, pci.bus, pci.device


def _named(nvml: Any, every: list[Any], name: str) -> Any:
    """The GPU that an entry of ``CUDA_VISIBLE_DEVICES`` names, by number or by the beginning of its UUID."""
    if name.isdecimal():
        return every[int(name)] if int(name) < len(every) else None
    if name.startswith("MIG-"):
        return nvml.nvmlDeviceGetHandleByUUID(name)
    return next((gpu for gpu in every if name and _uuid(nvml, gpu).startswith(name)), None)


def _uuid(nvml: Any, handle: Any) -> str:
    uuid = nvml.nvmlDeviceGetUUID(handle)
    return uuid.decode() if isinstance(uuid, bytes) else str(uuid)
