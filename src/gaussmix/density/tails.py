"""Student t's made of Gaussians: the same squared distance, a slower fall.

With shape matrix Sigma, v degrees of freedom and the squared distance q of d columns from the mean,
the log density of a multivariate t is that of the Gaussian at its mean, plus

    log Gamma((v + d) / 2) - log Gamma(v / 2) - (d / 2) log(v / 2) - ((v + d) / 2) log(1 + q / v),

where the Gaussian's has -q / 2 (Kotz & Nadarajah 2004, *Multivariate t Distributions and Their
Applications*). So every kernel of Gaussians is one of t's, too. As a Gaussian whose matrix is
Sigma / U with a hidden U ~ Gamma(v / 2, v / 2), a t has

    E[U | x] = (v + d) / (v + q),   E[log U | x] = psi((v + d) / 2) - log((v + q) / 2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln, polygamma

from gaussmix._typing import FloatArray


@dataclass(frozen=True, slots=True)
class Tails:
    """How K multivariate t's fall in so many columns.

    Attributes
    ----------
    dof : (K,) array
        Degrees of freedom v.
    n_columns : int
        Number d of columns that were observed.
    """

    dof: FloatArray
    n_columns: int

    @property
    def log_excess(self) -> FloatArray:
        """Log density at the mean less that of the Gaussian with the same matrix, (K,)."""
        if self.n_columns == 0:
            return np.zeros_like(self.dof)
        half, halves = 0.5 * self.n_columns, 0.5 * self.dof
        # log Gamma((v + d) / 2) - log Gamma(v / 2), of which large v would leave no digits.
        gammas = gammaln(half) - betaln(halves, half)
        return np.asarray(gammas - half * np.log(halves))

    @property
    def powers(self) -> FloatArray:
        """Powers -(v + d) / 2 of 1 + q / v, (K,)."""
        return -0.5 * (self.dof + self.n_columns)

    def fatten(self, joint: FloatArray, peaks: FloatArray, falls: FloatArray) -> None:
        """Turn log joint densities (K, B) of Gaussians into those of t's, in place.

        Parameters
        ----------
        joint : (K, B) array
        peaks : (K, 1) or (K, B) array
            Log joint densities of Gaussians at their own means.
        falls : (K, B) array
            Takes log(1 + q / v).
        """
        np.subtract(peaks, joint, out=falls)
        falls *= (2.0 / self.dof)[:, None]
        np.maximum(falls, 0.0, out=falls)
        np.log1p(falls, out=falls)
        np.multiply(falls, self.powers[:, None], out=joint)
        joint += peaks + self.log_excess[:, None]

    def weigh(self, resp: FloatArray, falls: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums over rows of what is expected of their scales U.

        Parameters
        ----------
        resp : (K, B) array
            Responsibilities r.
        falls : (K, B) array
            What `fatten` left; takes r E[U].

        Returns
        -------
        log_scale : (K,) array
            sum_b r_kb E[log U_kb].
        bend : (K,) array
            sum_b r_kb d/dv (E[log U_kb] - E[U_kb]), at the squared distances as they are.
        """
        mass, power = np.add.reduce(resp, axis=1), -self.powers
        log_scale = (digamma(power) - np.log(0.5 * self.dof)) * mass
        log_scale -= np.einsum("kb,kb->k", resp, falls)
        np.negative(falls, out=falls)
        with np.errstate(under="ignore"):
            np.exp(falls, out=falls)
            falls *= (1.0 + self.n_columns / self.dof)[:, None]
            square = np.einsum("kb,kb,kb->k", resp, falls, falls)
            falls *= resp
        bend = 0.5 * polygamma(1, power) * mass
        bend += (square - 2.0 * np.add.reduce(falls, axis=1)) / (2.0 * power)
        return log_scale, bend
