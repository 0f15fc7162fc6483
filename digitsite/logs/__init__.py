"""Log lines: their two formats, what must never be in one, and the id of the request that a line belongs to."""
