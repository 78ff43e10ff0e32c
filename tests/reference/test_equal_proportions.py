"""The fit with equal proportions that R's mclust 6.0.0 made; see `make_prior.py`."""

import json
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.datasets import load_old_faithful

THEIRS = json.loads(Path(__file__).with_name("equal_proportions.json").read_text())
X = load_old_faithful().to_numpy()


def test_the_same_partition_leads_to_the_same_fit():
    gm = GaussianMixture(
        2,
        equal_proportions=True,
        init_params=np.array([int(digit) for digit in THEIRS["partition"]]),
        reg_covar=0,
        tol=1e-12,
        max_iter=2000,
    ).fit(X)
    assert gm.log_likelihood_ == pytest.approx(THEIRS["loglik"], rel=1e-11)
    assert gm.n_parameters_ == THEIRS["df"]
    assert gm.bic(X) == pytest.approx(-2 * THEIRS["loglik"] + 10 * np.log(272), rel=1e-11)
    parameters = THEIRS["parameters"]
    np.testing.assert_array_equal(gm.weights_, parameters["pro"])
    np.testing.assert_allclose(gm.means_, parameters["mean"], rtol=1e-6)
    np.testing.assert_allclose(gm.covariances_, parameters["sigma"], rtol=1e-5)
