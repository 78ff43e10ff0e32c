"""Rows so far away that squares overflow."""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource
from gaussmix.density import Components, hard_entropy, labels, log_density, posterior
from gaussmix.execution import Team

CODES = tuple(FAMILIES)
FAR = np.array(
    [
        [1e200, 0.0],
        [0.0, -1e200],
        [1e300, -1e300],
        [-1e300, 1e-300],
        [1.5e308, 1.5e308],
        [1e160, 1e300],
        [-1e155, 1e155],
    ]
)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("condition", [1.0, 1e4, 1e12])
def test_posterior_is_a_simplex_and_log_density_is_minus_infinity(make, code, condition):
    for seed in range(3):
        components = make.components(code, 3, 2, seed=seed, condition=condition)
        source, alone = ArraySource(FAR), Team()
        found = posterior(components, source, alone)
        assert (found >= 0.0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
        assert (log_density(components, source, alone) == -np.inf).all()
        label = labels(components, source, alone)
        np.testing.assert_array_equal(found[np.arange(len(FAR)), label], found.max(axis=1))
        charge = hard_entropy(components, source, alone)
        assert ((charge >= 0.0) & (charge <= np.log(3.0) + 1e-12)).all()


@pytest.mark.parametrize("code", CODES)
def test_near_rows_in_the_same_block_are_answered_as_without_far_ones(make, tolerance, code):
    components = make.components(code, 3, 2)
    near = make.rows(components, 30)
    mixed = ArraySource(np.concatenate([near, FAR]))
    for ask in (log_density, posterior):
        np.testing.assert_allclose(
            ask(components, mixed, Team())[:30],
            ask(components, ArraySource(near), Team()),
            atol=tolerance.certified,
        )


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_the_widest_component_wins_far_away(code):
    components = Components(
        np.array([0.98, 0.01, 0.01]),
        np.array([[0.0, 0.0], [5.0, 5.0], [-5.0, 0.0]]),
        FAMILIES[code].nearest(np.array([1.0, 4.0, 2.0])[:, None, None] * np.eye(2)),
    )
    assert (labels(components, ArraySource(FAR), Team()) == 1).all()
    np.testing.assert_allclose(posterior(components, ArraySource(FAR), Team())[:, 1], 1.0)


@pytest.mark.parametrize("code", ["EEE", "EEI", "EII"])
def test_equal_covariances_leave_the_mean_in_the_direction_to_win(code):
    means = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    components = Components(
        np.full(3, 1.0 / 3.0), means, FAMILIES[code].nearest(np.array([np.eye(2)] * 3))
    )
    rows = ArraySource(np.array([[1e200, 0.0], [-1e200, 0.0], [0.0, 1e300], [0.0, -1e300]]))
    found = posterior(components, rows, Team())
    np.testing.assert_array_equal(labels(components, rows, Team())[:3], [1, 0, 2])
    # Straight down, the first two components are equal in all but their weight.
    np.testing.assert_allclose(found[3], [0.5, 0.5, 0.0])


@pytest.mark.parametrize("code", CODES)
def test_far_limit_agrees_with_far_rows_that_do_not_overflow(make, code):
    """Along a ray the winner stays the winner, where the ray is far but not too far."""
    components = make.components(code, 3, 2, seed=4, condition=5.0)
    angles = np.linspace(0.1, 6.2, 25)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_array_equal(
        labels(components, ArraySource(1e200 * rays), Team()),
        labels(components, ArraySource(1e7 * rays), Team()),
    )


@pytest.mark.parametrize("code", CODES)
def test_a_component_of_weight_zero_does_not_win_far_away(make, code):
    wide = np.array([1.0, 9.0, 1.0])[:, None, None] * np.eye(2)
    means = np.array([[-1.0, -1.0], [20.0, 20.0], [1.0, 1.0]])
    components = Components(np.array([0.5, 0.0, 0.5]), means, FAMILIES[code].nearest(wide))
    # Squares of 1e149 and more are beyond 1e298, and yet do not overflow.
    nearly = np.array([[1e147, 0.0], [1e149, 1e149], [-1e151, 3e150], [0.0, 1e153]])
    for rows in (FAR, nearly):
        found = posterior(components, ArraySource(rows), Team())
        assert (found[:, 1] == 0.0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
        assert 1 not in labels(components, ArraySource(rows), Team())
        charge = hard_entropy(components, ArraySource(rows), Team())
        assert ((charge >= 0.0) & (charge <= np.log(2.0) + 1e-12)).all()
