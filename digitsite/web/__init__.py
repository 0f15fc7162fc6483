"""The web server's side of a request: received whole by one loop before a thread answers it."""
