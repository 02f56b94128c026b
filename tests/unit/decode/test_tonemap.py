"""Tone mapping against the numbers that the recommendations print, and frames against the formula."""

from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.video_files import VideoFile, planar_frame

from dualface.decode.normalise import Normaliser
from dualface.decode.timestamps import Stamp
from dualface.decode.tonemap import HLG, PQ, light_to_pq, peak_luminance, pq_to_light, roll_off, tone_map
from dualface.types import ColorTags, F64Array


def test_pq_has_the_code_values_of_bt_2408() -> None:
    """Table 1: 0.508, 0.581 and 0.752 of full scale for 100, 203 and 1000 cd/m²."""
    light = np.array([0.0, 100.0, 203.0, 1000.0, 10000.0])
    assert light_to_pq(light) == pytest.approx(np.array([0, 0.5081, 0.5807, 0.7518, 1]), abs=1e-4)
    assert pq_to_light(light_to_pq(light)) == pytest.approx(light, rel=1e-6, abs=1e-6)


def test_the_roll_off_keeps_dark_tones_and_maps_the_peak_to_white() -> None:
    """BT.2390: unchanged below the knee, the programme's peak at the display's, monotonic between."""
    light = np.array([0.0, 1.0, 50.0, 90.0, 1000.0, 4000.0])
    assert roll_off(light, 1000.0) == pytest.approx(np.array([0, 1, 50, 90, 203, 203]), rel=1e-3, abs=1e-6)
    rising = roll_off(np.linspace(0, 1000, 500), 1000.0)
    assert np.all(np.diff(rising) > 0)


def test_the_roll_off_follows_the_hermite_spline_of_bt_2390() -> None:
    """203 cd/m² of a 1000 cd/m² programme: knee 0.6586, T 0.3332, P 0.7387 (worked by hand)."""
    assert roll_off(np.array([203.0]), 1000.0)[0] == pytest.approx(159.0, abs=0.5)


@pytest.mark.parametrize(("nits", "sdr"), [(0.0, 0.0), (50.0, 0.558), (100.0, 0.743), (203.0, 0.903), (1000.0, 1.0)])
def test_white_of_pq_lands_where_the_curve_says(nits: float, sdr: float) -> None:
    coded = np.full((1, 3), light_to_pq(np.array(nits)))
    assert tone_map(coded, PQ)[0] == pytest.approx(np.full(3, sdr), abs=2e-3)


def test_hlg_reference_white_lands_like_pq_reference_white() -> None:
    """BT.2408: 75 % HLG and 58 % PQ both are 203 cd/m²."""
    assert tone_map(np.full((1, 3), 0.75), HLG)[0] == pytest.approx(np.full(3, 0.903), abs=2e-3)


def test_a_bt_709_colour_inside_bt_2020_comes_back_as_it_was() -> None:
    """BT.2087: (0.6274, 0.0691, 0.0164) in BT.2020 is the red of BT.709; at 50 cd/m² nothing else changes it."""
    light = 50 * np.array([[0.6274, 0.0691, 0.0164]])
    assert tone_map(light_to_pq(light), PQ)[0] == pytest.approx(np.array([(50 / 203) ** (1 / 2.4), 0, 0]), abs=0.03)


@pytest.mark.parametrize(
    ("metadata", "peak"),
    [
        ("", 1000),
        (":max-cll=600,300", 600),
        (":master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(40000000,50)", 4000),
        (":max-cll=600,300:master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(40000000,50)", 600),
        (":max-cll=20,10", 250),
    ],
)
def test_the_peak_is_what_the_metadata_say(metadata: str, peak: float, tmp_path: Path) -> None:
    options = {"x265-params": "log-level=none:hdr10=1" + metadata}
    spec = VideoFile(frames=1, codec="libx265", pix_fmt="yuv420p10le", color=ColorTags(9, PQ, 9), options=options)
    with av.open(str(spec.write(tmp_path / "film.hevc"))) as container:
        assert peak_luminance(next(container.decode(video=0))) == peak


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_frames_come_out_as_the_formula_says(transfer: int) -> None:
    """Patches of 32 × 32 pixels, grey to moderately coloured."""
    random = np.random.default_rng(0)
    luma = random.integers(350, 800, (12, 12))
    chroma = random.integers(512 - 25, 512 + 25, (2, 12, 12))
    frame = planar_frame(
        [patches(luma, 32), patches(chroma[0], 16), patches(chroma[1], 16)], "yuv420p10le", ColorTags(9, transfer, 9)
    )
    normaliser = Normaliser(frame, None)
    assert normaliser.color == ColorTags(1, 1, 1)
    picture = normaliser.push(frame, Stamp(0, 0), None)[0].picture
    expected = formula(luma, chroma, transfer)
    for plane, size, want in zip(picture.planes, (32, 16, 16), expected, strict=True):
        got = np.from_dlpack(plane)[size // 2 :: size, size // 2 :: size].astype(float)
        error = np.abs(got - want)
        assert np.percentile(error, 95) <= 2
        assert error.max() <= 8
        assert abs((got - want).mean()) <= 0.6


def patches(values: np.ndarray, size: int) -> np.ndarray:
    return np.kron(values, np.ones((size, size))).astype(np.uint16)


def formula(luma: np.ndarray, chroma: np.ndarray, transfer: int) -> list[F64Array]:
    """BT.2100 Y'CbCr at 10 bits through :func:`tone_map` to BT.709 Y'CbCr at 8, all limited range."""
    y, (cb, cr) = (luma - 64) / 876, (chroma - 512) / 896
    red, blue = y + 1.4746 * cr, y + 1.8814 * cb
    green = (y - 0.2627 * red - 0.0593 * blue) / 0.6780
    coded = np.clip(np.stack([red, green, blue], -1), 0, 1).reshape(-1, 3)
    red, green, blue = np.moveaxis(tone_map(coded, transfer).reshape(*luma.shape, 3), -1, 0)
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return [16 + 219 * y, 128 + 224 * (blue - y) / 1.8556, 128 + 224 * (red - y) / 1.5748]
