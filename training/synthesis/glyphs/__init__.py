"""Styles of writing each digit, as strokes of a pen. Importing the package fills the table `shapes.STYLES`."""

# isort: off
# The order of the styles decides what a seed draws.
from . import zero_one as zero_one
from . import two_three as two_three
from . import four_five as four_five
from . import six_seven as six_seven
from . import eight_nine as eight_nine
