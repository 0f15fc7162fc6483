"""Gunicorn's own log lines, in the format of the site's."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class SiteLogger(Logger):  # type: ignore[misc]
    """Hands lines to the site's handlers. (Gunicorn's `logconfig_dict` would also prepare a line for each request.)"""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
