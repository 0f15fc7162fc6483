"""Limits of the decoding processes, shared by the client and the server without importing each other."""

CHILDREN = 2  # of each server, decoding at once; further files wait
TIME_S = 10  # seconds of wall-clock time for one file; then its child ends
MEMORY_BYTES = 290 * 2**20  # that a child may allocate on top of what the server has
FILES_PER_CHILD = 1000  # then it is replaced; the members of one request for an archive count as one
LARGE_FILE_PIXELS = 2_000_000  # a child that has decoded more, or has failed, is replaced
STEPS_AT_MOST = 24  # pictures of the pipeline's steps in one answer
MEMBER_TRIES = 3  # children that one member of an archive may end: something else may have killed one or two
