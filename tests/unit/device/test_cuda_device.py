"""Whole videos on a fake GPU: what stays there, what doesn't, and why."""

import gc
import json
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.configured import configured
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.support.stopping import stopping_at
from tests.support.video_files import VideoFile

from dualface.api.orders import order
from dualface.config.schema import Config
from dualface.decode.nvdec import NvDecoder
from dualface.decode.on_gpu import SwitchingDecoder
from dualface.decode.reader import FrameReader
from dualface.decode.software import SoftwareDecoder
from dualface.device.base import Device
from dualface.device.choose import choose_device
from dualface.device.cpu import CpuDevice
from dualface.device.cuda import CudaDevice
from dualface.errors import DeviceError, ModelError
from dualface.events import EventBus
from dualface.gpu.runtime import CudaRuntime
from dualface.jobs import Job, Status
from dualface.testing.fake_codecs import FakeNvenc, open_fake_nvdec
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.fake_tensorrt import FakeTensorRT
from dualface.testing.onnx_models import save_face_model
from dualface.types import Frame
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

WIDTH, HEIGHT, FRAMES = 192, 108, 24


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


def cuda_device(cuda: FakeCuda, *, nvenc: bool = True) -> CudaDevice:
    return CudaDevice(
        make_runtime=lambda _: cuda,
        make_nvenc=lambda _: FakeNvenc(cuda, missing=not nvenc),
        open_decoder=lambda path, runtime: NvDecoder(path, runtime, opener=open_fake_nvdec),
    )


def run(source: Path, output: Path, config: Config, device: Device) -> dict[str, Any]:
    return run_job(Job(source, output, overwrite=True), config, device)


def run_job(job: Job, config: Config, device: Device) -> dict[str, Any]:
    models = SharedModels(config, device)
    outcome = VideoRun(job, config, models, bus=EventBus(), stop=threading.Event()).run()
    models.close()
    assert outcome.error is None, outcome.error
    assert outcome.status is Status.DONE
    return outcome.summary


def test_several_films_are_made_of_frames_that_are_decoded_once(tmp_path: Path, config: Config) -> None:
    source = film(tmp_path)
    _, job = order(source, tmp_path / "both.mp4", config, overwrite=True, also=["shorts:size=90x160"])
    summary = run_job(job, config, cuda_device(fake_cuda()))
    alone = config.changed(**{"framing__size": "90x160", "framing__layout": "follow", "encoding__bitrate_kbps": 8000})
    run(source, tmp_path / "alone.mp4", alone, cuda_device(fake_cuda()))
    assert summary["copied_bytes"]["device_to_host"] == 0
    assert tracks(tmp_path / "both.shorts.mp4") == tracks(tmp_path / "alone.mp4")
    for one, other in zip(pictures(tmp_path / "both.shorts.mp4"), pictures(tmp_path / "alone.mp4"), strict=True):
        assert (one == other).all()


def film(tmp_path: Path, **options: Any) -> Path:
    return moving_film(tmp_path / "film.mp4", WIDTH, HEIGHT, FRAMES, **options)


def pictures(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().astype(int) for frame in container.decode(video=0)]


def tracks(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.with_suffix(".tracks.jsonl").read_text().splitlines()][1:]


def test_nothing_but_packets_leaves_the_gpu(tmp_path: Path, config: Config) -> None:
    source = film(tmp_path)
    summary = run(source, tmp_path / "gpu.mp4", config, cuda_device(fake_cuda()))
    assert summary["copied_bytes"] == {"host_to_device": 0, "device_to_host": 0}
    assert summary["frames"] == FRAMES


def test_it_shows_what_the_cpu_shows(tmp_path: Path, config: Config) -> None:
    source = film(tmp_path)
    run(source, tmp_path / "gpu.mp4", config, cuda_device(fake_cuda()))
    run(source, tmp_path / "cpu.mp4", config, CpuDevice())
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")
    ours, theirs = pictures(tmp_path / "gpu.mp4"), pictures(tmp_path / "cpu.mp4")
    assert len(ours) == len(theirs)
    assert all(np.abs(a - b).mean() < 4 for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("device", "at_a_time"), [("gpu", 5), ("cpu", 1)])
def test_a_gpu_decodes_as_many_frames_at_a_time_as_is_set(
    device: str, at_a_time: int, tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = SwitchingDecoder if device == "gpu" else SoftwareDecoder
    given, decode_batch = [], kind.decode_batch

    def noted(decoder: Any, n: int) -> list[Frame]:
        frames = decode_batch(decoder, n)
        given.append(len(frames))
        return frames

    monkeypatch.setattr(kind, "decode_batch", noted)
    batches = config.model_copy(update={"processing": config.processing.model_copy(update={"batch_size_decode": 5})})
    summary = run(film(tmp_path), tmp_path / "out.mp4", batches, cuda_device(fake_cuda()) if device == "gpu" else CpuDevice())
    full, rest = divmod(FRAMES, at_a_time)
    assert given[: full + 1] == [at_a_time] * full + [rest]
    assert summary["frames"] == FRAMES


def test_without_nvenc_only_finished_canvases_come_to_main_memory(tmp_path: Path, config: Config) -> None:
    summary = run(film(tmp_path), tmp_path / "gpu.mp4", config, cuda_device(fake_cuda(), nvenc=False))
    assert summary["copied_bytes"] == {"host_to_device": 0, "device_to_host": FRAMES * 256 * 144 * 3 // 2}
    assert any("no NVENC" in reason for reason in summary["fallbacks"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pix_fmt": "yuv420p10le"}, "can't decode h264 yuv420p10le"),
        ({"codec": "mpeg4"}, "can't decode mpeg4"),
    ],
    ids=["10 bit", "another codec"],
)
def test_what_nvdec_cannot_do_is_decoded_on_the_cpu_and_copied_once(
    options: dict[str, Any], reason: str, tmp_path: Path, config: Config
) -> None:
    cuda = fake_cuda()
    if options.get("codec") == "mpeg4":
        source = VideoFile(WIDTH, HEIGHT, FRAMES, codec="mpeg4").write(tmp_path / "film.mp4")
    else:
        source = film(tmp_path, **options)
    summary = run(source, tmp_path / "gpu.mp4", config, cuda_device(cuda))
    assert any(reason in text for text in summary["fallbacks"]), summary["fallbacks"]
    assert summary["copied_bytes"]["host_to_device"] >= FRAMES * WIDTH * HEIGHT * 3 // 2
    assert summary["copied_bytes"]["device_to_host"] == 0
    run(source, tmp_path / "cpu.mp4", config, CpuDevice())
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")


@pytest.mark.parametrize("options", [{"rotation": 90}, {"pixel_aspect": Fraction(4, 3)}], ids=["turned", "wide pixels"])
@pytest.mark.slow
def test_what_must_be_converted_stays_on_the_gpu(options: dict[str, Any], tmp_path: Path, config: Config) -> None:
    source = film(tmp_path, **options)
    summary = run(source, tmp_path / "gpu.mp4", config, cuda_device(fake_cuda()))
    assert summary["copied_bytes"]["host_to_device"] == 0
    assert not any("decoded on the CPU" in text for text in summary["fallbacks"])
    run(source, tmp_path / "cpu.mp4", config, CpuDevice())
    assert tracks(tmp_path / "gpu.mp4") == tracks(tmp_path / "cpu.mp4")


def test_all_memory_comes_back(tmp_path: Path, config: Config) -> None:
    cuda, source = fake_cuda(), film(tmp_path)
    device = cuda_device(cuda)
    run(source, tmp_path / "gpu.mp4", config, device)
    used = cuda.used
    for _ in range(2):
        run(source, tmp_path / "gpu.mp4", config, device)
    assert cuda.used == used


def test_a_decoder_is_gone_when_its_film_is_made(tmp_path: Path, config: Config) -> None:
    """And with it its part of the GPU's memory, not only when the garbage collector comes by."""
    decoders: weakref.WeakSet[NvDecoder] = weakref.WeakSet()

    def opened(path: Path, runtime: CudaRuntime) -> NvDecoder:
        decoder = NvDecoder(path, runtime, opener=open_fake_nvdec)
        decoders.add(decoder)
        return decoder

    cuda = fake_cuda()
    device = CudaDevice(make_runtime=lambda _: cuda, make_nvenc=lambda _: FakeNvenc(cuda), open_decoder=opened)
    gc.disable()
    try:
        run(film(tmp_path), tmp_path / "gpu.mp4", config, device)
        assert not decoders
    finally:
        gc.enable()


def test_a_gpu_without_room_is_an_error_that_says_so(tmp_path: Path, config: Config) -> None:
    device = cuda_device(fake_cuda(memory=400_000))
    outcome = VideoRun(
        Job(film(tmp_path), tmp_path / "out.mp4"), config, SharedModels(config, device), bus=EventBus(), stop=threading.Event()
    ).run()
    assert outcome.status is Status.FAILED
    assert isinstance(outcome.error, DeviceError)
    assert not (tmp_path / "out.mp4").exists()


def test_sessions_run_out_and_come_back(tmp_path: Path, config: Config) -> None:
    device = cuda_device(fake_cuda())
    taken = [device.sessions.acquire() for _ in range(device.sessions.limit)]
    summary = run(film(tmp_path), tmp_path / "out.mp4", config, device)
    assert any("sessions of the GPU are in use" in reason for reason in summary["fallbacks"])
    taken[0]()
    assert run(tmp_path / "film.mp4", tmp_path / "out.mp4", config, device)["fallbacks"] == []
    assert device.sessions.open == device.sessions.limit - 1


@pytest.fixture
def unbuildable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CudaDevice, Path]:
    """A GPU whose TensorRT can build no model, and a model."""
    cuda = fake_cuda()
    monkeypatch.setitem(sys.modules, "tensorrt", FakeTensorRT(cuda, builds=False))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cuda_device(cuda), save_face_model(tmp_path / "faces.onnx", "yolo-face", 64, 64, [])


class OnnxRuntimeCuda:
    def __init__(self, _model: Path, shape: tuple[int, ...], **_options: Any) -> None:
        self.input_shape = shape


def test_a_model_that_tensorrt_cannot_build_is_run_by_onnx_runtime(
    unbuildable: tuple[CudaDevice, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.inference.onnxruntime_cuda.OnnxRuntimeCudaInferenceEngine", OnnxRuntimeCuda)
    device, model = unbuildable
    assert isinstance(device.engine(model, (1, 3, 64, 64), "auto", 1), OnnxRuntimeCuda)
    [reason] = device.fallbacks
    assert reason.startswith(f"models run on the GPU with onnxruntime-cuda: TensorRT can't build {model}")


def test_a_model_that_no_library_can_run_on_the_gpu_is_run_on_the_cpu(unbuildable: tuple[CudaDevice, Path]) -> None:
    device, model = unbuildable
    for _ in range(2):
        device.engine(model, (1, 3, 64, 64), "auto", 1)
    [reason] = device.fallbacks
    assert reason.startswith(f"models run on the CPU: TensorRT can't build {model}")
    assert "ONNX Runtime" in reason


def test_tensorrt_by_name_is_an_error_where_it_cannot_build_the_model(unbuildable: tuple[CudaDevice, Path]) -> None:
    device, model = unbuildable
    with pytest.raises(ModelError, match="TensorRT can't build"):
        device.engine(model, (1, 3, 64, 64), "tensorrt", 1)
    assert device.fallbacks == []


def changed(config: Config, **hardware: Any) -> Config:
    return config.model_copy(update={"hardware": config.hardware.model_copy(update=hardware)})


@pytest.fixture
def without_cupy(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    monkeypatch.setitem(sys.modules, "cupy", None)
    return lambda: None


@pytest.mark.usefixtures("without_cupy")
def test_cuda_by_name_without_its_libraries_is_an_error(config: Config) -> None:
    with pytest.raises(DeviceError, match=r"CuPy is not installed: pip install"):
        choose_device(changed(config, device="cuda"))


@pytest.mark.usefixtures("without_cupy")
def test_auto_goes_on_with_the_cpu(config: Config) -> None:
    assert choose_device(changed(config, device="auto")).name == "cpu"


@contextmanager
def decoded_packets() -> Iterator[Callable[[], int]]:
    """Counts what goes to decoders meanwhile."""
    count, decode = 0, FrameReader._decode

    def counting(reader: FrameReader, packet: Any) -> Any:
        nonlocal count
        count += 1
        return decode(reader, packet)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FrameReader, "_decode", counting)
        yield lambda: count


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_where_it_ended(tmp_path: Path, config: Config) -> None:
    """Also when it goes on on the CPU."""
    source = moving_film(tmp_path / "film.mp4", 96, 64, 260, options={"crf": "30", "preset": "ultrafast", "g": "20"})
    run(source, tmp_path / "whole.mp4", config, cuda_device(fake_cuda()))
    devices: list[tuple[str, Device]] = [("gpu", cuda_device(fake_cuda())), ("cpu", CpuDevice())]
    for name, device in devices:
        bus, stop, output = EventBus(), threading.Event(), tmp_path / f"{name}.mp4"
        models = SharedModels(config, cuda_device(fake_cuda()))
        with stopping_at(160, bus, stop):
            outcome = VideoRun(Job(source, output), config, models, bus=bus, stop=stop).run()
        assert outcome.status is Status.STOPPED
        with decoded_packets() as count:
            summary = run_job(Job(source, output), config, device)
        assert count() < 245, "it has read again what was made already"
        assert summary["frames"] == 260
        assert summary["resumed_at_frame"] >= 100
        assert tracks(output) == tracks(tmp_path / "whole.mp4")
