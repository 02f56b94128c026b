"""Which part of the footage is taken, as ``input.start`` and ``input.end`` say, and at which rate."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from dualface.config.schema import Config, InputConfig
from dualface.config.times import FilmTime, parse_rate, parse_time, seconds_of
from dualface.decode.constant_rate import ConstantRateDecoder
from dualface.decode.trimmed import Span, TrimmedDecoder
from dualface.device.base import Device
from dualface.errors import ConfigurationError
from dualface.interfaces import Decoder
from dualface.types import VideoInfo

_ALL = Span()


def part_opener(
    device: Device, source: Path, config: Config, *, deep: bool = False, within: Span = _ALL
) -> Callable[[], Decoder]:
    """What opens the part of ``source`` that the configuration wants, at the rate and with the decoder that it names.

    ``deep`` as :class:`~dualface.interfaces.DecoderConstructor` has it, ``within`` as :func:`open_part`.  Calling it raises as
    that does.
    """
    processing, rate = config.processing, parse_rate(config.input.rate)

    def open_whole() -> Decoder:
        return device.decoder(source, processing.decode_threads, processing.decoder, rate, deep=deep)

    def open_wanted() -> Decoder:
        part, fps = open_part(open_whole, source, config.input, within), config.encoding.fps
        return part if fps == "auto" else ConstantRateDecoder(part, parse_rate(fps))

    return open_wanted


def open_part(open_decoder: Callable[[], Decoder], source: Path, wanted: InputConfig, within: Span = _ALL) -> Decoder:
    """A decoder of the part that is wanted of ``source``, which ``open_decoder`` opens: that decoder itself for all of it.

    ``within`` is what is wanted of that part, in seconds from its first picture.

    Raises :class:`~dualface.errors.ConfigurationError` for times that this video can't have,
    :class:`~dualface.errors.InputError` where it ends before the part begins, and what ``open_decoder`` raises.
    """
    if not wanted.start and not wanted.end and within == _ALL:
        return open_decoder()
    return TrimmedDecoder(open_decoder, source, lambda info: _narrowed(span_of(wanted, info, source), within))


def _narrowed(part: Span, within: Span) -> Span:
    ends = [end for end in (part.end, None if within.end is None else part.start + within.end) if end is not None]
    return Span(part.start + within.start, min(ends, default=None))


def span_of(wanted: InputConfig, info: VideoInfo, source: Path) -> Span:
    """Times as seconds from the video's first picture; timecodes count from its own, or from zero where it has none.

    Raises :class:`~dualface.errors.ConfigurationError`.
    """
    start = _seconds("start", wanted.start, info, source) or Fraction(0)
    end = _seconds("end", wanted.end, info, source)
    if end is not None and end <= start:
        raise ConfigurationError(f"{source}: input.end is {wanted.end}, which is not after input.start, {wanted.start}.")
    return Span(start, end)


def _seconds(name: str, text: str, info: VideoInfo, source: Path) -> Fraction | None:
    if not text:
        return None
    try:
        return seconds_of(parse_time(text), info.fps, _first(info))
    except ValueError as error:
        own = f", which begins at {info.timecode}" if info.timecode else f" of {float(info.fps):g} frames/s"
        raise ConfigurationError(f"{source}: input.{name} is {text}, no timecode of this video{own}: {error}.") from error


def _first(info: VideoInfo) -> FilmTime | None:
    try:
        return parse_time(info.timecode) if info.timecode else None
    except ValueError:  # a damaged tag
        return None
