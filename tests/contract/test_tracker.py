"""The trackers that come with dualface."""

from dualface.interfaces import Tracker
from dualface.observe.track.bytetrack import ByteTracker
from dualface.testing.contracts.tracker import TrackerContract


class TestByteTracker(TrackerContract):
    def make(self, *, high: float, low: float, match_iou: float, lost_seconds: float) -> Tracker:
        return ByteTracker(high=high, low=low, match_iou=match_iou, lost_seconds=lost_seconds)
