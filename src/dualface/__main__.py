"""``python -m dualface``."""

import sys

from dualface.cli.main import main

sys.exit(main())
