"""Reads parts of a video once more, after all of it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from dualface.errors import InputError
from dualface.interfaces import Decoder
from dualface.types import Frame


class SourceAgain:
    """``open_decoder`` opens the source at its first frame; ``check`` is called often and may raise.

    Leave it as a context manager.
    """

    def __init__(self, open_decoder: Callable[[], Decoder], check: Callable[[], None]) -> None:
        self._open_decoder, self._check = open_decoder, check
        self._decoder: Decoder | None = None
        self._next_frame = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def at(self, index: int, pts: int) -> Decoder:
        """The decoder, whose next frame is the one of this number, at ``pts``.  Raises what the decoder raises."""
        if self._decoder is None or self._next_frame != index:
            self.close()
            self._decoder = self._decoder_at(index, pts)
            self._next_frame = index
        return self._decoder

    def frames(self, frames: range, first_pts: int) -> Iterator[Frame]:
        """The frames of these numbers; the first is at ``first_pts``.  Goes on where the last call ended, or seeks.

        Raises :class:`~dualface.errors.InputError` where the video is not what it was, and what the decoder raises.
        """
        decoder = self.at(frames.start, first_pts)
        for index in frames:
            frame = next(iter(decoder.decode_batch(1)), None)
            if frame is None or frame.index != index:
                raise InputError("the video can't be read a second time as it was the first time; copy it to a local disk.")
            self._next_frame = index + 1
            yield frame

    def _decoder_at(self, index: int, pts: int) -> Decoder:
        """A decoder whose next frame is this one: seeks, or where that does not lead there exactly, reads up to it."""
        decoder = self._open_decoder()
        if index == 0:
            return decoder
        if decoder.seek(index, pts):
            return decoder
        decoder.close()
        decoder = self._open_decoder()
        try:
            for _ in range(index):
                self._check()
                decoder.decode_batch(1)
        except BaseException:
            decoder.close()
            raise
        return decoder
