"""Whole videos made with a plugin's parts, one of every kind, on the CPU and on a fake GPU."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.support.configured import configured
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.support.plugins import write_plugin
from tests.support.stopping import stopping_at

from dualface.config.schema import Config
from dualface.decode.nvdec import NvDecoder
from dualface.device.base import Device
from dualface.device.cpu import CpuDevice
from dualface.device.cuda import CudaDevice
from dualface.errors import DeviceError
from dualface.events import EventBus
from dualface.jobs import Job, Status, VideoOutcome
from dualface.kinds import KINDS
from dualface.testing.fake_codecs import FakeNvenc, open_fake_nvdec
from dualface.testing.onnx_models import save_mean_model
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

OWN = """
from dualface.decode.software import SoftwareDecoder
from dualface.direct.layouts.side_by_side import SideBySideLayout
from dualface.export.tables import JsonExporter
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.models.catalog import EmbeddingSpec
from dualface.observe.detect.yolo_face import YoloFaceDetector
from dualface.observe.embed.embedder import FaceEmbedder
from dualface.observe.track.bytetrack import ByteTracker
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.cuda import GPUTileComposer
from dualface.render.encode.software import SoftwareEncoder

MADE = set()

def noted(kind, cls):
    class Noted(cls):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            MADE.add(kind)
    Noted.__name__ = Noted.__qualname__ = kind.title()
    Noted.__init__.__wrapped__ = cls.__init__
    return Noted

Decoder = noted("decoder", SoftwareDecoder)
Detector = noted("detector", YoloFaceDetector)
Embedder = noted("embedder", FaceEmbedder)
Tracker = noted("tracker", ByteTracker)
Layout = noted("layout", SideBySideLayout)
Composer = noted("composer", CpuComposer)
GpuComposer = noted("composer", GPUTileComposer)
Encoder = noted("encoder", SoftwareEncoder)
Inference = noted("inference", OnnxRuntimeInferenceEngine)
Exporter = noted("exporter", JsonExporter)

Embedder.spec = EmbeddingSpec(3, (16, 16), ((4, 5), (12, 5), (8, 8), (5, 12), (11, 12)), (0, 0, 0), 1, 0.5)
"""
OF_A_VIDEO = {name: kind for name, kind in KINDS.items() if name != "cluster"}
"""Kinds of parts that one video is made with."""
PARTS = {f"{kind}.own": f"own:{kind.title()}" for kind in OF_A_VIDEO} | {"composer.own-gpu": "own:GpuComposer"}
FRAMES = 24


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Every part is the plugin's."""
    folder = tmp_path / "site"
    folder.mkdir()
    write_plugin(folder, "own", OWN, PARTS)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "own", raising=False)
    chosen = {kind.key: "own" for kind in OF_A_VIDEO.values()}
    chosen["models.face_detection"] = f"own:{configured(tmp_path).models.face_detection.partition(':')[2]}"
    chosen["models.reid_model"] = f"own:{save_mean_model(tmp_path / 'mean.onnx', 16, 16)}"
    return configured(tmp_path, **chosen | {"reid.mode": "always"})


def made(source: Path, output: Path, config: Config, device: Device, *, stop_at: int | None = None) -> VideoOutcome:
    bus, stop = EventBus(), threading.Event()

    models = SharedModels(config, device)
    with stopping_at(stop_at, bus, stop):
        outcome = VideoRun(Job(source, output), config, models, bus=bus, stop=stop).run()
    models.close()
    return outcome


def cuda_device() -> CudaDevice:
    cuda = fake_cuda()
    return CudaDevice(
        make_runtime=lambda _: cuda,
        make_nvenc=lambda _: FakeNvenc(cuda),
        open_decoder=lambda path, runtime: NvDecoder(path, runtime, opener=open_fake_nvdec),
    )


def changed(config: Config, **processing: str) -> Config:
    return config.model_copy(update={"processing": config.processing.model_copy(update=processing)})


def tracks(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.with_suffix(".tracks.jsonl").read_text().splitlines()][1:]


def test_a_video_is_made_with_parts_of_plugins_only(tmp_path: Path, config: Config) -> None:
    outcome = made(moving_film(tmp_path / "film.mp4", 192, 108, FRAMES), tmp_path / "out.mp4", config, CpuDevice())
    assert outcome.error is None
    assert set(OF_A_VIDEO) == sys.modules["own"].MADE
    assert outcome.summary["frames"] == FRAMES
    assert outcome.summary["reid_share"] > 0


def test_on_a_gpu_frames_are_copied_for_parts_that_work_in_main_memory(tmp_path: Path, config: Config) -> None:
    source = moving_film(tmp_path / "film.mp4", 192, 108, FRAMES)
    outcome = made(source, tmp_path / "out.mp4", changed(config, composer="own-gpu"), cuda_device())
    assert outcome.error is None
    assert set(OF_A_VIDEO) == sys.modules["own"].MADE
    copied = outcome.summary["copied_bytes"]
    assert copied["host_to_device"] >= FRAMES * 192 * 108 * 3 // 2
    assert copied["device_to_host"] == FRAMES * 256 * 144 * 3 // 2
    assert not outcome.summary["fallbacks"]


def test_a_composer_of_main_memory_is_refused_on_a_gpu(tmp_path: Path, config: Config) -> None:
    source = moving_film(tmp_path / "film.mp4", 192, 108, FRAMES)
    outcome = made(source, tmp_path / "out.mp4", config, cuda_device())
    assert isinstance(outcome.error, DeviceError)
    assert "processing.composer is own, which works in main memory" in str(outcome.error)


def test_parts_of_a_gpu_that_are_asked_for_by_name_must_do(tmp_path: Path) -> None:
    config, device = configured(tmp_path, **{"processing.decoder": "cuda", "processing.encoder": "cuda"}), cuda_device()
    outcome = made(moving_film(tmp_path / "film.mp4", 192, 108, FRAMES), tmp_path / "out.mp4", config, device)
    assert outcome.error is None
    assert outcome.summary["copied_bytes"] == {"host_to_device": 0, "device_to_host": 0}
    odd = moving_film(tmp_path / "odd.mkv", 192, 108, FRAMES, codec="ffv1", options={})
    outcome = made(odd, tmp_path / "odd.mp4", config, device)
    assert isinstance(outcome.error, DeviceError)
    assert str(outcome.error).startswith(f"{odd} can't be decoded on the GPU: ")
    assert str(outcome.error).endswith("set processing.decoder to auto.")


@pytest.mark.slow
def test_a_run_with_a_plugins_tracker_goes_on_where_it_was_stopped(tmp_path: Path, config: Config) -> None:
    source = moving_film(tmp_path / "film.mp4", 96, 64, 260, options={"crf": "30", "preset": "ultrafast"})
    assert made(source, tmp_path / "whole.mp4", config, CpuDevice()).status is Status.DONE
    assert made(source, tmp_path / "out.mp4", config, CpuDevice(), stop_at=150).status is Status.STOPPED
    outcome = made(source, tmp_path / "out.mp4", config, CpuDevice())
    assert outcome.error is None
    assert outcome.summary["resumed_at_frame"] >= 100
    assert tracks(tmp_path / "out.mp4") == tracks(tmp_path / "whole.mp4")
