"""The steps of a run and durations in words."""

from datetime import timedelta

from training.synthesis.steps import Step

TITLES = {
    Step.START: "Starting",
    Step.READ: "Reading images",
    Step.DIGITS: "Drawing digits",
    Step.BOXED: "Drawing digits in boxes of sheets",
    Step.OUTLIERS: "Drawing pictures that are not digits",
    Step.LINES: "Drawing lines",
    Step.LOAD: "Loading TensorFlow",
    Step.TRIAL: "Trial fit",
    Step.FIT: "Fitting",
    Step.TEST: "Reading the test images",
    Step.DRAWINGS: "Drawing pictures for calibration",
    Step.PHOTOGRAPHS: "Photographing pictures for calibration",
    Step.SCORE: "Learning what to doubt",
    Step.FILES: "Writing and checking the files",
    Step.REGISTER: "Registering",
    Step.MEASURE: "Measuring both versions",
}


def about(seconds: float) -> str:
    """Returns a duration, rounded as people say it."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10} seconds"
    minutes = round(seconds / 60)
    return f"about {minutes} minutes" if minutes < 100 else f"about {round(seconds / 3600)} hours"


def duration(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
