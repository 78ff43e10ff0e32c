import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, survey
from gaussmix.em import (
    QUICK,
    THOROUGH,
    Effort,
    FitReport,
    Problem,
    fit_best,
    from_sketch,
    generator,
    run_race,
)
from gaussmix.errors import CollapsedComponent
from gaussmix.execution import Team, team
from gaussmix.initialization import PROPOSALS, draw_sketch

EFFORT = Effort(tol=1e-6, max_iter=300)


def _blobs(n_rows=200):
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0], [8.0, 8.0]])
    return centres[rng.integers(0, 4, n_rows)] + rng.normal(size=(n_rows, 2))


def _problem(X, reg_covar=1e-6, code="VVV", n_components=4):
    source = ArraySource(X)
    return Problem(source, survey(source, Team()), FAMILIES[code], n_components, reg_covar)


def _sketch(problem):
    return draw_sketch(problem.source, problem.survey, np.random.default_rng(0))


def _starts(problem, name, n):
    return [from_sketch(problem, _sketch(problem), PROPOSALS[name])] * n


def _failing(rng, team):
    raise CollapsedComponent(2, 1.5)


def test_the_first_of_many_starts_is_the_only_one_of_one():
    problem = _problem(_blobs())
    one = fit_best(problem, _starts(problem, "random_from_data", 1), (7,), EFFORT, Team())
    many = fit_best(problem, _starts(problem, "random_from_data", 6), (7,), EFFORT, Team())
    assert many.objectives[0] == one.objectives[0]
    assert len(set(many.objectives)) > 1
    assert many.best.objective == max(many.objectives)


def test_generators_depend_on_seed_and_start_alone():
    assert generator((1, 2), 3).random() == generator((1, 2), 3).random()
    draws = [generator((1, 2), 3), generator((1, 2), 4), generator((1, 3), 3)]
    assert len({g.random() for g in draws}) == 3


def test_ends_at_the_best_optimum_are_counted():
    problem = _problem(_blobs())
    found = fit_best(problem, _starts(problem, "kmeans", 5), (1,), EFFORT, Team())
    near = np.array(found.objectives) >= found.best.objective - 1e-6
    assert found.n_reached_best == near.sum() >= 4
    assert found.failures == ()


def test_failing_starts_are_counted_and_survived():
    problem = _problem(_blobs())
    good = _starts(problem, "kmeans", 1)[0]
    for workers in (Team(), None):
        with team(2) as two:
            found = fit_best(problem, [_failing, good, _failing], (1,), EFFORT, workers or two)
        assert len(found.failures) == 2
        assert np.isnan(found.objectives).tolist() == [True, False, True]
        assert found.n_reached_best == 1
        assert found.failures[0].startswith("Fitting the mixture model failed because")
        report = FitReport.of(found, (), problem.survey)
        assert "2 of 3 starts failed" in str(report)


def test_all_failing_raises_with_scikit_learns_sentence():
    problem = _problem(_blobs())
    with pytest.raises(
        CollapsedComponent,
        match=r"^Fitting the mixture model failed because some components have ill-defined "
        "empirical covariance",
    ):
        fit_best(problem, [_failing, _failing], (1,), EFFORT, Team())


def test_real_collapses_without_penalty_fail():
    X = np.repeat(np.random.default_rng(3).normal(size=(4, 2)) * 10.0, 10, axis=0)
    problem = _problem(X, reg_covar=0.0)
    with pytest.raises(CollapsedComponent):
        fit_best(problem, _starts(problem, "kmeans", 3), (1,), EFFORT, Team())


@pytest.mark.parametrize("n_rows", [200, 60_000])
def test_same_bits_for_any_number_of_threads(n_rows):
    X = _blobs(n_rows)
    effort = Effort(tol=0.0, max_iter=4)
    results = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            problem = _problem(X)
            results.append(
                fit_best(problem, _starts(problem, "random_from_data", 4), (5,), effort, workers)
            )
    for other in results[1:]:
        assert other.objectives == results[0].objectives
        np.testing.assert_array_equal(other.best.components.means, results[0].best.components.means)


@pytest.mark.parametrize("rules", [QUICK, THOROUGH])
def test_a_race_finds_the_well_separated_blobs_and_repeats_itself(rules):
    X = _blobs()
    problem = _problem(X)
    fits = []
    for workers in (1, 3):
        with team(workers) as threads:
            starts = run_race(problem, _sketch(problem), rules, (3,), threads)
            assert 1 <= len(starts) <= rules.finishers
            fits.append(fit_best(problem, starts, (3,), EFFORT, threads))
    assert fits[0].objectives == fits[1].objectives
    means = fits[0].best.components.means
    rounded = sorted(map(tuple, (np.round(means / 8.0) * 8.0 + 0.0).tolist()))
    assert rounded == [(0.0, 0.0), (0.0, 8.0), (8.0, 0.0), (8.0, 8.0)]


def test_a_singular_start_is_lent_variance_when_there_is_no_penalty():
    X = _blobs()
    X[:2] = [[30.0, 30.0], [30.0, 31.0]]
    problem = _problem(X, reg_covar=0.0, n_components=2)
    labels = lambda sketch, n, rng: (sketch.rows[:, 0] < 2.0).astype(int)  # noqa: E731
    start = from_sketch(problem, _sketch(problem), labels)(np.random.default_rng(0), Team())
    assert np.isfinite(start.covariances.log_det).all()
