"""Exchanges the two from a moment on in a film that was made: ``python swap_from_here.py films/talk.mp4 12.5``.

Only the pictures that are different now are made anew.  Called once more, it takes the exchange back.
"""

import sys
from pathlib import Path

import dualface

film, seconds = Path(sys.argv[1]), float(sys.argv[2])
beside = film.with_suffix(".corrections.yaml")  # where `dualface run` and `dualface review` look for them, too
swap = dualface.Swap(dualface.Reach.FROM_HERE, dualface.Instant(seconds=seconds))
known = dualface.load_corrections(beside) if beside.exists() else ()
kept = [one for one in known if one != swap]
dualface.save_corrections(beside, kept if swap in known else [*kept, swap])
corrected = dualface.correct(film)
print(corrected.path, corrected.status)
