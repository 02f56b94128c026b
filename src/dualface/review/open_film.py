"""One film on the page: what was seen in it, its corrections, and what it shows with them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dualface.api.plans import Analysis
from dualface.api.sources import find_source
from dualface.config.correction_entries import entry_of
from dualface.config.corrections_file import correction_of, digest_of, load_corrections, save_corrections
from dualface.corrections import Caption
from dualface.errors import InputError
from dualface.jobs import PLAN_SUFFIX
from dualface.review.deciding import Decided, Decider
from dualface.review.history import History, State
from dualface.review.library import Entry
from dualface.review.media import Media, media_of
from dualface.review.packing import CHUNK_FRAMES
from dualface.review.proxies import proxy_path
from dualface.types import Person

CORRECTIONS_SUFFIX = ".corrections.yaml"


class OpenFilm:
    """Loads the analysis and the corrections of ``entry`` and decides what is shown.

    May be used from several threads.  ``version`` grows with every change.  Raises
    :class:`~dualface.errors.DualfaceError` for files that can't be read.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._looked = _stamp(entry.observations)
        self.analysis = _analysis(entry)
        self._framing = self.analysis.config.framing
        self._lock = threading.RLock()
        self._deciding = threading.Lock()
        self.decider = Decider(self.analysis, entry.summary())
        self._file = entry.beside(CORRECTIONS_SUFFIX)
        self._stamp: object = None
        self.made_of: State | None = None
        """The corrections that the film was last made with, as far as that was done here."""
        self._media: tuple[object, Media] | None = None
        self._history = self._read()
        self.version = 1
        self._decided = self.decider.decide(self.version, self._history.now, self.names(), None)
        self.decided_version = self.version

    @property
    def is_current(self) -> bool:
        """Whether the video was not looked at again since."""
        return _stamp(self.entry.observations) == self._looked

    @property
    def source(self) -> Path | None:
        """The video, where it is to be found, unchanged."""
        folder = self.entry.stem.parent
        return find_source(self.analysis.header, (folder, folder.parent))

    def media(self) -> Media:
        """What the browser plays."""
        header = self.analysis.header
        stamps = _stamp(header.source), _stamp(proxy_path(header))
        if self._media is None or self._media[0] != stamps:
            decider = self.decider
            self._media = stamps, media_of(header, self.source, decider.begins, even_clock=decider.even_clock)
        return self._media[1]

    @property
    def decided(self) -> Decided:
        return self._decided

    def names(self) -> dict[Person, str]:
        """What the two are called, captions of the corrections first; never empty."""
        framing = self._framing
        names = {Person.LEFT: framing.caption_left, Person.RIGHT: framing.caption_right}
        names |= {one.person: one.text for one in self._history.now if isinstance(one, Caption)}
        return {person: name or f"{person.value.capitalize()} person" for person, name in names.items()}

    def captions(self) -> dict[Person, str]:
        framing = self._framing
        names = {Person.LEFT: framing.caption_left, Person.RIGHT: framing.caption_right}
        return names | {one.person: one.text for one in self._history.now if isinstance(one, Caption)}

    def state(self) -> dict[str, Any]:
        """What changes with corrections, as JSON has it."""
        with self._lock:
            return {
                "version": self.version,
                "decided": self.decided_version,
                "corrections": [entry_of(one) for one in self._history.now],
                "can_undo": self._history.can_undo,
                "can_redo": self._history.can_redo,
                "names": self.names(),
                "captions": self.captions(),
                "rendered": self._is_rendered(),
            }

    def _is_rendered(self) -> bool:
        """Whether the film is there, and shows what is decided."""
        if not self.entry.film.is_file():
            return False
        told = self.entry.summary().get("corrected")
        made_with = str(told.get("digest", "")) if isinstance(told, dict) else ""
        return digest_of(self._history.now) == made_with or self._history.now == self.made_of

    def facts(self) -> dict[str, Any]:
        """What does not change."""
        header = self.analysis.header
        times = self.decider.times
        return {
            "id": self.entry.id,
            "title": self.entry.title,
            "width": header.width,
            "height": header.height,
            "fps": float(header.fps) or 25.0,
            "frames": len(times),
            "begins": self.decider.begins,
            "duration": times[-1] if times else 0.0,
            "canvas": self.decider.canvas,
            "background": self._framing.background,
            "border": self._framing.border,
            "border_color": self._framing.border_color,
            "tiles": {person: (at.w, at.h) for person, at in self.analysis.tiles.items()},
            "chunk_frames": CHUNK_FRAMES,
        }

    @property
    def corrections(self) -> State:
        return self._history.now

    def edit(self, change: Mapping[str, Any]) -> None:
        """Adds, replaces or removes a correction, undoes or does again; and saves.

        ``change`` is ``{"do": "add", "entry": …}``, ``{"do": "replace", "index": n, "was": …, "entry": …}``,
        ``{"do": "remove", "index": n, "was": …}``, ``{"do": "undo"}`` or ``{"do": "redo"}``; ``was`` is the correction that is
        meant, which may stand elsewhere meanwhile.  Raises :class:`~dualface.errors.DualfaceError`; then nothing has changed.
        """
        with self._lock:
            self._reread()
            do, corrections = change.get("do"), list(self._history.now)
            if do == "undo":
                self._history.undo()
            elif do == "redo":
                self._history.redo()
            elif do == "add":
                self._history.change([*corrections, correction_of(_mapping(change))])
            elif do in ("replace", "remove"):
                index = self._index(change)
                corrections[index : index + 1] = [correction_of(_mapping(change))] if do == "replace" else []
                self._history.change(corrections)
            else:
                raise InputError(f"{do!r} is nothing that can be done with corrections.", file=self._file)
            save_corrections(self._file, self._history.now)
            self._stamp = _stamp(self._file)
            self.version += 1

    def take_over(self) -> bool:
        """Takes over what somebody has written into the file by hand meanwhile; returns whether there was anything.

        Raises :class:`~dualface.errors.DualfaceError` for a file that can't be right.
        """
        with self._lock:
            before = self._history.now
            self._reread()
            changed = self._history.now != before
            self.version += changed
            return changed

    def _index(self, change: Mapping[str, Any]) -> int:
        """Where the correction stands that is meant: the nearest to where it was."""
        index, entries = change.get("index"), [entry_of(one) for one in self._history.now]
        same = [n for n, entry in enumerate(entries) if entry == change.get("was", entry)]
        if not isinstance(index, int) or not same or ("was" not in change and index not in same):
            raise InputError("There is no such correction any more.", file=self._file)
        return min(same, key=lambda n: abs(n - index))

    def decide(self) -> bool:
        """Decides anew if corrections have changed since; returns whether they had."""
        with self._deciding:
            if self.decided_version == self.version:
                return False
            version = self.version
            self._decided = self.decider.decide(version, self._history.now, self.names(), self._decided)
            self.decided_version = version
            return True

    def _read(self) -> History:
        self._stamp = _stamp(self._file)
        return History(load_corrections(self._file) if self._file.exists() else ())

    def _reread(self) -> None:
        stamp = _stamp(self._file)
        if stamp != self._stamp:
            self._history.change(load_corrections(self._file) if stamp is not None else ())
            self._stamp = stamp


def _analysis(entry: Entry) -> Analysis:
    """With the plan that a run has left, which saves making it."""
    if entry.beside(PLAN_SUFFIX).is_file():
        return Analysis.of_film(entry.film)
    return Analysis.load(entry.observations)


def _mapping(change: Mapping[str, Any]) -> Mapping[str, Any]:
    entry = change.get("entry")
    if not isinstance(entry, Mapping):
        raise InputError("A correction is missing.")
    return entry


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
