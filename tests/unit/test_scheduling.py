"""A codec library may not take the machine for itself."""

from __future__ import annotations

import os
import sys
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from dualface import control_groups
from dualface.config.codecs import quiet_encoders, sample
from dualface.config.host import HostProbe
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.scheduling import made_giving_way, ordinary_threads, threads_for_libraries, usable_cores
from dualface.types import ColorTags

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these priorities")


def policies() -> set[int]:
    return {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}


def test_trying_av1_leaves_every_thread_ordinary() -> None:
    with quiet_encoders():
        sample("libsvtav1", "yuv420p", 128, 96)
    assert policies() == {os.SCHED_OTHER}


def test_encoding_av1_leaves_every_thread_ordinary() -> None:
    encoder = SoftwareEncoder(128, 96, Fraction(25), Fraction(1, 25), ColorTags(), EncoderSettings(codec="av1"))
    assert policies() == {os.SCHED_OTHER}
    encoder.close()


@pytest.mark.skipif(sys.platform == "linux" and os.geteuid() != 0, reason="only root may ask for these priorities")
def test_who_is_real_time_by_choice_stays_so() -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        with ordinary_threads():
            pass
        assert os.sched_getscheduler(0) == os.SCHED_FIFO
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.fixture
def no_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system without control groups, to be given some."""
    monkeypatch.setattr(control_groups, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("no_groups")
def test_cores_that_a_process_may_not_use_don_t_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert usable_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores() == 64


@pytest.mark.parametrize(("quota", "cores"), [(200_000, 2), (150_000, 2), (20_000, 1), (9_900_000, 8)])
def test_cores_of_whose_time_a_container_gets_no_part_don_t_count(
    no_groups: Path, monkeypatch: pytest.MonkeyPatch, quota: int, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    for name, text in (("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/cpu.max", f"{quota} 100000\n")):
        (no_groups / name).parent.mkdir(parents=True, exist_ok=True)
        (no_groups / name).write_text(text)
    assert usable_cores() == cores
    assert threads_for_libraries() == (cores if cores < 8 else 0), "x264 would make a thread and a half for each of eight"
    assert HostProbe(no_groups).cpu().usable_cores == min(quota / 100_000, 8)


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_gives_way_with_those_that_it_starts_and_nobody_else() -> None:
    before, inside = niceness(), list[int]()

    def look() -> str:
        inside.append(niceness())
        started = threading.Thread(target=lambda: inside.append(niceness()))
        started.start()
        started.join()
        return "made"

    assert made_giving_way(look) == "made"
    assert inside == [min(before + 5, 19)] * 2
    assert niceness() == before


def test_what_goes_wrong_there_is_told_here() -> None:
    with pytest.raises(ZeroDivisionError):
        made_giving_way(lambda: 1 // 0)
