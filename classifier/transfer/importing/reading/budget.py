"""A limit on what an imported file unpacks to."""

from classifier.errors import ImportRejected


class Budget:
    """The bytes that may still be unpacked."""

    def __init__(self, most: int, spent: int = 0) -> None:
        self.most, self.spent = most, spent

    def spend(self, size: int) -> None:
        """Counts bytes. Raises ImportRejected when they exceed the limit."""
        self.spent += size
        if self.spent > self.most:
            raise ImportRejected(f"This file unpacks to more than {self.most / 2**20:,.0f} MB. Import it in parts.")
