"""Memory is never granted beyond the budget, nobody waits for ever, and what never fits is refused at once."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.settings_of import settings_of

from dualface.batch.memory import GPUMemoryManager, ram_budget, stream_ram
from dualface.errors import DeviceMemoryError
from dualface.types import VideoInfo


@given(st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_all_get_their_turn_within_the_budget(needs: list[tuple[int, bool]]) -> None:
    memory, done, lock = GPUMemoryManager(10), list[int](), threading.Lock()
    broken: list[str] = []

    def stream(needed: int, alone: bool) -> None:
        with memory.allocate_stream_memory(needed, what="x", alone=alone) as granted:
            status = memory.get_memory_status()
            if not granted or status.granted > 10 or (alone and status.running != 1):
                broken.append(str(status))
            with lock:
                done.append(needed)

    threads = [threading.Thread(target=stream, args=need) for need in needs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert broken == []
    assert len(done) == len(needs)
    assert memory.get_memory_status().free == 10


def test_what_never_fits_is_refused_with_the_keys_to_change() -> None:
    with pytest.raises(DeviceMemoryError, match=r"talk\.mp4 needs .*memory\.ram_limit_gb"):
        GPUMemoryManager(10).allocate_stream_memory(11, what="talk.mp4").__enter__()


def test_one_that_must_be_alone_is_not_passed_by_those_who_come_later() -> None:
    """Else a batch, in which somebody always has some memory, would never let it begin."""
    memory, order = GPUMemoryManager(10), list[str]()

    def stream(name: str, alone: bool) -> None:
        with memory.allocate_stream_memory(2, what=name, alone=alone):
            order.append(name)

    def waiting(count: int) -> None:
        while memory.get_memory_status().waiting + len(order) < count:
            time.sleep(0.001)

    lonely = threading.Thread(target=stream, args=["lonely", True])
    later = threading.Thread(target=stream, args=["later", False])
    with memory.allocate_stream_memory(2, what="first"):
        lonely.start()
        waiting(1)
        later.start()
        waiting(2)
        time.sleep(0.2)  # enough for one who may pass
        order.append("first")
    for thread in (lonely, later):
        thread.join(100)
    assert order == ["first", "lonely", "later"]


def test_a_stop_ends_the_waiting() -> None:
    memory, stop = GPUMemoryManager(10), threading.Event()
    with memory.allocate_stream_memory(10, what="first"):
        threading.Timer(0.05, stop.set).start()
        with memory.allocate_stream_memory(1, what="second", stop=stop) as granted:
            assert not granted


def test_the_estimate_grows_with_the_picture_the_look_ahead_and_the_threads(tmp_path: Path) -> None:
    config = settings_of(tmp_path)
    hd = VideoInfo(1920, 1080, Fraction(30), 0, 0.0, pixel_format="yuv420p")

    def need(info: VideoInfo = hd, threads: int = 1, **keys: str) -> int:
        return stream_ram(info, settings_of(tmp_path, **keys) if keys else config, decode_threads=threads, encode_threads=1)

    assert need(VideoInfo(3840, 2160, Fraction(30), 0, 0.0, pixel_format="yuv420p")) > 1.5 * need()
    assert need(VideoInfo(1920, 1080, Fraction(60), 0, 0.0, pixel_format="yuv420p")) > need()
    assert need(processing__lookahead_seconds="2.0") > need()
    assert need(threads=8) > need()
    films = [stream_ram(hd, config, decode_threads=1, encode_threads=1, also=[config] * count) for count in range(3)]
    assert films[0] == need()
    assert films[2] - films[1] == films[1] - films[0] == 18 * 1920 * 1080 * 3 // 2, "canvases and what the encoder keeps"


def test_the_budget_leaves_others_what_they_use(tmp_path: Path) -> None:
    config = settings_of(tmp_path)
    assert ram_budget(config, usable=8_000, available=7_000) == 6_000
    assert ram_budget(config, usable=8_000, available=1_000) == 1_000
    limited = settings_of(tmp_path, memory__ram_limit_gb="0.000002")
    assert ram_budget(limited, usable=8_000, available=7_000) == 2_000
    assert ram_budget(limited, usable=8_000, available=7_000, reserved=500) == 1_500
    assert ram_budget(limited, usable=8_000, available=7_000, reserved=3_000) == 0


def test_nobody_comes_in_beside_one_that_must_be_alone() -> None:
    memory, stop = GPUMemoryManager(100), threading.Event()
    stop.set()  # whoever would have to wait does not
    with (
        memory.allocate_stream_memory(10, what="lonely", alone=True) as first,
        memory.allocate_stream_memory(10, what="another", stop=stop) as second,
    ):
        assert (first, second) == (True, False)
