"""Ends a process when its parent dies, so nothing that a worker or the supervisor has started outlives it.

Loads nothing of the site: `digitsite/launch.py` calls it before every program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Asks the kernel to signal this process when its parent dies (on Linux).

    parent: the id of the process that started this one. If it has died already, this process exits now.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:  # it died before the call
        sys.exit(1)
