"""What an analysis borrows: the models and the ways to look at a frame, which no snapshot of it contains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from dualface.config.schema import Config
from dualface.interfaces import Detector
from dualface.observe.boxes.line import Patch
from dualface.observe.people.reid import Recogniser
from dualface.types import VideoInfo
from dualface.video.analysis import Analysis, open_analysis, open_observer
from dualface.video.put_away import PuttingAway
from dualface.video.references import recogniser_of
from dualface.video.resumable import LastThumbnail
from dualface.video.shared_models import SharedModels

if TYPE_CHECKING:
    from dualface.observe.lips import LumaSource

_HD = 1920 * 1088
"""Up to so many pixels pictures wait as they are: putting them away would take 5 % more CPU seconds to save 46 MB."""


class _Parts(TypedDict):
    detector: Detector
    thumbnail: LastThumbnail
    recogniser: Recogniser | None
    luma: LumaSource | None
    patch: Patch


@dataclass(frozen=True, slots=True)
class Lent:
    """``luma`` is ``None`` where nobody watches mouths, ``recogniser`` where nobody is to be recognised, ``put_away`` where
    nothing is made of what was seen.
    """

    detector: Detector
    thumbnail: LastThumbnail
    recogniser: Recogniser | None
    luma: LumaSource | None
    patch: Patch
    put_away: PuttingAway | None = None

    @classmethod
    def of(
        cls,
        source: Path,
        info: VideoInfo,
        config: Config,
        models: SharedModels,
        thumbnail: LastThumbnail,
        *,
        lips: bool,
        resumed: bool,
        warn: Callable[[str], None],
        start: int | None = None,
    ) -> Lent:
        """``lips``: whether mouths are watched.  ``resumed``: whether a snapshot has what the recogniser knew.  ``start``: the
        first frame that is made.

        Raises what the models raise.
        """
        detector = models.detector(info.width, info.height)
        known = models.recogniser(config.reid.mode, warn) if resumed else recogniser_of(source, config, models, warn)
        large = info.width * info.height > _HD
        away = None if start is None else PuttingAway(start, ever=large and not lips)  # a mouth is looked at last of all
        return cls(detector, thumbnail, known, models.device.pixels.luma if lips else None, models.device.pixels.patch, away)

    @property
    def by_name(self) -> dict[str, Any]:
        """As snapshots name them."""
        lent: dict[str, Any] = {"detector": self.detector, "thumbnail": self.thumbnail, "strips": self.patch}
        if self.luma is not None:
            lent["luma"] = self.luma
        if self.put_away is not None:
            lent["put_away"] = self.put_away
        if self.recogniser is not None:
            lent |= {"embedder": self.recogniser.embedder, "patch": self.recogniser.patch}
        return lent

    def analysis(self, info: VideoInfo, films: Mapping[str, Config]) -> Analysis:
        """One that decides about films, at the first frame; see :func:`~dualface.video.analysis.open_analysis`."""
        return open_analysis(info, films, put_away=self.put_away, **self._parts())

    def observing(self, info: VideoInfo, config: Config) -> Analysis:
        """One that only looks, at the first frame; see :func:`~dualface.video.analysis.open_observer`."""
        return Analysis(open_observer(info, config, **self._parts()), {})

    def _parts(self) -> _Parts:
        return {
            "detector": self.detector,
            "thumbnail": self.thumbnail,
            "recogniser": self.recogniser,
            "luma": self.luma,
            "patch": self.patch,
        }
