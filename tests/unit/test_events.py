"""Whoever is told may fail without disturbing the work or the others."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dualface.events import Event, EventBus, HardwareAlert, Notice, VideoProgress, VideoWarning
from dualface.jobs import Job

JOB = Job(Path("talk.mp4"), Path("out/talk.mp4"))


def progress(frames: int) -> VideoProgress:
    return VideoProgress(JOB, frames, 2)


def test_a_subscriber_that_raises_is_reported_once_and_the_others_are_told(caplog: pytest.LogCaptureFixture) -> None:
    bus, told, tried = EventBus(), list[Event](), list[Event]()

    def failing(event: Event) -> None:
        tried.append(event)
        raise ZeroDivisionError("no display")

    bus.subscribe(failing)
    bus.subscribe(told.append)
    with caplog.at_level(logging.WARNING):
        for frames in range(3):
            bus.emit(progress(frames))
    assert told == [progress(0), progress(1), progress(2)]
    assert tried == told, "what fails once may succeed later"
    assert len(caplog.records) == 1
    assert "no display" in caplog.text
    assert "failing" in caplog.text


def test_each_one_that_fails_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    def watcher(_: Notice) -> None:
        raise OSError("disk")

    def subscriber(_: Event) -> None:
        raise KeyError("name")

    bus = EventBus()
    bus.on_notice(watcher)
    bus.subscribe(subscriber)
    for _ in range(2):
        bus.notify(HardwareAlert("ram", True, 0.95))
        bus.emit(progress(1))
    assert ["disk" in record.message for record in caplog.records] == [True, False]


def test_a_subscriber_may_emit_and_subscribe_itself() -> None:
    bus, told = EventBus(), list[Event]()

    def answering(event: Event) -> None:
        if isinstance(event, VideoProgress):
            bus.subscribe(told.append)
            bus.emit(VideoWarning(JOB, "Slow."))

    bus.subscribe(answering)
    bus.emit(progress(1))
    assert told == [VideoWarning(JOB, "Slow.")]
