"""The table of a stack as a file. It can be fetched while pages are still being read."""

from abc import ABC, abstractmethod
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from classifier.api.endpoints import AnyAccept, Endpoint
from classifier.digits.spreadsheets import CSV_TYPE, XLSX_TYPE
from classifier.sheets.models import Stack, StackPage
from classifier.sheets.results import table
from classifier.sheets.sharing.rights import Level, stack_for


class Results(ABC, Endpoint):
    content_negotiation_class = AnyAccept
    extension: str

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        stack = stack_for(request.user, public_id, Level.READ)

        def address(page: StackPage) -> str:
            return request.build_absolute_uri(reverse("sheets-api:stack-page", args=[public_id, page.number]))

        answer = self.file(stack, address)
        answer.headers["Content-Disposition"] = f'attachment; filename="stack-{public_id}.{self.extension}"'
        return answer

    @abstractmethod
    def file(self, stack: Stack, address: table.Address) -> HttpResponseBase:
        """The results in the format of this class. address: of a page, for the links."""


class ResultsJson(Results):
    extension = "json"

    def file(self, stack: Stack, address: table.Address) -> HttpResponseBase:
        return _streamed(StreamingHttpResponse(table.json_pieces(stack, address), content_type="application/json"))


class ResultsCsv(Results):
    extension = "csv"

    def file(self, stack: Stack, address: table.Address) -> HttpResponseBase:
        return _streamed(StreamingHttpResponse(table.csv_lines(stack, address), content_type=CSV_TYPE))


class ResultsXlsx(Results):
    extension = "xlsx"

    def file(self, stack: Stack, address: table.Address) -> HttpResponseBase:
        return FileResponse(table.xlsx_file(stack, address), content_type=XLSX_TYPE)


def _streamed(answer: StreamingHttpResponse) -> StreamingHttpResponse:
    answer.headers["X-Accel-Buffering"] = "no"
    return answer
