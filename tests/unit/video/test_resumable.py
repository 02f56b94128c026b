"""Going on behind a snapshot: with exactly the frames that it held, and with what was known by then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from dualface.interfaces import DecodeStats
from dualface.pixels.thumbnail import thumbnail
from dualface.testing.pictures import random_frame
from dualface.types import Frame, VideoInfo
from dualface.video.resumable import LastThumbnail, reopened
from dualface.video.work_folder import Snapshot

COUNT = 40


def frames(*, other_from: int = COUNT) -> list[Frame]:
    """A video; from frame ``other_from`` on it shows something else, at the same times."""
    return [
        replace(random_frame(n + 1000 * (n >= other_from), 64, 48), index=n, pts=n, time_base=Fraction(1, 10))
        for n in range(COUNT)
    ]


class Video:
    """A decoder; where ``seeks`` is false, one of a file in which seeking leads nowhere."""

    def __init__(self, pictures: list[Frame], *, seeks: bool = True) -> None:
        self._pictures, self._seeks, self._next = pictures, seeks, 0
        self.stats, self.closed, self.sought = DecodeStats(), False, False

    def seek(self, index: int, pts: int) -> bool:
        self.sought = True
        self._next = index
        return self._seeks and self._pictures[index].pts == pts

    def decode_batch(self, n: int) -> list[Frame]:
        found = self._pictures[self._next : self._next + n]
        self._next += n
        self.stats.frames += len(found)
        return found

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._pictures[self._next :])

    def get_video_info(self) -> VideoInfo:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


class Opener:
    def __init__(self, pictures: list[Frame], *, seeks: bool = True) -> None:
        self._pictures, self._seeks = pictures, seeks
        self.opened: list[Video] = []

    def __call__(self) -> Video:
        self.opened.append(Video(self._pictures, seeks=self._seeks))
        return self.opened[-1]


def snapshot(pictures: list[Frame], **facts: object) -> Snapshot:
    """Taken when frames 20 to 24 were held."""
    fingerprint = LastThumbnail(thumbnail).fingerprint
    held = tuple((frame.pts, fingerprint(frame)) for frame in pictures[20:25])
    return Snapshot(25, 20, held, b"", **facts)  # type: ignore[arg-type]


def goes_on(opener: Opener, at: Snapshot) -> list[int] | None:
    """The indices of the frames that are held again, and of the next one."""
    found = reopened(opener, at, thumbnails=LastThumbnail(thumbnail), check=lambda: None)
    if found is None:
        return None
    decoder, held = found
    return [*held, *(frame.index for frame in decoder.decode_batch(1))]


def test_it_seeks_to_the_frames_that_were_held() -> None:
    opener = Opener(frames())
    assert goes_on(opener, snapshot(frames())) == [20, 21, 22, 23, 24, 25]
    assert [video.stats.frames for video in opener.opened] == [6]


def test_where_seeking_leads_nowhere_it_reads_from_the_start() -> None:
    opener = Opener(frames(), seeks=False)
    assert goes_on(opener, snapshot(frames())) == [20, 21, 22, 23, 24, 25]
    assert [video.closed for video in opener.opened] == [True, False]


def test_other_pictures_at_the_same_times_are_another_video() -> None:
    """As of a file that was replaced by one of the same length."""
    opener = Opener(frames(other_from=23))
    assert goes_on(opener, snapshot(frames())) is None
    assert all(video.closed for video in opener.opened)


def test_the_same_pictures_at_other_times_are_another_video() -> None:
    """As of a file that was joined anew, with a pause in it."""
    later = [replace(frame, pts=frame.pts + (frame.index >= 23)) for frame in frames()]
    opener = Opener(later)
    assert goes_on(opener, snapshot(frames())) is None
    assert all(video.closed for video in opener.opened)


def test_damage_and_warnings_from_before_are_remembered() -> None:
    """Seeking passes them over, so nobody would see them again."""
    opener = Opener(frames())
    goes_on(opener, snapshot(frames(), corrupt_packets=3, warnings=("its clock starts anew",)))
    stats = opener.opened[0].stats
    assert (stats.corrupt_packets, stats.warnings) == (3, ["its clock starts anew"])


def test_damage_that_is_read_again_is_not_counted_twice() -> None:
    opener = Opener(frames(), seeks=False)
    goes_on(opener, snapshot(frames(), corrupt_packets=3))
    assert opener.opened[-1].stats.corrupt_packets == 0


def test_a_video_whose_clock_started_anew_is_read_from_its_start() -> None:
    opener = Opener(frames())
    assert goes_on(opener, snapshot(frames(), restarted=True)) is not None
    assert not any(video.sought for video in opener.opened)


def test_a_fingerprint_changes_with_the_picture() -> None:
    one = random_frame(0, 64, 48)
    luma = np.array(one.planes[0])
    luma[:8, :8] ^= 255
    fingerprint = LastThumbnail(thumbnail).fingerprint
    assert fingerprint(one) == fingerprint(random_frame(0, 64, 48))
    assert fingerprint(one) != fingerprint(replace(one, planes=(luma, *one.planes[1:])))
