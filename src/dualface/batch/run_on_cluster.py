"""Runs a list of videos on the machines of a cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

from dualface import registry
from dualface.batch.crew import is_divided
from dualface.batch.memory import GPUMemoryManager
from dualface.batch.queue import CUDAStreamManager, StreamSyncManager
from dualface.batch.workplace import Workplace
from dualface.config.schema import ClusterConfig, Config
from dualface.errors import DeviceError
from dualface.events import EventBus
from dualface.interfaces import Cluster
from dualface.jobs import Job, VideoOutcome
from dualface.workers.process_stream import ProcessStream
from dualface.workers.stall import Patience
from dualface.workers.starting import ClusterStarter

_MOST = 256
"""Videos at a time, however large the cluster is: each has a thread here that listens to it."""
_GRANTED_THERE = 1 << 62
"""Memory is the cluster's to give: its engine finds a machine with room."""


def run_on_cluster(
    jobs: Sequence[Job],
    config: Config,
    *,
    bus: EventBus,
    stop: threading.Event,
    prepare: Callable[[], object] | None,
    patience: Patience,
) -> list[VideoOutcome]:
    """As :func:`~dualface.batch.run_batch.run_batch`.

    A machine that is lost costs the time since the last segment: another goes on from the work folder beside the film.
    Raises :class:`~dualface.errors.DeviceError` where the cluster can't be reached or has no room for a single worker.
    """
    with closing(_connected(config.cluster)) as cluster:
        room = cluster.room
        if room < 1:
            wish = config.cluster
            what = f"{wish.cpus} cores, {wish.memory_gb:g} GB" + (f" and {wish.gpus:g} of a GPU" if wish.gpus else "")
            raise DeviceError(f"No machine of the cluster has {what} for a video; lower cluster.cpus, memory_gb or gpus.")
        count = min(max(room, config.processing.cuda_streams), _MOST)
        open_stream = partial(ProcessStream, stop=stop, starter=ClusterStarter(cluster, prepare), patience=patience)

        new_manager = partial(
            CUDAStreamManager,
            memory=GPUMemoryManager(_GRANTED_THERE),
            sync=StreamSyncManager(count),
            cores=config.cluster.cpus,
            ends_idle=True,
        )
        divided = len(jobs) == 1 and count > 1 and is_divided(jobs[0], config)
        # Idle workers take up what others wait for.
        return Workplace(count, open_stream, new_manager, keeps=False).run(jobs, config, bus=bus, stop=stop, divided=divided)


def _connected(wish: ClusterConfig) -> Cluster:
    needs = {"cpus": wish.cpus, "memory": round(wish.memory_gb * 1e9), "gpus": wish.gpus}
    cluster: Cluster = registry.make("cluster", wish.engine, wish.address, runtime=None, **needs)
    return cluster
