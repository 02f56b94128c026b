"""``make bench-streams``: one, two and four videos at a time; memory estimated and used; cost of checkpoints, time to go on.

python -m benchmarks.bench_streams [--seconds 6]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from dualface.batch.memory import stream_ram
from dualface.batch.run_batch import run_batch
from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.decode.software import probe
from dualface.events import Event, EventBus, VideoProgress
from dualface.footage.render import render_scene, write_talk
from dualface.footage.scenes import SCENES
from dualface.jobs import Job
from dualface.testing.faults import Fault, install

VIDEOS = 4


class Watch:
    """While it is entered: CPU time of all processes below this one, the peak of their proportional set sizes together, and
    that of each, by process.
    """

    def __enter__(self) -> Watch:
        self.peak, self.peaks, self._cpu = 0, dict[int, int](), dict[int, float]()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.cpu_seconds = sum(self._cpu.values())

    def _run(self) -> None:
        while not self._done.wait(0.2):
            total = 0
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    size = process.memory_full_info().pss
                    total, self.peaks[process.pid] = total + size, max(size, self.peaks.get(process.pid, 0))
                    times = process.cpu_times()
                    self._cpu[process.pid] = times.user + times.system
            self.peak = max(self.peak, total)


def configured(folder: Path, streams: int) -> Config:
    flags = [("--jobs", "processing.cuda_streams", str(streams)), ("--device", "hardware.device", "cpu")]
    return HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()


def at_a_time(folder: Path, source: Path, streams: int) -> dict[str, Any]:
    out = folder / f"out{streams}"
    jobs = [Job(source, out / f"{n}.mp4") for n in range(VIDEOS)]
    with Watch() as watch:
        started = time.perf_counter()
        outcomes = run_batch(jobs, configured(folder, streams), bus=EventBus(), stop=threading.Event())
        seconds = time.perf_counter() - started
    frames = sum(outcome.summary["frames"] for outcome in outcomes)
    shutil.rmtree(out)
    return {
        "streams": streams,
        "fps": round(frames / seconds, 1),
        "cpu_ms_per_frame": round(1000 * watch.cpu_seconds / frames, 1),
        "peak_mb": round(watch.peak / 1e6),
    }


def estimate_and_peak(folder: Path, height: int) -> dict[str, Any]:
    """What a worker of two is granted for a video, and what it uses, in MiB."""
    source = folder / f"{height}.mp4"
    render_scene(source, SCENES["interview"], size=(height * 16 // 9, height), fps=30, seconds=4)
    config = configured(folder, 2)
    with Watch() as watch:
        run_batch([Job(source, folder / f"{height}-{n}.mp4") for n in range(2)], config, bus=EventBus(), stop=threading.Event())
    estimate = stream_ram(probe(source), config, decode_threads=1, encode_threads=1, own_models=False)
    return {"height": height, "estimate_mib": estimate >> 20, "peak_mib": max(watch.peaks.values()) >> 20}


def checkpoint_cost(folder: Path, source: Path) -> float:
    """Share of the CPU time that snapshots and the files beside the segments take."""
    from dualface.video.resumable import ResumableAnalysis
    from dualface.video.work_folder import WorkFolder

    spent = [0.0]

    def timed(function: Any) -> Any:
        def call(*args: Any) -> Any:
            begun = time.thread_time()
            try:
                return function(*args)
            finally:
                spent[0] += time.thread_time() - begun

        return call

    save, snapshot = WorkFolder.save, ResumableAnalysis._take_snapshot
    WorkFolder.save, ResumableAnalysis._take_snapshot = timed(save), timed(snapshot)  # type: ignore[method-assign]
    try:
        begun = time.process_time()
        run_batch([Job(source, folder / "cost.mp4")], configured(folder, 1), bus=EventBus(), stop=threading.Event())
        return spent[0] / (time.process_time() - begun)
    finally:
        WorkFolder.save, ResumableAnalysis._take_snapshot = save, snapshot  # type: ignore[method-assign]


def seconds_to_first_frame(job: Job, config: Config) -> float:
    from dualface.video.shared_models import SharedModels
    from dualface.video.video_run import VideoRun

    times: list[float] = []

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress):
            times.append(time.perf_counter())

    bus = EventBus()
    bus.subscribe(watch)
    begun = time.perf_counter()
    VideoRun(job, config, SharedModels(config), bus=bus, stop=threading.Event()).run()
    return times[0] - begun


def seconds_to_resume(folder: Path, source: Path, frame: int) -> tuple[float, float]:
    """Seconds from a killed run's second start to its first new frame; and the same for a fresh start."""
    from dualface.video.shared_models import SharedModels
    from dualface.video.video_run import VideoRun

    results = []
    for resuming in (False, True):
        job = Job(source, folder / "resumed.mp4" if resuming else folder / "fresh.mp4")
        config = configured(folder, 1)
        if resuming:
            fault = Fault("encoder", frame, "exception", once=folder / "happened")
            undo = install([fault])
            VideoRun(job, config, SharedModels(config), bus=EventBus(), stop=threading.Event()).run()
            undo()
        results.append(seconds_to_first_frame(job, config))
    return results[1], results[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures several videos at a time.")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of each video")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dualface-bench-") as name:
        folder = Path(name)
        source = folder / "talk.mp4"
        write_talk(source, seconds=options.seconds)
        report: dict[str, Any] = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
        report["at_a_time"] = [at_a_time(folder, source, streams) for streams in (1, 2, 4)]
        report["estimates"] = [estimate_and_peak(folder, height) for height in (360, 720, 1080, 2160)]
        report["checkpoint_cpu_share"] = round(checkpoint_cost(folder, source), 4)
        resumed, fresh = seconds_to_resume(folder, source, round(options.seconds * 30) - 2)
        report["seconds_to_resume"], report["seconds_to_start"] = round(resumed, 2), round(fresh, 2)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
