"""Limits of the decoding processes, shared by the client and the server without importing each other."""

CHILDREN = 2  # of each server, decoding at once; further files wait
TIME_S = 10  # seconds of wall-clock time for one file or page; then its child ends
COUNT_S = 3  # seconds for counting the pages of a file
MEMORY_BYTES = 384 * 2**20  # that a child may allocate on top of what the server has
PIXEL_BYTES = 320 * 2**20  # of these, for the pixels of the decoded picture
PAGES_AT_MOST = 1000  # of one file
PAGE_SIDE = 1280  # px of the longer side of a page of a PDF
WHOLE_PAGE_SIDE = 3040  # px, at most, of the longer side where the picture of a page is wanted: A4 at 260 dpi
LARGE_PDF_BYTES = 8 * 2**20  # in an archive: a larger one is not loaded whole
FILES_PER_CHILD = 1000  # then it is replaced; the members of one request for an archive count as one
LARGE_FILE_PIXELS = 2_000_000  # a child that has decoded more, or has failed, is replaced
LARGE_PAGE_PIXELS = 20_000_000  # the same, where the picture of a page is wanted
STEPS_AT_MOST = 24  # pictures of the pipeline's steps in one answer
MEMBER_TRIES = 3  # children that one member of an archive may end: something else may have killed one or two
