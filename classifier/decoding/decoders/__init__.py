"""How the pixels of each kind of file are decoded. Only the decoding server imports this package."""
