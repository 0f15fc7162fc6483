"""Which storage Django uses for files. Imports neither django-storages nor boto3."""

from importlib.util import find_spec
from typing import Any


def files(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> dict[str, Any]:
    """The entry of STORAGES for files; without a bucket, they are in a folder.

    Raises ValueError if a setting is missing.
    """
    if not bucket:
        if endpoint:
            raise ValueError("S3_ENDPOINT_URL needs S3_BUCKET, in which the files are stored.")
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if bool(access_key) != bool(secret_key):
        raise ValueError("S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or none on a machine with a role.")
    if find_spec("storages") is None:
        raise ValueError("S3_BUCKET needs django-storages: pip install -r requirements/s3.txt")
    given = {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": region or None,
        "access_key": access_key or None,
        "secret_key": secret_key or None,
    }
    return {"BACKEND": "digitsite.s3.storage.Storage", "OPTIONS": given}


def place(bucket: str, endpoint: str, folder: str) -> str:
    """What all machines of a site have in common and other sites on the same host do not."""
    return f"{endpoint}/{bucket}" if bucket else folder
