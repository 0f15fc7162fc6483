"""A turn of a job that reads a stored archive: some seconds, after which another job has its turn."""

import logging
from collections.abc import Callable

from django.db.models.fields.files import FieldFile

from classifier.errors import ArchiveRejected
from classifier.jobs import leases
from classifier.models.jobs import LeasedJob

from . import obstacles
from .stored import Archive, opened

log = logging.getLogger(__name__)


def take(
    job: LeasedJob,
    name: str,
    file: FieldFile,
    read: Callable[[Archive], bool],
    *,
    done: Callable[[], object],
    failed: Callable[[str], object],
    put_back: Callable[[str], object],
    gone: str,
) -> bool:
    """Has a claimed job read its archive, and says how the turn ended. Returns whether there is more to do.

    name: of the job, for the log. read: returns whether the archive is read to its end. failed: receives the sentence
    for people; gone: that of a file that is not there. put_back: lets the job wait for a reason of the site, such as a
    full disk.
    """
    try:
        with opened(file) as archive:
            is_done = read(archive)
    except leases.LeaseLost:
        return False
    except (FileNotFoundError, ArchiveRejected) as error:
        log.error("%s cannot be read: %s", name, error)
        failed(gone if isinstance(error, OSError) else str(error))
        return False
    except obstacles.PASSING as error:
        log.warning("%s waits: %s", name, error)
        if why := obstacles.why_it_waits(error):
            put_back(why)
        else:
            leases.release(leases.held(job))  # the scheduler sends it again
        return False
    if is_done:
        done()
    else:
        leases.release(leases.held(job))
    return not is_done
