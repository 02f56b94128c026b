"""What became of the source's sound and subtitles, in sentences for the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from av.stream import Stream

from dualface.render.mux.other_streams import Film, OtherStreams
from dualface.render.mux.placing import Placing
from dualface.render.mux.sound import TranscodedSound
from dualface.render.mux.track import Track

_LARGEST_OVERLAP_SECONDS = Fraction(1, 4)
"""Behind a joint, in sound of two recordings, is not worth a word."""


@dataclass(slots=True)
class MuxReport:
    """What became of the source's other streams; ``warnings`` and ``notes`` are sentences for the user.

    ``notes`` are no cause for concern.  ``lost``: something of the sound or the subtitles is missing that should be there.
    """

    sound_copied: int = 0
    sound_transcoded: int = 0
    subtitles_copied: int = 0
    subtitles_converted: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list, compare=False)
    lost: bool = False

    def lose(self, sentence: str) -> None:
        """Warns of something that is missing."""
        self.warnings.append(sentence)
        self.lost = True


def label(source: str, stream: Stream) -> str:
    """``film.mp4: sound stream 1 (aac)``"""
    kind = "sound" if stream.type == "audio" else "subtitle"
    codec = stream.codec_context.name if stream.codec_context is not None else "unknown codec"
    return f"{source}: {kind} stream {stream.index} ({codec})"


def tell_what_became(
    report: MuxReport,
    source: str,
    others: OtherStreams,
    tracks: Mapping[int, Track],
    labels: Mapping[int, str],
    early: Mapping[int, Fraction],
) -> None:
    """Adds what was found while the streams were read.

    ``labels`` are those of ``tracks``; ``early`` is by how many seconds sound was moved that lay before the film.
    """
    for index, placing in others.placings.items():
        _tell_placing(report, labels[index], placing, early.get(index), others.film)
    for index in sorted(others.misplaced):
        report.lose(f"{labels[index]}: what would be shown long after the film was left out.")
    if others.unread is not None and others.film.holds(others.unread + others.film.origin):
        report.lose(f"{source}: can't be read further than {float(others.unread):.1f} s; the sound ends there.")
    for index, track in tracks.items():
        if isinstance(track, TranscodedSound) and (track.failed or (track.pushed and not track.heard)):
            what = f"{track.failed} damaged packets are silent" if track.heard else "it can't be decoded and is silent"
            report.lose(f"{labels[index]}: {what}.")


def _tell_placing(report: MuxReport, name: str, placing: Placing, early: Fraction | None, film: Film) -> None:
    if placing.late:
        report.warnings.append(
            f"{name} begins {float(placing.late):.0f} s after the first picture, when the film is over; "
            "it was placed at the film's beginning."
        )
    if early is not None:
        report.warnings.append(
            f"{name} ends long before the first picture; the film begins with its pictures, and the sound was moved there, "
            f"by {float(early):.0f} s."
        )
    strays = [stray for stray in placing.strays if film.holds(stray)]
    if strays:
        places = ", ".join(f"{float(stray - film.origin):.1f} s" for stray in strays[:3])
        more = f" and {len(strays) - 3} more places" if len(strays) > 3 else ""
        report.warnings.append(
            f"{name}: its times leap at {places}{more}, where the pictures' do not; it goes on there without a gap."
        )
    if placing.overlap > _LARGEST_OVERLAP_SECONDS:
        report.warnings.append(
            f"{name}: {float(placing.overlap):.1f} s were left out where the sound of two recordings overlaps."
        )
