"""What editing programs must be told of a source besides its pictures: how long it is, its first picture's time, its sound."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from dualface.decode.fields import upper_field_first
from dualface.decode.software import SoftwareDecoder
from dualface.errors import InputError
from dualface.media import open_media
from dualface.sequences import is_sequence
from dualface.timeline import SoundStream
from dualface.types import VideoInfo


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """``begins``: when the first picture is shown, in seconds on the source's clock.  ``first_field``: ``upper`` or ``lower``,
    of interlaced pictures.
    """

    info: VideoInfo
    begins: Fraction
    sound: tuple[SoundStream, ...]
    first_field: str = ""


def read_facts(source: Path) -> MediaFacts:
    """Decodes one picture.  Raises :class:`~dualface.errors.InputError`, for a sequence of pictures too."""
    if is_sequence(source):
        raise InputError(f"{source}: is a sequence of pictures, which is not exported; make a video of it first.", file=source)
    with closing(SoftwareDecoder(source, threads=1)) as decoder:
        info, begins = decoder.get_video_info(), decoder.start
    try:
        with open_media(source) as container:
            sound = tuple(SoundStream(stream.channels, stream.rate or 0) for stream in container.streams.audio)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{source} can't be read ({error}); check the path.", file=source) from error
    heard = tuple(stream for stream in sound if stream.channels and stream.rate)
    first_field = ("upper" if upper_field_first(source) else "lower") if info.interlaced else ""
    return MediaFacts(info, begins or Fraction(0), heard, first_field)
