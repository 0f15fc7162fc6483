"""The rows of sheets in the Django admin, to look at."""
