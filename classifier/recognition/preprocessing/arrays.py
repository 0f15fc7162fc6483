"""Types of the arrays that the preprocessing steps pass on."""

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
Levels = NDArray[np.uint8 | np.float32]  # ink in whole grey levels where that is exact: a quarter of the memory
Mask = NDArray[np.bool_]

Grey = NDArray[np.uint8]
