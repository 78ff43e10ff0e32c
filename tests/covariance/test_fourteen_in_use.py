"""Every family with weights, gaps, noise and streams."""

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES, check_columns, family_named, structured

CODES = tuple(FAMILIES)


def rows(n_rows=120, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n_rows)
    X = rng.normal(size=(n_rows, 3)) * np.array([1.0, 0.5, 2.0])
    X[label == 1] = 0.6 * X[label == 1] @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 5.0
    return X, label


@pytest.mark.parametrize("code", CODES)
def test_weights_gaps_and_noise(code):
    X, label = rows()
    rng = np.random.default_rng(1)
    weight = rng.uniform(0.5, 2.0, len(X))
    X[rng.random(X.shape) < 0.1] = np.nan
    X = np.concatenate([X, rng.uniform(-15.0, 15.0, size=(8, 3))])
    weight = np.concatenate([weight, np.ones(8)])
    start = np.concatenate([label, np.zeros(8, dtype=int)])
    gm = GaussianMixture(
        2, covariance_type=code, init_params=start, noise_component=True, tol=1e-5, max_iter=300
    ).fit(X, sample_weight=weight)
    assert np.diff(gm.lower_bounds_).min() >= -2e-8
    assert gm.n_parameters_ == FAMILIES[code].n_free(2, 3) + 2
    assert structured(code, gm.mixture_.components.covariances).n_components == 2


@pytest.mark.parametrize("code", CODES)
def test_streams_and_their_sums(code):
    X, label = rows()
    whole = GaussianMixture(2, covariance_type=code, init_params=label).fit(X)
    one = GaussianMixture(2, covariance_type=code, init_params=label).partial_fit(X)
    one.partial_fit(X)
    assert one.score(X) == pytest.approx(whole.score(X), abs=0.1)
    assert structured(code, one.mixture_.components.covariances) is not None


@pytest.mark.parametrize("code", [c for c in CODES if "E" in c])
def test_a_shared_part_cannot_be_fixed_for_some_components(code):
    X, _ = rows()
    gm = GaussianMixture(
        2,
        covariance_type=code,
        fixed={"covariances": [True, False]},
        precisions_init=np.array([np.eye(3)] * 2),
    )
    with pytest.raises(ValueError, match=r": fix (it|them) for all of them or for none"):
        gm.fit(X)


@pytest.mark.parametrize("code", [c for c in CODES if "E" in c and c != "EII"])
def test_covariances_without_the_structure_are_refused(code):
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(2, 3, 3))
    value = FAMILIES["VVV"].nearest(factor @ factor.swapaxes(1, 2) + 0.1 * np.eye(3))
    with pytest.raises(ValueError, match=f"do not have the structure of '{code}'"):
        structured(code, value)
    member = FAMILIES[code].nearest(value.dense())
    assert structured(code, member) is member


@pytest.mark.parametrize(("name", "code"), [("E", "EII"), ("V", "VII")])
def test_codes_of_one_column(name, code):
    X = rows()[0][:, :1]
    gm = GaussianMixture(2, covariance_type=name, random_state=0).fit(X)
    assert family_named(name).code == code
    assert gm.n_parameters_ == 1 + 2 + (1 if name == "E" else 2)
    same = GaussianMixture(2, covariance_type=code, random_state=0).fit(X)
    np.testing.assert_array_equal(gm.covariances_, same.covariances_.reshape(2, 1, 1))
    check_columns(name, 1)


@pytest.mark.parametrize(("name", "word"), [("E", "equal"), ("V", "varying")])
def test_codes_of_one_column_are_refused_for_several(name, word):
    X, _ = rows()
    with pytest.raises(ValueError, match="is for one column") as caught:
        GaussianMixture(2, covariance_type=name).fit(X)
    text = str(caught.value)
    assert f"covariance_type={name!r} ({word} variance) is for one column, but there are 3" in text
    for code in CODES:
        assert (repr(code) in text) == (code[0] == name)
