"""The endpoints of the message that a stack is done: what was tried, and sending it again."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import Tagged
from classifier.sheets.models import Stack, WebhookAttempt
from classifier.sheets.sharing.rights import Level, stack_for
from classifier.sheets.webhooks import attempts


class WebhookAttemptSerializer(serializers.ModelSerializer[WebhookAttempt]):
    class Meta:
        model = WebhookAttempt
        fields = ["number", "due", "sent", "status", "sentence"]


class WebhookAttempts(Tagged):
    """GET: the attempts to deliver the message, in their order. POST: sends it again."""

    def get(self, request: Request, public_id: UUID) -> Response:
        return _listed(stack_for(request.user, public_id, Level.READ))

    def post(self, request: Request, public_id: UUID) -> Response:
        stack = stack_for(request.user, public_id, Level.CHANGE)
        attempts.send_again(stack)
        return _listed(stack)


def _listed(stack: Stack) -> Response:
    return Response({"results": WebhookAttemptSerializer(stack.webhook_attempts.order_by("number"), many=True).data})
