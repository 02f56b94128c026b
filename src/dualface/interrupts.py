"""Hearing Ctrl-C while waiting.

Python handles signals in the main thread, but the system may hand one to any thread, and on Windows nothing wakes a thread
that waits for a lock: who waits for long without a limit may never hear it.
"""

HEARD_SECONDS = 0.2
"""How long the main thread waits for anything before it waits again."""
