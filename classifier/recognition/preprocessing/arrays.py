"""Types of the arrays that preprocessing steps exchange."""

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width), 0 black to 255 white
Ink = NDArray[np.float32]  # (height, width), 0 background upwards
Levels = NDArray[np.uint8 | np.float32]  # ink, in whole grey levels where these are exact: a quarter of the memory
Mask = NDArray[np.bool_]  # (height, width)
