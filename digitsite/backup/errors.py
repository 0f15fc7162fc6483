"""What stops a backup or a restore. The messages tell the operator what was wrong and what to do."""


class BackupError(Exception):
    """The backup or restore cannot be done."""


class Damaged(BackupError):
    """A part of a backup is missing or differs from its checksum."""

    def __init__(self, what: object) -> None:
        super().__init__(f"The backup is damaged: {what}. Choose another backup.")
