"""What the pages show of one digit: the context of the answer's fragment."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.urls import reverse

from classifier.digits.numbers import text_of
from classifier.models import Correction, Digit, Drawing, NumberCorrection, Prediction
from classifier.recognition.errors import ClassifierError
from classifier.recognition.inference import ranked
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.verdict import sentence
from classifier.recognition.wording import alternatives, bounded_percent, duration

from .charts import confidence_figure

GENERATED_NOTE = "MNIST is not installed here, so this is a generated digit."


@dataclass
class AnswerView:
    """An answer in any state, as `templates/classifier/digits/_answer.html` shows it."""

    template: ClassVar[str] = "classifier/digits/_answer.html"
    state: str  # blank, waiting, done, failed, superseded or rejected
    preview: bool = False
    trial: str = ""  # the digit of a visitor, see trials.pack
    message: str = ""
    verdict: str = ""  # of Prediction.Verdict
    reason: str = ""  # a sentence if the verdict is unsure or no digit
    candidates: list[int] = field(default_factory=list)
    label: int | None = None  # the most probable digit, even if the verdict is no digit
    confidence: float = 0.0
    percent: str = ""
    ranking: list[dict[str, Any]] = field(default_factory=list)
    figure: dict[str, Any] | None = None
    input_png: str = ""
    model_name: str = ""
    elapsed: str = ""
    inference: str = ""
    digit: Digit | None = None
    url: str = ""
    poll_url: str = ""
    true_label: int | None = None
    source_note: str = ""
    correction: Correction | None = None
    whole: NumberCorrection | None = None  # if its owner says that the drawing is a number
    number: str = ""  # that the digit is part of
    error: str = ""  # why a correction of the whole drawing was refused

    @property
    def classes(self) -> str:
        """The CSS classes of the answer's state."""
        names = [f"answer--{self.state}"]
        if self.verdict == Prediction.Verdict.UNSURE:
            names.append("answer--unsure")
        elif self.verdict == Prediction.Verdict.NOT_A_DIGIT:
            names.append("answer--none")
        if self.preview:
            names.append("answer--preview")
        return " ".join(names)

    @property
    def question(self) -> str:
        """An unsure answer in a few words, such as "A 1 or a 7?"."""
        words = alternatives(self.candidates)
        return f"{words[0].upper()}{words[1:]}?" if words else "Unsure."

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The bars of the figure in HTML, from the top; empty without a figure."""
        if self.figure is None:
            return []
        trace = self.figure["data"][0]
        highest = max(trace["x"])
        return [
            {"digit": digit, "width": f"{share:.2%}", "percent": text, "is_highest": share == highest}
            for digit, share, text in zip(trace["y"], trace["x"], trace["text"], strict=True)
        ]


BLANK = AnswerView("blank")


def rejection(error: ClassifierError) -> AnswerView:
    return AnswerView("rejected", message=str(error))


def answer_for(digit: Digit, correction: Correction | None = None, whole: NumberCorrection | None = None) -> AnswerView:
    """The answer to a digit from `with_predictions` or a digit just stored."""
    prediction, drawing = digit.prediction, digit.drawing
    url = reverse("classifier:digit-detail", args=[digit.public_id])
    view = AnswerView(
        "waiting",
        digit=digit,
        url=url,
        input_png=input_data_uri(digit.pixels),
        true_label=digit.true_label,
        correction=correction,
        whole=whole,
        number=text_of(digit.siblings) if len(getattr(digit, "siblings", ())) > 1 else "",
        source_note=GENERATED_NOTE if drawing.source == Drawing.Source.GENERATED else "",
    )
    if prediction is None or not prediction.is_final:
        view.poll_url = url
        return view
    view.state = prediction.status
    view.message = prediction.error
    if prediction.probabilities is not None:
        _judge(view, prediction.verdict, prediction.reason, prediction.candidates)
        _fill(view, prediction.probabilities, prediction.inference_ms)
    view.model_name = prediction.version_name
    if (elapsed_ms := prediction.elapsed_ms) is not None:
        view.elapsed = duration(elapsed_ms)
    return view


def preview_answer(result: dict[str, Any], *, trial: str = "") -> AnswerView:
    """The answer to an unfinished drawing, or with `trial` to a finished one that is not stored.

    result: as intake.preview_sketch returns it.
    """
    view = AnswerView(
        "done",
        preview=not trial,
        trial=trial,
        input_png=input_data_uri(result["pixels"]),
        model_name=result["model_version"],
    )
    _judge(view, result["verdict"], result["reason"], result["candidates"])
    _fill(view, result["probabilities"], result["inference_ms"])
    return view


def every_answer(digit: Digit) -> list[dict[str, Any]]:
    """All predictions of a digit, newest first, for a table; `counts` marks the current answer."""
    counts = digit.prediction.pk if digit.prediction else None
    return [
        {
            "prediction": prediction,
            "percent": bounded_percent(prediction.confidence) if prediction.confidence else "",
            "counts": prediction.pk == counts,
        }
        for prediction in digit.predictions.select_related("model_version", "foreign_version")
    ]


def _judge(view: AnswerView, verdict: str, reason: str, candidates: list[int]) -> None:
    view.verdict, view.reason, view.candidates = verdict, sentence(reason, candidates), candidates


def _fill(view: AnswerView, probabilities: list[float], inference_ms: float | None) -> None:
    order = ranked(probabilities)
    view.label, view.confidence = order[0]
    view.percent = bounded_percent(view.confidence)
    view.ranking = [{"label": label, "value": value, "percent": bounded_percent(value)} for label, value in order]
    view.figure = confidence_figure(probabilities, by_digit=view.preview)
    view.inference = duration(inference_ms) if inference_ms is not None else ""
