"""What decoders that stand around another one have in common."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from dualface.interfaces import Decoder, TimedDecoder
from dualface.types import Frame, VideoInfo


class DecoderAround:
    """Says of the video what ``_decoder``, the other one, says; frames are those of ``_frames``.  A subclass sets both."""

    _decoder: Decoder
    _frames: Iterator[Frame]

    def get_video_info(self) -> VideoInfo:
        return self._decoder.get_video_info()

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    @property
    def indexed(self) -> bool:
        """As the other's, where that tells; see :class:`~dualface.interfaces.TimedDecoder`."""
        return isinstance(self._decoder, TimedDecoder) and self._decoder.indexed

    @property
    def start(self) -> Fraction | None:
        """As the other's, where that tells."""
        return self._decoder.start if isinstance(self._decoder, TimedDecoder) else None
