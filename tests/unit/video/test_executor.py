"""A chain loses nothing, keeps the order, holds back fast producers, and ends whatever happens."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.errors import StoppedError
from dualface.video.executor import Stage, run_chain


@given(st.integers(0, 60), st.integers(1, 5), st.integers(0, 7), st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_item_arrives_once_in_order(count: int, capacity: int, delay: int, holds: bool) -> None:
    held: list[int] = []
    out: list[int] = []

    def hold(item: int) -> list[int]:
        held.append(item)
        return [held.pop(0)] if len(held) > delay else []

    def sink(item: int) -> list[int]:
        out.append(item)
        return []

    stages = [Stage("hold", hold, lambda: list(held), holds), Stage("sink", sink)]
    run_chain(range(count), stages, capacity=capacity, stop=threading.Event())
    assert out == list(range(count))


def test_all_threads_that_feed_the_last_one_are_told_apart() -> None:
    feeders: set[str] = set()
    stages = [Stage("a", lambda n: [n]), Stage("b", lambda n: [n]), Stage("last", lambda _: [])]
    tell = lambda: feeders.add(threading.current_thread().name)  # noqa: E731
    run_chain(range(3), stages, capacity=1, stop=threading.Event(), feeders=tell)
    assert feeders == {"dualface-source", "dualface-a", "dualface-b"}


def test_a_slow_stage_holds_the_source_back() -> None:
    produced: list[int] = []
    most = 0

    def source() -> Iterator[int]:
        for n in range(30):
            produced.append(n)
            yield n

    def slow(item: int) -> list[int]:
        nonlocal most
        time.sleep(0.002)
        most = max(most, len(produced) - item)
        return []

    run_chain(source(), [Stage("slow", slow)], capacity=2, stop=threading.Event())
    assert most <= 5


def test_a_stage_that_gives_many_at_once_goes_on_while_they_are_worked_on() -> None:
    """Here the next batch is complete while a few of the last still wait; yet no more than that waits anywhere."""
    batch, capacity, produced, taken = 6, 2, 0, 0
    most = 0
    waiting: list[int] = []
    next_complete = [threading.Event() for _ in range(5)]

    def source() -> Iterator[int]:
        nonlocal produced, most
        for n in range(batch * len(next_complete)):
            produced += 1
            most = max(most, produced - taken)
            yield n

    def in_batches(item: int) -> list[int]:
        waiting.append(item)
        if len(waiting) < batch:
            return []
        next_complete[item // batch].set()
        given, waiting[:] = list(waiting), []
        return given

    def slow(item: int) -> list[int]:
        nonlocal taken
        taken += 1
        if item % batch == batch - capacity - 1 and item // batch + 1 < len(next_complete):
            assert next_complete[item // batch + 1].wait(20)
        return []

    stages = [Stage("in batches", in_batches, lambda: waiting, holds=True), Stage("slow", slow)]
    run_chain(source(), stages, capacity=capacity, stop=threading.Event())
    assert most <= batch + capacity + 1


@pytest.mark.parametrize("where", ["source", "push", "flush"])
def test_an_exception_anywhere_ends_the_chain_and_is_raised(where: str) -> None:
    def source() -> Iterator[int]:
        yield from range(100)
        if where == "source":
            raise RuntimeError(where)

    def push(item: int) -> list[int]:
        if where == "push" and item == 3:
            raise RuntimeError(where)
        return [item]

    def flush() -> list[int]:
        if where == "flush":
            raise RuntimeError(where)
        return []

    before = threading.active_count()
    with pytest.raises(RuntimeError, match=where):
        run_chain(source(), [Stage("a", push, flush), Stage("b", lambda item: [item])], capacity=2, stop=threading.Event())
    assert threading.active_count() == before


def test_where_there_is_no_room_for_a_thread_those_that_run_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or they would go on reading while the source is closed."""
    start, threads = threading.Thread.start, list[threading.Thread]()

    def limited(self: threading.Thread) -> None:
        if len(threads) == 2:
            raise RuntimeError("can't start new thread")
        threads.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(RuntimeError, match="new thread"):
        run_chain(itertools.count(), [Stage("a", lambda n: [n]), Stage("b", lambda n: [n])], capacity=1, stop=threading.Event())
    assert not any(thread.is_alive() for thread in threads)


def test_stop_ends_an_endless_chain() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(StoppedError):
        run_chain(itertools.count(), [Stage("a", lambda item: [item]), Stage("b", lambda item: [])], capacity=2, stop=stop)


def test_a_stage_that_hangs_cannot_keep_a_stop_waiting() -> None:
    stop, release = threading.Event(), threading.Event()

    def hang(item: int) -> list[int]:
        stop.set()
        release.wait(110)
        return []

    try:
        with pytest.raises(StoppedError):
            run_chain(itertools.count(), [Stage("a", hang)], capacity=2, stop=stop)
        assert not release.is_set()
    finally:
        release.set()
