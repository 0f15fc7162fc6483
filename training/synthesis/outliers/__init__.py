"""Pictures that are not digits, for outlier exposure. Importing the package fills `kinds.KINDS`."""

# isort: off
# The order of the kinds is part of what a seed draws.
from . import characters as characters
from . import scribbles as scribbles
from . import numbers as numbers
from . import noise as noise
from . import scenes as scenes
