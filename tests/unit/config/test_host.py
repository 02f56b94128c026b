"""Cores and memory as control groups grant them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualface.config.host import HostProbe


def tree(root: Path, files: dict[str, str]) -> HostProbe:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return HostProbe(root)


def test_without_control_groups_the_machine_is_the_limit(tmp_path: Path) -> None:
    host = HostProbe(tmp_path)
    assert 1 <= host.cpu().usable_cores <= host.cpu().logical_cores
    assert host.memory().usable == host.memory().total
    assert host.cpu().model


@pytest.mark.parametrize(
    "files",
    [
        {
            "proc/self/cgroup": "0::/pod/box\n",
            "sys/fs/cgroup/pod/cpu.max": "50000 100000\n",
            "sys/fs/cgroup/pod/box/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pod/memory.max": "1048576\n",
            "sys/fs/cgroup/pod/box/memory.max": "max\n",
        },
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n", "sys/fs/cgroup/memory.max": "1048576\n"},
        {
            "proc/self/cgroup": "4:memory:/box\n1:cpu,cpuacct:/box\n0::/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "1048576\n",
        },
    ],
    ids=["version 2, a parent's limit", "version 2, inside a container", "version 1"],
)
def test_the_tightest_control_group_counts(tmp_path: Path, files: dict[str, str]) -> None:
    host = tree(tmp_path, files)
    assert host.cpu().usable_cores == 0.5
    assert host.memory().usable == 1048576
    assert host.memory().available <= 1048576


def test_the_processors_name_is_the_kernels(tmp_path: Path) -> None:
    host = tree(tmp_path, {"proc/cpuinfo": "processor\t: 0\nmodel name\t: A Fast One\n"})
    assert host.cpu().model == "A Fast One"
