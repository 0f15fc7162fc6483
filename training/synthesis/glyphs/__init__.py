"""Ways to write each digit, as a person's pen moves. Importing the package fills `shapes.STYLES`."""

# isort: off
# The order of the styles is part of what a seed draws.
from . import zero_one as zero_one
from . import two_three as two_three
from . import four_five as four_five
from . import six_seven as six_seven
from . import eight_nine as eight_nine
