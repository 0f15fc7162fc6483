"""Sheets: stacks of filled-in paper forms in, a table out. An app of its own above the rest of classifier.

fields → imaging → reading   what may stand in a field; pages laid straight; what is written in a field. No Django.
models → stacks              the rows; a stack from upload to its last page
deciding, results            the fields that are left to people; the table
printing, webhooks           printed forms; messages to other programs
pages, api                   what people and programs use
"""
