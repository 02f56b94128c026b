"""The GPU's own part of the work, without an encoder: what it can do, whoever compresses the pictures."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from dualface.config.schema import Config
from dualface.device.choose import choose_device
from dualface.video.analysis import PlannedFrame, open_analysis
from dualface.video.canvas import Canvas
from dualface.video.executor import Stage, run_chain
from dualface.video.films import FIRST
from dualface.video.shared_models import SharedModels

_CHECKED = 8
"""The composer is waited for every so many frames, so that it can't run away from the GPU."""
_PATIENCE_SECONDS = 120
_LAST_SECONDS = 5


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

    stages = [Stage("analyse", analysis.push, analysis.flush), Stage("compose", compose)]
    run_chain(decoder, stages, capacity=config.processing.queue_frames, stop=threading.Event())
    canvas.close()
    decoder.close()
    return len(composed)


def frames_per_second(source: Path, config: Config, count: int) -> float:
    """Of ``count`` processes that do this at the same time, as a batch of videos does; loading does not count.

    Raises :class:`queue.Empty` when one of them does not get on.
    """
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(count), context.Queue()
    processes = [context.Process(target=_measure, args=(source, config, barrier, results)) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        measured = [results.get(timeout=_PATIENCE_SECONDS) for _ in processes]
    finally:
        for process in processes:
            process.join(_LAST_SECONDS)
            process.kill()
    slowest: float = max(seconds for _, seconds in measured)
    return float(sum(frames for frames, _ in measured) / slowest)


def _measure(source: Path, config: Config, barrier: Barrier, results: Queue[tuple[int, float]]) -> None:
    models = SharedModels(config, choose_device(config))
    decode_analyse_compose(source, config, models)
    barrier.wait(_PATIENCE_SECONDS)
    started = time.perf_counter()
    frames = decode_analyse_compose(source, config, models)
    results.put((frames, time.perf_counter() - started))
    models.close()
