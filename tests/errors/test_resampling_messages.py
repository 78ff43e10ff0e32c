"""What is said of standard errors and of the bootstrap test names the value and what to try."""

import pytest

from gaussmix import errors

CASES = [
    (errors.not_in_memory, ("bootstrap_lrt",), ["bootstrap_lrt needs", "in memory", "a sample"]),
    (errors.too_few_resamples, (1, 2), ["n_resamples=1", "at least 2", "999"]),
    (errors.level_cannot_be_reached, (9, 0.05), ["below 0.1", "level=0.05", "at least 19"]),
    (errors.level_cannot_be_reached, (10, 0.01), ["at least 99"]),
    (errors.weights_sum_to_little, (2.5, 11), ["sum to 2.5", "11 parameters", "Scale"]),
    (errors.jackknife_too_long, (20000, 10000), ["20000 rows", "10000", 'method="weighted"']),
    (errors.every_replicate_failed, (9, {"collapsed": 8}), ["9 replicates", "8 collapsed", "try"]),
    (errors.some_failed, (2, 50, {"degenerate": 2}), ["2 of 50", "2 degenerate", "left out"]),
    (errors.not_at_maximum, (1.25,), ["1.2 standard errors", "tol=1e-6"]),
    (errors.never_at_maximum, (3.5,), ["3.5 standard errors", "max_iter", '"weighted"']),
    (errors.information_of_degenerate, (["Component 1 is flat."],), ["reg_covar", "Component 1"]),
    (errors.singular_information, (["means_[0]", "weights_[1]"],), ["means_[0], weights_[1]"]),
    (errors.shape_not_determined, ("EEV", 7, 5), ["EEV", "7 directions", "of 5", "simpler"]),
    (errors.information_not_for, ("factor models",), ["factor models", '"weighted"']),
    (errors.parametric_not_for, ("Rows that are intervals",), ["intervals cannot", '"bootstrap"']),
    (errors.level_out_of_range, (95,), ["between 0 and 1", "95"]),
    (errors.null_failed, (1, "degenerate"), ["1 component is degenerate", "reg_covar"]),
    (errors.larger_failed, (3, "collapsed"), ["3 components is collapsed", "ends there"]),
    (errors.edge_of_test, (9,), ["below 9", "increase max_components"]),
    (errors.stopped_test, (2,), ["stopped by the user", "2 against 3"]),
]


@pytest.mark.parametrize(("build", "given", "parts"), CASES)
def test_a_message_says_what_came_and_what_to_try(build, given, parts):
    message = str(build(*given))
    for part in parts:
        assert part in message
    assert message.endswith(".")


def test_no_failures_are_called_so():
    assert errors.failure_counts({}) == "no failures"
    assert errors.failure_counts({"collapsed": 2, "degenerate": 1}) == "2 collapsed, 1 degenerate"
