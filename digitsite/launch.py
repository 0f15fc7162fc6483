"""Runs a command that must not outlive its parent: `python launch.py PID_FILE NICENESS COMMAND…`.

The supervisor starts every program through this. If the supervisor is killed, the kernel ends the program (on Linux).
It imports almost nothing, so it takes a few milliseconds.
"""

import os
import signal
import sys

if __name__ == "__main__":
    pid_file, niceness, *command = sys.argv[1:]
    parent = os.getppid()
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # isolated mode has no import path
    from classifier.jobs.parent_death import end_with_parent

    end_with_parent(parent, signal.SIGTERM)
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    os.nice(int(niceness))
    os.execv(command[0], command)  # noqa: S606 - replaces this process with the program
