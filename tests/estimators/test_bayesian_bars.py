"""The number of components is found: from one of them, and from more than there are.

One seed of each here; ten of them give the same counts.
"""

import numpy as np
import pytest

from gaussmix import BayesianGaussianMixture

WEIGHTS = ("dirichlet_process", "dirichlet_distribution")


def blobs(n_clusters, n_features, seed, n=60):
    """Round clusters whose centres are seven or more of their widths apart, and their clusters."""
    rng = np.random.default_rng(seed)
    reach = 8.0 * np.sqrt(n_clusters) if n_features == 2 else 12.0
    centres = np.empty((0, n_features))
    while len(centres) < n_clusters:
        centre = rng.uniform(-reach, reach, size=n_features)
        if not len(centres) or np.linalg.norm(centres - centre, axis=1).min() > 7.0:
            centres = np.vstack([centres, centre])
    label = np.repeat(np.arange(n_clusters), n)
    return centres[label] + rng.normal(size=(len(label), n_features)), label


def found(X, start, n_components=30, **settings):
    is_one = isinstance(start, str) and start == "one"
    init = np.zeros(len(X), dtype=int) if is_one else start
    settings = {"prior": "scaled", "random_state": 0, "n_jobs": 1, **settings}
    return BayesianGaussianMixture(n_components, init_params=init, **settings).fit(X)


@pytest.mark.parametrize(
    ("n_clusters", "n_features", "start"),
    [(3, 2, "kmeans"), (8, 2, "one"), (20, 2, "one"), (3, 8, "one"), (8, 8, "kmeans")],
)
def test_clusters_that_lie_apart_are_counted_and_told_apart(n_clusters, n_features, start):
    X, label = blobs(n_clusters, n_features, seed=n_clusters + n_features)
    model = found(X, start)
    assert model.converged_
    assert model.n_active_ == n_clusters
    pairs = set(zip(model.predict(X), label, strict=True))
    assert len(pairs) == n_clusters
    known = found(X, label, moves=False)
    assert model.lower_bound_ * len(X) > known.lower_bound_ * len(X) - 0.1


@pytest.mark.parametrize("start", ["kmeans", "one"])
@pytest.mark.parametrize("n_features", [2, 8])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_one_gaussian_is_one_component(weights, n_features, start):
    X = np.random.default_rng(n_features).normal(size=(500, n_features))
    model = found(X, start, n_components=15, weight_concentration_prior_type=weights)
    assert model.n_active_ == 1
    assert model.converged_


@pytest.mark.parametrize("kind", ["diag", "tied", "spherical", "tied_diag", "tied_spherical"])
def test_other_shapes_count_them_too(kind):
    X, _ = blobs(5, 2, seed=1, n=30)
    for start in ("kmeans", "one"):
        assert found(X, start, n_components=8, covariance_type=kind).n_active_ == 5


def test_clusters_of_unequal_size_are_counted():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 12.0], [14.0, 14.0]])
    label = np.repeat(np.arange(4), [20, 60, 200, 500])
    X = centres[label] + rng.normal(size=(len(label), 2))
    for start in ("kmeans", "one"):
        assert found(X, start, n_components=15).n_active_ == 4


def test_long_clusters_are_counted():
    """Ten times as long as they are wide, in directions of their own."""
    rng = np.random.default_rng(0)
    angle = np.array([0.3, 1.5, 2.6])
    label = np.repeat(np.arange(3), 80)
    along, across = 3.0 * rng.normal(size=240), 0.3 * rng.normal(size=240)
    cos, sin = np.cos(angle)[label], np.sin(angle)[label]
    X = np.column_stack([along * cos - across * sin, along * sin + across * cos])
    X += np.array([[0.0, 0.0], [15.0, 0.0], [5.0, 15.0]])[label]
    for start in ("kmeans", "one"):
        assert found(X, start, n_components=15).n_active_ == 3


@pytest.mark.parametrize("prior", [None, "scaled"])
def test_a_larger_concentration_of_the_dirichlet_distribution_fills_more_slots(prior):
    X, _ = blobs(6, 2, seed=0, n=30)
    filled = [
        int((model.weights_ > 0.01).sum())
        for model in (
            found(
                X,
                "kmeans",
                n_components=12,
                prior=prior,
                weight_concentration_prior_type="dirichlet_distribution",
                weight_concentration_prior=concentration,
            )
            for concentration in (1e-5, 1e1, 1e5)
        )
    ]
    assert filled == sorted(filled)
    assert filled[-1] > filled[0]
    assert filled[-1] == 12
    assert prior is None or filled[0] == 6
