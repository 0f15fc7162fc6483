"""Ties a process to its parent, so that nothing started by a worker or by the supervisor outlives it.

Plain Python that loads nothing of the site: `digitsite/launch.py` stands before every program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent dies (on Linux).

    parent: the id of the process that started this one. Ends this process now if that has died already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
