from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import pytest

from dualface.errors import ConfigurationError
from dualface.render.encode.nvenc_settings import nvenc_options
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.testing.canvases import TIME_BASE, canvas, decode_packets, encode_all
from dualface.types import ColorTags


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"codec": "vp9"}, "h264, hevc, av1, prores or dnxhr"),
        ({"preset": "fastest"}, "ultrafast"),
        ({"codec": "av1", "preset": "veryfast"}, "13"),
        ({"profile": "high10"}, "baseline, main or high"),
    ],
)
def test_a_value_that_the_library_lacks_is_refused_with_those_it_has(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EncoderSettings(**settings)


def test_what_the_library_refuses_names_the_section() -> None:
    with pytest.raises(ConfigurationError, match="section encoding"):
        SoftwareEncoder(95, 63, Fraction(30), TIME_BASE, ColorTags(), EncoderSettings())


def test_the_defaults_are_high_profile_without_b_frames_at_a_constant_rate() -> None:
    options = EncoderSettings().options(1920, 1080, Fraction(30), variable_rate=False)
    assert options == {
        "preset": "veryfast",
        "profile": "high",
        "level": "4.1",
        "b": "5000k",
        "maxrate": "5000k",
        "bufsize": "5000k",
        "g": "30",
        "bf": "0",
        "x264-params": "nal-hrd=cbr:force-cfr=1",
    }


def test_profile_and_level_are_in_the_stream() -> None:
    with closing(SoftwareEncoder(96, 64, Fraction(60), TIME_BASE, ColorTags())) as encoder:
        header = encoder.stream.codec_context.extradata
    assert header is not None
    assert header[4:8] == bytes([0x67, 100, 0, 41])  # sequence parameters: high, no constraints, 4.1


def test_a_constant_rate_is_constant_even_where_nothing_moves() -> None:
    settings = EncoderSettings(bitrate_kbps=400)
    with closing(SoftwareEncoder(96, 64, Fraction(30), Fraction(1, 30), ColorTags(), settings)) as encoder:
        still = canvas(0, 0, time_base=Fraction(1, 30))
        packets = encode_all(encoder, (replace(still, index=n, pts=n) for n in range(90)))
    assert sum(len(bytes(packet.data)) for packet in packets) * 8 / 3 == pytest.approx(400_000, rel=0.12)


def test_b_frames_are_made_when_asked_for() -> None:
    settings = EncoderSettings(b_frames=2, bitrate_kbps=500)
    with closing(SoftwareEncoder(96, 64, Fraction(30), TIME_BASE, ColorTags(), settings)) as encoder:
        packets = encode_all(encoder, [canvas(n, n * 3000) for n in range(20)])
        pictures = decode_packets(packets, "h264", encoder.stream.codec_context.extradata)
    assert av.video.frame.PictureType.B in {picture.pict_type for picture in pictures}


@pytest.mark.parametrize(
    ("control", "rate", "level"),
    [
        ("cbr", {"b": "15000k", "maxrate": "15000k", "bufsize": "15000k"}, "3.1"),
        ("vbr", {"b": "15000k", "maxrate": "30000k", "bufsize": "30000k"}, "4.1"),
        ("crf", {"crf": "23"}, "3.1"),
    ],
)
def test_the_rate_is_the_one_asked_for_and_the_level_allows_its_peaks(control: Any, rate: dict[str, str], level: str) -> None:
    settings = EncoderSettings(rate_control=control, bitrate_kbps=15000, level="auto")
    options = settings.options(1280, 720, Fraction(30), variable_rate=False)
    assert {key: options.get(key) for key in ("b", "maxrate", "bufsize", "crf") if key in options} == rate
    assert options["level"] == level
    hardware = nvenc_options(settings, 1280, 720, Fraction(30))
    expected = rate if control != "crf" else {"b": "0"}
    assert {key: hardware[key] for key in ("b", "maxrate", "bufsize") if key in hardware} == expected
    assert hardware["level"] == level
