"""Accuracy, shares and confusion of given answers."""

import numpy as np
import pytest

from training.evaluation import evaluate


def answers(*read: int, sure: float = 0.91) -> np.ndarray:
    """Probabilities that name these digits."""
    probabilities = np.full((len(read), 10), (1 - sure) / 9, np.float32)
    probabilities[np.arange(len(read)), read] = sure
    return probabilities


def test_right_and_wrong_answers_are_counted() -> None:
    measured = evaluate(answers(7, 7, 2, 1), np.array([7, 7, 7, 1], np.uint8))
    assert measured.images == 4
    assert measured.accuracy == 0.75
    assert measured.per_digit[7] == pytest.approx(2 / 3)
    assert measured.per_digit[1] == 1


def test_rows_of_the_confusion_matrix_are_what_is_true() -> None:
    matrix = evaluate(answers(2, 2, 7), np.array([7, 7, 2], np.uint8)).confusion_matrix
    assert (matrix[7][2], matrix[2][7], sum(map(sum, matrix))) == (2, 1, 3)


def test_loss_is_the_mean_surprise() -> None:
    assert evaluate(answers(3, 4), np.array([3, 4], np.uint8)).loss == pytest.approx(-np.log(0.91), rel=1e-5)


def test_an_answer_of_no_probability_costs_much_and_not_infinitely_much() -> None:
    assert 20 < evaluate(answers(3, sure=1.0), np.array([5], np.uint8)).loss < 100


@pytest.mark.parametrize(("shape", "count"), [((0, 10), 0), ((3, 10), 2), ((2, 9), 2)])
def test_answers_that_do_not_fit_the_labels_are_refused(shape: tuple[int, int], count: int) -> None:
    with pytest.raises(ValueError, match="do not answer"):
        evaluate(np.zeros(shape, np.float32), np.zeros(count, np.uint8))
