"""What can go wrong within an import. What ends an import as a whole is an ImportRejected."""


class RecordRejected(Exception):
    """A record or a file of the export cannot be imported. The message is a sentence for people."""


class Stopped(Exception):
    """This process no longer holds the import; its row says why."""


class Cancelled(Stopped):
    """The owner has cancelled the import."""
