"""Pictures that are not digits, for outlier exposure. Importing the package fills the table `kinds.KINDS`."""

# isort: off
# The order of the kinds decides what a seed draws.
from . import characters as characters
from . import scribbles as scribbles
from . import numbers as numbers
from . import noise as noise
from . import scenes as scenes
