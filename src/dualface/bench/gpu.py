"""How fast a GPU does each stage, alone and together, and what it needs for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dualface.batch.run_batch import run_batch
from dualface.bench.gpu_part import decode, decode_analyse_compose, frames_per_second
from dualface.config.schema import Config
from dualface.device.cuda import CudaDevice
from dualface.direct.layouts.chosen import arranged
from dualface.errors import DualfaceError
from dualface.events import EventBus
from dualface.gpu.frames import Surface
from dualface.gpu.nvml import GpuSensor, NvmlSensor
from dualface.gpu.runtime import Direction
from dualface.jobs import Job
from dualface.render.compose.cuda import GPUTileComposer
from dualface.scheduling import usable_cores
from dualface.types import Box, Frame, Person, Placement, TileState
from dualface.video.canvas import Canvas
from dualface.video.shared_models import SharedModels

_GROWTH = 1.05
"""Twice as many streams must bring this much, or more are not tried."""
_CALLS = 300
_REPLAYS = 20


@dataclass(frozen=True, slots=True)
class StageRate:
    """A stage by itself.  ``streams`` worked on it at a time; ``limit_share`` is of what the hardware could do at most."""

    stage: str
    streams: int
    frames_per_second: float
    limit_share: float | None = None


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Whole videos, ``streams`` at a time.  Memory in bytes for each stream, energy in joules for each frame."""

    streams: int
    frames_per_second: float
    memory_per_stream: int
    energy_per_frame: float | None
    decode_share: float
    encode_share: float


@dataclass(frozen=True, slots=True)
class GpuBench:
    """Everything measured on one GPU."""

    gpu: str
    driver: str
    encoder: str
    copy_bandwidth: float
    """Bytes a second of a copy within GPU memory, read and written."""
    stages: Sequence[StageRate]
    end_to_end: Sequence[EndToEnd]
    fallbacks: Sequence[str] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def bench_gpu(source: Path, config: Config, *, streams: Sequence[int] = (1, 2, 4, 8, 16)) -> GpuBench:
    """Measures with ``source``, best a minute or so of ordinary 1080p video, but any length will do; takes some minutes.

    Raises :class:`~dualface.errors.DeviceError` without a usable GPU, and what the stages raise.
    """
    device = CudaDevice(config.hardware.gpu_id)
    sensor = NvmlSensor(config.hardware.gpu_id)
    models = SharedModels(config, device)
    try:
        return _Bench(source, config, device, models, sensor).run(streams)
    finally:
        models.close()
        sensor.close()


class _Bench:
    def __init__(self, source: Path, config: Config, device: CudaDevice, models: SharedModels, sensor: GpuSensor) -> None:
        self._source, self._config = source, config
        self._device, self._models, self._sensor = device, models, sensor
        decoder = device.decoder(source, 0)
        self._info = decoder.get_video_info()
        self._frames = list(islice(decoder, 32))
        decoder.close()

    def run(self, streams: Sequence[int]) -> GpuBench:
        bandwidth = self._copy_bandwidth()
        decode = self._while_it_grows(streams, "decode", self._decode)
        alone = self._while_it_grows(streams, "decode, analyse and compose", self._without_encoder)
        stages = [*decode, *self._analysis_rates(), self._compose(), self._kernel(bandwidth), *alone]
        canvas = Canvas(self._info, self._config, self._device)
        encoder = canvas.encoder.codec_name
        canvas.close()
        encode = self._while_it_grows(streams, f"encode ({encoder})", self._encode)
        best = [max(rate.frames_per_second for rate in rates) for rates in (decode, encode)]
        return GpuBench(
            gpu=self._sensor.name,
            driver=self._sensor.driver,
            encoder=encoder,
            copy_bandwidth=bandwidth,
            stages=[*stages, *encode],
            end_to_end=self._end_to_end(streams, *best),
            fallbacks=list(self._device.fallbacks),
        )

    def _while_it_grows(self, streams: Sequence[int], stage: str, measure: Callable[[int], float]) -> list[StageRate]:
        rates: list[StageRate] = []
        for count in streams:
            rates.append(StageRate(stage, count, measure(count)))
            if len(rates) > 1 and rates[-1].frames_per_second < _GROWTH * rates[-2].frames_per_second:
                break
        return rates

    def _decode(self, count: int) -> float:
        return frames_per_second(self._source, self._config, count, decode)

    def _encode(self, count: int) -> float:
        cores = max(usable_cores() // count, 1)
        processing = self._config.processing
        threads = processing.encode_threads or (cores if count > 1 else 0)  # as a run of so many divides them
        config = self._config.model_copy(update={"processing": processing.model_copy(update={"encode_threads": threads})})
        return _in_parallel(count, lambda: self._encode_some(config))

    def _without_encoder(self, count: int) -> float:
        return frames_per_second(self._source, self._config, count, decode_analyse_compose)

    def _analysis_rates(self) -> list[StageRate]:
        detector = self._models.detector(self._info.width, self._info.height)
        frames = self._frames
        detector.detect(frames[:1])  # what a batch of this size needs is loaded once
        thumbnails = _rate(lambda n: self._device.pixels.thumbnail(frames[n % len(frames)]), _CALLS)
        looks = _rate(lambda n: detector.detect([frames[n % len(frames)]]), _CALLS)
        return [StageRate("thumbnail", 1, thumbnails), StageRate("detector", 1, looks)]

    def _placements(self) -> list[Placement]:
        w, h = self._info.width, self._info.height
        left, right = Box(0.1 * w, 0.1 * h, 0.4 * w, 0.8 * h), Box(0.5 * w, 0.1 * h, 0.4 * w, 0.8 * h)
        crops = {Person.LEFT: left, Person.RIGHT: right}
        tiles = arranged(self._config.framing)
        return [Placement(t.at, crops[t.person], t.person, TileState.HELD) for t in tiles if t.person is not None]

    def _kernel(self, bandwidth: float) -> StageRate:
        """The composing kernel without the host, as a graph of many.

        Its limit is that of memory: every sample of the crops read once, every sample of the canvas written once.
        """
        canvas, placements = Canvas(self._info, self._config, self._device), self._placements()
        composer = GPUTileComposer(*canvas.size, runtime=self._device.runtime, color=self._info.color)
        frames = [replace(frame, owner=Surface(None, frame.owner)) for frame in self._frames]

        def compose_all() -> None:
            for frame in frames:
                composer.compose(frame, placements)

        compose_all()
        composer.stream.synchronize()
        graph = self._device.runtime.capture(composer.stream, compose_all)
        assert graph is not None
        graph.launch(composer.stream)
        composer.stream.synchronize()
        started = time.perf_counter()
        for _ in range(_REPLAYS):
            graph.launch(composer.stream)
        composer.stream.synchronize()
        rate = _REPLAYS * len(frames) / (time.perf_counter() - started)
        samples = canvas.size[0] * canvas.size[1] + sum(p.crop.w * p.crop.h for p in placements)
        composer.close()
        canvas.close()
        return StageRate("compose, kernel only", 1, rate, rate * samples * 1.5 / bandwidth)

    def _compose(self) -> StageRate:
        canvas, placements = Canvas(self._info, self._config, self._device), self._placements()

        def compose(n: int) -> Frame:
            return canvas.composer.compose(self._frames[n % len(self._frames)], placements)

        compose(0).owner.ready.synchronize()
        started = time.perf_counter()
        for n in range(_CALLS):
            last = compose(n)
        last.owner.ready.synchronize()
        rate = _CALLS / (time.perf_counter() - started)
        canvas.close()
        return StageRate("compose", 1, rate)

    def _encode_some(self, config: Config) -> int:
        """Pictures forth and back, so that there are no cuts."""
        canvas, placements = Canvas(self._info, config, self._device), self._placements()
        frames = min(max(self._info.total_frames, 100), 600)
        forth = [canvas.composer.compose(frame, placements) for frame in self._frames]
        composed = forth + forth[-2:0:-1]
        for n in range(frames):
            picture = composed[n % len(composed)]
            picture.pts = round(n / self._info.fps / self._info.time_base)
            canvas.encoder.encode(picture)
        canvas.encoder.flush()
        canvas.close()
        return frames

    def _copy_bandwidth(self) -> float:
        runtime, nbytes = self._device.runtime, 1 << 28
        source, target, stream = runtime.alloc(nbytes), runtime.alloc(nbytes), runtime.stream()

        def copy() -> None:
            runtime.copy(Direction.ON_DEVICE, (target.ptr, nbytes), (source.ptr, nbytes), (nbytes, 1), stream)

        copy()
        stream.synchronize()
        started = time.perf_counter()
        for _ in range(20):
            copy()
        stream.synchronize()
        return 20 * 2 * nbytes / (time.perf_counter() - started)

    def _end_to_end(self, streams: Sequence[int], decode: float, encode: float) -> list[EndToEnd]:
        rows: list[EndToEnd] = []
        for count in streams:
            rows.append(self._together(count, decode, encode))
            if len(rows) > 1 and rows[-1].frames_per_second < _GROWTH * rows[-2].frames_per_second:
                break
        return rows

    def _together(self, count: int, decode: float, encode: float) -> EndToEnd:
        """As in a run: each video in a process of its own.  The start of the processes does not count."""
        processing = self._config.processing.model_copy(update={"cuda_streams": count})
        config = self._config.model_copy(update={"processing": processing})
        before = self._sensor.read()
        with TemporaryDirectory(prefix="dualface-bench-") as folder, _PeakMemory(self._sensor) as memory:
            jobs = [Job(self._source, Path(folder, f"{n}.mp4")) for n in range(count)]
            outcomes = run_batch(jobs, config, bus=EventBus(), stop=threading.Event())
        after = self._sensor.read()
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        frames = sum(outcome.summary["frames"] for outcome in outcomes)
        rate = sum(outcome.summary["fps"] for outcome in outcomes)
        energy = None if before.energy is None or after.energy is None else (after.energy - before.energy) / frames
        used = max(memory.peak - (before.memory_used or 0), 0) // count
        return EndToEnd(count, rate, used, energy, rate / decode, rate / encode)


class _PeakMemory:
    """Watches how much of the GPU's memory is used."""

    def __init__(self, sensor: GpuSensor) -> None:
        self._sensor, self._done = sensor, threading.Event()
        self.peak = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, self._sensor.read().memory_used or 0)


def _in_parallel(count: int, work: Callable[[], int]) -> float:
    """Frames a second of ``count`` threads that do the same."""
    started = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(work) for _ in range(count)]
        frames = sum(future.result() for future in futures)
    if frames == 0:
        raise DualfaceError("There was nothing to measure: the video has no frames.")
    return frames / (time.perf_counter() - started)


def _rate(call: Callable[[int], object], calls: int) -> float:
    started = time.perf_counter()
    for n in range(calls):
        call(n)
    return calls / (time.perf_counter() - started)
