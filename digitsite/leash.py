"""Runs a command so that it cannot outlive its parent: `python leash.py PID_FILE NICENESS COMMAND…`.

The supervisor starts every program through this. Were the supervisor killed, the kernel ends the program
(on Linux). Plain Python and next to nothing of the site, so that it costs a few milliseconds.
"""

import os
import signal
import sys

if __name__ == "__main__":
    pid_file, niceness, *command = sys.argv[1:]
    parent = os.getppid()
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # isolated, it knows no folder
    from classifier.jobs.parent_death import end_with_parent

    end_with_parent(parent, signal.SIGTERM)
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    os.nice(int(niceness))
    os.execv(command[0], command)  # noqa: S606 - replaces this process by the program
