"""Tables that the tests of the estimators fit."""

import numpy as np
import pytest


def clusters(seed=0, n_rows=90, apart=3.0):
    """Three overlapping clusters in two columns of different units, in random order."""
    rng = np.random.default_rng(seed)
    centres = apart * np.array([[0.0, 0.0], [1.0, 0.3], [0.2, 1.0]])
    X = centres[rng.integers(3, size=n_rows)] + rng.normal(size=(n_rows, 2)) * [1.0, 0.6]
    return X * [1.0, 20.0] + [0.0, 100.0]


@pytest.fixture(name="X")
def rows_of_three_clusters():
    return clusters()


@pytest.fixture(scope="session")
def make_clusters():
    return clusters
