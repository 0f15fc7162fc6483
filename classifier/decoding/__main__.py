"""`python -m classifier.decoding SOCKET CHILDREN`: runs the decoding server."""

import sys

from .server import serve

serve(sys.argv[1], int(sys.argv[2]))
