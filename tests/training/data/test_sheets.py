"""Accepted decisions about fields of sheets, as digits and lines to learn from."""

import io

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image

from classifier.digits.samples.mnist import read_generated
from classifier.models import Review
from classifier.sheets.fields.description import Description, Kind
from classifier.sheets.models import Sheet, SheetPage, Stack, StackPage, Value
from training.data.sheets import decided_digits, decided_lines
from training.synthesis.lines.scans import Scans
from training.synthesis.sheets.pages import draw_page


def encoded(grey, kind):
    file = io.BytesIO()
    Image.fromarray(grey).save(file, kind)
    return ContentFile(file.getvalue(), name="page")


@pytest.fixture
def page(owner, request):
    """A filled-in page whose fields of one kind have been decided as what is written there, and accepted."""
    generated = read_generated()
    drawn = draw_page(request.param, np.random.default_rng(5), Scans(generated["x_test"], generated["y_test"]))
    described = Description(1, tuple(drawn.fields)).as_json()
    sheet = Sheet.objects.create(owner=owner, name="Form", description=described)
    height, width = drawn.grey.shape
    SheetPage(sheet=sheet, number=1, width=width, height=height).file.save("", encoded(drawn.reference, "PNG"))
    stack = Stack.objects.create(sheet=sheet, description=described, name="scan.pdf", size=1, file="none.zip")
    page = StackPage(stack=stack, number=1, name="scan.pdf", place={}, status="read", sheet_page=1)
    page.file.save("", encoded(drawn.grey, "JPEG"))
    for at, (field, truth) in enumerate(zip(drawn.fields, drawn.truths, strict=True)):
        if truth:
            Value.objects.create(
                stack=stack,
                page=page,
                position=at,
                key=field.key,
                kind=field.kind,
                text=truth,
                read="",
                confidence=0,
                risk=2,
                review=Review.ACCEPTED,
            )
    return page


@pytest.mark.parametrize("page", [Kind.BOXES], indirect=True)
def test_digits_in_boxes_are_learnt_with_their_figures(page):
    images, labels = decided_digits()
    figures = "".join(page.values.order_by("position").values_list("text", flat=True)).replace(".", "")
    assert images.shape == (len(labels), 28, 28)
    assert "".join(map(str, labels)) == figures
    assert all(image.max() > 200 for image in images)


@pytest.mark.parametrize("page", [Kind.LINE], indirect=True)
def test_lines_are_learnt_with_their_texts(page):
    first, *others = page.values.order_by("position")
    Value.objects.filter(pk=first.pk).update(text=f"{first.text[0]}.{first.text[1:]}")  # it may be a comma on paper
    lines = decided_lines()
    assert lines.texts == [each.text for each in others]
    assert all(
        image.shape[0] == 32 and image.shape[1] >= 8 * len(text)
        for image, text in zip(lines.images, lines.texts, strict=True)
    )
    assert not len(decided_digits()[1])


@pytest.mark.parametrize("page", [Kind.BOXES], indirect=True)
def test_only_accepted_decisions_that_fit_the_picture_are_learnt(page):
    first, second, *others = page.values.order_by("position")
    Value.objects.filter(pk=first.pk).update(text=first.text + "1")  # a digit more than is there
    Value.objects.filter(pk__in=[each.pk for each in others]).update(review=Review.WAITING)
    _, labels = decided_digits()
    assert "".join(map(str, labels)) == second.text.replace(".", "")
    page.file.delete()
    assert not len(decided_digits()[1])
