"""Hooks of schemathesis, which loads this file through SCHEMATHESIS_HOOKS."""

from typing import Any
from urllib.parse import urlencode

import schemathesis

LONGEST_QUERY = 7_500  # bytes; gunicorn rejects a request line of more than 8,190 before the API sees it


@schemathesis.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    return len(urlencode(query or {}, doseq=True)) <= LONGEST_QUERY
