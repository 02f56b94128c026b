"""What NVIDIA's driver tells about a GPU while it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from dualface.errors import DeviceError
from dualface.gpu.visible import no_such_gpu, visible_gpus


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One look at a GPU; what it can't tell is ``None``.

    ``utilisation``, ``decoder`` and ``encoder`` are shares 0…1 of the last moments, ``memory_used`` bytes of the whole GPU,
    ``temperature`` degrees Celsius, ``power`` watts, ``energy`` joules since the driver started.
    """

    utilisation: float | None
    decoder: float | None
    encoder: float | None
    memory_used: int | None
    temperature: float | None
    power: float | None
    energy: float | None


class GpuSensor(Protocol):
    """Looks at one GPU.  May be used from any thread."""

    name: str
    driver: str
    memory: int
    """All of it, bytes."""

    def read(self) -> GpuReading: ...

    def close(self) -> None: ...


class NvmlSensor:
    """Asks NVML about GPU ``index``, as CUDA counts.

    Raises :class:`~dualface.errors.DeviceError` when nvidia-ml-py or the driver is missing, or CUDA may use no such GPU.
    """

    def __init__(self, index: int = 0) -> None:
        try:
            import pynvml
        except ImportError as error:
            raise DeviceError('nvidia-ml-py is not installed: pip install "dualface[gpu]".') from error
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            gpus = visible_gpus(pynvml)
            if index >= len(gpus):
                raise DeviceError(no_such_gpu(index, len(gpus)))
            self._handle = gpus[index]
            self.name = str(pynvml.nvmlDeviceGetName(self._handle))
            self.driver = str(pynvml.nvmlSystemGetDriverVersion())
            self.memory = int(pynvml.nvmlDeviceGetMemoryInfo(self._handle).total)
        except pynvml.NVMLError as error:
            raise DeviceError(f"NVIDIA's driver does not answer for GPU {index}: {error}.") from error

    def read(self) -> GpuReading:
        nvml, gpu = self._nvml, self._handle
        rates = self._ask(lambda: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu)
        decoder = self._ask(lambda: nvml.nvmlDeviceGetDecoderUtilization(gpu)[0])
        encoder = self._ask(lambda: nvml.nvmlDeviceGetEncoderUtilization(gpu)[0])
        power = self._ask(lambda: nvml.nvmlDeviceGetPowerUsage(gpu))
        energy = self._ask(lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(gpu))
        memory = self._ask(lambda: nvml.nvmlDeviceGetMemoryInfo(gpu).used)
        return GpuReading(
            utilisation=_scaled(rates, 0.01),
            decoder=_scaled(decoder, 0.01),
            encoder=_scaled(encoder, 0.01),
            memory_used=None if memory is None else int(memory),
            temperature=self._ask(lambda: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU)),
            power=_scaled(power, 0.001),
            energy=_scaled(energy, 0.001),
        )

    def close(self) -> None:
        self._ask(self._nvml.nvmlShutdown)

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except self._nvml.NVMLError:
            return None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
