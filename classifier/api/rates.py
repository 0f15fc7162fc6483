"""The rate limit of the API, for each token or person."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from classifier.http.rates import count, parse_rate
from classifier.models import ApiToken


class ApiThrottle(BaseThrottle):
    """Applies settings.API_RATE to each token, and to each person signed in by session."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = parse_rate(settings.API_RATE)
        if rate is None:
            return True
        name = f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user:{request.user.pk}"
        self.usage = count(name, rate)
        request.usage = self.usage  # type: ignore[attr-defined]  # for the headers of the answer
        return not self.usage.is_exceeded

    def wait(self) -> float:
        return self.usage.remaining_s
