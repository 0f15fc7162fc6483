"""Pages as tests compare them."""

import re

BLOCKS = "button|caption|dd|div|dt|form|h1|h2|h3|label|legend|li|option|p|section|summary|td|th"


def flat(html: str) -> str:
    """HTML as a browser lays it out: one space for a run of white space, and none at the edges of a block."""
    html = re.sub(r"\s+", " ", html)
    html = re.sub(rf"(<(?:{BLOCKS})\b[^>]*>) ", r"\1", html)
    return re.sub(rf" (</(?:{BLOCKS})>)", r"\1", html)
