"""What schemathesis is told when it asks the API; it loads this file by SCHEMATHESIS_HOOKS."""

from typing import Any
from urllib.parse import urlencode

import schemathesis

LONGEST = 7_500  # bytes of a query; gunicorn refuses a request line of more than 8,190 before the API sees it


@schemathesis.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    return len(urlencode(query or {}, doseq=True)) <= LONGEST
