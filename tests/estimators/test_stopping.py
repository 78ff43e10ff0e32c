"""Callbacks, interrupts, warm starts, printing."""

import threading

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.errors import Status

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
SLOW = {"tol": 1e-9, "max_iter": 2000, "random_state": 0}


@pytest.fixture
def rows(make_clusters):
    return make_clusters(seed=1, n_rows=200, apart=1.5)


def fit_interrupted(estimator, rows):
    """The fit, or a failed test: an interrupt that gets out would end the whole test run."""
    try:
        with pytest.warns(ConvergenceWarning, match="interrupted after|stopped by the user"):
            return estimator.fit(rows)
    except KeyboardInterrupt:
        pytest.fail("the interrupt was not caught")


def interrupt_at(number):
    """A callback during which the user presses Ctrl-C."""

    def callback(iteration):
        if iteration.number == number:
            raise KeyboardInterrupt

    return callback


def test_a_callback_sees_every_iteration(rows):
    seen = []
    gm = GaussianMixture(3, callback=seen.append, **SLOW).fit(rows)
    assert gm.converged_
    assert [i.number for i in seen] == list(range(1, gm.n_iter_ + 1))
    np.testing.assert_array_equal([i.objective for i in seen], gm.lower_bounds_)
    np.testing.assert_allclose([i.gain for i in seen[1:]], np.diff(gm.lower_bounds_), atol=1e-15)
    assert seen[0].remaining >= 0.0
    assert seen[-1].components.means.shape == (3, 2)


def test_a_true_answer_stops(rows):
    gm = GaussianMixture(3, callback=lambda i: i.number == 4, **SLOW).fit(rows)
    assert gm.n_iter_ == 4
    assert gm.fit_report_.status is Status.STOPPED
    assert not gm.converged_
    assert "Stopped by the user after 4 iterations" in str(gm.fit_report_)
    assert gm.lower_bound_ == pytest.approx(gm.score(rows), abs=1e-12)
    with pytest.warns(ConvergenceWarning):
        same = GaussianMixture(3, **{**SLOW, "max_iter": 4}).fit(rows)
    np.testing.assert_array_equal(gm.means_, same.means_)


def test_an_interrupt_returns_what_was_reached(rows):
    gm = fit_interrupted(GaussianMixture(3, callback=interrupt_at(4), **SLOW), rows)
    assert gm.n_iter_ == 4
    assert gm.fit_report_.status is Status.STOPPED
    assert gm.lower_bound_ == pytest.approx(gm.score(rows), abs=1e-12)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("start", ["kmeans", "random", "auto"])
@pytest.mark.parametrize("many_rows", [False, True])
def test_an_interrupt_of_several_starts_returns_the_best_so_far(
    make_clusters, start, n_jobs, many_rows
):
    rows = make_clusters(seed=1, n_rows=30_000 if many_rows else 200, apart=1.5)
    gm = GaussianMixture(
        3, init_params=start, n_init=4, n_jobs=n_jobs, callback=interrupt_at(3), **SLOW
    )
    fit_interrupted(gm, rows)
    assert gm.fit_report_.status is Status.STOPPED
    assert gm.fit_report_.n_starts <= 4
    assert np.isfinite(gm.lower_bound_)
    assert gm.lower_bound_ == pytest.approx(gm.score(rows), abs=1e-12)


def test_an_interrupt_after_a_finished_start_keeps_its_end(rows):
    finished = []

    def callback(iteration):
        if iteration.number == 1:
            finished.append(iteration)
        if len(finished) == 3:
            raise KeyboardInterrupt

    gm = GaussianMixture(3, n_init=9, n_jobs=1, callback=callback, **SLOW)
    fit_interrupted(gm, rows)
    first = GaussianMixture(3, n_init=1, **SLOW).fit(rows)
    assert len(finished) == 3
    assert gm.lower_bounds_[-1] >= first.lower_bounds_[-1]


def test_an_interrupt_in_a_later_start_keeps_the_earlier_end(rows):
    called = []

    def choose(X, n_components, rng):
        called.append(len(called))
        if len(called) == 3:
            raise KeyboardInterrupt
        return rng.integers(n_components, size=len(X))

    gm = GaussianMixture(3, init_params=choose, n_init=5, n_jobs=1, **SLOW)
    fit_interrupted(gm, rows)
    assert len(called) == 3
    assert np.isfinite(gm.lower_bound_)


def test_an_interrupted_search_keeps_the_best_so_far(rows):
    seen = []

    def callback(candidate):
        seen.append(candidate)
        if len(seen) == 2:
            raise KeyboardInterrupt

    search = GaussianMixtureSearch(
        [1, 2, 3, 4], covariance_types="diag", callback=callback, random_state=0
    )
    fit_interrupted(search, rows)
    assert list(search.results_["n_components"]) == [1, 2]
    assert search.best_params_["n_components"] in {1, 2}


def test_other_errors_of_a_callback_are_its_own(rows):
    def fail(iteration):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        GaussianMixture(3, n_init=3, n_jobs=2, callback=fail, **SLOW).fit(rows)


def test_nothing_is_left_running_after_an_interrupt(rows):
    before = threading.active_count()
    gm = GaussianMixture(3, n_init=4, n_jobs=2, callback=interrupt_at(2), **SLOW)
    fit_interrupted(gm, rows)
    assert threading.active_count() == before


@pytest.mark.parametrize("name", TYPES)
def test_a_warm_start_goes_on(rows, name):
    settings = {"covariance_type": name, "reg_covar": 1e-3, **SLOW, "tol": 0.0}
    with pytest.warns(ConvergenceWarning):
        whole = GaussianMixture(3, **{**settings, "max_iter": 20}).fit(rows)
    warm = GaussianMixture(3, warm_start=True, **{**settings, "max_iter": 5})
    objectives = []
    for _ in range(4):
        with pytest.warns(ConvergenceWarning):
            warm.fit(rows)
        assert warm.n_iter_ == 5
        objectives += warm.lower_bounds_
    np.testing.assert_allclose(objectives, whole.lower_bounds_, atol=1e-9)
    np.testing.assert_allclose(np.sort(warm.means_, axis=0), np.sort(whole.means_, axis=0))


def test_a_warm_start_at_the_end_has_converged_at_once(rows):
    gm = GaussianMixture(3, warm_start=True, **SLOW).fit(rows)
    bound = gm.lower_bound_
    gm.fit(rows)
    assert gm.converged_
    assert gm.n_iter_ <= 2
    assert gm.lower_bound_ == pytest.approx(bound, abs=1e-8)


def test_a_warm_start_goes_to_other_rows(rows, make_clusters):
    gm = GaussianMixture(3, warm_start=True, **SLOW).fit(rows)
    other = make_clusters(seed=9, n_rows=300, apart=1.5)
    gm.fit(other)
    assert gm.converged_
    assert gm.lower_bound_ == pytest.approx(gm.score(other), abs=1e-12)


@pytest.mark.parametrize("name", TYPES)
def test_a_warm_start_takes_attributes_set_by_hand(rows, name):
    gm = GaussianMixture(3, covariance_type=name, warm_start=True, **SLOW).fit(rows)
    means = gm.means_.copy()
    gm.means_ = means + 0.3
    gm.set_params(max_iter=0).fit(rows)
    np.testing.assert_allclose(gm.means_, means + 0.3)
    gm.set_params(max_iter=2000).fit(rows)
    assert gm.converged_


def test_without_warm_start_a_fit_begins_anew(rows):
    gm = GaussianMixture(3, **SLOW).fit(rows)
    first = gm.lower_bounds_
    assert gm.fit(rows).lower_bounds_ == first


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"n_components": 2}, "had n_components = 3, but n_components is now 2"),
        ({"covariance_type": "diag"}, "had covariance_type = 'full', but covariance_type is now"),
    ],
)
def test_a_warm_start_of_another_size_is_refused(rows, changed, words):
    gm = GaussianMixture(3, warm_start=True, **SLOW).fit(rows)
    with pytest.raises(ValueError, match=words):
        gm.set_params(**changed).fit(rows)
    gm.set_params(warm_start=False).fit(rows)
    assert gm.converged_


def test_a_warm_start_may_call_the_family_by_its_code(rows):
    gm = GaussianMixture(3, warm_start=True, **SLOW).fit(rows)
    gm.set_params(covariance_type="VVV").fit(rows)
    assert gm.mixture_.covariance_type == "VVV"


def test_a_warm_start_with_another_number_of_columns_is_refused(rows):
    gm = GaussianMixture(3, warm_start=True, **SLOW).fit(rows)
    with pytest.raises(ValueError, match="X has 1 features, but GaussianMixture is expecting 2"):
        gm.fit(rows[:, :1])


def test_verbose_prints_iterations(rows, capsys):
    gm = GaussianMixture(3, verbose=1, verbose_interval=2, **SLOW).fit(rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"  Iteration {n}" for n in range(2, gm.n_iter_ + 1, 2)]
    GaussianMixture(3, verbose=2, verbose_interval=1, **SLOW).fit(rows)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == gm.n_iter_
    assert f"objective {gm.lower_bounds_[0]:.6f}" in lines[0]
    GaussianMixture(3, **SLOW).fit(rows)
    assert capsys.readouterr() == ("", "")


def test_verbose_and_a_callback_go_together(rows, capsys):
    gm = GaussianMixture(
        3, verbose=1, verbose_interval=1, callback=lambda i: i.number == 3, **SLOW
    ).fit(rows)
    assert gm.n_iter_ == 3
    assert len(capsys.readouterr().out.splitlines()) == 3
