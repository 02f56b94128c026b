"""Writes a container file through PyAV so that failures are ours: full disks are seen at once, a stop is heard at once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.error import ArgumentError, FFmpegError, InvalidDataError

from dualface.errors import OutputError, StoppedError
from dualface.files import sync_folder
from dualface.output_files import output_error

_BUFFER_BYTES = 1 << 18
_SYNC_BYTES = 64 << 20

StopCheck = Callable[[], bool]


def never() -> bool:
    """The stop check of work that nobody stops."""
    return False


class RefusedError(OutputError):
    """FFmpeg does not write such streams; the disk has nothing to do with it."""


class Muxer:
    """A container file that is being written; leave it as a context manager and an unfinished file is removed.

    ``path`` must not be a final name: see :mod:`dualface.output_files`.  ``format`` and ``options`` are FFmpeg's.
    When ``stop`` returns true, writing ends with :class:`~dualface.errors.StoppedError`, also while :meth:`finish` moves
    the index of an MP4 to the front.

    All methods raise :class:`~dualface.errors.DiskFullError` or :class:`~dualface.errors.OutputError` when the file can't
    be written, :class:`RefusedError` when FFmpeg does not take what it shall hold.
    """

    def __init__(self, path: Path, format: str, *, options: dict[str, str] | None = None, stop: StopCheck = never) -> None:
        self.path = path
        self._file = _File(path, stop)
        self._open = True
        self.container = av.open(
            self._file,
            "w",
            format=format,
            container_options={"flush_packets": "0", **(options or {})},
            buffer_size=_BUFFER_BYTES,
            io_open=self._file.reopen,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()

    def begin(self) -> None:
        """Writes the header; no stream can be added afterwards."""
        try:
            self.container.start_encoding()
        except FFmpegError as error:
            raise self._failure(error) from error
        self._file.check()

    def mux(self, packets: av.Packet[Any] | Sequence[av.Packet[Any]]) -> None:
        """Writes packets whose ``stream`` is one of the container's; their timestamps are converted in place."""
        try:
            self.container.mux(packets)
        except FFmpegError as error:
            raise self._failure(error) from error
        self._file.check()

    def offer(self, packet: av.Packet[Any]) -> bool:
        """Like :meth:`mux`; false when the container refuses this or a packet that it held back, because it is damaged."""
        try:
            self.container.mux(packet)
        except (InvalidDataError, ArgumentError):
            self._file.check()
            return False
        except FFmpegError as error:
            raise self._failure(error) from error
        self._file.check()
        return True

    def finish(self) -> None:
        """Completes the file: after it returns, the whole content is on the disk."""
        try:
            self.container.close()
        except FFmpegError as error:
            raise self._failure(error) from error
        self._file.commit()
        self._open = False

    def abort(self) -> None:
        """Removes the file, unless it is finished.  Does nothing the second time."""
        if not self._open:
            return
        self._open = False
        self._file.mute()
        with contextlib.suppress(FFmpegError):
            self.container.close()
        self._file.discard()

    def _failure(self, error: FFmpegError) -> Exception:
        return self._file.failure or RefusedError(
            f"{self.path}: the {self.container.format.name} file could not be written: {error.strerror}.",
            file=self.path,
            stage="encode",
        )


class _File:
    """What PyAV writes to.

    No exception may pass through FFmpeg, which would go on and raise another; the first is kept for :meth:`check`, and
    everything written after it is dropped.  Parts of the file are flushed to the disk now and then, so that no flush is long.
    """

    def __init__(self, path: Path, stop: StopCheck) -> None:
        self.name = os.fsencode(path).decode(errors="replace")  # PyAV fails on names that are no UTF-8; nothing is opened by it
        self.failure: Exception | None = None
        self._path, self._stop = path, stop
        self._muted = False
        self._unsynced = 0
        try:
            path.unlink(missing_ok=True)
            self._raw = path.open("xb", buffering=0)
        except OSError as error:
            raise output_error(error, path) from error

    def write(self, data: bytes) -> int:
        if self._stop() and self.failure is None:
            self.failure = StoppedError(f"{self._path.name}: stopped while it was being written.", file=self._path)
        if self.failure is None and not self._muted:
            try:
                self._write(memoryview(data))
            except OSError as error:
                self.failure = output_error(error, self._path)
        return len(data)

    def _write(self, data: memoryview) -> None:
        while data:
            written = self._raw.write(data)
            data = data[written:]
            self._unsynced += written
        if self._unsynced >= _SYNC_BYTES:
            os.fsync(self._raw.fileno())
            self._unsynced = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def reopen(self, *_: object) -> _Reader:
        """Called by the MP4 muxer with name, flags and options: it reads the file while it moves the index to the front."""
        return _Reader(self, self._path)

    def check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def mute(self) -> None:
        self._muted = True

    @property
    def muted(self) -> bool:
        return self._muted or self.failure is not None

    def commit(self) -> None:
        self.check()
        try:
            os.fsync(self._raw.fileno())
            self._raw.close()
            sync_folder(self._path.parent)
        except OSError as error:
            raise output_error(error, self._path) from error

    def discard(self) -> None:
        self._raw.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


class _Reader:
    def __init__(self, file: _File, path: Path) -> None:
        self.name = str(path)
        self._file = file
        self._raw = path.open("rb", buffering=0)

    def read(self, size: int) -> bytes:
        return b"" if self._file.muted else self._raw.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._raw.close()
