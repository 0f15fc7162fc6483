"""Pictures of pages: finding which page of a sheet one shows, laying it straight, and cutting fields out of it.

Needs OpenCV and zxing-cpp, which are loaded only where pages are read.
"""

REFERENCE_SIDE = 2339  # px of a page's longer side, in which pages are kept and read: A4 at 200 dpi
