from __future__ import annotations

import re
from pathlib import Path

import av
import pytest

from dualface.render.mux import playable
from dualface.render.mux.playable import is_copied, is_played

PAGE = Path(__file__).parents[4] / "docs" / "sound.md"
NAMES = {"AAC": "aac", "Apple Lossless (ALAC)": "alac", "AC-3": "ac3", "E-AC-3": "eac3", "MP3": "mp3"}


def test_the_table_in_the_docs_is_the_one_in_use() -> None:
    [row] = re.findall(r"\| MP4 \| (.*) \|", PAGE.read_text(encoding="utf-8"))
    documented = {NAMES[name] for name in row.split(", ")}
    known = {av.Codec(name, "r").canonical_name for name in av.codecs_available if _is_sound(name)}
    assert {codec for codec in known if is_played(codec, "mp4")} == documented
    pcm = {codec for codec in known if is_played(codec, "mov")} - documented
    assert pcm == {f"pcm_{kind}{end}" for kind in ("s16", "s24", "s32", "f32") for end in ("le", "be")}
    assert {codec for codec in known if is_played(codec, "mkv")} == known


def _is_sound(name: str) -> bool:
    try:
        return av.Codec(name, "r").type == "audio"
    except av.codec.codec.UnknownCodecError:
        return False


@pytest.mark.parametrize(
    ("mode", "codec", "container", "copied"),
    [
        ("auto", "aac", "mp4", True),
        ("auto", "opus", "mp4", False),
        ("auto", "opus", "mkv", True),
        ("auto", "pcm_s16le", "mp4", False),
        ("auto", "pcm_s16le", "mov", True),
        ("auto", "aac_latm", "mp4", False),
        ("copy", "opus", "mp4", True),
        ("copy", "pcm_s16le", "mp4", True),
        ("aac", "aac", "mkv", True),
        ("aac", "mp3", "mp4", False),
        ("aac", "flac", "mkv", False),
    ],
)
def test_what_is_copied(mode: playable.AudioMode, codec: str, container: str, copied: bool) -> None:
    assert is_copied(codec, container, mode) is copied
