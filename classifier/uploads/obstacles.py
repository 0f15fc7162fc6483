"""Why long work waits for the site, such as for room on its disk. Nothing is wrong with what is read then."""

from django.db import OperationalError

from classifier.errors import SiteBusy, StorageAway
from classifier.jobs import room
from classifier.recognition.errors import ModelFileDamaged

NETWORK_DAMAGED = "The network that reads digits is damaged. This goes on by itself when another one serves."
DATABASE_AWAY = "The site could not reach its database. This goes on by itself when it can."
FILES_AWAY = "The site could not reach its files. This goes on by itself when it can."

PASSING = (SiteBusy, ModelFileDamaged, OSError, EOFError, OperationalError)  # after which the work is tried again


def why_it_waits(error: Exception) -> str:
    """The sentence for people if an error of PASSING is the site's; empty if it may be due to what is read."""
    if room.is_full():
        return room.WAITS
    if isinstance(error, StorageAway):
        return FILES_AWAY
    if isinstance(error, ModelFileDamaged):
        return NETWORK_DAMAGED
    return DATABASE_AWAY if isinstance(error, OperationalError) else ""
