"""Films and proxies as the page wants them made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dualface.api.correcting import correction_order
from dualface.api.films import film_of, make_one
from dualface.api.orders import order
from dualface.api.ready import Ready
from dualface.api.settings import settled
from dualface.errors import InputError, OutputExistsError
from dualface.events import Event
from dualface.review.library import Entry
from dualface.review.open_film import OpenFilm
from dualface.review.proxies import make_proxy

Listener = Callable[[Event], None]


def make_first(entry: Entry, stop: threading.Event, on_event: Listener, ready: Ready) -> None:
    """Looks at a video and makes its film, with the settings of the command line here.  Raises what making films raises."""
    assert entry.source is not None
    config, job = order(entry.source, entry.stem.parent, settled(None, {}), overwrite=False)
    film_of(make_one(job, config, on_event, process=True, stop=stop, ready=ready))


def render(film: OpenFilm, stop: threading.Event, on_event: Listener, ready: Ready) -> None:
    """Makes the film with its corrections; of one that is there only what changes.  Raises what making films raises."""
    path, source, corrections = film.entry.film, _source(film), film.corrections
    if path.is_file():
        try:
            job, config = correction_order(path, source=source)
            film_of(make_one(job, config, on_event, process=True, stop=stop, ready=ready))
            film.made_of = corrections
            return
        except InputError as error:
            if not isinstance(error.__cause__, OutputExistsError):
                raise  # else it was made of a plan, or with other settings
    film.decide()
    make = partial(film.decided.plan.render, path, source=source, process=True, on_event=on_event, stop=stop)
    try:
        make()  # of a film on the same canvas, encoded the same way, only what changes
    except OutputExistsError:
        make(overwrite=True)
    film.made_of = corrections


def make_proxy_of(film: OpenFilm, stop: threading.Event, on_event: Listener, _: Ready) -> None:
    """Makes what the browser plays instead of the source.  Raises what making films raises."""
    make_proxy(film.decided.plan, _source(film), stop, on_event)


def _source(film: OpenFilm) -> Path:
    source = film.source
    if source is None:
        raise InputError(f"{film.analysis.header.source} is not where it was, or was changed; put it back.")
    return source
