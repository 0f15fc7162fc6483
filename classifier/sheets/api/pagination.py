"""The pages of lists."""

from classifier.api.pagination import NewestFirst

__all__ = ["ByPage", "InOrder", "NewestFirst"]


class InOrder(NewestFirst):
    """Pages of a stack, by their numbers."""

    ordering = "number"
    page_size = 100
    max_page_size = 500


class ByPage(NewestFirst):
    """Values of a stack, page by page, in the order of their fields."""

    ordering = ("page_id", "position")  # type: ignore[assignment]  # the base has one field
    page_size = 100
    max_page_size = 500
