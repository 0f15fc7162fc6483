"""What is said to a person of the sheets that go with their account."""

from django.contrib.auth.models import User

from classifier.sheets.models import Sheet


def words_about(owner: User) -> str:
    """The sheets of a person in words, those included that are deleted and not removed yet; empty without any."""
    count = Sheet.objects.filter(owner=owner).count()
    whole = "sheet with its stacks" if count == 1 else "sheets with their stacks"
    return f"{count:,} {whole}, also for those with whom you share them" if count else ""
