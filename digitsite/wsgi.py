"""The entry point of a WSGI server."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.wsgi import get_wsgi_application

# REST framework and kombu import these if they are installed, for features that the site does not use. Without them
# the first answer comes after 4.0 s instead of 4.4 s, and all processes take 20 MB less (docs/performance.md).
UNUSED = ("requests", "pygments", "markdown", "uritemplate", "inflection", "yaml", "django.contrib.postgres.fields")


@contextmanager
def missing(*names: str) -> Iterator[None]:
    """Makes imports of these modules fail inside the block unless they are already imported."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is Python's own mark for this
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with missing(*UNUSED):
    import kombu.serialization  # noqa: F401
    import rest_framework.compat  # noqa: F401

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

site = get_wsgi_application()

from django.conf import settings  # noqa: E402 - set up by the line above

from classifier.http.proxies import is_from_here  # noqa: E402
from classifier.jobs import trace  # noqa: E402

from . import exposure  # noqa: E402
from .logs.requests import IN_META  # noqa: E402

weaknesses = exposure.weaknesses()
if weaknesses:
    sentence = "The site answers only requests from this machine: %s"
    logging.getLogger(__name__).warning(sentence, "; ".join(weaknesses))

# Gunicorn would refuse requests from which a proxy has removed the path already.
os.environ.pop("SCRIPT_NAME", None)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Serves the site below settings.SCRIPT_NAME, whether the proxy in front passes this path on or removes it.

    With settings that are only for trying out, it refuses requests from other machines.
    """
    if weaknesses and not is_from_here(environ):
        return exposure.refuse(start_response, weaknesses, trace.begin_request(environ.get(IN_META)))
    prefix, path = settings.SCRIPT_NAME, environ["PATH_INFO"]
    if prefix and f"{path}/".startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path.removeprefix(prefix)
    answer = site(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return answer
    # Django answers HEAD with a body. Gunicorn drops it, but warns of it in the log every time a monitor asks.
    if hasattr(answer, "close"):
        answer.close()
    return ()
