"""What is found out of NVIDIA's GPUs, with a made-up driver."""

import sys
import types
from typing import Any

import pytest

from dualface.config.gpu_codecs import decodable, encodable
from dualface.config.gpus import NvmlGpuProbe
from dualface.errors import DeviceError
from dualface.gpu.nvml import NvmlSensor


class NVMLError(Exception):
    pass


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A driver with one GPU that can't tell its energy."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    module: Any = types.ModuleType("pynvml")
    module.NVMLError, module.NVML_TEMPERATURE_GPU = NVMLError, 0
    answers = {
        "Init": None, "Shutdown": None, "SystemGetDriverVersion": "580.1", "DeviceGetCount": 1,
        "DeviceGetHandleByIndex": "gpu", "DeviceGetName": b"Fast GPU", "DeviceGetDecoderUtilization": (30, 1000),
        "DeviceGetMemoryInfo": types.SimpleNamespace(total=32 << 30, used=1 << 30), "DeviceGetTemperature": 60,
        "DeviceGetUtilizationRates": types.SimpleNamespace(gpu=50), "DeviceGetEncoderUtilization": (20, 1000),
        "DeviceGetPowerUsage": 150_000, "DeviceGetPciInfo": types.SimpleNamespace(domain=0, bus=1, device=0),
    }  # fmt: skip
    for name, answer in answers.items():
        setattr(module, f"nvml{name}", lambda *_, answer=answer: answer)

    def unknown(*_: Any) -> None:
        raise NVMLError("not supported")

    module.nvmlDeviceGetTotalEnergyConsumption = unknown
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module


def test_a_gpu_is_described_with_what_was_tried(nvml: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NvmlGpuProbe, "_libraries", ("sys",))
    probe = NvmlGpuProbe(decodable=lambda index: ("H.264",), encodable=lambda index: ())
    [gpu] = probe.find().gpus
    assert (gpu.name, gpu.memory, gpu.decodes, gpu.encodes, gpu.problem) == ("Fast GPU", 32 << 30, ("H.264",), (), None)


def test_gpus_that_cuda_may_not_use_are_not_listed_but_counted(nvml: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml.nvmlDeviceGetCount = lambda: 4
    monkeypatch.setattr(NvmlGpuProbe, "_libraries", ("sys",))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    report = NvmlGpuProbe(decodable=lambda index: (f"H.264 on {index}",), encodable=lambda index: ()).find()
    assert [(gpu.index, gpu.decodes) for gpu in report.gpus] == [(0, ("H.264 on 0",))]
    assert report.problem == "CUDA_VISIBLE_DEVICES hides 3 GPUs."


def test_without_its_library_a_gpu_is_not_usable(nvml: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NvmlGpuProbe, "_libraries", ("no_such_library",))
    [gpu] = NvmlGpuProbe().find().gpus
    assert gpu.problem
    assert "no_such_library can't be found" in gpu.problem


def test_readings_are_in_plain_units_and_gaps_are_none(nvml: Any) -> None:
    sensor = NvmlSensor()
    reading = sensor.read()
    assert (reading.utilisation, reading.decoder, reading.encoder, reading.power) == (0.5, 0.3, 0.2, 150.0)
    assert (reading.memory_used, reading.temperature, reading.energy) == (1 << 30, 60, None)
    assert sensor.memory == 32 << 30
    sensor.close()


def test_a_silent_driver_is_a_device_error(nvml: Any) -> None:
    def fails() -> None:
        raise NVMLError("driver not loaded")

    nvml.nvmlInit = fails
    with pytest.raises(DeviceError, match="does not answer"):
        NvmlSensor()


def test_trying_codecs_on_no_gpu_finds_none_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert encodable(63) == ()
    assert decodable(63) == ()
    assert capfd.readouterr() == ("", "")
