"""The endpoint that describes the caller."""

from rest_framework.request import Request
from rest_framework.response import Response

from classifier.models import ApiToken, Batch, Digit, Drawing

from .endpoints import Endpoint
from .serializers import MeSerializer


class Me(Endpoint):
    """The caller's name, the numbers of their drawings, digits, corrections and batches, and the token."""

    def get(self, request: Request) -> Response:
        digits = Digit.objects.owned_by(request.user)
        me = {
            "name": request.user.get_username(),
            "drawings": Drawing.objects.count_of(request.user),
            "digits": digits.count(),
            "corrections": digits.filter(said__isnull=False).count(),  # the copy in the digit's row, which has an index
            "batches": Batch.objects.owned_by(request.user).count(),
            "token": request.auth if isinstance(request.auth, ApiToken) else None,
        }
        return Response(MeSerializer(me).data)
