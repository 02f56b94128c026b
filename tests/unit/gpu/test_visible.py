"""A GPU's number means the same card to CUDA and to NVIDIA's driver."""

import os
import sys
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from dualface.errors import DeviceError
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.nvml import NvmlSensor
from dualface.gpu.visible import visible_gpus


class ThreeGpus(SimpleNamespace):
    """A driver that does not count by the PCI bus."""

    NVMLError = RuntimeError
    buses: ClassVar[dict[str, int]] = {"a": 9, "b": 4, "c": 7}
    uuids: ClassVar[dict[str, str | bytes]] = {"a": "GPU-aaaa-1", "b": "GPU-bbbb-1", "c": b"GPU-cccc-1", "part": "MIG-1"}

    def nvmlInit(self) -> None: ...

    def nvmlDeviceGetCount(self) -> int:
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        return "abc"[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        return next(handle for handle, its in self.uuids.items() if its == uuid)

    def nvmlDeviceGetPciInfo(self, handle: str) -> Any:
        return SimpleNamespace(domain=0, bus=self.buses[handle], device=0)

    def nvmlDeviceGetUUID(self, handle: str) -> str | bytes:
        return self.uuids[handle]

    def nvmlDeviceGetName(self, handle: str) -> str:
        return f"GPU {handle}"

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580"

    def nvmlDeviceGetMemoryInfo(self, _handle: str) -> Any:
        return SimpleNamespace(total=1)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> ThreeGpus:
    driver = ThreeGpus()
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    return driver


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, "b c a"),
        ("2", "a"),
        ("1, 0", "c b"),
        ("GPU-cccc,GPU-aaaa-1", "c a"),
        ("MIG-1", "part"),
        ("0,7,1", "b"),
        ("-1", ""),
        ("NoDevFiles", ""),
        ("", ""),
    ],
)
def test_they_are_counted_as_cuda_does(
    names: str | None, expected: str, nvml: ThreeGpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if names is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
    assert visible_gpus(nvml) == expected.split()


@pytest.mark.usefixtures("nvml")
def test_the_gpu_that_is_watched_is_the_one_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    assert [NvmlSensor(0).name, NvmlSensor(1).name] == ["GPU a", "GPU b"]
    with pytest.raises(DeviceError, match=r"no GPU 2, CUDA may use 2 \(CUDA_VISIBLE_DEVICES is '2,0'.*from 0 to 1"):
        NvmlSensor(2)


class CudaError(Exception):
    status = 100


def cupy(count: int) -> Any:
    def get_device_count() -> int:
        assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID", "CUDA would count the fastest first"
        if count == 0:
            raise CudaError
        return count

    return SimpleNamespace(
        cuda=SimpleNamespace(runtime=SimpleNamespace(getDeviceCount=get_device_count, CUDARuntimeError=CudaError))
    )


@pytest.mark.parametrize(
    ("names", "count", "says"),
    [
        ("2", 1, "There is no GPU 3, CUDA may use 1 (CUDA_VISIBLE_DEVICES is '2'"),
        ("", 0, "There is no GPU that CUDA may use (CUDA_VISIBLE_DEVICES is ''"),
        (None, 2, "There is no GPU 3, CUDA may use 2: set hardware.gpu_id to a number from 0 to 1."),
    ],
)
def test_a_gpu_that_cuda_may_not_use_is_an_error_that_says_why(
    names: str | None, count: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if names is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
    monkeypatch.setitem(sys.modules, "cupy", cupy(count))
    with pytest.raises(DeviceError) as caught:
        CupyRuntime(3)
    assert str(caught.value).startswith(says)
    assert os.environ["CUDA_DEVICE_ORDER"] == "FASTEST_FIRST", "what others start is no business of ours"
