"""A process killed while it removes a closed account: the rest is removed later."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.accounts import closing
from classifier.digits import intake
from classifier.models import ClosedAccount, Digit, Drawing
from tests.conftest import database_url
from tests.environment import BASE_DIR
from tests.factories import many_digits, picture
from tests.services import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.postgres]
CLOSE = """
import django
django.setup()
from django.contrib.auth.models import User
from classifier.accounts import closing
closing.STEP, closing.PAUSE_S, closing.AT_ONCE_S = 1, 0.02, 600
closing.close(User.objects.get(username="owner"))
"""


@pytest.mark.parametrize("left", [55, 20])
def test_killed_while_closing(transactional_db, owner, left):
    sent = intake.accept_picture(owner, SimpleUploadedFile("7.png", picture()), Drawing.Source.UPLOAD)
    many_digits(owner, 59)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "DATABASE_URL": database_url()}
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", CLOSE], cwd=BASE_DIR, env=environment)
    try:
        wait_until(lambda: Drawing.objects.count() < left, 60, "some drawings are removed", every_s=0.005)
    finally:
        process.kill()
        process.wait()
    assert ClosedAccount.objects.get().account_id == owner.pk
    assert not User.objects.filter(username="owner").exists()
    assert closing.remove_closed_accounts() == 1
    assert (User.objects.count(), Drawing.objects.count(), Digit.objects.count()) == (0, 0, 0)
    assert not sent.drawing.original.storage.exists(sent.drawing.original.name)
