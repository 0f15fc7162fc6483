"""The description of the API as OpenAPI 3.1.

drf-spectacular derives it from the views and serializers; this package adds what they do not say. Only `manage.py
write_schema` and its tests load it. The site serves the file that they write.
"""

from .building import SETTINGS, as_json, build

__all__ = ["SETTINGS", "as_json", "build"]
