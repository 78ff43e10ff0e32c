"""A mixture as a value: what it holds, that nothing changes it, copies and equality."""

import copy
import pickle

import numpy as np
import pytest

from gaussmix import Mixture

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")
COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("name", TYPES + CODES)
def test_it_gives_back_what_it_was_given(make, knows, tolerance, name):
    known = knows.mixture(make, name, 3, 2)
    mixture = known.mixture(["a", "b"])
    np.testing.assert_array_equal(mixture.weights, known.weights)
    np.testing.assert_array_equal(mixture.means, known.means)
    assert mixture.covariances.shape == known.covariances.shape
    np.testing.assert_allclose(
        mixture.covariances, known.covariances, rtol=tolerance.rounding, atol=1e-14
    )
    assert (mixture.n_components, mixture.n_features) == (3, 2)
    assert mixture.covariance_type == name
    assert mixture.feature_names == ("a", "b")
    assert repr(mixture) == f"Mixture(3 components, 2 features, covariance_type={name!r})"


@pytest.mark.parametrize(("name", "code"), list(zip(TYPES, CODES, strict=True)))
def test_a_code_is_its_everyday_name_bit_for_bit(make, knows, name, code):
    by_code = knows.mixture(make, code, 3, 2)
    by_name = knows.mixture(make, name, 3, 2)
    X = np.random.default_rng(0).normal(size=(50, 2))
    found, expected = by_code.mixture(), by_name.mixture()
    assert found.covariances.shape == (3, 2, 2)
    np.testing.assert_allclose(found.log_pdf(X), expected.log_pdf(X), rtol=1e-13)
    np.testing.assert_array_equal(found.mean(), expected.mean())


@pytest.mark.parametrize("name", TYPES)
def test_arrays_that_go_in_or_come_out_are_copies(make, knows, name):
    known = knows.mixture(make, name, 3, 2)
    weights, means, covariances = (
        known.weights.copy(),
        known.means.copy(),
        np.array(known.covariances),
    )
    mixture = Mixture(weights, means, covariances, covariance_type=name)
    X = np.random.default_rng(0).normal(size=(20, 2))
    before = mixture.log_pdf(X)
    for array in (weights, means, covariances):
        array[...] = 77.0
    for array in (mixture.weights, mixture.means, mixture.covariances):
        array[...] = 77.0
    np.testing.assert_array_equal(mixture.log_pdf(X), before)
    np.testing.assert_array_equal(mixture.weights, known.weights)


@pytest.mark.parametrize("attribute", ["weights", "means", "covariances", "_components", "other"])
def test_attributes_cannot_be_set_or_deleted(make, knows, attribute):
    mixture = knows.mixture(make, "full", 2, 2).mixture()
    with pytest.raises(AttributeError, match=f"frozen; make a new one to change '{attribute}'"):
        setattr(mixture, attribute, 1.0)
    with pytest.raises(AttributeError, match=f"frozen; '{attribute}' stays"):
        delattr(mixture, attribute)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", TYPES)
def test_copies_are_equal_and_predict_the_same_bits(make, knows, name, how):
    mixture = knows.mixture(make, name, 3, 2).mixture(["a", "b"])
    same = COPIES[how](mixture)
    X = np.random.default_rng(0).normal(size=(20, 2))
    assert same == mixture
    assert type(same) is Mixture
    np.testing.assert_array_equal(same.log_pdf(X), mixture.log_pdf(X))
    np.testing.assert_array_equal(same.sample(5, 0)[0], mixture.sample(5, 0)[0])


def test_equality_looks_at_everything():
    base = {"weights": [0.5, 0.5], "means": [[0.0], [1.0]], "covariances": [[[1.0]], [[2.0]]]}
    mixture = Mixture(**base)
    assert mixture == Mixture(**base)
    assert mixture != Mixture(**{**base, "weights": [0.25, 0.75]})
    assert mixture != Mixture(**{**base, "means": [[0.0], [1.5]]})
    assert mixture != Mixture(**{**base, "covariances": [[[1.0]], [[3.0]]]})
    assert mixture != Mixture(**base, covariance_type="VVV")
    assert mixture != Mixture(**base, feature_names=["a"])
    assert mixture != "mixture"
    with pytest.raises(TypeError, match="unhashable"):
        hash(mixture)


def test_parameters_of_single_precision_are_taken():
    weights = np.array([0.3, 0.3, 0.4], dtype=np.float32)
    assert abs(weights.astype(np.float64).sum() - 1.0) > 1e-9
    mixture = Mixture(weights, np.eye(3, dtype=np.float32), np.ones(3), covariance_type="spherical")
    assert mixture.weights.dtype == np.float64
    assert np.isfinite(mixture.log_pdf(np.zeros((1, 3)))).all()
