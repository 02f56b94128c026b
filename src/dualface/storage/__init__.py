"""Videos and films that are not on a local disk: fetched, and put back, through fsspec."""
