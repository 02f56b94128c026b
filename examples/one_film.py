"""Makes one film, for phones and with names, and says how it went: ``python one_film.py talk.mp4 films``."""

import sys

import dualface

video, folder = sys.argv[1:]
try:
    film = dualface.make(video, folder, preset="shorts", layout="stacked", names="Ann,Bob")
except dualface.DualfaceError as error:  # its text is a sentence for whoever waits for the film
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
print(film.path, film.status)
for side, tile in film.summary["tiles"].items():
    print(f"{side}: seen {tile['tracked']:.0%} of the time")
