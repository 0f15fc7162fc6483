"""Runs the decoding server: `python -m classifier.decoding SOCKET CHILDREN`."""

import sys

from .server import serve

serve(sys.argv[1], int(sys.argv[2]))
