"""Finds or downloads MNIST and prepares its test images for the random-sample button.

The site starts without waiting for this. Until it is done, or if MNIST is not available, the button offers generated
digits.
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
