"""Find or fetch MNIST and lay its test images out for the random-sample button.

The start of the site does not wait for this; until it is done, and where MNIST cannot be had, the button
offers generated digits.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.digits.samples import mnist
from classifier.errors import MnistUnavailable


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        folder, given = mnist.configured()
        try:
            mnist.prepare_test_images(folder, given, fetch=True)
        except MnistUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The MNIST test images are ready.")
