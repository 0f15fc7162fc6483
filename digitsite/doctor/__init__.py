"""`manage.py doctor`: what is wrong with an installation, in sentences, and what to do about it.

Each module examines one part and yields findings; `examination` runs them all.
"""
