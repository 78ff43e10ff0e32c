"""What is said where mixtures cannot be mapped, added, multiplied, united or compared."""

import inspect
import re

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.density import Components, Noise
from gaussmix.errors import algebra as messages

PLAIN = Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 1.0]], [np.eye(2), np.eye(2)])
NAMED = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], feature_names=["length", "width"])
OTHERS = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], feature_names=["length", "depth"])
LINE = Mixture([1.0], [[0.0]], [[[1.0]]])


def changed(noise=None, dof=None):
    """The plain mixture with noise, or of Student t's."""
    part = PLAIN.components
    weight = 0.0 if noise is None else noise.weight
    components = Components(
        (1.0 - weight) * part.weights, part.means, part.covariances, noise, dof=dof
    )
    return Mixture.from_components(components, "full")


def boxed(size):
    return changed(Noise(0.2, -size * np.ones(2), size * np.ones(2)))


TAILS = changed(dof=np.array([4.0, 4.0]))
GAP = [[0.0, 1.0], [np.nan, 2.0]]

#: Builder, what a user does, and words the message must hold.
CASES = [
    ("gap_in_point", lambda: NAMED.gradient(GAP), ["in row 1 length is missing", "marginal"]),
    ("gap_in_point", lambda: PLAIN.hessian(GAP), ["in row 1 column 0 is missing"]),
    (
        "without_noise_only",
        lambda: boxed(1.0).affine([[1.0, 2.0]]),
        ["affine is for mixtures without noise", "turned", "m.weights / m.weights.sum()"],
    ),
    ("without_noise_only", lambda: boxed(1.0).add_error(1.0), ["add_error is for", "blurred"]),
    ("without_noise_only", lambda: PLAIN.convolve(boxed(1.0)), ["convolve is for", "blurred"]),
    ("without_noise_only", lambda: boxed(1.0).product(PLAIN), ["product is for", "Gaussian"]),
    ("without_noise_only", lambda: PLAIN.wasserstein(boxed(1.0)), ["wasserstein is for"]),
    ("without_noise_only", lambda: boxed(1.0).entropy_bounds(), ["entropy_bounds is for"]),
    (
        "rank_too_low",
        lambda: PLAIN.affine([[1.0, 2.0], [2.0, 4.0]]),
        ["its rank is 1", "shape (2, 2)", "Keep 1 of its rows"],
    ),
    ("rank_too_low", lambda: PLAIN.affine(np.ones((3, 2))), ["its rank is 1", "shape (3, 2)"]),
    (
        "rank_too_low",
        lambda: PLAIN.affine(np.zeros((1, 2))),
        ["its rank is 0", "entry other than zero"],
    ),
    (
        "not_a_mixture",
        lambda: PLAIN.kl_divergence("x"),
        ["Expected a Mixture, got str", "mixture_"],
    ),
    ("not_a_mixture", lambda: Mixture.union([3]), ["Expected a Mixture, got int"]),
    (
        "other_columns",
        lambda: NAMED.product(OTHERS),
        ["['length', 'width']", "['length', 'depth']", "marginal"],
    ),
    ("other_columns", lambda: PLAIN.wasserstein(LINE), ["2 columns", "1 column."]),
    (
        "wrong_error_shape",
        lambda: PLAIN.add_error([1.0, 2.0, 3.0]),
        ["(2,) variances or a (2, 2) matrix", "shape (3,)"],
    ),
    (
        "not_symmetric_error",
        lambda: PLAIN.add_error([[1.0, 0.5], [0.0, 1.0]]),
        ["symmetric", "by up to 0.5", "0.5 * (C + C.T)"],
    ),
    ("not_a_covariance", lambda: PLAIN.add_error(-0.25), ["its variance is -0.25", "Variances"]),
    (
        "not_a_covariance",
        lambda: PLAIN.add_error([[1.0, 2.0], [2.0, 1.0]]),
        ["positive semi-definite", "its variance is -1"],
    ),
    ("no_mixtures", lambda: Mixture.union([]), ["at least one mixture", "got none"]),
    (
        "different_noise",
        lambda: Mixture.union([boxed(1.0), boxed(2.0)]),
        ["boxes differ", "same rows"],
    ),
    (
        "different_noise",
        lambda: boxed(1.0).jensen_shannon_divergence(boxed(2.0)),
        ["boxes differ"],
    ),
    (
        "gaussians_and_tails",
        lambda: Mixture.union([PLAIN, TAILS]),
        ["both kinds", "component='gaussian'"],
    ),
    ("wrong_reduction", lambda: PLAIN.reduce(3), ["from 1 to 2", "got 3", "fitted"]),
]


@pytest.mark.parametrize(("name", "call", "words"), CASES)
def test_a_message_says_what_came_and_what_to_try(name, call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    for word in words:
        assert word in str(caught.value), name


def test_every_message_is_read_here():
    builders = {
        name
        for name, value in inspect.getmembers(messages, inspect.isfunction)
        if value.__module__ == messages.__name__
    }
    assert builders == {name for name, _, _ in CASES}


@pytest.mark.parametrize(
    "call",
    [
        lambda: PLAIN.affine([[1.0, np.nan]]),
        lambda: PLAIN.affine([[1.0, 0.0]], [np.inf]),
        lambda: PLAIN.add_error(np.nan),
    ],
)
def test_numbers_are_finite(call):
    with pytest.raises(ValueError, match="finite"):
        call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: PLAIN.affine([1.0, 0.0]), "'A' should have the shape of (-1, 2), but got (2,)"),
        (lambda: PLAIN.affine([[1.0]]), "'A' should have the shape of (-1, 2), but got (1, 1)"),
        (lambda: PLAIN.affine([[1.0, 0.0]], [1.0, 2.0]), "'b' should have the shape of (1,)"),
        (lambda: PLAIN.affine(np.eye(2), feature_names=["a"]), "'feature_names' should have"),
        (lambda: Mixture.union([PLAIN, PLAIN], [0.5, 0.6]), "normalized"),
        (lambda: Mixture.union([PLAIN], [0.5, 0.5]), "'weights' should have the shape of (1,)"),
    ],
)
def test_shapes_and_weights_are_checked(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
