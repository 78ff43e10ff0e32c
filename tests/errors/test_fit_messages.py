"""What fits say of themselves: statuses, warnings, and the reasons of degenerate components."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture, errors
from gaussmix.errors import CollapsedComponent, DataWarning, DegenerateFitWarning, Status
from gaussmix.errors import fits as messages

CASES = [
    (errors.constant_column, ("'a'", 3.0), ["Column 'a' is constant", "is 3 in", "leave it out"]),
    (errors.empty_component, (2,), ["Component 2 is empty", "fewer components"]),
    (
        errors.few_distinct_rows,
        (1, 2, np.array([4, 7]), 2, 3),
        ["Component 1 holds only 2 distinct rows", "rows 4, 7 are copies", "at least 3", "Remove"],
    ),
    (errors.few_distinct_rows, (1, 1, np.array([], dtype=int), 0, 3), ["1 distinct row;", "try"]),
    (errors.few_distinct_rows, (0, 1, np.arange(10), 25, 3), ["8, 9 and 15 more are copies"]),
    (errors.flat_component, (1, ["a"]), ["Component 1", "along column a:", "reg_covar", "leave"]),
    (errors.flat_component, (1, ["a", "b"]), ["along columns a, b:"]),
    (errors.every_candidate_failed, ("why",), ["No candidate", "why"]),
    (errors.not_converged, (7, 0.25), ["After 7 iterations about 0.25 nats", "increase max_iter"]),
    (errors.not_converged, (7, float("inf")), ["not yet falling"]),
    (errors.not_converged, (7, 1e-15), ["After 7 iterations next to nothing", "Try fewer comp"]),
    (errors.stopped_early, (1, 2), ["stopped by the user after 1 of 2 candidates"]),
    (errors.interrupted_fit, (7,), ["interrupted after 7 iterations", "best so far"]),
    (errors.other_fit, ("a.fit", ["b", "c"]), ["'a.fit'", "another fit: b; c. Delete", "path"]),
    (errors.not_a_checkpoint, ("a.fit", "Mixture"), ["'a.fit'", "a saved Mixture", "another path"]),
    (errors.degenerate_fit, (["One.", "Two."],), ["The fit is degenerate. One. Two."]),
]


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_message(build, arguments, words):
    text = str(build(*arguments))
    for word in words:
        assert word in text
    assert "  " not in text


def test_where_nothing_is_left_to_gain_more_iterations_are_not_advised():
    assert "increase max_iter" not in errors.not_converged(7, 0.0)


def test_every_builder_is_read():
    builders = {
        name
        for name, value in vars(messages).items()
        if inspect.isfunction(value)
        and value.__module__ == messages.__name__
        and not name.startswith("_")
    }
    assert builders <= {build.__name__ for build, _, _ in CASES}


def test_a_collapse_names_the_component_and_survives_pickling():
    error = CollapsedComponent(3, 1.5)
    assert "Component 3, which holds rows of total weight 1.5" in str(error)
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (same.component, same.mass, str(same)) == (3, 1.5, str(error))


def test_warnings_can_be_told_apart():
    assert issubclass(DegenerateFitWarning, ConvergenceWarning)
    assert not issubclass(DataWarning, ConvergenceWarning)
    assert [str(status) for status in Status] == [
        "converged",
        "reached max_iter",
        "degenerate",
        "stopped by the user",
        "follows a stream",
        "outrun",
    ]


def test_a_fit_that_reached_max_iter_says_what_is_left():
    X = np.random.default_rng(0).normal(size=(200, 2))
    with pytest.warns(ConvergenceWarning, match="After 3 iterations") as caught:
        gm = GaussianMixture(3, max_iter=3, tol=1e-9, random_state=0).fit(X)
    assert caught[0].filename == __file__
    assert gm.fit_report_.status is Status.MAX_ITER
    assert not gm.converged_
    assert str(gm.fit_report_).startswith("Reached max_iter after 3 iterations, fast kernel.")


def test_no_iteration_is_no_failure_to_converge():
    X = np.random.default_rng(0).normal(size=(200, 2))
    gm = GaussianMixture(3, max_iter=0, random_state=0).fit(X)
    assert gm.n_iter_ == 0
    assert gm.fit_report_.status is Status.MAX_ITER
    assert gm.lower_bound_ == pytest.approx(gm.score(X), abs=1e-12)


def test_the_report_of_a_sound_fit():
    X = np.random.default_rng(0).normal(size=(200, 2))
    X[100:] += 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = GaussianMixture(2, n_init=3, random_state=0).fit(X).fit_report_
    assert report.status is Status.CONVERGED
    assert (report.n_starts, report.n_reached_best, report.failures) == (3, 3, ())
    assert report.findings == ()
    assert report.kernel == "fast"
    assert "3 of 3 starts reached the best optimum." in str(report)
    assert 0.0 <= report.remaining < 1e-3


def test_fit_predict_warns_where_it_was_called():
    X = np.random.default_rng(0).normal(size=(200, 2))
    with pytest.warns(ConvergenceWarning, match="After 3 iterations") as caught:
        GaussianMixture(3, max_iter=3, tol=1e-9, random_state=0).fit_predict(X)
    assert caught[0].filename == __file__
