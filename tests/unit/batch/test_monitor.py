"""Alerts begin and end once, fewer streams run meanwhile, and other programs can read it all."""

from __future__ import annotations

import json
import threading
import urllib.request
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from dualface.batch.monitor import THRESHOLDS, Alarm, AlertKind, HardwareMonitor, Threshold
from dualface.batch.queue import StreamSyncManager
from dualface.batch.recovery import StreamRecoveryManager
from dualface.batch.run_batch import slow_down
from dualface.batch.telemetry import events_file, metrics_server
from dualface.errors import ConfigurationError, OutputError
from dualface.events import (
    Event,
    EventBus,
    HardwareAlert,
    HardwareSample,
    Notice,
    StreamSample,
    VideoFinished,
    VideoNote,
    VideoProgress,
    VideoStarted,
    VideoWarning,
)
from dualface.gpu.nvml import GpuReading
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.vitals import Vitals
from dualface.workers.stream import StreamState

JOB = Job(Path("talk.mp4"), Path("out/talk.mp4"))
INFO = VideoInfo(1920, 1080, Fraction(30000, 1001), 100, 3.3)
EVENTS: list[Event] = [
    VideoStarted(JOB, INFO, 100),
    VideoProgress(JOB, 40, 2),
    VideoWarning(JOB, "Something."),
    VideoNote(JOB, "Something good."),
    VideoFinished(JOB, VideoOutcome(JOB, Status.FAILED, OutputError("No."))),
]


class Sensor:
    """A GPU that gets as hot as one likes."""

    name, driver, memory = "none", "none", 1 << 34

    def __init__(self) -> None:
        self.temperature = 50.0
        self.closed = False

    def read(self) -> GpuReading:
        return GpuReading(0.5, 0.1, 0.2, 1 << 30, self.temperature, 100.0, None)

    def close(self) -> None:
        self.closed = True


def sample_with(*queued: int) -> HardwareSample:
    streams = tuple(StreamSample(JOB, 1, 5, 40, {"analyse": n, "compose": 0, "encode": 1}) for n in queued)
    return HardwareSample(0.5, 0.4, 1000, Sensor().read(), streams)


def test_an_alarm_does_not_flicker() -> None:
    alarm = Alarm(Threshold(0.9, 0.8))
    values = [0.85, 0.91, 0.89, 0.85, 0.95, 0.79, 0.85, 0.91]
    assert [value for value in values if alarm.observe(value)] == [0.91, 0.79, 0.91]


@pytest.mark.parametrize(
    ("kind", "usual", "short", "better"),
    [
        (AlertKind.TEMPERATURE, 85.0, 88.0, 82.0),  # GPUs at work are warm; from about 90 °C on they slow themselves down
        (AlertKind.RAM, 0.9, 0.93, 0.87),
        (AlertKind.VRAM, 0.94, 0.96, 0.92),
        (AlertKind.DISK, 0.975, 0.985, 0.975),
    ],
)
def test_alerts_begin_where_work_is_in_danger_and_last_until_there_is_room(
    kind: AlertKind, usual: float, short: float, better: float
) -> None:
    alarm = Alarm(THRESHOLDS[kind])
    assert not alarm.observe(usual)
    assert alarm.observe(short)
    assert not alarm.observe(better), "it would come back at once"
    assert alarm.observe(0.5)


def test_fewer_streams_while_something_is_short() -> None:
    recovery, sync = StreamRecoveryManager(), StreamSyncManager(4)
    allowed = []
    for short in (True, True, True, True, False):
        sync.allow(recovery.streams(sync.allowed, sync.most, short=short))
        allowed.append(sync.allowed)
    assert allowed == [3, 2, 1, 1, 4]
    assert recovery.streams(1, 4, short=True) == 1


def test_as_long_as_it_is_too_hot_there_are_fewer_each_second(tmp_path: Path) -> None:
    """Beginning and end of an alert are told once; whoever can do something about it hears of it as long as it lasts."""
    sync, told, bus = StreamSyncManager(4), list[Notice](), EventBus()
    bus.on_notice(told.append)
    monitor = HardwareMonitor(bus, list, tmp_path, gpu=Sensor(), gpu_memory=1 << 34, on_alerts=partial(slow_down, sync))
    allowed = []
    for temperature in (60.0, 90.0, 90.0, 82.0, 82.0, 70.0, 60.0, 91.0):
        reading = GpuReading(0.5, 0.1, 0.2, 1 << 30, temperature, 100.0, None)
        monitor.check(HardwareSample(cpu=0.5, ram_used=0.4, disk_free=1000, gpu=reading, streams=()))
        allowed.append(sync.allowed)
    assert allowed == [4, 3, 2, 1, 1, 4, 4, 3]
    assert [(one.kind, one.active, one.value) for one in told if isinstance(one, HardwareAlert) and one.kind != "disk"] == [
        ("temperature", True, 90.0),
        ("temperature", False, 70.0),
        ("temperature", True, 91.0),
    ]


def test_it_samples_streams_while_it_is_entered(tmp_path: Path) -> None:
    bus, sampled = EventBus(), threading.Event()
    vitals = Vitals(decoded=50, analysed=12, composed=10, encoded=8)

    def watch(notice: Notice) -> None:
        if isinstance(notice, HardwareSample) and notice.streams:
            assert notice.streams[0].queues == {"analyse": 38, "compose": 2, "encode": 2}
            assert notice.disk_free > 0
            sampled.set()

    bus.on_notice(watch)
    sensor = Sensor()
    with HardwareMonitor(bus, lambda: [StreamState(JOB, 10**7, vitals)], tmp_path, gpu=sensor, interval=0.01):
        assert sampled.wait(100)
    assert sensor.closed


def test_every_event_is_a_line_of_json(tmp_path: Path) -> None:
    bus, path = EventBus(), tmp_path / "events.jsonl"
    with events_file(path, bus):
        for event in EVENTS:
            bus.emit(event)
        bus.notify(sample_with(3))
        bus.notify(HardwareAlert("ram", True, 0.95))
    bus.emit(EVENTS[0])  # after the end: nobody minds
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == [
        *("VideoStarted", "VideoProgress", "VideoWarning", "VideoNote", "VideoFinished", "HardwareSample", "HardwareAlert")
    ]
    assert lines[0]["info"]["fps"] == "30000/1001"
    assert lines[4]["outcome"]["error"] == "No."


def test_an_events_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "no" / "events.jsonl"
    with pytest.raises(OutputError) as caught, events_file(path, EventBus()):
        pass
    reason = "can't be written (No such file or directory); name another one with --events."
    assert str(caught.value) == f"The events file {path} {reason}"


def test_prometheus_reads_the_numbers() -> None:
    bus = EventBus()
    with metrics_server(0, bus) as port:
        for event in EVENTS:
            bus.emit(event)
        bus.notify(sample_with(3))
        bus.notify(HardwareAlert("ram", True, 0.95))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        for line in (
            'dualface_video_frames{source="talk.mp4"} 40.0',
            'dualface_videos_total{status="failed"} 1.0',
            'dualface_stream_queue_frames{source="talk.mp4",step="analyse"} 3.0',
            'dualface_alert{kind="ram"} 1.0',
            'dualface_gpu{reading="temperature"} 50.0',
            "dualface_cpu_share 0.5",
        ):
            assert line in text
        bus.notify(sample_with())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert "dualface_stream_queue_frames{" not in answer.read().decode()
        with pytest.raises(ConfigurationError), metrics_server(port, bus):
            pass
