"""What is written in the fields of a page that lies straight, how sure that is, and which values may be taken."""
