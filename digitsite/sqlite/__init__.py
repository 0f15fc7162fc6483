"""Django's SQLite backend, waiting evenly for the database's lock (see `base`)."""
