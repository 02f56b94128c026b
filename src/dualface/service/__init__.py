"""``dualface serve``: videos are submitted over HTTP, made one after the other, and their films fetched or corrected."""
