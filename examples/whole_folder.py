"""Makes films of all videos in a folder, two at a time, and tells how far it is: ``python whole_folder.py talks films``.

Stop it whenever you like: the same command goes on where it stopped, and leaves films alone that are finished.
"""

import sys
from pathlib import Path

import dualface

videos = sorted(path for path in Path(sys.argv[1]).iterdir() if path.suffix in {".mp4", ".mov", ".mkv"})
failed, lengths, told = 0, dict[Path, int](), dict[Path, int]()
for event in dualface.make_all(videos, sys.argv[2], jobs=2):
    name = event.job.source.name
    match event:
        case dualface.VideoStarted(job=job, total_frames=total):
            lengths[job.source] = total
        case dualface.VideoProgress(job=job, frames=frames) if lengths[job.source]:
            tenths = 10 * frames // lengths[job.source]
            if tenths > told.get(job.source, 0):
                print(f"{name}: {tenths}0 %")
            told[job.source] = tenths
        case dualface.VideoWarning(message=message):
            print(message)
        case dualface.VideoFinished(outcome=outcome):
            print(f"{name}: {outcome.status}", outcome.error or outcome.job.output)
            failed += outcome.error is not None
sys.exit(1 if failed else 0)
