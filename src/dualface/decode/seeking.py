"""Finds the frame at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from dualface.decode.trimmed import Span, TooShortError, TrimmedDecoder
from dualface.interfaces import Decoder
from dualface.types import Frame


def frames_from(open_decoder: Callable[[], Decoder], source: Path, seconds: float) -> Generator[Frame, None, None]:
    """The frames from ``seconds`` after the video's start on; none if it ends before.  Close the iterator when done.

    Raises :class:`~dualface.errors.InputError`.
    """
    try:
        with closing(TrimmedDecoder(open_decoder, source, lambda _: Span(Fraction(seconds)))) as decoder:
            yield from decoder
    except TooShortError:
        return
