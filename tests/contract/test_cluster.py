"""Cluster engines: Ray, and the fake one that other tests use."""

import pytest

from dualface.interfaces import Cluster
from dualface.testing.contracts.cluster import ClusterContract
from dualface.testing.fake_cluster import FakeCluster


class TestFake(ClusterContract):
    @classmethod
    def open(cls) -> Cluster:
        return FakeCluster()


@pytest.mark.slow
class TestRay(ClusterContract):
    @classmethod
    def open(cls) -> Cluster:
        pytest.importorskip("ray", reason="the extra dualface[cluster] is not installed")
        from dualface.workers.ray_cluster import RayCluster

        return RayCluster("local", cpus=1, memory=100_000_000)
