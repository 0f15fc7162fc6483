"""The JSON API."""

# Modules that describe endpoints of apps above this one; each adds its own when it is ready. Only `schema` loads them.
DESCRIBED = list[str]()
