"""The worked example: a mark sheet that this site prints, filled in by three pupils.

The handwriting on the pages is in ink_1.png to ink_3.png, dark on white, as large as a page; it was drawn by the
generator of this project (`python -m tests.classifier.sheets.forms.example`).
"""
