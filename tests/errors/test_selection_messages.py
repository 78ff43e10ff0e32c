"""Every message about the choice of a model names what was asked and what to try."""

import pytest

from gaussmix import errors
from gaussmix.errors.words import titled

CASES = [
    (errors.infinite_criterion, ("aicc", 12.0, 14), ["AICc", "n = 12", "p = 14", "'bic'", "fewer"]),
    (errors.few_rows, (14, 12.0, 12), ["14 parameters", "rows (12)", "fewer", "criterion='cv'"]),
    (errors.few_rows, (14, 12.0, 13), ["14 parameters", "rows (12)"]),
    (errors.few_rows, (5, 1.0, 150), ["sum to 1,", "5 parameters", "Scale", "150 rows"]),
    (
        errors.none_is_no_mixture,
        (range(3), range(1, 3)),
        ["range(0, 3) holds 0", "try range(1, 3)"],
    ),
    (errors.reversed_range, (1, 3), ["range 3:1 is reversed", "1:3."]),
    (errors.not_tried, (2, "aicc", 3), ["patience=2", "AICc was worse than that of 3 components"]),
]


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_message(build, arguments, words):
    text = str(build(*arguments))
    for word in words:
        assert word in text
    assert "  " not in text


def test_criteria_are_written_as_their_authors_do():
    assert [titled(name) for name in ("bic", "aic", "aicc", "icl")] == ["BIC", "AIC", "AICc", "ICL"]
