"""The classes of a picture: ten digits and "not a digit", as numbers, as words in labelled sets and as verdicts."""

from enum import StrEnum

NOT_A_DIGIT = 10  # the class of outliers, after the digits 0 to 9


class Verdict(StrEnum):
    """What the site says about a network's answer."""

    DIGIT = "digit"
    UNSURE = "unsure"
    NOT_A_DIGIT = "not_a_digit"


NOT_A_DIGIT_LABELS = ("none", Verdict.NOT_A_DIGIT.value)  # how labels.csv and folders name it
