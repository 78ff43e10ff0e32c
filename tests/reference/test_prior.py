"""Fits with the default prior that R's mclust 6.0.0 made, from the same partitions.

See `make_prior.py`. mclust stops early, and without the prior in its objective: where the
log-likelihood changes by less than 1e-5 of itself. So do these fits.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture, Mixture
from gaussmix.datasets import load_old_faithful

# Five components are too many for some shapes, which leave one empty.
pytestmark = pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")

TABLE = json.loads(Path(__file__).with_name("prior.json").read_text())
ROWS = {"faithful": load_old_faithful().to_numpy(), "iris": load_iris().data}
#: What its program does otherwise than its authors' paper, which is followed here: EII leaves
#: the prior's scale out, EEI leaves the means where they are.
OTHERWISE = ("EII", "EEI")
CELLS = [
    (name, code, int(k))
    for name in ROWS
    for code, by_number in TABLE[name]["bic"].items()
    for k, bic in by_number.items()
    if bic is not None
]
#: Of the BIC; inner iterations stop at other places.
SAME = 1e-7


def labels_of(name, n_components):
    return np.array([int(digit) for digit in TABLE[name]["partitions"][str(n_components)]])


def options(name, code, n_components):
    return {
        "covariance_type": code,
        "init_params": labels_of(name, n_components),
        "prior": "default",
        "reg_covar": 0,
        "tol": 0,
    }


def fit(name, code, n_components):
    """The fit that stops where mclust's does."""
    X, own = ROWS[name], options(name, code, n_components)
    levels = [GaussianMixture(n_components, max_iter=0, **own).fit(X).log_likelihood_]

    def stop(iteration):
        mixture = Mixture.from_components(iteration.components, code)
        levels.append(mixture.log_pdf(X).sum())
        return abs(levels[-1] - levels[-2]) <= 1e-5 * (1.0 + abs(levels[-1]))

    return GaussianMixture(n_components, max_iter=5000, callback=stop, **own).fit(X)


def test_the_table_is_whole():
    assert TABLE["versions"]["mclust"] == "6.0.0"
    assert len(CELLS) == 2 * 10 * 4 - 2


@pytest.mark.parametrize(("name", "code", "n_components"), CELLS)
def test_the_same_partition_leads_to_the_same_bic(name, code, n_components):
    expected = -TABLE[name]["bic"][code][str(n_components)]
    found = fit(name, code, n_components).bic(ROWS[name])
    assert found == pytest.approx(expected, rel=1e-3 if code in OTHERWISE else SAME)


@pytest.mark.parametrize("name", ROWS)
def test_the_best_fit_has_the_same_parameters(name):
    best = TABLE[name]["best"]
    gm = fit(name, best["model"], best["G"])
    assert gm.log_likelihood_ == pytest.approx(best["loglik"], rel=SAME)
    assert gm.n_parameters_ == best["df"]
    # mclust's parameters are those of the next M-step.
    ahead = GaussianMixture(
        best["G"], max_iter=gm.n_iter_ + 1, **options(name, best["model"], best["G"])
    )
    with pytest.warns(ConvergenceWarning):
        components = ahead.fit(ROWS[name]).mixture_.components
    theirs = best["parameters"]
    np.testing.assert_allclose(components.weights, theirs["pro"], rtol=1e-6)
    np.testing.assert_allclose(components.means, theirs["mean"], rtol=1e-6)
    np.testing.assert_allclose(components.covariances.dense(), theirs["sigma"], rtol=1e-6)


@pytest.mark.parametrize("name", ROWS)
def test_best_of_all_shapes_and_numbers_is_the_same(name):
    found = {(code, k): fit(name, code, k).bic(ROWS[name]) for of, code, k in CELLS if of == name}
    best = TABLE[name]["best"]
    assert min(found, key=found.get) == (best["model"], best["G"])
