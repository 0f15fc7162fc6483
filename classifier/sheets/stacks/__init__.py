"""A stack from upload to its last page.

lifecycle → counting → reading    accepting; a row for each page; reading the pages that wait
worker                            the process that does this
answering, outcomes, storing      what happens in forked processes, what they return, and its rows
"""
