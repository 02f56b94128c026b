"""The page on which films are looked at and corrected: a small web server for this machine, and what it serves."""
