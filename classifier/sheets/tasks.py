"""The tasks of sheets: each calls one plain function, and repeating one does no harm."""
