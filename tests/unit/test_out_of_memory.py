"""Want of memory is told apart from everything else that makes a codec fail."""

from pathlib import Path

import pytest

from dualface.errors import DeviceMemoryError
from dualface.out_of_memory import check_room, is_for_want_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        RuntimeError("Check failed: std::bad_alloc"),
        ImportError("libtiff.so.6: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
    ],
    ids=repr,
)
def test_whoever_says_it_is_understood(error: Exception) -> None:
    assert is_for_want_of_memory(error)
    assert not is_for_want_of_memory(ValueError("division by zero"))


def test_where_there_is_room_something_else_went_wrong() -> None:
    check_room("encode", 1920, 1080, ValueError("Generic error in an external library"))


@pytest.mark.parametrize("error", [MemoryError(), ValueError("Invalid data found"), None], ids=repr)
def test_what_is_missing_is_said_with_the_file_and_the_size(error: Exception | None) -> None:
    side = 64 if isinstance(error, MemoryError) else 1 << 24  # more than a machine can address
    with pytest.raises(DeviceMemoryError, match=rf"^film\.mp4: no memory is left to decode pictures of {side}×{side}"):
        check_room("decode", side, side, error, file=Path("film.mp4"))


def test_a_codec_of_small_pictures_needs_more_than_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def none_left(count: int, _: object) -> None:
        asked.append(count)
        raise MemoryError

    monkeypatch.setattr("numpy.empty", none_left)
    with pytest.raises(DeviceMemoryError, match="to encode pictures of 64×48"):
        check_room("encode", 64, 48)
    assert asked[0] > 1 << 20
