"""The people of the site as its staff see them: who there is, what they use, and what staff may do about it."""
