"""Whole videos on a real GPU."""

import gc
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.configured import configured
from tests.support.moving import interlaced_film, moving_film
from tests.support.stopping import stopping_at

import dualface
from dualface.device.base import Device
from dualface.device.cpu import CpuDevice
from dualface.device.cuda import CudaDevice
from dualface.errors import StoppedError
from dualface.events import EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.jobs import Job, Status
from dualface.render.encode.nvenc import PyavNvenc
from dualface.types import ColorTags
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


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two who talk, with sound, for six seconds."""
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(512, 288), fps=10, seconds=6.0)
    return path


DECORATED = {"framing.behind": "blur", "framing.corners": "12", "framing.border": "2", "framing.gap": "8"}
SHARP = {"encoding.rate_control": "crf", "encoding.crf": "16"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        DECORATED | {"framing.margin": "8", "framing.caption_left": "Ann", "framing.caption_right": "Bob"},
        {"framing.layout": "stacked", "framing.size": "144x256"},
        {"framing.layout": "spotlight"},
        {"framing.layout": "speaker", "framing.highlight": "border"},
        {"framing.only": "left", "framing.alone": "blur"},
        {"input.start": "2.05", "input.end": "4.5"},
        {"encoding.fps": "15"},
    ],
    ids=["usual", "decorated", "stacked", "spotlight", "speaker", "one person", "a part", "another rate"],
)
def test_whatever_is_asked_for_is_what_the_cpu_makes(
    device: CudaDevice, talk: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    """The same people stand in the same places; the films differ by the encoder's noise."""
    summary = run(talk, tmp_path / "gpu.mp4", device, **SHARP, **settings)
    expected = run(talk, tmp_path / "cpu.mp4", CpuDevice(), **SHARP, **settings)
    assert summary["frames"] == expected["frames"]
    assert summary["copied_bytes"]["host_to_device"] == 0
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")
    assert psnr(pictures(tmp_path / "gpu.mp4"), pictures(tmp_path / "cpu.mp4")) > 40


DEEP = {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {"x265-params": "log-level=none", "crf": "16"}}


@pytest.mark.parametrize(
    ("options", "least"),
    [
        ({"rotation": 90}, 38),
        ({"first": "tff"}, 38),
        ({"first": "bff", "rotation": 180}, 38),
        ({"pixel_aspect": Fraction(5, 4)}, 30),
        (DEEP, 34),
        (DEEP | {"color": ColorTags(9, 16, 9), "rotation": 270}, 26),
        ({"codec": "libvpx-vp9", "width": 511, "height": 287, "options": {}}, 34),
    ],
    ids=["turned", "fields", "fields, turned", "wide pixels", "10 bit", "pq, turned", "odd size"],
)
def test_whatever_the_footage_is_the_film_is_what_the_cpu_makes(
    device: CudaDevice, options: dict[str, Any], least: float, tmp_path: Path
) -> None:
    """``least``: PSNR, dB; scaling and tone mapping round otherwise.  Odd sizes are decoded on the CPU, all else by NVDEC."""
    make = interlaced_film if "first" in options else moving_film
    name = "film.mkv" if "width" in options else "film.mp4"
    source = make(tmp_path / name, **{"width": 512, "height": 288, "frames": 30} | options)
    summary = run(source, tmp_path / "gpu.mp4", device, **SHARP)
    run(source, tmp_path / "cpu.mp4", CpuDevice(), **SHARP)
    assert any("decoded on the CPU" in reason for reason in summary["fallbacks"]) == ("width" in options)
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")
    assert psnr(pictures(tmp_path / "gpu.mp4"), pictures(tmp_path / "cpu.mp4")) > least


def test_a_film_that_was_stopped_goes_on_where_it_ended(device: CudaDevice, film: Callable[..., Path], tmp_path: Path) -> None:
    source, output, bus, stop = film(320, 180, 260), tmp_path / "film.mp4", EventBus(), threading.Event()
    expected = run(source, tmp_path / "whole.mp4", device, **SHARP)
    config = configured(tmp_path, **SHARP)
    with stopping_at(160, bus, stop):
        outcome = VideoRun(Job(source, output), config, SharedModels(config, device), bus=bus, stop=stop).run()
    assert outcome.status is Status.STOPPED
    assert isinstance(outcome.error, StoppedError | None)
    done = VideoRun(Job(source, output), config, SharedModels(config, device), bus=EventBus(), stop=threading.Event()).run()
    assert done.error is None, done.error
    assert done.summary["frames"] == expected["frames"] == 260
    assert done.summary["resumed_at_frame"] >= 100
    assert tracks(output) == tracks(tmp_path / "whole.mp4")
    assert psnr(pictures(output), pictures(tmp_path / "whole.mp4")) > 40


def _shown_anew(film: dualface.Film) -> Any:
    return {key: value for key, value in film.summary["corrected"].items() if key not in ("file", "seconds")}


@pytest.mark.usefixtures("cuda")
def test_a_correction_is_made_on_a_gpu_too(talk: Path, tmp_path: Path) -> None:
    """Only the seconds that are different are made anew, as on the CPU."""
    (tmp_path / "swap.yaml").write_text("version: 1\ncorrections:\n- swap: from here\n  at: 2.3\n  to: 2.6\n")
    made = {}
    for name in ("cuda", "cpu"):
        config = configured(tmp_path, **SHARP, **{"hardware.device": name, "encoding.gop": "10"})
        planned = dualface.make(talk, tmp_path / name, config=config).plan.frames
        (tmp_path / name / "talk.corrections.yaml").write_text((tmp_path / "swap.yaml").read_text())
        corrected = dualface.make(talk, tmp_path / name, config=config)
        assert corrected.plan.frames != planned
        made[name] = corrected
    assert _shown_anew(made["cuda"]) == _shown_anew(made["cpu"])
    assert made["cuda"].plan.frames == made["cpu"].plan.frames
    assert psnr(pictures(made["cuda"].path), pictures(made["cpu"].path)) > 40
