"""Removing what is older than the site keeps: KEEP_ORIGINALS_DAYS and KEEP_DIGITS_DAYS, both off by default.

`due` says what that is, `removal` removes it in small steps. Nothing is removed in the first day after a setting is
noticed, or shortened; `manage.py retention` and the staff's dashboard show until then what would be.
"""
