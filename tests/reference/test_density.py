"""Probabilities, quantiles and highest-density levels of R's mclust (`make_density.py`)."""

import json
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.datasets import load_old_faithful

REFERENCE = json.loads(Path(__file__).with_name("density.json").read_text())


@pytest.mark.parametrize("case", REFERENCE["acidity"])
def test_probabilities_and_quantiles_are_those_of_r(case):
    means, variances = np.array(case["means"]), np.array(case["variances"])
    # R's weights are given to fifteen digits.
    weights = np.array(case["weights"]) / np.sum(case["weights"])
    mixture = Mixture(weights, means[:, None], variances[:, None, None])
    np.testing.assert_allclose(mixture.cdf(case["x"]), case["cdf"], rtol=1e-12)
    np.testing.assert_allclose(mixture.pdf(case["x"]), case["density"], rtol=1e-7)
    # R stops its search for quantiles at 1.5e-8.
    np.testing.assert_allclose(mixture.quantile(case["p"]), case["quantile"], atol=3e-8)


def test_levels_of_old_faithful_are_near_those_of_its_rows():
    X = load_old_faithful().to_numpy()
    start = json.loads(Path(__file__).with_name("mclust.json").read_text())["faithful"]
    labels = np.array([int(label) for label in start["partitions"]["3"]])
    # As R: it ends where the log-likelihood gains less than 1e-5 of itself.
    gm = GaussianMixture(3, covariance_type="tied", tol=1e-5, reg_covar=0.0, init_params=labels)
    mixture = gm.fit(X).mixture_
    heights = mixture.pdf(X)
    for share, level in zip(*REFERENCE["faithful"].values(), strict=True):
        # R takes the quantile of the rows' own densities.
        assert np.quantile(heights, 1.0 - share) == pytest.approx(level, rel=5e-3)
        ours, error = mixture.highest_density_level(share, return_error=True)
        assert 0.0 < error < 0.01 * ours
        # The rows leave three standard errors of a share open.
        off = 3.0 * np.sqrt(share * (1.0 - share) / len(X))
        assert (heights >= ours).mean() == pytest.approx(share, abs=off)
