"""The files that rows name, in the storage of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField

from . import rows
from .blobs import Blobs
from .catalogue import Catalogue, Entry

AT_ONCE = 500  # rows that are asked for at once


class Named(NamedTuple):
    """A file as a row names it."""

    model: rows.Model
    field: str
    key: object
    name: str

    def still(self) -> bool:
        """Whether its row still names it."""
        return self.model._base_manager.filter(pk=self.key, **{self.field: self.name}).exists()


def named() -> Iterator[Named]:
    """The files that the rows of all tables name.

    They are asked for in pieces: a reader that stays for hours would keep SQLite from shortening its log.
    """
    for model in rows.backed_up(apps):
        for field in (field.name for field in rows.columns(model) if isinstance(field, FileField)):
            named = model._base_manager.exclude(**{field: ""}).order_by("pk").values_list("pk", field)
            rest = named
            while some := list(rest[:AT_ONCE]):
                yield from (Named(model, field, key, name) for key, name in some if name)
                rest = named.filter(pk__gt=some[-1][0])


class Copier:
    """Copies files of the storage into a target, unless the previous backup has them.

    A file of the storage is never changed: its name contains the public id of its row. So a file of the same name, size
    and time is the same.
    """

    def __init__(self, blobs: Blobs, catalogue: Catalogue, draft: Path) -> None:
        self._blobs, self._catalogue = blobs, catalogue
        self._draft = draft
        self.new = self.new_bytes = 0

    def copy(self, name: str) -> bool:
        """Returns whether the storage has the file."""
        try:
            size = default_storage.size(name)
            modified = default_storage.get_modified_time(name).isoformat()
            known = self._catalogue.earlier(name)
            if known and known[1:3] == (size, modified) and known.sha256 and self._blobs.has(known.sha256, size):
                self._catalogue.add(known)
                return True
            with default_storage.open(name) as file:
                sha256, size, is_new = self._blobs.add(cast(BinaryIO, file), self._draft)
        except FileNotFoundError:
            return False
        self._catalogue.add(Entry(name, size, modified, sha256))
        if is_new:
            self.new, self.new_bytes = self.new + 1, self.new_bytes + size
        return True
