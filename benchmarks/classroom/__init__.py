"""A class that draws: how long previews and saved drawings take while many people use the pad at once.

`python -m benchmarks.classroom` starts a site of its own. `--token` has one more person send all that a token may.
"""
