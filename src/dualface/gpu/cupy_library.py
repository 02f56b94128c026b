"""CuPy, where it is installed."""

from __future__ import annotations

from types import ModuleType

from dualface.errors import DeviceError
from dualface.gpu.visible import counted_as_nvidia_smi


def import_cupy() -> ModuleType:
    """Raises :class:`~dualface.errors.DeviceError` where it is not installed."""
    try:
        with counted_as_nvidia_smi():
            import cupy
    except ImportError as error:
        raise DeviceError('CuPy is not installed: pip install "dualface[gpu]", or use --device cpu.') from error
    return cupy  # type: ignore[no-any-return, unused-ignore]
