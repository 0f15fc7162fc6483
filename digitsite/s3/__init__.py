"""The site's files in a store that speaks S3, through django-storages. Loaded only where S3_BUCKET is set."""
