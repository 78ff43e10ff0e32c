"""Parameters that make a fit this one and no other."""

import json

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.estimators.checkpoints import essential_parameters


def draw(X, n_components, rng):
    raise AssertionError


def test_parameters_are_plain():
    model = GaussianMixture(
        np.int64(2), means_init=[[0, 1], [2, 3]], random_state=np.random.default_rng(0)
    )
    found = essential_parameters(model)
    assert json.loads(json.dumps(found)) == found
    assert found["n_components"] == 2
    assert found["means_init"].startswith("an array of shape (2, 2) (")
    assert found["random_state"] == "a Generator"
    assert found["init_params"] == "kmeans"


@pytest.mark.parametrize(
    "free",
    [
        {"max_iter": 3},
        {"n_jobs": 1},
        {"verbose": 2, "verbose_interval": 1},
        {"callback": print},
        {"component_order": "weight"},
        {"covariance_type": "VVV"},
        {"means_init": np.array([[0.0], [1.0]])},
    ],
)
def test_what_may_change(free):
    given = {"means_init": [[0], [1]]}
    one, other = GaussianMixture(2, **given), GaussianMixture(2, **(given | free))
    assert essential_parameters(one) == essential_parameters(other)


@pytest.mark.parametrize(
    "other",
    [
        {"n_components": 3},
        {"covariance_type": "tied"},
        {"tol": 1e-4},
        {"reg_covar": 0.0},
        {"n_init": 2},
        {"init_params": "random"},
        {"init_params": draw},
        {"init_params": [0, 1, 1]},
        {"means_init": [[0.0], [2.0]]},
        {"random_state": 0},
        {"random_state": np.random.RandomState(0)},
    ],
)
def test_what_may_not(other):
    one = GaussianMixture(2, means_init=[[0.0], [1.0]])
    changed = GaussianMixture(2, means_init=[[0.0], [1.0]]).set_params(**other)
    assert essential_parameters(one) != essential_parameters(changed)


def test_what_stands_beside_the_rows_counts():
    model = GaussianMixture(2)
    one = essential_parameters(model, {"labels": [0, -1], "X_covariance": None})
    assert one["labels"].startswith("an array of shape (2,)")
    assert one["X_covariance"] is None
    assert one == essential_parameters(model, {"labels": np.array([0, -1]), "X_covariance": None})
    assert one != essential_parameters(model, {"labels": [0, 1], "X_covariance": None})


def test_mappings_are_told_apart():
    def of(mask):
        return essential_parameters(GaussianMixture(2), {"fixed": {"means": mask}})

    assert of([True, False]) == of(np.array([True, False]))
    assert of([True, False]) != of([False, True])
