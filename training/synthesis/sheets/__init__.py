"""Filled-in forms drawn by a program: strips of a page with boxes, lines and check boxes, as they are laid straight."""
