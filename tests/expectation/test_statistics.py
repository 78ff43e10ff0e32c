"""Sufficient statistics are a monoid, and know their reference."""

from dataclasses import replace

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES, PACKED, RADIAL, SQUARES, ScatterKind
from gaussmix.expectation import SufficientStatistics

KINDS = [
    ScatterKind(quadratic, pooled=pooled)
    for quadratic in (PACKED, SQUARES, RADIAL)
    for pooled in (False, True)
]
FIELDS = ("mass", "shift", "scatter", "log_likelihood", "weight", "noise_mass")


def _of(kind, X, mass_of, reference, log_likelihood=0.0):
    """Statistics of rows X (N, D) with weighted responsibilities (N, K), by the definition."""
    away = X[:, None] - reference
    scatter = np.einsum("nk,nkq->kq", mass_of, kind.quadratic.of(away))
    return SufficientStatistics(
        kind,
        reference,
        mass_of.sum(axis=0),
        np.einsum("nk,nkd->kd", mass_of, away),
        scatter.sum(axis=0) if kind.pooled else scatter,
        log_likelihood,
        mass_of.sum(),
        noise_mass=0.5 * mass_of[:, 0].sum(),
    )


def _random(kind, seed, n_components=3, n_features=2, reference=None):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(20, n_features))
    mass_of = rng.uniform(size=(20, n_components))
    if reference is None:
        reference = np.ones((n_components, n_features))
    return _of(kind, X, mass_of, reference, log_likelihood=-float(rng.uniform(10, 20)))


def _assert_close(found, expected, rtol):
    np.testing.assert_array_equal(found.reference, expected.reference)
    assert found.kind == expected.kind
    for name in FIELDS:
        scale = np.abs(getattr(expected, name)).max()
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=rtol, atol=rtol * scale
        )


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_are_neutral(kind):
    some = _random(kind, 0)
    zeros = SufficientStatistics.zeros(kind, some.reference)
    for total in (some + zeros, zeros + some):
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(total, name), getattr(some, name))
    assert zeros.scatter.shape == kind.shape(3, 2) == some.scatter.shape


@pytest.mark.parametrize("kind", KINDS)
def test_addition_is_associative_and_commutative(kind, tolerance):
    a, b, c = (_random(kind, seed) for seed in range(3))
    _assert_close((a + b) + c, a + (b + c), tolerance.ulps)
    _assert_close(a + b, b + a, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sum_is_that_of_all_rows(kind, tolerance):
    rng = np.random.default_rng(3)
    X, mass_of = rng.normal(size=(30, 2)), rng.uniform(size=(30, 3))
    reference = rng.normal(size=(3, 2))
    parts = [_of(kind, X[rows], mass_of[rows], reference) for rows in (slice(11), slice(11, None))]
    _assert_close(parts[0] + parts[1], _of(kind, X, mass_of, reference), tolerance.rounding)


@pytest.mark.parametrize("kind", KINDS)
def test_scale_multiplies_every_sum(kind, tolerance):
    some = _random(kind, 4)
    _assert_close(some.scale(2.0), some + some, 0.0)
    _assert_close(some.scale(1.0), some, 0.0)
    _assert_close(some.scale(0.3).scale(10.0), some.scale(3.0), tolerance.ulps)
    nothing = some.scale(0.0)
    assert nothing.weight == nothing.log_likelihood == 0.0
    assert not nothing.scatter.any()


@pytest.mark.parametrize("kind", KINDS)
def test_rebase_gives_the_sums_about_the_other_reference(kind, tolerance):
    rng = np.random.default_rng(5)
    X, mass_of = rng.normal(size=(30, 4)), rng.uniform(size=(30, 3))
    old, new = rng.normal(size=(2, 3, 4))
    moved = _of(kind, X, mass_of, old).rebase(new)
    _assert_close(moved, _of(kind, X, mass_of, new), tolerance.rounding)
    _assert_close(moved.rebase(old), _of(kind, X, mass_of, old), tolerance.rounding)


@pytest.mark.parametrize("kind", KINDS)
def test_rebase_to_the_same_reference_changes_nothing(kind):
    some = _random(kind, 6)
    _assert_close(some.rebase(some.reference), some, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_rebase_commutes_with_addition(kind, tolerance):
    a, b = _random(kind, 7), _random(kind, 8)
    new = np.random.default_rng(9).normal(size=(3, 2))
    _assert_close((a + b).rebase(new), a.rebase(new) + b.rebase(new), tolerance.rounding)


@pytest.mark.parametrize("kind", KINDS)
def test_rebase_to_the_means_leaves_no_shift_and_the_least_scatter(kind, tolerance):
    some = _random(kind, 10)
    central = some.rebase(some.means)
    assert np.abs(central.shift).max() <= tolerance.rounding * some.mass.max()
    if kind.quadratic != PACKED:
        assert (central.scatter <= some.scatter).all()
    np.testing.assert_allclose(central.means, some.means, rtol=tolerance.rounding)


@pytest.mark.parametrize("kind", KINDS)
def test_rebase_of_an_empty_component_keeps_its_zeros(kind):
    some = _random(kind, 11)
    mass_of = np.zeros((5, 3))
    mass_of[:, 0] = 1.0
    one = _of(kind, np.random.default_rng(0).normal(size=(5, 2)), mass_of, some.reference)
    moved = one.rebase(some.reference + 7.0)
    assert (moved.mass[1:] == 0.0).all()
    assert (moved.shift[1:] == 0.0).all()
    np.testing.assert_array_equal(one.means[1:], some.reference[1:])
    if not kind.pooled:
        assert (moved.scatter[1:] == 0.0).all()


def test_statistics_about_different_references_do_not_add():
    kind = FAMILIES["VVV"].scatter
    a = _random(kind, 12)
    with pytest.raises(ValueError, match="same references; rebase one first"):
        a + _random(kind, 13, reference=np.zeros((3, 2)))
    _assert_close(a + replace(a, reference=a.reference.copy()), a.scale(2.0), 0.0)


def test_statistics_of_different_kinds_do_not_add():
    with pytest.raises(ValueError, match="add only"):
        _random(FAMILIES["VVI"].scatter, 0) + _random(FAMILIES["VVV"].scatter, 0)
