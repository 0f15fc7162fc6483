"""Figures for Prometheus at `/metrics`: what the web processes count, and what the site says when it is asked.

Only web processes load the modules of this package.
"""

# Functions that read the database; an app that is above this one adds its own when it is ready.
READERS = ["classifier.http.metrics.database.read"]
