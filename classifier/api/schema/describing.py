"""How operations are described. `operations` does it for the endpoints of this package."""

from typing import Any

from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema

from .parameters import IF_NONE_MATCH

ACCEPTED = "Stored; ask again at `Location`"
DELETED = {204: OpenApiResponse(None, "Deleted")}


def operation(tag: str, name: str, summary: str, answers: dict[Any, Any], **more: Any) -> Any:
    return extend_schema(operation_id=name, summary=summary, tags=[tag], responses=answers, **more)


def get_one(tag: str, name: str, summary: str, answers: dict[Any, Any], **more: Any) -> Any:
    """The operation that gets a resource with an ETag. more: also further `parameters`."""
    not_modified = {304: OpenApiResponse(None, "Not modified")}
    parameters = [IF_NONE_MATCH, *more.pop("parameters", [])]
    return operation(tag, name, summary, answers | not_modified, parameters=parameters, **more)


def form(schema: dict[str, Any]) -> dict[str, OpenApiRequest]:
    return {"multipart/form-data": OpenApiRequest(schema)}
