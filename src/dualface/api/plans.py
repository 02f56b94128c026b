"""What was seen in a video, and what is to be shown of it: values that can be kept, changed and made into films."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dualface.api.films import Film, Listener, film_of, make_one
from dualface.api.orders import order
from dualface.api.settings import settled
from dualface.api.settings_of_record import config_of
from dualface.concerns import Concern, concerns
from dualface.config.corrections_file import captioned
from dualface.config.schema import Config
from dualface.corrections import Correction
from dualface.direct.corrected.observed import Footage, Known, gathered_in
from dualface.direct.corrected.planning import plan_corrected
from dualface.direct.director import plan_all
from dualface.direct.layouts.chosen import arranged
from dualface.errors import ConfigurationError, OutputError
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX, Job
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import read_observations, write_observations
from dualface.records.plan_file import read_plan, read_plan_and_base, write_plan
from dualface.types import FramePlan, Observation, Person, Rect
from dualface.video.analysis import USUAL_RATE
from dualface.video.shared_models import scale_of

if TYPE_CHECKING:
    from dualface.render.sheet import SheetRow

_MACHINE = ("hardware", "processing", "memory", "cluster", "models", "detection")
"""Sections that say how the work is done, not what a film looks like."""
_LOOKED = ("input", "detection", "models", "reid")
"""Sections that decide which frames there are and what is seen in them: a plan can't change them any more."""


@dataclass(frozen=True)
class Analysis:
    """Everything seen in a video: ``observations`` has one for each frame, ``header`` says of which video."""

    header: RecordHeader
    observations: Sequence[Observation]
    _bases: dict[str, Sequence[FramePlan]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _known: Known = field(default_factory=Known, init=False, repr=False, compare=False)

    def __repr__(self) -> str:
        return _in_short("Analysis", self.header, self.observations)

    @classmethod
    def load(cls, path: str | Path) -> Analysis:
        """What :meth:`save` wrote, or a run left beside its film.  Raises :class:`~dualface.errors.InputError`."""
        header, observations = read_observations(Path(path))
        return cls(header, tuple(observations))

    @classmethod
    def of_film(cls, path: str | Path) -> Analysis:
        """What a run has left beside its film ``path``; plans with that film's settings take a moment only.

        Raises :class:`~dualface.errors.InputError`.
        """
        job = Job(Path(path), Path(path))
        analysis = cls.load(job.beside(OBSERVATIONS_SUFFIX))
        header, plans = read_plan_and_base(job.beside(PLAN_SUFFIX))
        bases = tuple(base for _, base in plans)
        if len(bases) == len(analysis.observations):
            analysis._bases[config_of(header).model_dump_json()] = bases
        return analysis

    def save(self, path: str | Path) -> None:
        """Writes a file whole or not at all, packed if it is named ``….gz``.  Raises :class:`~dualface.errors.OutputError`."""
        _saved(Path(path), lambda target: write_observations(target, self.header, self.observations))

    @property
    def config(self) -> Config:
        """The settings that the video was looked at with."""
        return config_of(self.header)

    @property
    def tiles(self) -> dict[Person, Rect]:
        """The places on the canvas of those who have one while both are seen."""
        return {tile.person: tile.at for tile in arranged(self.config.framing) if tile.person is not None}

    def with_config(self, config: Config) -> Analysis:
        """The same, to be planned with these settings."""
        return replace(self, header=replace(self.header, settings=config.model_dump(mode="json")))

    def plan(self, *, corrections: Sequence[Correction] = (), **settings: object) -> Plan:
        """Decides what is shown: no picture is looked at, the same observations and settings give the same plan.

        ``corrections`` are what a person says of it, as :func:`~dualface.load_corrections` reads them.  ``settings`` change
        those of the analysis, as in ``layout="stacked"``.  Raises :class:`~dualface.errors.ConfigurationError`, also for a
        setting that decides what was looked at, as ``end`` or ``fps``: that takes another analysis.
        """
        for one in corrections:
            if not isinstance(one, Correction):
                raise ConfigurationError(f"corrections: {one!r} is none; dualface.load_corrections reads them from a file.")
        config = self._changed(settings)
        frames = plan_corrected(self._footage(config), self._base(config), config, corrections)
        shown = captioned(config, corrections)
        return Plan(replace(self.header, settings=shown.model_dump(mode="json")), tuple(frames), tuple(self.observations))

    def prepare(self) -> None:
        """Looks through all faces beforehand, so that the first correction of a name takes no longer than others."""
        gathered_in(self._footage(self.config)).all()

    def _changed(self, settings: dict[str, object]) -> Config:
        before, after = self.config, self.config.changed(**settings)
        old, new = before.model_dump(), after.model_dump()
        other = [f"{section}.{key}" for section in _LOOKED for key in new[section] if old[section][key] != new[section][key]]
        if before.encoding.fps != after.encoding.fps:
            other.append("encoding.fps")
        if other:
            raise ConfigurationError(
                f"{', '.join(other)}: decides what is looked at, and {self.header.source.name} has been looked at already; "
                "say it to dualface.analyse."
            )
        return after

    def _footage(self, config: Config) -> Footage:
        head, scale = self.header, scale_of(config.models.reid_model)
        return Footage(self.observations, head.width, head.height, head.fps, scale, head.timecode, self._known)

    def _base(self, config: Config) -> Sequence[FramePlan]:
        """The plan without corrections, which is kept: that of a long video takes a while."""
        key = config.model_dump_json()
        if key not in self._bases:
            head = self.header
            self._bases[key] = tuple(
                plan_all(self.observations, head.width, head.height, float(head.fps) or USUAL_RATE, config)
            )
        return self._bases[key]


@dataclass(frozen=True)
class Plan:
    """What is shown in each frame: ``frames`` has one entry for each of the video that ``header`` names.

    ``observations`` are what it was decided from, as far as they are known; the film's tracks file names their faces.
    """

    header: RecordHeader
    frames: Sequence[FramePlan]
    observations: Sequence[Observation] = ()

    def __repr__(self) -> str:
        return _in_short("Plan", self.header, self.frames)

    @classmethod
    def load(cls, path: str | Path, *, observations: str | Path | None = None) -> Plan:
        """What :meth:`save` wrote, or a run left beside its film.  Raises :class:`~dualface.errors.InputError`."""
        header, frames = read_plan(Path(path))
        seen = read_observations(Path(observations))[1] if observations is not None else ()
        return cls(header, tuple(frames), tuple(seen))

    def save(self, path: str | Path) -> None:
        """Writes a file whole or not at all, packed if it is named ``….gz``.  Raises :class:`~dualface.errors.OutputError`."""
        _saved(Path(path), lambda target: write_plan(target, self.header, self.frames))

    @property
    def config(self) -> Config:
        """The settings that the plan was made with."""
        return config_of(self.header)

    def render(
        self,
        output: str | Path,
        *,
        source: str | Path | None = None,
        config: Config | None = None,
        overwrite: bool = False,
        process: bool = False,
        on_event: Listener | None = None,
        stop: threading.Event | None = None,
    ) -> Film:
        """Makes the film; nothing is looked for in the video.

        Where ``output`` is a film that dualface has made of the same video, on the same canvas and encoded the same way, only
        the pictures are made that are different now; all else in it stays as it is, bit for bit.

        ``source`` is the video where it no longer is where it was.  ``config`` says how the work is done here (device,
        threads, memory); without one it is what the command line would use.  What the film looks like is the plan's.  Setting
        ``stop`` ends the work, which the same call continues.  Other parameters, and errors, as for
        :func:`~dualface.api.films.make`.
        """
        video = Path(source) if source is not None else self.header.source
        here, own = settled(config, {}).model_dump(), self.config.model_dump()
        merged = Config.model_validate(own | {section: here[section] for section in _MACHINE if section != "detection"})
        with tempfile.TemporaryDirectory(prefix="dualface-") as folder:
            plan, seen = Path(folder, "plan.jsonl.gz"), Path(folder, "observations.jsonl.gz")
            self.save(plan)
            if self.observations:
                Analysis(self.header, self.observations).save(seen)
            merged, job = order(
                video,
                Path(output),
                merged,
                overwrite=overwrite,
                corrections=False,
                plan=plan,
                observations=seen if self.observations else None,
            )
            return film_of(make_one(job, merged, on_event, process=process, stop=stop))

    def export(
        self,
        path: str | Path,
        *,
        to: str | None = None,
        source: str | Path | None = None,
        tolerance: float | None = None,
        overwrite: bool = False,
    ) -> Sequence[str]:
        """Writes the film for editing programs, without making it.

        ``to`` names the format (``fcpxml``, ``xmeml``, ``otio``, ``edl``, ``csv``, ``json``, and of who speaks
        ``rttm`` and ``turns``; or a plugin's); without it the
        ending of ``path`` tells.  ``source`` is the video where it no longer is where it was: its timecode, length and sound
        are looked up.  ``tolerance`` is how many pixels keyframes may be off, by default ``export.tolerance`` of the plan's
        settings.  Returns sentences about what an editing program will show otherwise.

        Raises :class:`~dualface.errors.ConfigurationError` for a format that there is not,
        :class:`~dualface.errors.InputError` for a video that is not the plan's and where it is not known who speaks,
        :class:`~dualface.errors.OutputError` for a file that can't be written, :class:`~dualface.errors.OutputExistsError` for
        one that is there.
        """
        from dualface.video.exporting import exporter_for, timeline_of, write_export

        target = Path(path)
        exporter = exporter_for(target, to)
        video = None if source is None else Path(source)
        timeline = timeline_of(target.stem, self.header, self.frames, self.config, video, tolerance)
        write_export(timeline, exporter, target, overwrite=overwrite)
        return timeline.notes

    def sheet(
        self,
        path: str | Path,
        *,
        source: str | Path | None = None,
        overwrite: bool = False,
        on_row: Callable[[SheetRow], None] | None = None,
        start: str = "",
        end: str = "",
    ) -> list[Path]:
        """Draws a contact sheet: the source with boxes and names, beside it the result.  Nothing is made.

        Each shot has a row, or several where the picture changes within it: because somebody else speaks, say.  ``start`` and
        ``end`` are times of the video, as for :func:`~dualface.make`; only what is between them is drawn.

        ``path`` ends in .png, .jpg or .webp; what finds no room in one picture goes into ``path`` with ``-2`` and so on, and
        the files written are returned.  ``source`` as for :meth:`export`.  ``on_row`` is given each row as it is drawn.

        Raises :class:`~dualface.errors.InputError` for a video that is not the plan's, :class:`~dualface.errors.OutputError`
        for a file that can't be written, :class:`~dualface.errors.OutputExistsError` for one that is there.
        """
        from dualface.api.sheets import write_sheet

        wanted = self.config.changed(start=start, end=end).input if start or end else None
        video = None if source is None else Path(source)
        return write_sheet(self, Path(path), video, wanted=wanted, overwrite=overwrite, on_row=on_row)

    def concerns(self) -> list[Concern]:
        """What is worth a look, the worst first."""
        return concerns(self.frames, self.header.unsure)


def _in_short(name: str, header: RecordHeader, frames: Sequence[object]) -> str:
    """What it is about; all that is in it would fill a notebook for hours of video."""
    return f"{name}({header.source.name}, {header.width}×{header.height}, {float(header.fps):g} frames/s, {len(frames)} frames)"


def _saved(path: Path, write: Callable[[Path], None]) -> None:
    try:
        write(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error.strerror or error}); choose another place.", file=path) from error
