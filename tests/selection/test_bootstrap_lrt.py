"""The sequential bootstrap test for the number of components."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gaussmix import bootstrap_lrt
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, IntervalData, survey
from gaussmix.datasets import load_old_faithful
from gaussmix.em import Fit, Ground, Problem, run
from gaussmix.execution import Team
from gaussmix.selection import SequentialTest, Step
from gaussmix.selection.bootstrap_test import split_each

REFERENCE = json.loads(Path(__file__).with_name("bootstrap_faithful.json").read_text())
TEAM = Team()


@pytest.fixture(scope="module")
def faithful():
    return load_old_faithful().to_numpy()


def problem_of(X, name="full", n_components=1):
    source = ArraySource(X)
    return Problem(source, survey(source, TEAM), family_named(name), n_components, 1e-6)


def test_statistics_on_old_faithful_are_mclusts_where_the_optima_agree(faithful):
    tied = bootstrap_lrt(faithful, covariance_type="EEE", n_resamples=19, tol=1e-5, random_state=0)
    expected = REFERENCE["likelihood_ratios"]["EEE"]
    np.testing.assert_allclose(
        [step.statistic for step in tied.steps[:2]], expected["statistic"], rtol=1e-3
    )
    # Nothing drawn comes near, there as here: the smallest p there is.
    assert [step.p_value for step in tied.steps[:2]] == [0.05, 0.05]
    assert tied.n_components == 3
    full = bootstrap_lrt(faithful, max_components=2, n_resamples=19, random_state=0)
    first = REFERENCE["likelihood_ratios"]["VVV"]["statistic"][0]
    np.testing.assert_allclose(full.steps[0].statistic, first, rtol=1e-5)
    assert full.n_components == 2
    assert "increase max_components" in full.note


def test_one_group_is_found_to_be_one(faithful):
    X = np.random.default_rng(1).normal(size=(120, 2))
    test = bootstrap_lrt(X, n_resamples=19, tol=1e-5, random_state=0)
    assert test.n_components == 1
    assert len(test.steps) == 1
    assert test.steps[0].p_value > 0.05
    assert test.note == ""


def test_p_values_are_uniform_where_there_is_one_group():
    rng = np.random.default_rng(0)
    p_values = []
    for seed in range(10):
        X = rng.normal(size=(40, 1))
        test = bootstrap_lrt(
            X,
            covariance_type="tied",
            max_components=2,
            n_resamples=9,
            level=0.1,
            tol=1e-4,
            n_init=1,
            random_state=seed,
        )
        p_values.append(test.steps[0].p_value)
    # The mean of 10 uniform values is within 3 standard errors of a half.
    assert abs(np.mean(p_values) - 0.5) < 3.0 / np.sqrt(12 * 10)


def test_a_p_value_counts_the_observed_rows_too():
    step = Step.of(2, 5.0, [1.0, 5.0, 7.0, "collapsed", 2.0, "collapsed", "degenerate"])
    assert step.p_value == (1 + 2) / (1 + 4)
    assert step.failures == {"collapsed": 2, "degenerate": 1}
    assert step.n_done == 7


def test_the_statistic_is_never_negative_and_threads_change_no_bit(faithful):
    options = {
        "covariance_type": "diag",
        "n_resamples": 4,
        "max_components": 4,
        "level": 0.5,
        "tol": 1e-5,
    }
    one, two = (
        bootstrap_lrt(faithful, n_jobs=n, random_state=3, stop_early=False, **options)
        for n in (1, 2)
    )
    assert len(one.steps) == 3
    for a, b in zip(one.steps, two.steps, strict=True):
        assert a.simulated.tobytes() == b.simulated.tobytes()
        assert a.statistic >= 0.0
        assert (a.simulated >= 0.0).all()


def test_tests_go_on_or_stop_at_the_first_number_kept():
    X = np.random.default_rng(2).normal(size=(80, 1))
    options = {"n_resamples": 19, "max_components": 3, "tol": 1e-4, "random_state": 0}
    stopped = bootstrap_lrt(X, **options)
    through = bootstrap_lrt(X, stop_early=False, **options)
    assert (len(stopped.steps), len(through.steps)) == (1, 2)
    assert stopped.n_components == through.n_components == 1
    assert through.steps[0].simulated.tobytes() == stopped.steps[0].simulated.tobytes()


def test_a_split_leads_above_the_smaller_model(faithful):
    test = SequentialTest(3, (1e-8, 2000), 9, [1, 2])
    null = test.observed(problem_of(faithful), None, TEAM)
    for k in (1, 2):
        larger = problem_of(faithful, n_components=k + 1)
        ends = [
            run(larger, start, TEAM, tol=1e-8, max_iter=2000)
            for start in split_each(larger, null.components, TEAM)
        ]
        assert len(ends) == k
        assert max(end.objective for end in ends) > null.objective
        null = test.observed(larger, null.components, TEAM)


def test_rows_that_no_stack_carries_are_tested_alike(faithful, monkeypatch):
    test = SequentialTest(3, (1e-7, 2000), 3, [1, 2])

    def tested():
        null = test.observed(problem_of(faithful), None, TEAM)
        larger = test.observed(problem_of(faithful, n_components=2), null.components, TEAM)
        assert isinstance(larger, Fit)
        return test.step(problem_of(faithful), null, larger, TEAM, lambda done: None)

    stacked = tested()
    monkeypatch.setattr(Ground, "carries", staticmethod(lambda problem: False))
    alone = tested()
    assert abs(stacked.statistic - alone.statistic) < 1e-3
    np.testing.assert_allclose(stacked.simulated, alone.simulated, atol=0.05)


def test_weights_and_gaps_are_drawn_again():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(40, 2)), rng.normal(6.0, 1.0, (40, 2))])
    gaps = X.copy()
    gaps[::4, 0] = np.nan
    weight = np.ones(80)
    weight[:10] = 0.0
    options = {"covariance_type": "tied", "n_resamples": 9, "level": 0.1, "max_components": 2}
    for rows, given in ((gaps, None), (X, weight), (gaps, weight)):
        found = bootstrap_lrt(rows, sample_weight=given, tol=1e-4, random_state=0, **options)
        assert found.n_components == 2
    assert (found.steps[0].simulated < found.steps[0].statistic).all()


def test_where_the_larger_model_has_no_sound_fit_the_test_ends():
    X = np.repeat([[0.0, 0.0], [1.0, 0.2], [0.3, 1.0], [0.9, 0.8]], 10, axis=0)
    test = bootstrap_lrt(X, n_resamples=19, random_state=0)
    assert test.n_components == 1
    assert test.steps[-1].reason == "degenerate"
    assert "fit with 2 components is degenerate, so the test ends there" in str(test)


def test_the_text_is_a_table_of_the_tests(faithful):
    test = bootstrap_lrt(
        faithful, covariance_type="tied", max_components=2, n_resamples=19, random_state=0
    )
    text = str(test)
    assert text.startswith("Bootstrap likelihood-ratio test, covariance tied: 2 components at")
    assert "1 vs 2" in text
    assert repr(test) == text
    failed = replace(test, steps=(replace(test.steps[0], failures={"collapsed": 3}),))
    assert "3 of 22 replicates failed (3 collapsed)" in str(failed)


def test_what_cannot_be_tested_is_refused(faithful, tmp_path):
    with pytest.raises(ValueError, match=r"n_resamples=9.*level=0.05.*at least 19 resamples"):
        bootstrap_lrt(faithful, n_resamples=9)
    with pytest.raises(ValueError, match=r"'max_components' parameter of bootstrap_lrt"):
        bootstrap_lrt(faithful, max_components=1)
    with pytest.raises(ValueError, match=r"'level' parameter of bootstrap_lrt"):
        bootstrap_lrt(faithful, level=2.0)
    with pytest.raises(ValueError, match="bootstrap_lrt needs the rows in memory"):
        bootstrap_lrt(str(tmp_path / "rows.csv"))
    with pytest.raises(ValueError, match="covariance_type"):
        bootstrap_lrt(faithful, covariance_type="VVX")
    with pytest.raises(ValueError, match="9"):
        bootstrap_lrt(faithful[:5])
    with pytest.raises(ValueError, match="intervals cannot be drawn anew"):
        bootstrap_lrt(IntervalData([0.0, 1.0], [1.0, 2.0], [5.0, 6.0]), max_components=2)
    with pytest.raises(ValueError, match=r"test cannot begin: the fit with 1 component is"):
        bootstrap_lrt(np.ones((30, 2)) * [[1.0, 2.0]], reg_covar=0.0)
