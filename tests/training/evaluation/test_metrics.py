"""Accuracy, shares, confusion and calibration of given answers."""

import numpy as np
import pytest

from training.evaluation.metrics import confident_mistakes, evaluate, expected_calibration_error, reliability_table


def answers(*read: int, sure: float = 0.91) -> np.ndarray:
    """Probabilities that name these digits."""
    probabilities = np.full((len(read), 10), (1 - sure) / 9, np.float32)
    probabilities[np.arange(len(read)), read] = sure
    return probabilities


def test_correct_and_wrong_answers_are_counted() -> None:
    measured = evaluate(answers(7, 7, 2, 1), np.array([7, 7, 7, 1], np.uint8))
    assert measured.images == 4
    assert measured.accuracy == 0.75
    assert measured.per_digit[7] == pytest.approx(2 / 3)
    assert measured.per_digit[1] == 1


def test_rows_of_the_confusion_matrix_are_the_true_labels() -> None:
    matrix = evaluate(answers(2, 2, 7), np.array([7, 7, 2], np.uint8)).confusion_matrix
    assert (matrix[7][2], matrix[2][7], sum(map(sum, matrix))) == (2, 1, 3)


def test_loss_is_the_mean_surprise() -> None:
    assert evaluate(answers(3, 4), np.array([3, 4], np.uint8)).loss == pytest.approx(-np.log(0.91), rel=1e-5)


def test_the_loss_of_an_answer_with_probability_zero_is_large_but_finite() -> None:
    assert 20 < evaluate(answers(3, sure=1.0), np.array([5], np.uint8)).loss < 100


@pytest.mark.parametrize(("shape", "count"), [((0, 10), 0), ((3, 10), 2), ((2, 9), 2)])
def test_answers_that_do_not_fit_the_labels_are_refused(shape: tuple[int, int], count: int) -> None:
    with pytest.raises(ValueError, match="do not match"):
        evaluate(np.zeros(shape, np.float32), np.zeros(count, np.uint8))


def test_confidence_is_compared_with_the_share_of_correct_answers() -> None:
    confidence = np.array([0.62, 0.64, 0.66, 0.95, 1.0])
    table = reliability_table(confidence, np.array([True, False, True, True, True]), bins=10)
    filled = {round(row["to"], 1): row for row in table if row["count"]}
    assert set(filled) == {0.7, 1.0}
    assert filled[0.7] == pytest.approx(
        {"from": 0.6, "to": 0.7, "count": 3, "confidence": 0.64, "accuracy": 2 / 3}, rel=1e-6
    )
    assert filled[1.0]["confidence"] == pytest.approx(0.975)


@pytest.mark.parametrize(("confidence", "upper_end"), [(0.0, 0.2), (0.2, 0.2), (0.21, 0.4), (0.4, 0.4), (1.0, 1.0)])
def test_a_range_of_confidence_includes_its_upper_end(confidence: float, upper_end: float) -> None:
    (row,) = (row for row in reliability_table(np.array([confidence]), np.array([True]), bins=5) if row["count"])
    assert row["to"] == pytest.approx(upper_end)


def test_the_calibration_error_is_the_weighted_gap() -> None:
    # Three answers of 0.64 with two correct, two of 0.975 both correct: 3/5 · |2/3 - 0.64| + 2/5 · |1 - 0.975|.
    confidence = np.array([0.62, 0.64, 0.66, 0.95, 1.0])
    table = reliability_table(confidence, np.array([True, False, True, True, True]), bins=10)
    assert expected_calibration_error(table) == pytest.approx(0.6 * (2 / 3 - 0.64) + 0.4 * 0.025)


def test_calibrated_confidence_has_no_error_and_overconfidence_has() -> None:
    labels = np.zeros(100, np.uint8)
    read = [0] * 91 + [1] * 9
    assert evaluate(answers(*read, sure=0.91), labels).ece == pytest.approx(0, abs=1e-6)
    assert evaluate(answers(*read, sure=0.99), labels).ece == pytest.approx(0.08, abs=1e-6)


def test_fifteen_ranges_hold_all_answers() -> None:
    table = evaluate(answers(3, 4, 5), np.array([3, 4, 6], np.uint8)).reliability
    assert len(table) == 15
    assert sum(row["count"] for row in table) == 3


def test_mistakes_are_the_most_confident_ones_up_to_the_limit() -> None:
    probabilities = np.concatenate([answers(2, sure=0.6), answers(3), answers(9, sure=0.97), answers(4, sure=0.8)])
    mistakes = confident_mistakes(probabilities, np.array([1, 3, 5, 6], np.uint8), limit=2)
    assert [(each.index, each.label, each.read) for each in mistakes] == [(2, 5, 9), (3, 6, 4)]
    assert mistakes[0].confidence == pytest.approx(0.97)
