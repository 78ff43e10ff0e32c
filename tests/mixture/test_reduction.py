"""Fewer components: moments that stay, the order of merging, what it costs."""

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.covariance import FAMILIES
from gaussmix.density import Components, Noise


@pytest.mark.parametrize("code", FAMILIES)
@pytest.mark.parametrize("left", [1, 2, 5])
def test_mean_and_covariance_stay(make, code, left):
    mixture = Mixture.from_components(make.components(code, 8, 3, 2), code, ["a", "b", "c"])
    fewer = mixture.reduce(left)
    assert fewer.n_components == left
    assert fewer.feature_names == ("a", "b", "c")
    assert fewer.weights.sum() == pytest.approx(1.0, abs=1e-14)
    np.testing.assert_allclose(fewer.mean(), mixture.mean(), atol=1e-13)
    np.testing.assert_allclose(fewer.covariance(), mixture.covariance(), rtol=1e-12, atol=1e-13)


def cost(w, S, i, j, mean):
    """Runnalls's bound for one pair, from dense matrices."""
    share = w[[i, j]] / (w[i] + w[j])
    away = mean[j] - mean[i]
    both = share[0] * S[i] + share[1] * S[j] + share[0] * share[1] * np.outer(away, away)
    log_dets = [np.linalg.slogdet(M)[1] for M in (both, S[i], S[j])]
    return 0.5 * ((w[i] + w[j]) * log_dets[0] - w[i] * log_dets[1] - w[j] * log_dets[2])


@pytest.mark.parametrize("seed", range(4))
def test_each_merge_is_the_cheapest_of_all_pairs(make, seed):
    mixture = Mixture.from_components(make.components("VVV", 6, 2, seed), "full")
    while mixture.n_components > 1:
        w, mean, S = mixture.weights, mixture.means, mixture.covariances
        pairs = [(i, j) for i in range(len(w)) for j in range(i + 1, len(w))]
        i, j = min(pairs, key=lambda pair: cost(w, S, *pair, mean))
        fewer = mixture.reduce(mixture.n_components - 1)
        assert fewer.weights[i] == pytest.approx(w[i] + w[j])
        untouched = np.delete(np.arange(len(w)), [i, j])
        places = np.delete(np.arange(len(w) - 1), i)
        np.testing.assert_allclose(fewer.means[places], mean[untouched], rtol=1e-14)
        divergence, error = mixture.kl_divergence(fewer, return_error=True, tol=1e-3)
        assert divergence <= cost(w, S, i, j, mean) + 5.0 * error
        mixture = fewer


def test_copies_and_empty_components_go_first_and_change_nothing():
    mixture = Mixture(
        [0.25, 0.25, 0.5, 0.0], [[0.0], [0.0], [5.0], [80.0]], [[[1.0]], [[1.0]], [[2.0]], [[1.0]]]
    )
    fewer = mixture.reduce(2)
    x = np.linspace(-4.0, 9.0, 50)
    np.testing.assert_allclose(fewer.pdf(x), mixture.pdf(x), rtol=1e-12)


def test_as_many_components_are_the_same_mixture():
    mixture = Mixture([0.5, 0.5], [[0.0], [5.0]], [1.0, 2.0], covariance_type="spherical")
    assert mixture.reduce(2) is mixture


def test_noise_stays_as_it_is():
    part = Mixture([0.5, 0.5], [[0.0], [5.0]], [[[1.0]], [[2.0]]]).components
    noise = Noise(0.1, np.array([-9.0]), np.array([9.0]))
    components = Components(0.9 * part.weights, part.means, part.covariances, noise)
    mixture = Mixture.from_components(components, "full")
    fewer = mixture.reduce(1)
    assert fewer.components.noise == noise
    np.testing.assert_allclose(fewer.covariance(), mixture.covariance(), rtol=1e-12)


def test_hundreds_of_components_are_reduced(make):
    mixture = Mixture.from_components(make.components("VVV", 200, 4, 2), "full")
    fewer = mixture.reduce(3)
    np.testing.assert_allclose(fewer.covariance(), mixture.covariance(), rtol=1e-12)


@pytest.mark.parametrize("wrong", [0, 3, 1.5, True, None])
def test_numbers_that_there_cannot_be_are_refused(wrong):
    mixture = Mixture([0.5, 0.5], [[0.0], [5.0]], [[[1.0]], [[2.0]]])
    with pytest.raises(ValueError, match=f"whole number from 1 to 2, .* got {wrong!r}"):
        mixture.reduce(wrong)
