"""Uploads of many pictures: received to disk as one archive, stored, and opened again to be read piece by piece."""
