"""How long a stack takes to read, and how well its pages are placed and its fields read."""
