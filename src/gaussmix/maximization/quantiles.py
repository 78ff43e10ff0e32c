"""Quantiles of proportions and of components' means, one parameter at a time.

*Means*: the marginal of q is Student's t about m_d. Of ellipsoids it has nu - D + 1 degrees of
freedom and squared scale nu Psi_dd / (beta (nu - D + 1)); of diagonal ones nu and Psi_dd / beta;
of balls nu D and Psi / beta.

*Proportions*: of a Dirichlet distribution each is a Beta. Those broken off a stick are products
of independent Betas,

    log pi_k = log v_k + sum_{j<k} log(1 - v_j),
    E pi_k^{it} = B(a_k + it, b_k) / B(a_k, b_k) prod_{j<k} B(a_j, b_j + it) / B(a_j, b_j).

The first is a Beta; the distribution function of another comes from that characteristic function
phi by the midpoint rule,

    P(log pi <= x) = 1/2 - sum_{n>=0} Im[phi(t_n) exp(-i t_n x)] / (pi (n + 1/2)),

with t_n = (n + 1/2) h, whose error is less than the chance of being 2 pi / h away from x (Davies
1973, Biometrika 60, 415-417). All but 1e-12 is between 30 standard deviations below the mean,
where the tail falls at least exponentially, and 8 above it, which fixes h. The sum ends where
|phi|, which falls throughout, is below 1e-12, or after 8192 terms. Components that hold rows are
off by less than 1e-10, or where all rows together are one or two by 1e-7; empty slots by 1e-4 at
the most, which the least concentrations (1e-5) reach.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, loggamma, polygamma, stdtrit

from gaussmix._typing import AnyArray, FloatArray
from gaussmix.covariance import PACKED, RADIAL
from gaussmix.maximization.draws import degrees_of_freedom, mean_precisions
from gaussmix.maximization.proportions import Dirichlet, StickBreaking
from gaussmix.maximization.variational import Posterior

ComplexArray = NDArray[np.complex128]

#: Standard deviations below and above the mean to where a distribution is over.
_BELOW, _ABOVE = 30.0, 8.0
#: Size of the characteristic function at which its sum ends, and the most terms there may be.
_SMALL, _MOST = 1e-12, 1 << 13
#: Arguments from which Stirling's series is exact in float64, and keeps the digits of ratios.
_LARGE = 100.0
#: Relative error of a quantile beside that of its distribution function.
_EXACT = 1e-12


def mean_quantiles(posterior: Posterior, p: FloatArray) -> FloatArray:
    """Quantiles at p (P,) of the means of all K slots, (P, K, D), each by itself."""
    slots, quadratic = posterior.slots, posterior.prior.quadratic
    dof, n_features = degrees_of_freedom(posterior)[:, None], slots.n_features
    rows = dof - n_features + 1.0 if quadratic is PACKED else dof
    square = slots.covariances.variances * (dof / rows) / mean_precisions(posterior)[:, None]
    if quadratic is RADIAL:
        rows = rows * n_features
    return np.asarray(slots.means + stdtrit(rows, p[:, None, None]) * np.sqrt(square))


def weight_quantiles(posterior: Posterior, p: FloatArray) -> FloatArray:
    """Quantiles at p (P,) of the proportions of all K slots, (P, K), each by itself."""
    proportions = posterior.proportions
    if len(proportions.mass) == 1:
        return np.ones((len(p), 1))
    if isinstance(proportions, Dirichlet):
        own = proportions.parameters
        return np.asarray(betaincinv(own, own.sum() - own, p[:, None]))
    assert isinstance(proportions, StickBreaking)
    first, second = proportions.parameters
    others = [_Piece(first[: k + 1], second[: k + 1]).quantiles(p) for k in range(1, len(first))]
    return np.column_stack([betaincinv(first[0], second[0], p), *others])


class _Piece:
    """The distribution of the last of k + 1 pieces broken off a stick.

    Parameters
    ----------
    first, second : (k + 1,) arrays, k >= 1
        Of the Betas. Where the last of `second` is 0 the last piece is all that was left.
    """

    def __init__(self, first: FloatArray, second: FloatArray) -> None:
        # Each factor is a Beta of which these are the parameters.
        own = second[-1:] > 0.0
        factors = np.column_stack(
            [np.append(second[:-1], first[-1:][own]), np.append(first[:-1], second[-1:][own])]
        )
        # Each factor is a Beta; those of empty slots are all the same.
        betas, self._times = np.unique(factors, axis=0, return_counts=True)
        self._one, self._both = betas[:, 0], betas.sum(axis=1)
        moments = [polygamma(i, self._one) - polygamma(i, self._both) for i in (0, 1)]
        self._mean, variance = (float(self._times @ of) for of in moments)
        self._std = float(np.sqrt(variance))

    @property
    def _step(self) -> float:
        return float(2.0 * np.pi / ((_BELOW + _ABOVE) * self._std))

    def _log_characteristic(self, t: FloatArray) -> ComplexArray:
        """Log of the characteristic function of log pi at t (T,)."""
        each = _log_gamma_ratio(self._one, t) - _log_gamma_ratio(self._both, t)
        return np.asarray(self._times @ each)

    def _terms(self) -> tuple[FloatArray, ComplexArray]:
        """Points t (T,) of the sum, and the terms (T,) without their phase."""
        n = 64
        while n < _MOST:
            last = self._log_characteristic(np.array([n * self._step])).real[0]
            if last < np.log(_SMALL):
                break
            n *= 2
        half = np.arange(n, dtype=np.float64) + 0.5
        t = half * self._step
        terms = np.exp(self._log_characteristic(t)) / (np.pi * half)
        return t, np.asarray(terms, dtype=np.complex128)

    def quantiles(self, p: FloatArray) -> FloatArray:
        """The values that pi is below with probabilities p (P,)."""
        t, terms = self._terms()

        def below(x: float) -> float:
            return 0.5 - float((terms * np.exp(-1j * t * x)).imag.sum())

        low, high = self._mean - _BELOW * self._std, min(0.0, self._mean + _ABOVE * self._std)
        # Of levels next to one the quantiles are the ends.
        least, most = below(low), below(high)
        inside = np.flatnonzero((least < p) & (p < most))
        logs = np.where(p <= least, low, high)
        for i in inside:
            logs[i] = brentq(lambda x, own=p[i]: below(x) - own, low, high, xtol=_EXACT)
        return np.exp(logs)


def _log_gamma_ratio(a: FloatArray, t: FloatArray) -> ComplexArray:
    """log Gamma(a + it) - log Gamma(a), (J, T), for a (J,) and t (T,)."""
    ratio = np.empty((len(a), len(t)), dtype=np.complex128)
    large = a >= _LARGE
    small = a[~large, None]
    ratio[~large] = loggamma(small + 1j * t) - loggamma(small)
    real = a[large, None]
    turn = 0.5 * np.log1p(np.square(t / real)) + 1j * np.arctan2(t, real)
    leading = (real - 0.5) * turn + 1j * t * (np.log(real) + turn - 1.0)
    ratio[large] = leading + _stirling(real + 1j * t) - _stirling(real)
    return ratio


def _stirling(z: AnyArray) -> AnyArray:
    """The series of log Gamma(z) beyond (z - 1/2) log z - z + log(2 pi) / 2."""
    inverse = 1.0 / z
    square = inverse * inverse
    return np.asarray(inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))))
