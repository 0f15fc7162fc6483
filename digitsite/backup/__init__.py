"""Backups of an installation: its rows and files, written while people work, and restored into an empty one.

A target folder holds any number of backups and the files of all of them:

    2026-11-29T133502Z/manifest.json    what the backup holds, with a checksum of each part
    2026-11-29T133502Z/rows/*.jsonl.gz  the rows of a table, a line each
    2026-11-29T133502Z/files.jsonl.gz   the names of its files, with size and checksum
    files/4f/4f1c…                      a file, named after its SHA-256; shared by all backups that have it

A folder whose name begins with `.unfinished` is a backup that is being written, or was interrupted.
"""
