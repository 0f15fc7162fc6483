"""A class that draws: how long previews and saved drawings take while many people use the pad at once.

`python -m benchmarks.classroom` starts a site of its own. `--token` also measures with one more person, whose program
sends all that a token may over four connections, `--batch` while a batch of many pictures is read, in turn with the
class alone.
"""
