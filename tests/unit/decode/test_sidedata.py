"""Reading what FFmpeg attaches to frames."""

import gc
from pathlib import Path

import av
from av.sidedata.sidedata import Type
from tests.support.moving import moving_film

from dualface.decode.sidedata import side_data


def test_a_frame_that_was_asked_is_free_with_its_last_reference(tmp_path: Path) -> None:
    """A picture of NVDEC's keeps its decoder's memory, some hundred megabytes."""
    with av.open(str(moving_film(tmp_path / "film.mp4", 192, 108, 5))) as container:
        frame = next(container.decode(video=0))
    assert side_data(frame, Type.DISPLAYMATRIX) is None
    gc.collect()
    gc.disable()
    try:
        before = sum(issubclass(type(found), av.VideoFrame) for found in gc.get_objects())  # isinstance asks dead proxies too
        del frame
        assert sum(issubclass(type(found), av.VideoFrame) for found in gc.get_objects()) == before - 1
    finally:
        gc.enable()
