"""The addresses of second factors: allauth's. Browsers keep none of these pages, because some show secrets."""

from collections.abc import Iterable

from allauth.mfa.urls import urlpatterns
from django.urls import URLPattern, URLResolver
from django.views.decorators.cache import never_cache

__all__ = ["urlpatterns"]


def _keep_out_of_caches(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = never_cache(pattern.callback)
        else:
            _keep_out_of_caches(pattern.url_patterns)


_keep_out_of_caches(urlpatterns)
