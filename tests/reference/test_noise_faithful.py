"""Old Faithful among noise: our uniform component against mclust's.

`make_noise_faithful.py` says how the numbers were made.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.datasets import load_old_faithful

CONTENT = json.loads(Path(__file__).with_name("noise_faithful.json").read_text())
X = np.concatenate([load_old_faithful().to_numpy(), CONTENT["noise_rows"]])
CASES = [
    (start, code, number)
    for start, run in CONTENT["runs"].items()
    for code, of_code in run["loglik"].items()
    for number, loglik in of_code.items()
    if loglik is not None
]
MANY = {"reg_covar": 0.0, "tol": 1e-10, "max_iter": 20_000}


def _start(start, number):
    """mclust's start: a label for each row, -1 for noise."""
    digits = CONTENT["runs"][start]["partitions"][number]
    return np.array([-1 if digit == "." else int(digit) for digit in digits])


def _fit(start, code, number, **settings):
    settings = {**MANY, "covariance_type": code, "noise_component": True, **settings}
    return GaussianMixture(int(number), init_params=_start(start, number), **settings).fit(X)


def test_the_box_has_mclusts_volume():
    assert X.shape == (332, 2)
    assert np.ptp(X, axis=0).prod() == pytest.approx(CONTENT["volume"], rel=1e-12)


@pytest.mark.parametrize(("start", "code", "number"), CASES)
def test_from_mclusts_start_its_likelihood_is_reached(start, code, number):
    """mclust stops early: ours, run on, is as high to 1e-5, or higher; never lower."""
    expected = CONTENT["runs"][start]["loglik"][code][number]
    gm = _fit(start, code, number)
    assert gm.converged_
    assert gm.log_likelihood_ >= expected - 1e-5 * abs(expected)
    assert gm.log_likelihood_ <= expected + 0.02 * abs(expected)


@pytest.mark.parametrize("start", ["random", "NNclean"])
def test_the_converged_fit_is_mclusts(start):
    expected = CONTENT["runs"][start]["tight_VVV2"]
    gm = _fit(start, "VVV", "2")
    assert gm.log_likelihood_ == pytest.approx(expected["loglik"], abs=1e-5)
    np.testing.assert_allclose([*gm.weights_, gm.noise_weight_], expected["pro"], atol=2e-5)
    np.testing.assert_allclose(gm.means_, expected["mean"], rtol=2e-5)
    np.testing.assert_allclose(gm.covariances_, expected["sigma"], rtol=2e-3)
    given = _fit(start, "VVV", "2", noise_volume=CONTENT["volume"])
    assert given.log_likelihood_ == pytest.approx(gm.log_likelihood_, abs=1e-8)


@pytest.mark.parametrize(("start", "code", "number"), [c for c in CASES if c[2] in "123"])
def test_parameters_and_criteria_are_counted_as_mclust_does(start, code, number):
    """mclust's BIC is larger where the model is better: 2 log L - p log n."""
    run = CONTENT["runs"][start]
    gm = _fit(start, code, number)
    p = run["df"][code][number]
    assert gm.n_parameters_ == p
    expected = -2.0 * gm.log_likelihood_ + p * np.log(332)
    assert gm.bic(X) == pytest.approx(expected, abs=1e-6)
    its = -2.0 * run["loglik"][code][number] + p * np.log(332)
    assert -run["bic"][code][number] == pytest.approx(its, abs=1e-6)
