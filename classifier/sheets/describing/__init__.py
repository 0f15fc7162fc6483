"""Making sheets and changing them.

uploads  a file with a form becomes pictures of its pages
sheets   sheets from making to deleting
lists    pasted or uploaded lists: rosters, and values that may stand in a field
offers   rectangles on a page that look like fields
"""
