"""Runs the decoding server: `python -m classifier.decoding SOCKET CHILDREN FILE_BYTES`."""

import sys

from .server import serve

serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
