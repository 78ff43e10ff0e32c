"""The fast kernel's error against the bound that decides whether it may be used.

The truth is the formula in extended precision (80 bits), by forward substitution with the
same Cholesky factors, so that only rounding in the kernels is measured.
"""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource
from gaussmix.density import TOLERANCE, CompleteRows, Components, Kernel, ScratchPool
from gaussmix.density.kernel import _MARGIN
from gaussmix.em.problem import _SLACK

EPS = float(np.finfo(np.float64).eps)
DIMENSIONS = (1, 2, 3, 5, 8, 9, 16, 24, 40, 64, 149)
N_CASES = 9
CONDITIONS = (1.0, 1e2, 1e4, 1e6, 1e8)

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="needs an extended precision type"
)


def _mixture(rng, make, code, n_features, condition, *, offset, tails):
    """A mixture of three and rows from it, with heavy tails where asked for."""
    matrices = make.spd(rng, 3, n_features, condition)
    matrices *= 10.0 ** rng.uniform(-2, 2, size=(3, 1, 1))
    means = offset + rng.normal(size=(3, n_features)) * 10.0 ** rng.uniform(-1, 2)
    components = Components(np.array([0.5, 0.3, 0.2]), means, FAMILIES[code].nearest(matrices))
    rows = make.rows(components, 60, seed=n_features)
    if tails:
        rows += components.centre_and_scale[1] * rng.standard_cauchy(size=rows.shape)
    return components, rows


def _log_joint(kernel, rows, exact):
    """Log joint densities (K, B) by the kernels asked for, the common term included."""
    (block,) = ArraySource(rows).blocks(len(rows), kernel.centre)
    pool = ScratchPool(kernel.n_joint, kernel.n_rows, len(rows))
    with pool.lend(rows.shape[1], kernel.n_rows, len(rows)) as scratch:
        block.centred(out=scratch.x)
        joint = kernel.log_joint(CompleteRows(kernel.components, block), scratch, exact).copy()
        if not kernel.has_quadratic and not exact.any():
            joint += kernel.common(scratch.x)
    return joint


def _truth(components: Components, means, x):
    """Log joint densities (K, B) of rows x (D, B), extended."""
    wide = np.longdouble
    n_components, n_features = components.means.shape
    out = np.empty((n_components, x.shape[1]), dtype=wide)
    covariances = components.covariances
    for k in range(n_components):
        factor = np.asarray(covariances.take(np.array([k])).dense()[0])
        chol = getattr(covariances, "chol", None)
        lower = np.linalg.cholesky(factor) if chol is None else chol[k % len(chol)]
        away = x.astype(wide) - means[k].astype(wide)[:, None]
        y = np.empty_like(away)
        for i in range(n_features):
            y[i] = (away[i] - lower[i, :i].astype(wide) @ y[:i]) / wide(lower[i, i])
        own = components.log_weights[k] + components.log_peaks[k]
        out[k] = -0.5 * (y * y).sum(axis=0) + wide(own)
    return out


def _cases():
    for n_features in DIMENSIONS:
        for condition in CONDITIONS:
            for number in range(N_CASES if n_features <= 64 else 3):
                offset, tails = [(0.0, False), (1e4, False), (0.0, True)][number % 3]
                yield n_features, condition, offset, tails, [n_features, int(condition), number]


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VII"])
def test_fast_kernel_errs_five_times_less_than_the_certificate_allows(make, code):
    worst, n_used = 0.0, 0
    for n_features, condition, offset, tails, seed in _cases():
        rng = np.random.default_rng(seed)
        components, rows = _mixture(
            rng, make, code, n_features, condition, offset=offset, tails=tails
        )
        centre, scale = rows.mean(axis=0), rows.std(axis=0)
        kernel = Kernel(components, centre, scale)
        joint = _log_joint(kernel, rows, np.zeros(3, dtype=bool))
        truth = _truth(components, components.means, rows.T)
        error = np.abs(joint - truth).max(axis=1).astype(float)
        # Log weight and peak are given, but adding them costs an ulp of the result.
        error -= 2.0 * EPS * np.abs(truth).max(axis=1).astype(float)
        largest = kernel._rounding / (_MARGIN * EPS)
        radius = np.square((rows - centre) / scale).sum(axis=1).max()
        away = np.square(kernel.means / scale).sum(axis=1)
        bound = EPS * largest * np.maximum(radius, away)
        # What lies beyond is never used: the loop takes the fast kernel's moments up to here.
        used = kernel._rounding * np.maximum(radius, away) <= _SLACK * TOLERANCE
        worst = max(worst, float((error / bound)[used].max(initial=0.0)))
        n_used += np.count_nonzero(used)
    assert n_used > 300
    assert worst <= _MARGIN / 5.0


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VII"])
def test_certified_components_err_less_than_the_tolerance(make, code):
    seen = set()
    for n_features, condition, offset, tails, seed in _cases():
        rng = np.random.default_rng(seed)
        components, rows = _mixture(
            rng, make, code, n_features, condition, offset=offset, tails=tails
        )
        centre, scale = rows.mean(axis=0), rows.std(axis=0)
        kernel = Kernel(components, centre, scale)
        radius = np.sqrt(np.square((rows - centre) / scale).sum(axis=1).max())
        exact = kernel.needs_exact(radius)
        seen |= set(exact.tolist())
        joint = _log_joint(kernel, rows, exact)
        truth = _truth(components, components.means, rows.T)
        error = np.abs(joint - truth).max(axis=1).astype(float)
        assert (error[~exact] <= TOLERANCE).all()
        # The exact kernel errs by the whitening alone: relative, times the factor's condition.
        relative = error / np.abs(truth).max(axis=1).astype(float)
        assert (relative[exact] <= 20.0 * n_features * EPS * np.sqrt(condition)).all()
    assert seen == {True, False}


def test_a_narrow_component_far_from_the_centre_is_not_certified(make):
    components = Components(
        np.array([0.5, 0.5]),
        np.array([[0.0, 0.0], [1e3, 0.0]]),
        FAMILIES["VVV"].nearest(np.array([np.eye(2), 1e-9 * np.eye(2)])),
    )
    kernel = Kernel(components, np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(kernel.needs_exact(10.0), [False, True])


def test_no_component_is_certified_for_an_infinite_radius(make):
    for code in FAMILIES:
        components = make.components(code, 3, 2)
        kernel = Kernel(components, *components.centre_and_scale)
        assert kernel.needs_exact(np.inf).all()
        assert kernel.needs_exact(1e200).all()
        assert not kernel.needs_exact(1.0).any()


def test_slack_multiplies_the_tolerance(make):
    components = make.components("VII", 1, 2)
    kernel = Kernel(components, *components.centre_and_scale)
    radius = np.sqrt(10.0 * TOLERANCE / kernel._rounding[0])
    assert kernel.needs_exact(radius).all()
    assert not kernel.needs_exact(radius, slack=100.0).any()
