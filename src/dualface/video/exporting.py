"""Films for editing programs: from a plan and its source to a timeline, and to files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dualface import registry
from dualface.concerns import concerns
from dualface.config.schema import Config
from dualface.config.times import frame_number, parse_time
from dualface.decode.media_facts import MediaFacts, read_facts
from dualface.direct.layouts.chosen import arranged, chosen_layout
from dualface.direct.layouts.places import place_names
from dualface.errors import ConfigurationError, InputError
from dualface.export.building import Film, build_timeline, source_frame
from dualface.export.grid import edited_rate, on_grid
from dualface.export.markers import markers_of
from dualface.files import write_whole
from dualface.interfaces import Exporter
from dualface.output_files import check_destination, check_folder, output_error
from dualface.records.headers import RecordHeader
from dualface.timeline import SourceMedia, Timeline, TimelineRate
from dualface.types import FramePlan, Person
from dualface.video.canvas import names_of
from dualface.video.exports import suffix_of
from dualface.video.talking import turns_of_film


def timeline_of(
    name: str,
    header: RecordHeader,
    frames: Sequence[FramePlan],
    config: Config,
    source: Path | None = None,
    tolerance: float | None = None,
) -> Timeline:
    """The timeline of a plan.  ``source`` is the video where it no longer is where the header says; ``tolerance`` is how many
    pixels keyframes may be off, where it is not to be ``export.tolerance``.

    Opens the video to see its timecode, its length and its sound.  Raises :class:`~dualface.errors.InputError` where it can't
    be read, or the plan was made for pictures of another size.
    """
    video = (source or header.source).absolute()
    facts = read_facts(video)
    header.check_pictures(video, facts.info.width, facts.info.height)
    if not frames:
        raise InputError(f"{video}: its plan has no frames; make it anew.", file=video)
    rate = _rate(facts)
    shown = on_grid(frames, facts.info.fps, rate.fps)
    people = _people(config)
    markers = markers_of(shown, float(rate.fps), people, concerns(frames, header.unsure))
    film = Film(
        name, *chosen_layout(config.framing)[1], people, config.framing.background, tolerance or config.export.tolerance
    )
    begin = source_frame(frames[0].time, facts.begins, rate)
    timeline = build_timeline(shown, film, _media(video, facts, rate, begin + len(shown)), rate, begin, markers)
    return replace(timeline, turns=turns_of_film(frames), names=names_of(config))


def exporter_for(path: Path, name: str | None = None) -> Exporter:
    """The exporter of that name, or the one whose files are called like ``path``.

    Raises :class:`~dualface.errors.ConfigurationError` where there is none.
    """
    if name is not None:
        made: Exporter = registry.make("exporter", name)
        return made
    known = registry.names("exporter")
    suffixes = {suffix_of(one): one for one in known} | {f".{one}": one for one in known}
    for suffix, one in sorted(suffixes.items(), key=lambda item: -len(item[0])):
        if path.name.lower().endswith(suffix):
            return exporter_for(path, one)
    endings = ", ".join(sorted(suffixes))
    what = f"{path}: its name does not say which format it is to be"
    raise ConfigurationError(f"{what}; end it in {endings}, or say --to.", file=path)


def write_export(timeline: Timeline, exporter: Exporter, path: Path, *, overwrite: bool) -> None:
    """Writes a file whole or not at all.

    Raises :class:`~dualface.errors.OutputError` where it can't be written or would replace the source,
    :class:`~dualface.errors.OutputExistsError` where it exists, :class:`~dualface.errors.InputError` where it is to tell who
    speaks and nobody has found that out.
    """
    if getattr(exporter, "about_speech", False) and not timeline.turns:
        source = timeline.media.path
        raise InputError(
            f"{source}: nobody has found out who speaks in it; run or analyse it again with --speech.", file=source
        )
    check_destination(timeline.media.path, path, overwrite=overwrite)
    check_folder(path.parent)
    try:
        write_whole(path, exporter.export(timeline, path.parent))
    except OSError as error:
        raise output_error(error, path) from error


def _rate(facts: MediaFacts) -> TimelineRate:
    """Drop-frame where the source's timecode is, and the rate is one that has it."""
    fps = edited_rate(facts.info.fps, facts.info.variable_rate)
    drop = ";" in facts.info.timecode and fps in (Fraction(30000, 1001), Fraction(60000, 1001))
    return TimelineRate(fps, drop)


def _media(path: Path, facts: MediaFacts, rate: TimelineRate, least: int) -> SourceMedia:
    """``least``: frames that it has at least."""
    info = facts.info
    frames = round(info.total_frames / info.fps * rate.fps) if info.total_frames else round(info.duration_seconds * rate.fps)
    return SourceMedia(
        path,
        info.width,
        info.height,
        max(frames, least),
        _start(facts, rate),
        info.fps,
        info.variable_rate,
        info.rotation,
        facts.sound,
        facts.first_field,
    )


def _start(facts: MediaFacts, rate: TimelineRate) -> int:
    """The frame number of the source's first timecode; 0 without one, and for a damaged one."""
    try:
        time = parse_time(facts.info.timecode)
        return round(frame_number(time, facts.info.fps) * (rate.nominal / round(facts.info.fps)))
    except ValueError:
        return 0


def _people(config: Config) -> dict[Person, str]:
    """Captions, else the places of the tiles."""
    names, places = names_of(config), place_names(arranged(config.framing))
    return {person: names[person] or places[person].title() for person in Person}
