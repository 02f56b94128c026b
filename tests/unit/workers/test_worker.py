"""What a worker says reaches its parent whole, whoever says it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

from dualface.errors import ExitCode, InputError
from dualface.events import VideoWarning
from dualface.jobs import Job, Status, VideoOutcome
from dualface.workers.failure import Failure
from dualface.workers.worker import KeptModels, _Worker, ended

JOB = Job(Path("talk.mp4"), Path("out/talk.mp4"))


class Pipe:
    """A connection that takes its time, and notes who comes meanwhile."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.at_a_time = 0
        self._inside = 0
        self._other_came = threading.Event()

    def send(self, message: object) -> None:
        self._inside += 1
        self.at_a_time = max(self.at_a_time, self._inside)
        if self._inside > 1:
            self._other_came.set()
        self._other_came.wait(0.2)
        self.sent.append(message)
        self._inside -= 1


def test_two_threads_never_write_at_the_same_time() -> None:
    pipe = Pipe()
    worker = _Worker(cast("Any", pipe), None, KeptModels())
    messages = [VideoWarning(JOB, str(n)) for n in range(3)]
    threads = [threading.Thread(target=worker._send, args=[message]) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pipe.at_a_time == 1
    assert len(pipe.sent) == 3


class PluginError(InputError):
    """Pickle can't make it again: it needs more than a message."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message, file="talk.mp4")
        self.code = code


def test_an_error_that_cannot_be_sent_says_the_same_as_one_that_can() -> None:
    told = ended(VideoOutcome(JOB, Status.FAILED, PluginError("No.", code=5)), used_gpu=False)
    assert told.failure is Failure.INPUT
    assert type(told.outcome.error).__name__ == "DualfaceError"
    assert told.outcome.error is not None
    assert (str(told.outcome.error), told.outcome.error.exit_code) == ("No.", ExitCode.INPUT)
