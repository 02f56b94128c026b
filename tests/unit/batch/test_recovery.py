"""Recovery always ends, never repeats what can't help, and is patient while there is progress."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.batch.recovery import MOST_ATTEMPTS, Approach, Attempt, StreamRecoveryManager
from dualface.errors import (
    DeviceError,
    DeviceMemoryError,
    DiskFullError,
    DualfaceError,
    InputError,
    ModelError,
    StoppedError,
)
from dualface.workers.failure import PERMANENT, Failure, classify

Happening = tuple[Failure, int]
"""A failure, and how many frames were closed in the attempt that it ended."""
happenings = st.lists(st.tuples(st.sampled_from(Failure), st.sampled_from([0, 0, 40])), min_size=1, max_size=3)


def played(happenings: Sequence[Happening], device: str = "auto", gpu: bool = False) -> list[Attempt]:
    """Attempts until the manager gives up; the happenings repeat for ever."""
    manager, attempts, approach, frames = StreamRecoveryManager(), list[Attempt](), Approach(device), 0
    while True:
        failure, closed = happenings[len(attempts) % len(happenings)]
        on_gpu = gpu and approach.device != "cpu"
        attempts.append(Attempt(failure, approach, frames, frames + closed, on_gpu))
        frames += closed
        decision = manager.decide(attempts)
        assert decision.reason
        if decision.approach is None:
            return attempts
        assert 0 < decision.delay_seconds <= 30
        approach = decision.approach


@given(happenings, st.sampled_from(["auto", "cpu", "cuda"]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_it_never_loops_for_ever_and_does_nothing_that_was_not_allowed(
    happenings: list[Happening], device: str, gpu: bool
) -> None:
    attempts = played(happenings, device, gpu)
    assert len(attempts) <= MOST_ATTEMPTS
    assert not any(attempt.failure in PERMANENT for attempt in attempts[:-1])
    if device == "cuda":
        assert all(attempt.approach.device == "cuda" for attempt in attempts)
    for before, after in pairwise(attempts):
        assert not (before.approach.cautious and not after.approach.cautious)
        assert not (before.approach.alone and not after.approach.alone)
        assert not (before.approach.device == "cpu" and after.approach.device != "cpu")


def test_without_progress_three_attempts_are_enough_to_know() -> None:
    for failures in product([failure for failure in Failure if failure is not Failure.LOST], repeat=3):
        assert len(played([(failure, 0) for failure in failures])) <= 3


def test_a_crash_is_tried_the_same_way_and_then_with_other_parts() -> None:
    approaches = [attempt.approach for attempt in played([(Failure.CRASHED, 0)], gpu=True)]
    assert approaches == [Approach("auto"), Approach("auto"), Approach("cpu", cautious=True)]


def test_want_of_memory_ends_the_company_first() -> None:
    approaches = [attempt.approach for attempt in played([(Failure.MEMORY, 0)], gpu=True)]
    assert approaches == [Approach("auto"), Approach("auto", alone=True), Approach("cpu", alone=True)]


def test_a_lost_gpu_leads_to_the_cpu_unless_the_gpu_was_asked_for() -> None:
    assert [a.approach.device for a in played([(Failure.DEVICE, 0)], gpu=True)] == ["auto", "cpu"]
    assert len(played([(Failure.DEVICE, 0)], device="cuda", gpu=True)) == 1


def test_progress_buys_patience_but_not_for_ever() -> None:
    for failure in (Failure.CRASHED, Failure.MEMORY):
        assert len(played([(failure, 40)])) == MOST_ATTEMPTS
    assert len(played([(Failure.INPUT, 0)])) == 1
    assert len(played([(Failure.INPUT, 40)])) > 1


def test_machines_that_are_lost_are_not_the_videos_fault() -> None:
    """Three in a row that get nowhere are the end of a video that crashes; a bad night of the cluster is not."""
    attempts = played([(Failure.LOST, 0)])
    assert len(attempts) == MOST_ATTEMPTS
    assert {attempt.approach for attempt in attempts} == {Approach()}
    crashes = [attempt.failure for attempt in played([(Failure.CRASHED, 0), (Failure.LOST, 0)])].count(Failure.CRASHED)
    assert crashes == len(played([(Failure.CRASHED, 0)]))


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (InputError("x"), Failure.INPUT),
        (DiskFullError("x"), Failure.OUTPUT),
        (ModelError("x"), Failure.MODEL),
        (DeviceError("x"), Failure.DEVICE),
        (DeviceMemoryError("x"), Failure.MEMORY),
        (StoppedError("x"), Failure.STOPPED),
        (ValueError("x"), Failure.INTERNAL),
    ],
)
def test_errors_are_told_apart_by_their_kind_or_their_cause(error: Exception, failure: Failure) -> None:
    assert classify(error) is failure
    wrapped = DualfaceError("unexpected")
    wrapped.__cause__ = MemoryError()
    assert classify(wrapped) is Failure.MEMORY
