"""The description of these endpoints as OpenAPI. Only `manage.py write_schema` loads it, see classifier.api.schema."""

from . import names as names  # these describe the endpoints when they are imported
from . import operations as operations
