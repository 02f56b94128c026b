"""Runs a list of videos."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dualface.batch.crew import Streams
from dualface.batch.gpus import GpuPool, numbers_of
from dualface.batch.memory import MODEL_PROCESS, GPUMemoryManager, ram_budget, vram_budget
from dualface.batch.monitor import SLOWING, AlertKind, HardwareMonitor
from dualface.batch.queue import CUDAStreamManager, StreamSyncManager
from dualface.batch.recovery import StreamRecoveryManager
from dualface.batch.workplace import Workplace
from dualface.config.host import HostProbe
from dualface.config.people_file import with_people
from dualface.config.schema import Config
from dualface.errors import DeviceError
from dualface.events import EventBus
from dualface.gpu.nvml import GpuSensor
from dualface.jobs import Job, VideoOutcome
from dualface.workers.head_start import HeadStart
from dualface.workers.inline_stream import InlineStream
from dualface.workers.stall import Patience

if TYPE_CHECKING:
    from dualface.workers.processes import Launcher


def run_batch(
    jobs: Sequence[Job],
    config: Config,
    *,
    bus: EventBus,
    stop: threading.Event,
    isolated: bool = False,
    launcher: Launcher | None = None,
    prepare: Callable[[], object] | None = None,
    patience: Patience | None = None,
    begun: HeadStart | None = None,
) -> list[VideoOutcome]:
    """Processes every job, ``config.processing.cuda_streams`` at a time; one failure does not end the others.

    Several videos are made in processes of their own, so that a file that crashes its decoder takes down nothing else, with
    the models in one more; a single one in this process, which saves the start of another, unless it is to be ``isolated``.
    A single one that is long is shared by so many workers, a slice each (:mod:`dualface.video.by_many`).
    ``launcher`` starts these processes; without one they end with this call.  ``prepare`` is called first in each of them,
    ``patience`` is what a stream may take without getting on, ``begun`` what was begun for a single video before.

    Returns the outcomes in the order of ``jobs``.  Setting ``stop`` ends the run within two seconds: unfinished videos
    end as :attr:`~dualface.jobs.Status.STOPPED` and leave nothing under their final names.

    With ``config.cluster.address`` the machines of a cluster make them, as many at a time as have room.

    Raises :class:`~dualface.errors.ConfigurationError` for what is wrong with the people file, and
    :class:`~dualface.errors.DeviceError` where the cluster can't be reached.
    """
    config = with_people(config)
    if config.cluster.address:
        from dualface.batch.run_on_cluster import run_on_cluster

        return run_on_cluster(jobs, config, bus=bus, stop=stop, prepare=prepare, patience=patience or Patience())
    divided = len(jobs) == 1 and config.processing.cuda_streams > 1 and jobs[0].slice is None
    several = _several_gpus(config)
    if several:
        config = config.model_copy(update={"hardware": config.hardware.model_copy(update={"gpu_id": next(iter(several))})})
    gpu, gpu_memory = _gpu_sensor(config)
    with ExitStack() as ends:
        streams = Streams(partial(InlineStream, stop=stop, begun=begun))
        if isolated or len(jobs) > 1 or prepare is not None or divided:
            from dualface.batch.own_processes import streams_in_processes

            count = config.processing.cuda_streams if divided else min(config.processing.cuda_streams, len(jobs))
            in_processes = streams_in_processes(
                config,
                count,
                stop=stop,
                launcher=launcher,
                prepare=prepare,
                patience=patience or Patience(),
                gpu_memory=gpu_memory,
            )
            streams = ends.enter_context(in_processes)
        sync = StreamSyncManager(config.processing.cuda_streams)
        new_manager = _manager_of(config, streams, sync, gpu_memory, several)
        place = Workplace(config.processing.cuda_streams, streams.open, new_manager)
        folder = jobs[0].output.parent if jobs else Path()
        alerts = partial(slow_down, sync)
        monitor = HardwareMonitor(bus, lambda: place.states, folder, gpu=gpu, gpu_memory=gpu_memory, on_alerts=alerts)
        ends.enter_context(monitor)
        return place.run(jobs, config, bus=bus, stop=stop, divided=divided)


def _manager_of(
    config: Config, streams: Streams, sync: StreamSyncManager, gpu_memory: int, several: Mapping[int, int]
) -> Callable[..., CUDAStreamManager]:
    """Makes managers of streams that share this machine: its memory, and its GPU or ``several``, by their memory."""
    facts, reserved = HostProbe().memory(), MODEL_PROCESS if streams.share_models else 0
    pool = None
    if several:
        rooms = {number: GPUMemoryManager(vram_budget(config, memory), "VRAM") for number, memory in several.items()}
        pool = GpuPool(rooms, together=streams.together)
    return partial(
        CUDAStreamManager,
        memory=GPUMemoryManager(ram_budget(config, facts.usable, facts.available, reserved=reserved)),
        sync=sync,
        vram=GPUMemoryManager(vram_budget(config, gpu_memory), "VRAM") if gpu_memory and not several else None,
        models_shared=streams.share_models,
        gpus=pool,
    )


def slow_down(sync: StreamSyncManager, active: frozenset[AlertKind]) -> None:
    """Lets fewer streams work while something is short that they need, all of them afterwards."""
    sync.allow(StreamRecoveryManager.streams(sync.allowed, sync.most, short=bool(active & SLOWING)))


def _several_gpus(config: Config) -> dict[int, int]:
    """The GPUs that ``hardware.gpus`` names, with their memory, that with most first; none where it names none.

    Raises :class:`~dualface.errors.DeviceError` for one that is not there.
    """
    if not config.hardware.gpus or config.hardware.device == "cpu":
        return {}
    from dualface.gpu.nvml import NvmlSensor

    found = {}
    for number in numbers_of(config.hardware.gpus):
        with closing(NvmlSensor(number)) as sensor:
            found[number] = sensor.memory
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _gpu_sensor(config: Config) -> tuple[GpuSensor | None, int]:
    """What watches the GPU, and how much memory it has; nothing where there is none or it is not to be used."""
    if config.hardware.device == "cpu":
        return None, 0
    try:
        from dualface.gpu.nvml import NvmlSensor

        sensor = NvmlSensor(config.hardware.gpu_id)
        return sensor, sensor.memory
    except (DeviceError, ImportError):
        return None, 0
