"""A Ray cluster of several nodes on this machine, nodes of which are killed and replaced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


class Nodes:
    """``count`` nodes of one core each, beside a head without any.  For the main thread: Ray starts nodes on no other."""

    def __init__(self, count: int) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.killed = 0
        for _ in range(count):
            self._cluster.add_node(num_cpus=1)

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def replace_one(self, which: int = 0) -> None:
        """Kills a node with all that works there, and has another take its place."""
        nodes = sorted(self._cluster.worker_nodes, key=lambda node: node.unique_id)
        self._cluster.remove_node(nodes[which % len(nodes)], allow_graceful=False)
        self.killed += 1
        self._cluster.add_node(num_cpus=1)

    def close(self) -> None:
        import ray

        ray.shutdown()
        self._cluster.shutdown()  # type: ignore[no-untyped-call]


@contextmanager
def ray_nodes(count: int = 2) -> Iterator[Nodes]:
    nodes = Nodes(count)
    try:
        yield nodes
    finally:
        nodes.close()


def while_it_runs(work: Callable[[], Result], due: threading.Event, strike: Callable[[], None]) -> Result:
    """The result of ``work``, which another thread does, while this one strikes whenever that is ``due``."""
    with ThreadPoolExecutor(1) as other:
        result = other.submit(work)
        while not result.done():
            if due.wait(0.1):
                due.clear()
                strike()
        return result.result()
