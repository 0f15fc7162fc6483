"""Lines of writing drawn by a program: numbers with marks, on paper of many kinds, and lines that are no numbers."""
