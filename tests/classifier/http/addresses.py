"""The table of all addresses: who gets what.

A new address fails the tests until the table says who may use it. An address with a new kind of id in it needs an
object of the owner in the fixture `things`.
"""

from typing import Any, NamedTuple

SIGN_IN, ADMIN_SIGN_IN = "/account/login/", "/admin/login/"
HOME = "/"
FACTOR, CONFIRM = "/account/second-factor", "/account/reauthenticate/"

# A status, a tuple of acceptable statuses, or the beginning of the address of a redirect.
Outcome = int | tuple[int, ...] | str


class Row(NamedTuple):
    """An address with names of `things` in it, a method, and the outcome for each person.

    `staff` is an administrator. `clerk` is staff without any permission; None applies the rule of `for_clerk`.
    """

    address: str
    method: str
    visitor: Outcome
    stranger: Outcome
    owner: Outcome
    staff: Outcome
    clerk: Outcome | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def for_clerk(self) -> Outcome:
        """Sees the same staff pages as an administrator but changes nothing; is a stranger to other people's pages."""
        if self.clerk is not None:
            return self.clerk
        if self.address.startswith("/admin/"):
            return self.staff
        if self.address.startswith("/staff/") and self.staff != 405:
            return self.staff if self.method == "GET" else 403
        return self.stranger


ROWS: list[tuple[Any, ...]] = [
    # address                                      method   visitor      stranger  owner         staff
    ("/", "GET", 200, 200, 200, 200),
    ("/drawings/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/drawings/", "GET", 405, 405, 405, 405),
    ("/drawings/preview/", "POST", SIGN_IN, 204, 204, 204),
    ("/pictures/", "POST", SIGN_IN, 400, 400, 400),
    ("/pictures/", "GET", 405, 405, 405, 405),
    ("/samples/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/try/drawing/", "POST", 400, HOME, HOME, HOME),
    ("/try/drawing/", "GET", 405, 405, 405, 405),
    ("/try/preview/", "POST", 400, HOME, HOME, HOME),
    ("/try/preview/", "GET", 405, 405, 405, 405),
    ("/try/picture/", "POST", 400, HOME, HOME, HOME),
    ("/try/picture/", "GET", 405, 405, 405, 405),
    ("/try/why/", "POST", 400, HOME, HOME, HOME),
    ("/try/why/", "GET", 405, 405, 405, 405),
    ("/history/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/?digit=12", "GET", SIGN_IN, 400, 400, 400),
    ("/history/summary/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/deleted/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/delete/", "POST", SIGN_IN, "/history/", "/history/", "/history/"),
    ("/history/delete/", "GET", 405, 405, 405, 405),
    ("/history/restore/", "POST", SIGN_IN, "/history/", "/history/", "/history/"),
    ("/history/restore/", "GET", 405, 405, 405, 405),
    ("/history/remove/", "POST", SIGN_IN, "/history/deleted/", "/history/deleted/", "/history/deleted/"),
    ("/history/remove/", "GET", 405, 405, 405, 405),
    ("/digits/{digit}/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/", "POST", 405, 405, 405, 405),
    ("/digits/{digit}/input.png", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/picture/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/why/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/why/", "POST", 405, 405, 405, 405),
    ("/digits/{digit}/correction/", "POST", SIGN_IN, 404, 400, 404),
    ("/digits/{digit}/correction/", "GET", 405, 405, 405, 405),
    ("/digits/{digit}/number/", "POST", SIGN_IN, 404, "/digits/", 404),
    ("/digits/{digit}/number/", "GET", 405, 405, 405, 405),
    ("/digits/{digit}/delete/", "POST", SIGN_IN, 404, "/history/", 404),
    ("/digits/{digit}/delete/", "GET", 405, 405, 405, 405),
    ("/again/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/again/", "POST", SIGN_IN, 404, 404, 400, 403),
    ("/again/{rereading}/cancel/", "POST", SIGN_IN, 404, 404, "/again/", 403),
    ("/again/{rereading}/cancel/", "GET", 405, 405, 405, 405),
    ("/batches/", "GET", SIGN_IN, 200, 200, 200),
    ("/batches/", "POST", SIGN_IN, 400, 400, 400),
    ("/batches/{batch}/", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/", "POST", 405, 405, 405, 405),
    ("/batches/{batch}/cancel/", "POST", SIGN_IN, 404, "/batches/", 404),
    ("/batches/{batch}/cancel/", "GET", 405, 405, 405, 405),
    ("/batches/{batch}/delete/", "POST", SIGN_IN, 404, "/batches/", 404),
    ("/batches/{batch}/delete/", "GET", 405, 405, 405, 405),
    ("/batches/{batch}/archive/", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/results.json", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/results.csv", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/table.csv", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/table.xlsx", "GET", SIGN_IN, 404, 200, 404),
    ("/model/", "GET", 200, 200, 200, 200),
    ("/model/{version}/", "GET", 200, 200, 200, 200),
    ("/account/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/profile/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/profile/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/sessions/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/sessions/end/", "POST", SIGN_IN, *["/account/sessions/"] * 3),
    ("/account/sessions/end/", "GET", 405, 405, 405, 405),
    ("/account/close/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/close/", "POST", SIGN_IN, 200, 200, 409),  # without a password; and the only administrator
    ("/account/tokens/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/tokens/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/tokens/{token}/revoke/", "POST", SIGN_IN, 404, "/account/tokens/", 404),
    ("/account/tokens/{token}/revoke/", "GET", 405, 405, 405, 405),
    ("/export/", "GET", SIGN_IN, 200, 200, 200),
    ("/export/digits.json", "GET", SIGN_IN, 200, 200, 200),
    ("/export/digits.json", "POST", SIGN_IN, 400, 400, 400),
    ("/export/digits.csv", "GET", SIGN_IN, 200, 200, 200),
    ("/export/table.csv", "GET", SIGN_IN, 200, 200, 200),
    ("/export/table.xlsx", "GET", SIGN_IN, 200, 200, 200),
    ("/export/corrected.npz", "GET", SIGN_IN, 200, 200, 200),
    ("/export/all.zip", "GET", SIGN_IN, 200, 200, 200),
    ("/export/digits.csv", "POST", SIGN_IN, 400, 400, 400),
    ("/export/table.csv", "POST", SIGN_IN, 400, 400, 400),
    ("/export/table.xlsx", "POST", SIGN_IN, 400, 400, 400),
    ("/export/corrected.npz", "POST", SIGN_IN, 400, 400, 400),
    ("/export/all.zip", "POST", SIGN_IN, 400, 400, 400),
    ("/export/all.zip", "DELETE", 405, 405, 405, 405),
    ("/import/", "GET", SIGN_IN, "/export/", "/export/", "/export/"),
    ("/import/", "POST", SIGN_IN, 400, 400, 400),
    ("/import/{import}/", "GET", SIGN_IN, 404, 200, 404),
    ("/import/{import}/", "POST", 405, 405, 405, 405),
    ("/import/{import}/cancel/", "POST", SIGN_IN, 404, "/import/", 404),
    ("/import/{import}/cancel/", "GET", 405, 405, 405, 405),
    ("/import/{import}/remove/", "POST", SIGN_IN, 404, "/import/", 404),
    ("/import/{import}/remove/", "GET", 405, 405, 405, 405),
    ("/manifest.webmanifest", "GET", 200, 200, 200, 200),
    ("/healthz", "GET", 200, 200, 200, 200),
    ("/readyz", "GET", 503, 503, 503, 503),  # no worker here
    ("/api/v1/digits/", "GET", 401, 200, 200, 200),
    ("/api/v1/digits/", "POST", 401, 400, 400, 400),
    ("/api/v1/digits/{digit}/", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/digits/{digit}/number/correction/", "PUT", 401, 404, 415, 404),
    ("/api/v1/digits/{digit}/number/correction/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/digits/{digit}/number/confirmation/", "POST", 401, 404, (200, 409), 404),
    ("/api/v1/digits/{digit}/confirmation/", "POST", 401, 404, (200, 409), 404),
    ("/api/v1/digits/{digit}/correction/", "PUT", 401, 404, 415, 404),
    ("/api/v1/digits/{digit}/correction/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/digits/{digit}/predictions/", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/input.png", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/original/", "GET", 401, 404, 200, 404),
    ("/api/v1/models/", "GET", 401, 200, 200, 200),
    ("/api/v1/models/{version}/", "GET", 401, 200, 200, 200),
    ("/api/v1/me/", "GET", 401, 200, 200, 200),
    ("/api/schema/", "GET", 200, 200, 200, 200),
    ("/api/docs/", "GET", 200, 200, 200, 200),
    ("/api/v1/batches/", "GET", 401, 200, 200, 200),
    ("/api/v1/batches/", "POST", 401, 400, 400, 400),
    ("/api/v1/batches/{batch}/", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/batches/{batch}/cancel/", "POST", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/results.json", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/results.csv", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/table.csv", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/table.xlsx", "GET", 401, 404, 200, 404),
    ("/api/v1/export/digits.json", "GET", 401, 200, 200, 200),
    ("/api/v1/export/digits.csv", "GET", 401, 200, 200, 200),
    ("/api/v1/export/table.csv", "GET", 401, 200, 200, 200),
    ("/api/v1/export/table.xlsx", "GET", 401, 200, 200, 200),
    ("/api/v1/export/corrected.npz", "GET", 401, 200, 200, 200),
    ("/api/v1/export/all.zip", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "POST", 401, 400, 400, 400),
    ("/api/v1/imports/{import}/", "GET", 401, 404, 200, 404),
    ("/api/v1/imports/{import}/cancel/", "POST", 401, 404, 200, 404),
    ("/api/v1/imports/{import}/remove/", "POST", 401, 404, 422, 404),
    ("/staff/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/new/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/runs/new/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/runs/new/time/", "POST", SIGN_IN, 404, 404, 200),
    ("/staff/runs/new/time/", "GET", 405, 405, 405, 405),
    ("/staff/runs/{run}/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/{run}/cancel/", "POST", SIGN_IN, 404, 404, "/staff/runs/"),
    ("/staff/runs/{run}/cancel/", "GET", 405, 405, 405, 405),
    ("/staff/runs/{run}/repeat/", "POST", SIGN_IN, 404, 404, "/staff/runs/"),
    ("/staff/runs/{run}/repeat/", "GET", 405, 405, 405, 405),
    ("/staff/versions/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/card/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/compare/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/promote/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/versions/{version}/promote/", "GET", 405, 405, 405, 405),
    ("/staff/versions/{version}/files/mnist_cnn_model.h5", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/answers/again/", "POST", SIGN_IN, 404, 404, "/staff/", 403),
    ("/staff/answers/again/", "GET", 405, 405, 405, 405),
    ("/staff/versions/rollback/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/versions/rollback/", "GET", 405, 405, 405, 405),
    ("/staff/review/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/audit/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/review/", "POST", SIGN_IN, 404, 404, "/staff/review/"),
    ("/staff/people/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/people/?q=own&show=staff&page=2", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/people/@{name}/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/people/@nobody/", "GET", SIGN_IN, 404, 404, 404, 403),
    ("/staff/people/@{name}/password-link/", "POST", SIGN_IN, 404, 404, 200, 403),
    ("/staff/people/@{name}/password-link/", "GET", 405, 405, 405, 405),
    ("/staff/people/@{name}/rights/", "POST", SIGN_IN, 404, 404, 400, 403),
    ("/staff/people/@{name}/rights/", "GET", 405, 405, 405, 405),
    ("/staff/people/@{name}/disable/", "POST", SIGN_IN, 404, SIGN_IN, "/staff/people/@owner/", 403),  # asked last
    ("/staff/people/@{name}/disable/", "GET", 405, 405, 405, 405),
    ("/staff/people/@{name}/enable/", "POST", SIGN_IN, 404, 404, "/staff/people/@owner/", 403),
    ("/staff/people/@{name}/enable/", "GET", 405, 405, 405, 405),
    ("/staff/invitations/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/invitations/", "POST", SIGN_IN, 404, 404, 400, 403),
    ("/staff/invitations/{invitation}/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/invitations/{invitation}/revoke/", "POST", SIGN_IN, 404, 404, "/staff/invitations/", 403),
    ("/staff/invitations/{invitation}/revoke/", "GET", 405, 405, 405, 405),
    ("/staff/invitations/{invitation}/reopen/", "POST", SIGN_IN, 404, 404, "/staff/invitations/", 403),
    ("/staff/invitations/{invitation}/reopen/", "GET", 405, 405, 405, 405),
    ("/invitation/unknown/", "GET", 404, 200, 200, 200),
    ("/invitation/unknown/", "POST", 405, 405, 405, 405),
    ("/account/login/", "GET", 200, HOME, HOME, HOME),
    ("/account/login/", "POST", 200, HOME, HOME, HOME),
    ("/account/signup/", "GET", 200, HOME, HOME, HOME),
    ("/account/signup/", "POST", 200, HOME, HOME, HOME),
    ("/account/logout/", "GET", HOME, 200, 200, 200),
    ("/account/logout/", "POST", HOME, HOME, HOME, HOME),
    ("/account/inactive/", "GET", 200, 200, 200, 200),
    ("/account/reauthenticate/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/reauthenticate/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/email/", "POST", SIGN_IN, *["/account/email/"] * 3),
    ("/account/email/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/confirm-email/", "GET", 200, 200, 200, 200),
    ("/account/confirm-email/x:y:z/", "GET", 200, 200, 200, 200),
    ("/account/confirm-email/x:y:z/", "POST", 404, 404, 404, 404),
    ("/account/password/change/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/password/set/", "POST", SIGN_IN, *["/account/password/change/"] * 3),
    ("/account/password/reset/", "POST", 200, 200, 200, 200),
    ("/account/password/reset/key/1-set-password/", "POST", 200, 200, 200, 200),
    ("/account/login/code/confirm/", "POST", SIGN_IN, HOME, HOME, HOME),
    ("/account/password/change/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/password/set/", "GET", SIGN_IN, *["/account/password/change/"] * 3),
    ("/privacy/", "GET", 200, 200, 200, 200),
    ("/privacy/", "POST", 405, 405, 405, 405),
    ("/account/password/reset/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/done/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/key/done/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/key/1-set-password/", "GET", 200, 200, 200, 200),
    ("/account/login/code/confirm/", "GET", SIGN_IN, HOME, HOME, HOME),
    (f"{FACTOR}/", "GET", SIGN_IN, 200, 200, 200),
    (f"{FACTOR}/", "POST", SIGN_IN, 405, 405, 405),
    (f"{FACTOR}/authenticate/", "GET", SIGN_IN, *[HOME] * 3),
    (f"{FACTOR}/authenticate/", "POST", SIGN_IN, *[HOME] * 3),
    (f"{FACTOR}/reauthenticate/", "GET", SIGN_IN, *[CONFIRM] * 3),  # they have no factor
    (f"{FACTOR}/reauthenticate/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/totp/activate/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/totp/activate/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/totp/deactivate/", "GET", SIGN_IN, 404, 404, 404),
    (f"{FACTOR}/totp/deactivate/", "POST", SIGN_IN, 404, 404, 404),
    (f"{FACTOR}/recovery-codes/", "GET", SIGN_IN, 404, 404, 404),
    (f"{FACTOR}/recovery-codes/", "POST", SIGN_IN, 405, 405, 405),
    (f"{FACTOR}/recovery-codes/download/", "GET", SIGN_IN, 404, 404, 404),
    (f"{FACTOR}/recovery-codes/download/", "POST", SIGN_IN, 404, 404, 404),
    (f"{FACTOR}/recovery-codes/generate/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/recovery-codes/generate/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/", "GET", SIGN_IN, 200, 200, 200),
    (f"{FACTOR}/webauthn/", "POST", SIGN_IN, 405, 405, 405),
    (f"{FACTOR}/webauthn/add/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/add/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/login/", "GET", SIGN_IN, *[HOME] * 3),
    (f"{FACTOR}/webauthn/login/", "POST", SIGN_IN, *[HOME] * 3),
    (f"{FACTOR}/webauthn/reauthenticate/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/reauthenticate/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/keys/1/edit/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/keys/1/edit/", "POST", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/keys/1/remove/", "GET", SIGN_IN, *[CONFIRM] * 3),
    (f"{FACTOR}/webauthn/keys/1/remove/", "POST", SIGN_IN, *[CONFIRM] * 3),
    ("/account/openid/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/openid/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/openid/cancelled/", "GET", 200, 200, 200, 200),
    ("/account/openid/cancelled/", "POST", 405, 405, 405, 405),
    ("/account/openid/error/", "GET", 401, 401, 401, 401),
    ("/account/openid/error/", "POST", 405, 405, 405, 405),
    ("/account/openid/signup/", "GET", SIGN_IN, *[SIGN_IN] * 3),
    ("/account/openid/signup/", "POST", SIGN_IN, *[SIGN_IN] * 3),
    ("/account/openid/openid/login/", "GET", 401, 401, 401, 401),  # there is no provider here
    ("/account/openid/openid/login/", "POST", 405, 405, 405, 405),
    ("/account/openid/openid/login/callback/", "GET", 401, 401, 401, 401),
    ("/account/openid/openid/login/callback/", "POST", 405, 405, 405, 405),
    ("/account/openid/nothing/login/", "GET", 404, 404, 404, 404),
    ("/admin/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/login/", "GET", SIGN_IN, 403, 403, "/admin/"),
    ("/admin/logout/", "POST", "/admin/", "/admin/", "/admin/", 200),
    ("/admin/password_change/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/password_change/done/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/autocomplete/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 403),
    ("/admin/jsi18n/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/r/1/1/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 404),
    ("/admin/classifier/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 404),
    ("/admin/training/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 404),
    ("/admin/auth/user/{owner}/password/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 403),
    ("/admin/auth/user/{owner}/password-link/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 403),
    ("/admin/classifier/digit/1/picture/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 405),
    ("/admin/nothing", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 404),
]
TABLES_IN_ADMIN = [
    *(f"classifier/{name}" for name in ("modelversion", "drawing", "digit", "prediction", "apitoken")),
    "classifier/numbercorrection",
    "classifier/numberreading",
    "classifier/latereading",
    *(f"classifier/{name}" for name in ("correction", "activation", "idempotencykey", "rereading")),
    *(f"classifier/{name}" for name in ("batch", "batchfile", "foreignversion", "import", "importproblem")),
    *(f"training/{name}" for name in ("trainingrun", "measurement")),
    "auth/user",
    "auth/group",
    "account/emailaddress",
    "classifier/closedaccount",
    "classifier/invitation",
    "classifier/joining",
    "classifier/auditentry",
    "classifier/retention",
    "usersessions/usersession",
    "mfa/authenticator",
    "socialaccount/socialaccount",
]
# What staff get for an id that does not exist: the list, or an error.
ADMIN_PARTS = {"": 200, "add/": (200, 302, 403), "0/change/": 302, "0/history/": 302, "0/delete/": (200, 302, 403)}
ADMIN_PARTS["0/"] = 302

PAGES_AND_API = [Row(*row) for row in ROWS]
ADMIN = {
    table: [
        Row(f"/admin/{table}/{part}", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, staff, (302, 403))
        for part, staff in ADMIN_PARTS.items()
    ]
    for table in TABLES_IN_ADMIN
}
TABLE = PAGES_AND_API + [row for rows in ADMIN.values() for row in rows]
