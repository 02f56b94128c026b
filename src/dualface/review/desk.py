"""Everything that the page works on: the library, the films that are open, and the work that is under way."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dualface.api.ready import Ready
from dualface.errors import DualfaceError
from dualface.review.library import Entry, Library
from dualface.review.making import make_first, make_proxy_of, render
from dualface.review.news import News
from dualface.review.open_film import OpenFilm
from dualface.review.requests import UnknownFilmError
from dualface.review.thumbnails import Thumbnails
from dualface.review.works import Work, Works

_log = logging.getLogger(__name__)
_MOST_OPEN = 3
"""Films that are kept in memory; those not asked for the longest are closed first."""


class Desk:
    """May be used from several threads; what takes long is done in the caller's."""

    def __init__(self, library: Library) -> None:
        self.library, self.news, self.thumbnails = library, News(), Thumbnails()
        self.works = Works(self.news)
        self._ready = Ready()
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._open: OrderedDict[str, OpenFilm] = OrderedDict()
        self._opening: dict[str, threading.Lock] = {}

    def films(self) -> list[Entry]:
        """All films, looked for anew."""
        entries = self.library.entries()
        with self._lock:
            self._entries = {entry.id: entry for entry in entries}
        return entries

    def entry(self, id: str) -> Entry:
        """Raises :class:`UnknownFilmError`."""
        entry = self._entries.get(id) or {one.id: one for one in self.films()}.get(id)
        if entry is None:
            raise UnknownFilmError("There is no such film in the folder any more.")
        return entry

    def film(self, id: str) -> OpenFilm:
        """The film, opened if it is not.  Raises :class:`~dualface.errors.DualfaceError`."""
        entry = self.entry(id)
        with self._lock:
            opening = self._opening.setdefault(id, threading.Lock())
        with opening:
            if id not in self._open or not self._open[id].is_current:
                opened = OpenFilm(entry)
                threading.Thread(target=opened.analysis.prepare, name="dualface-preparing", daemon=True).start()
                with self._lock:
                    self._open[id] = opened
                    while len(self._open) > _MOST_OPEN:
                        self._open.popitem(last=False)
            self._open.move_to_end(id)
            return self._open[id]

    def close(self, id: str) -> None:
        """Forgets what is in memory of a film, so that it is read anew."""
        with self._lock:
            self._open.pop(id, None)

    def edit(self, id: str, change: dict[str, Any]) -> dict[str, Any]:
        """Changes a film's corrections; the new state.  Raises :class:`~dualface.errors.DualfaceError`."""
        film = self.film(id)
        film.edit(change)
        return self._changed(id, film)

    def shown(self, id: str) -> OpenFilm:
        """The film as its files are now, also where somebody has changed them by hand.  Raises as :meth:`film` does."""
        film = self.film(id)
        if film.take_over():
            self._changed(id, film)
        return film

    def _changed(self, id: str, film: OpenFilm) -> dict[str, Any]:
        state = film.state()
        self.news.tell("corrected", film=id, **state)
        threading.Thread(target=self._decide, args=(id, film), name="dualface-deciding", daemon=True).start()
        return state

    def work(self, id: str, kind: str) -> dict[str, Any]:
        """Begins to make a film, or the proxy of its video.  Raises :class:`~dualface.errors.DualfaceError`."""
        entry = self.entry(id)
        if not entry.observations.is_file():
            return self.works.begin(id, "film", self._first(entry)).as_json()
        film = self.film(id)
        make = make_proxy_of if kind == "proxy" else render

        def do(work: Work) -> None:
            make(film, work.stop, self.works.listener(work), self._ready)
            self.news.tell("corrected", film=id, **film.state())

        return self.works.begin(id, kind, do).as_json()

    def _first(self, entry: Entry) -> Callable[[Work], None]:
        def do(work: Work) -> None:
            make_first(entry, work.stop, self.works.listener(work), self._ready)
            self.close(entry.id)

        return do

    def end(self) -> None:
        """Stops all work."""
        self.news.end()
        self.works.end()
        self._ready.close()

    def _decide(self, id: str, film: OpenFilm) -> None:
        try:
            if film.decide():
                self.news.tell("decided", film=id, version=film.decided_version)
        except DualfaceError as error:
            self.news.tell("trouble", film=id, text=str(error))
        except Exception as error:  # the page says it: it would wait for ever
            _log.debug("where deciding failed", exc_info=error)
            self.news.tell("trouble", film=id, text=f"Unexpected error, {type(error).__name__}: {error}")
        with suppress(OSError):  # whoever corrects will render; without it that takes longer
            self._ready.warm()
