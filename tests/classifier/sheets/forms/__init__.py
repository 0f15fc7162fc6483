"""Forms drawn by a program, filled in by hands that no network has learnt from, scanned or photographed.

layouts.FORMS            what forms there are: name → function of two seeds, of the form and of its words
filling.filled           a page with writing in its fields, and what is written
scanning.scanned         the same page from a scanner; `photographed` from a camera; `truncated` with a part missing
The same seeds give the same pages.
"""
