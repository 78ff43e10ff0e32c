"""The first mixture ever fitted: K. Pearson's crabs of Naples, 1894."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.datasets import load_naples_crabs

TABLE = load_naples_crabs()
X, COUNT = TABLE.to_numpy(["upper"]), TABLE["count"]


@pytest.mark.parametrize("start", ["kmeans", "auto", "k-means++", "random_from_data"])
@pytest.mark.parametrize("seed", range(2))
def test_two_components_at_the_upper_ends_of_the_bins(start, seed):
    gm = GaussianMixture(
        2, init_params=start, tol=1e-12, max_iter=20_000, component_order=0, random_state=seed
    ).fit(X, sample_weight=COUNT)
    # Maximum likelihood at the upper ends of the bins, as other programs give it.
    np.testing.assert_allclose(gm.weights_, [0.433, 0.567], atol=6e-4)
    np.testing.assert_allclose(gm.covariances_.ravel(), [3.353e-4, 1.592e-4], atol=6e-8)
    assert gm.log_likelihood_ == pytest.approx(2567.579, abs=1e-3)
    assert gm.bic(X, sample_weight=COUNT) == pytest.approx(
        -2 * gm.log_likelihood_ + 5 * np.log(1000.0)
    )


def test_a_search_finds_two():
    search = GaussianMixtureSearch(range(1, 4), random_state=0).fit(X, sample_weight=COUNT)
    assert search.best_params_["n_components"] == 2


def test_crabs_one_by_one_are_the_same_fit():
    rows = np.repeat(X, COUNT.astype(int), axis=0)
    assert rows.shape == (1000, 1)
    settings = {"tol": 1e-12, "max_iter": 20_000, "random_state": 0}
    one = GaussianMixture(2, **settings).fit(rows)
    other = GaussianMixture(2, **settings).fit(X, sample_weight=COUNT)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, abs=1e-6)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-6)
