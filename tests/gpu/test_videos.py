"""Whole videos on a real GPU."""

import gc
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.configured import configured

from dualface.device.base import Device
from dualface.device.cpu import CpuDevice
from dualface.device.cuda import CudaDevice
from dualface.events import EventBus
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.jobs import Job, Status
from dualface.render.encode.nvenc import PyavNvenc
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun


@pytest.fixture
def device(cuda: CupyRuntime) -> CudaDevice:
    return CudaDevice(make_runtime=lambda _: cuda)


def run(source: Path, output: Path, device: Device, **settings: str) -> dict[str, Any]:
    config = configured(output.parent, **settings)
    models = SharedModels(config, device)
    outcome = VideoRun(Job(source, output, overwrite=True), config, models, bus=EventBus(), stop=threading.Event()).run()
    assert outcome.error is None, outcome.error
    assert outcome.status is Status.DONE
    return outcome.summary


def pictures(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p").astype(float) for frame in container.decode(video=0)]


def psnr(a: list[Any], b: list[Any]) -> float:
    error = np.mean([((p - q) ** 2).mean() for p, q in zip(a, b, strict=True)])
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def tracks(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.with_suffix(".tracks.jsonl").read_text().splitlines()][1:]


def test_a_video_is_the_cpus(device: CudaDevice, film: Callable[..., Path], tmp_path: Path) -> None:
    source = film()
    summary = run(source, tmp_path / "gpu.mp4", device)
    run(source, tmp_path / "cpu.mp4", CpuDevice())
    assert summary["copied_bytes"]["host_to_device"] == 0
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")
    assert psnr(pictures(tmp_path / "gpu.mp4"), pictures(tmp_path / "cpu.mp4")) > 35


@pytest.mark.usefixtures("nvenc")
def test_no_picture_leaves_the_gpu_where_it_can_encode(device: CudaDevice, film: Callable[..., Path], tmp_path: Path) -> None:
    summary = run(film(), tmp_path / "gpu.mp4", device)
    assert summary["copied_bytes"] == {"host_to_device": 0, "device_to_host": 0}


def test_nvenc_keeps_the_picture(device: CudaDevice, nvenc: PyavNvenc, film: Callable[..., Path], tmp_path: Path) -> None:
    """Chroma included: a UV plane in the wrong place would show here."""
    source = film()
    run(source, tmp_path / "gpu.mp4", device, **{"encoding.bitrate_kbps": "20000"})
    run(source, tmp_path / "cpu.mp4", CpuDevice(), **{"encoding.rate_control": "crf", "encoding.preset": "slow"})
    assert psnr(pictures(tmp_path / "gpu.mp4"), pictures(tmp_path / "cpu.mp4")) >= 35


def test_four_in_parallel_give_the_same_as_one_by_one(device: CudaDevice, film: Callable[..., Path], tmp_path: Path) -> None:
    source = film()
    run(source, tmp_path / "alone.mp4", device)
    folders = [tmp_path / str(n) for n in range(4)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda folder: run(source, folder / "alone.mp4", device), folders))
    expected = pictures(tmp_path / "alone.mp4")
    for folder in folders:
        assert tracks(folder / "alone.mp4") == tracks(tmp_path / "alone.mp4")
        assert psnr(pictures(folder / "alone.mp4"), expected) > 45


def test_memory_does_not_grow(cuda: CupyRuntime, device: CudaDevice, film: Callable[..., Path], tmp_path: Path) -> None:
    """2,000 frames in 20 files."""
    source, free = film(320, 180, 100), []
    for _ in range(20):
        run(source, tmp_path / "out.mp4", device)
        gc.collect()
        free.append(cuda.memory_info()[0])
    assert free[-1] >= free[2] - 8 * 2**20
