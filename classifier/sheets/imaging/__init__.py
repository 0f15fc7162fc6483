"""Pictures of pages: finding which page of a sheet one shows, laying it straight, and cutting fields out of it.

pages                  a picture in, a page laid straight out, or the reason why not
candidates             where the page may be: outlines (paper, or the whole picture) and features
refining               moves a guess onto the printed lines
agreement, words, edges   whether the printing, its words and the lines of its fields are really there
codes                  the QR code of printed sheets
ink                    what was written in a rectangle, without what the form has printed
offers, ruling         rectangles on an empty page that look like fields

Needs OpenCV and zxing-cpp, which are loaded only where pages are read.
"""

REFERENCE_SIDE = 2339  # px of a page's longer side, in which pages are kept and read: A4 at 200 dpi
