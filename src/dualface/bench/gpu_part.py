"""The GPU's own part of the work, without an encoder: what it can do, whoever compresses the pictures."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from dualface.config.schema import Config
from dualface.device.choose import choose_device
from dualface.errors import DualfaceError
from dualface.gpu.nvml import NvmlSensor
from dualface.gpu.sharing import GpuSharing
from dualface.scheduling import usable_cores
from dualface.video.analysis import PlannedFrame, open_analysis
from dualface.video.canvas import Canvas
from dualface.video.executor import Stage, run_chain
from dualface.video.films import FIRST
from dualface.video.shared_models import SharedModels
from dualface.workers.processes import new_launcher
from dualface.workers.worker_host import streams_a_process

_CHECKED = 8
"""The composer is waited for every so many frames, so that it can't run away from the GPU."""
_PATIENCE_SECONDS = 120
Work = Callable[[Path, Config, SharedModels], int]
"""Does something with a video, and tells how many frames it had; a function of a module, for other processes."""


def decode_analyse_compose(source: Path, config: Config, models: SharedModels) -> int:
    """Makes every canvas of ``source`` and drops it; returns how many."""
    decoder = models.device.decoder(source, 0)
    info = decoder.get_video_info()
    canvas = Canvas(info, config, models.device)
    analysis = open_analysis(
        info,
        {FIRST: config},
        detector=models.detector(info.width, info.height),
        thumbnail=models.device.pixels.thumbnail,
        recogniser=models.recogniser(config.reid.mode, lambda _: None),
    )
    composed: list[int] = []

    def compose(planned: PlannedFrame) -> Iterable[None]:
        picture = canvas.composer.compose(planned.frame, planned.plan.placements)
        composed.append(picture.index)
        if len(composed) % _CHECKED == 0:
            picture.owner.ready.synchronize()
        canvas.composer.recycle(picture)
        return ()

    stages = [Stage("analyse", analysis.push, analysis.flush, holds=True), Stage("compose", compose)]
    run_chain(decoder, stages, capacity=config.processing.queue_frames, stop=threading.Event())
    canvas.close()
    decoder.close()
    return len(composed)


def decode(source: Path, config: Config, models: SharedModels) -> int:  # noqa: ARG001 - as whoever does more
    """Decodes ``source`` and drops its pictures; returns how many."""
    with closing(models.device.decoder(source, 0)) as decoder:
        frames = deque(enumerate(decoder, 1), maxlen=1)
        for _, last in frames:
            last.owner.ready.synchronize()
    return sum(count for count, _ in frames)


def frames_per_second(source: Path, config: Config, count: int, work: Work) -> float:
    """Of ``count`` videos with which ``work`` is done at the same time, in processes as a batch's; loading does not count.

    Raises :class:`~dualface.errors.DualfaceError` when one of them does not get on.
    """
    gpu = config.hardware.gpu_id
    with closing(NvmlSensor(gpu)) as sensor:
        places = streams_a_process(count, usable_cores(), sensor.memory)
    with ExitStack() as ends:
        launcher = ends.enter_context(closing(new_launcher()))
        sharing = ends.enter_context(closing(GpuSharing(gpu))) if count > 1 and config.hardware.mps else None
        variables = {} if sharing is None else dict(sharing.variables)
        ours: list[Connection] = []
        for first in range(0, count, places):
            mine, theirs = Pipe()
            ours.append(ends.enter_context(mine))
            with theirs:
                launcher.start(_measure, [theirs], source, config, min(places, count - first), work, variables)
        for one in ours:
            _answer(one)
        for one in ours:
            one.send("go")
        measured = [_answer(one) for one in ours]
        for one in ours:
            one.send("end")
    slowest: float = max(seconds for _, seconds in measured)
    return float(sum(frames for frames, _ in measured) / slowest)


def _answer(connection: Connection) -> tuple[int, float]:
    """What a process tells: frames and seconds."""
    try:
        if connection.poll(_PATIENCE_SECONDS):
            answer: tuple[int, float] = connection.recv()
            return answer
    except (EOFError, OSError):
        pass
    raise DualfaceError("A process of the benchmark ended or did not get on.")


def _measure(
    connections: Sequence[Connection], source: Path, config: Config, count: int, work: Work, variables: dict[str, str]
) -> None:
    os.environ.update(variables)  # before CUDA looks
    (parent,) = connections
    models = SharedModels(config, choose_device(config))
    with ThreadPoolExecutor(count) as pool:

        def made() -> int:
            return sum(pool.map(lambda _: work(source, config, models), range(count)))

        parent.send((made(), 0.0))
        parent.recv()
        started = time.perf_counter()
        frames = made()
        parent.send((frames, time.perf_counter() - started))
        parent.recv()
