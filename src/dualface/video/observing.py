"""Looking at one video from end to end, without making anything of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from dualface.config.schema import Config
from dualface.device.choose import choose_device
from dualface.direct.speech.whole import wants_speech
from dualface.jobs import Job
from dualface.records.headers import RecordHeader
from dualface.types import Observation
from dualface.video.about import header_of
from dualface.video.analysis import PlannedFrame, rate_of
from dualface.video.executor import Stage, run_chain
from dualface.video.lent import Lent
from dualface.video.listening import with_sound
from dualface.video.made_from import source_digest
from dualface.video.part import part_opener
from dualface.video.resumable import LastThumbnail
from dualface.video.second_look import Decided
from dualface.video.shared_models import SharedModels
from dualface.video.whole_decision import whole_decision

_log = logging.getLogger(__name__)


def observe_video(
    source: Path,
    config: Config,
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[RecordHeader, tuple[Observation, ...]]:
    """What is seen in each frame of ``source``, and who is who over the whole of it.

    Setting ``stop`` ends the work.  ``progress`` hears of every frame: how many there are by then, and in all (0: unknown).
    Raises :class:`~dualface.errors.DualfaceError`, :class:`~dualface.errors.StoppedError` too.
    """
    fingerprint = source_digest(source)
    with (
        closing(SharedModels(config, choose_device(config))) as models,
        closing(part_opener(models.device, source, config)()) as decoder,
    ):
        info = decoder.get_video_info()
        thumbnails = LastThumbnail(models.device.pixels.thumbnail)
        lips = wants_speech(config)
        lent = Lent.of(source, info, config, models, thumbnails, lips=lips, resumed=False, warn=_log.warning)
        analysis = lent.observing(info, config)
        seen: list[Observation] = []

        def take(looked_at: PlannedFrame) -> Iterable[None]:
            seen.append(looked_at.observation)
            if progress is not None:
                progress(len(seen), info.total_frames)
            return ()

        stages = [Stage("observe", analysis.push, analysis.flush, holds=True), Stage("collect", take)]
        run_chain(decoder, stages, capacity=config.processing.queue_frames, stop=stop or threading.Event())

        def listen(watched: Sequence[Observation]) -> list[Observation]:
            return with_sound(source, watched, rate_of(info), clock=decoder.stats.clock)

        decide = whole_decision(Job(source, source), config, models, info, _log.warning, listen)
        decided = decide(seen) if decide is not None else Decided(seen)
    return header_of(info, source, config, fingerprint, [doubt.as_dict() for doubt in decided.doubts]), tuple(decided.seen)
