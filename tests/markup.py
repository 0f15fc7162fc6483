"""HTML in a form that tests can compare."""

import re

BLOCKS = "button|caption|dd|div|dt|form|h1|h2|h3|label|legend|li|option|p|section|summary|td|th"


def flat(html: str) -> str:
    """HTML with white space as a browser shows it: collapsed to one space, removed at the edges of blocks."""
    html = re.sub(r"\s+", " ", html)
    html = re.sub(rf"(<(?:{BLOCKS})\b[^>]*>) ", r"\1", html)
    return re.sub(rf" (</(?:{BLOCKS})>)", r"\1", html)
