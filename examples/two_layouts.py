"""Looks at a video once, tells who is where, and makes two films of it: ``python two_layouts.py talk.mp4 films``."""

import sys
from pathlib import Path

import dualface

video, folder = Path(sys.argv[1]), Path(sys.argv[2])
analysis = dualface.analyse(video)
for seen in analysis.observations[::30]:
    people = {face.person: face.box for face in seen.faces if face.person is not None}
    print(f"{seen.time:6.2f} s:", *(f"{person} at ({box.cx:.0f}, {box.cy:.0f})" for person, box in sorted(people.items())))
for layout in ("side-by-side", "stacked"):
    film = analysis.plan(layout=layout).render(folder / f"{video.stem}.{layout}.mp4")
    print(film.path, film.status)
