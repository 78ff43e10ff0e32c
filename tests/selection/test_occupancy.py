"""How many components hold rows, against every partition there is."""

import tracemalloc

import numpy as np
import pytest

from gaussmix.covariance import SphericalCovariances
from gaussmix.data import ArraySource, Details
from gaussmix.density import Components
from gaussmix.execution import Team, team
from gaussmix.selection import n_occupied


def mixture(weights, means, variances):
    covariances = SphericalCovariances(np.array(variances), len(weights), 1)
    return Components(np.array(weights), np.array(means)[:, None], covariances)


#: Five components of which four may or may not hold a row.
DOUBTFUL = mixture([0.5, 0.3, 0.15, 0.04, 0.01], [0.0, 0.5, 1.0, 2.0, -2.0], [1.0] * 5)
X = np.random.default_rng(0).normal(size=(40, 1))


def posteriors(components, X):
    away = (X - components.means[:, 0]) / np.sqrt(components.covariances.variance)
    joint = components.weights * np.exp(-0.5 * away**2) / np.sqrt(components.covariances.variance)
    return joint / joint.sum(axis=1, keepdims=True)


def by_brute_force(posterior):
    """Chances of 0, 1, ..., K occupied components, row by row over all sets of components."""
    n_components = posterior.shape[1]
    chance = np.zeros(1 << n_components)
    chance[0] = 1.0
    for row in posterior:
        after = np.zeros_like(chance)
        for of in range(len(chance)):
            for k in range(n_components):
                after[of | 1 << k] += chance[of] * row[k]
        chance = after
    sizes = np.array([of.bit_count() for of in range(len(chance))])
    return np.bincount(sizes, chance, n_components + 1)


def asked(components, X, n_samples=20_000, *, seed=(1, 2), threads=None, weight=None):
    source = ArraySource(np.asarray(X), Details(weight))
    return n_occupied(components, source, n_samples, list(seed), threads or Team())


def assert_shares(found, exact, n_samples):
    error = np.sqrt(exact * (1.0 - exact) / n_samples)
    assert (np.abs(found - exact) <= 4.5 * error + 1e-9).all()


@pytest.mark.parametrize("n_rows", [1, 3, 12, 40])
def test_shares_are_those_of_all_partitions(n_rows):
    exact = by_brute_force(posteriors(DOUBTFUL, X[:n_rows]))
    found = asked(DOUBTFUL, X[:n_rows])
    assert found.sum() == pytest.approx(1.0)
    assert found.shape == (6,)
    assert_shares(found, exact, 20_000)


def test_chances_of_every_size_are_drawn_right():
    # Responsibilities of the third fall from about one to far below what any draw can show.
    components = mixture([0.5, 0.49999, 0.00001], [0.0, 12.0, 6.0], [1.0, 1.0, 0.25])
    rows = np.linspace(-1.0, 4.9, 60)[:, None]
    posterior = posteriors(components, rows)[:, 2]
    assert 0.05 < posterior.max() < 0.95
    assert posterior.min() < 1e-25
    exact = by_brute_force(posteriors(components, rows))
    assert_shares(asked(components, rows), exact, 20_000)


def test_where_nothing_is_doubtful_the_answer_is_exact():
    components = mixture([0.4, 0.4, 0.2], [0.0, 100.0, 1e4], [1.0] * 3)
    rows = np.array([[0.1], [-0.5], [99.0], [101.0]])
    np.testing.assert_array_equal(asked(components, rows, 7), [0.0, 0.0, 1.0, 0.0])


def test_a_component_of_weight_zero_is_empty():
    components = mixture([1.0, 0.0], [0.0, 0.0], [1.0, 1.0])
    np.testing.assert_array_equal(asked(components, X, 7), [0.0, 1.0, 0.0])


def test_a_row_counts_once_whatever_its_weight_but_zero():
    weight = np.linspace(0.1, 7.0, 40)
    np.testing.assert_array_equal(asked(DOUBTFUL, X, weight=weight), asked(DOUBTFUL, X))
    weight[12:] = 0.0
    exact = by_brute_force(posteriors(DOUBTFUL, X[:12]))
    assert_shares(asked(DOUBTFUL, X, weight=weight), exact, 20_000)


def test_the_seed_fixes_the_answer_for_any_number_of_threads():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(200_000, 1))
    components = mixture([1.0 - 2e-6, 1e-6, 1e-6], [0.0, 1.0, -1.0], [1.0, 9.0, 9.0])
    alone = asked(components, rows, 500)
    assert 0.0 < alone[2] < 1.0
    for n_jobs in (2, 3):
        with team(n_jobs) as threads:
            np.testing.assert_array_equal(asked(components, rows, 500, threads=threads), alone)
    assert not np.array_equal(asked(components, rows, 500, seed=(2, 1)), alone)


def test_blocks_draw_independently_of_each_other():
    # Each of several blocks holds the same rows: with the same draws all would be occupied at once.
    part = np.zeros((200_000, 1))
    components = mixture([1.0 - 2e-6, 2e-6], [0.0, 0.0], [1.0, 1.0])
    found = asked(components, part, 4000)
    exact = -np.expm1(200_000 * np.log1p(-2e-6))
    assert found[2] == pytest.approx(exact, abs=4.5 * np.sqrt(exact * (1.0 - exact) / 4000))


def test_no_array_of_rows_and_draws_is_made():
    components = mixture([1.0 - 2e-5, 1e-5, 1e-5], [0.0, 1.0, -1.0], [1.0, 9.0, 9.0])
    rows = np.random.default_rng(0).normal(size=(100_000, 1))
    asked(components, rows[:1000], 10)
    tracemalloc.start()
    asked(components, rows, 2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
