"""The notices that the next page shows. Their cookie has a name of this site's own, as the others have."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class OwnCookieStorage(CookieStorage):
    cookie_name = f"messages_{settings.COOKIE_SUFFIX}"


class NoticeStorage(FallbackStorage):
    storage_classes = (OwnCookieStorage, SessionStorage)
