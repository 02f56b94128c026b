"""What is noted of a video beside its film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dualface.config.schema import Config
from dualface.records.headers import RecordHeader
from dualface.types import VideoInfo


def header_of(info: VideoInfo, source: Path, config: Config, fingerprint: str) -> RecordHeader:
    """The header of its files of observations and plans."""
    settings: dict[str, Any] = config.model_dump(mode="json")
    timecode = timecode_of(info, config)
    return RecordHeader(source.absolute(), info.width, info.height, info.fps, settings, fingerprint, timecode)


def timecode_of(info: VideoInfo, config: Config) -> str:
    """The timecode of the film's first picture: the video's, where the film begins with it."""
    return "" if config.input.start else info.timecode
