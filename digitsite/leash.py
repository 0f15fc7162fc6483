"""Runs a command so that it cannot outlive its parent: `python leash.py PID_FILE NICENESS COMMAND…`.

The supervisor starts every program through this. Were the supervisor killed, the kernel ends the program
(on Linux). Plain Python, nothing imported of the site, so that it costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    pid_file, niceness, *command = sys.argv[1:]
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:  # it died before the kernel was told
            sys.exit(1)
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    os.nice(int(niceness))
    os.execv(command[0], command)  # noqa: S606 - replaces this process by the program
