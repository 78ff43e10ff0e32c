"""Rules for factor analysers: projected scatter becomes loadings and noise.

McNicholas & Murphy (2008), "Parsimonious Gaussian mixture models", Stat. Comput. 18, 285-296,
with the factors of a row as missing values (Ghahramani & Hinton 1997; Meng & van Dyk 1997). With
the scores' slopes beta = Lambda' inverse(Sigma) of the step before, C = S beta' and Theta =
n (I - beta Lambda) + beta C, row j of the loadings minimises

    sum_k (l' Theta_k l - 2 l' c_kj) / psi_kj

over the components that share it, and the noise is what that leaves of the diagonal of S. The
factors' covariance is estimated along, and the loadings take it over (PX-EM: Liu, Rubin & Wu 1998,
Biometrika 85, 755-770): without that loadings hardly change their length where the noise is small.
No step lowers the expected log-likelihood, and so no iteration does. A noise variance that falls
below a millionth of its column's variance stays where it is: there the factors explain the
column, and the likelihood is bounded but has its maximum at zero (Heywood).
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance.factor import FactorCovariances
from gaussmix.covariance.projected import Projected
from gaussmix.covariance.scatter import Within
from gaussmix.linalg import NotPositiveDefinite, cholesky, eigen, solve

#: Share of a column's variance within a component that the noise keeps.
_LEAST_NOISE = 1e-6
#: At the start, share of the columns' variance that the noise keeps, and the square of a factor's
#: loadings in units of the columns' spread: from none at all it would never gain some.
_FIRST_NOISE, _FIRST_FACTOR = 0.05, 1e-3
#: Share of the largest eigenvalue below which others are rounding.
_RANK = 1e-10
#: Share of the factors' mean second moment that is a rounding error of it.
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class FactorRule:
    """The rule of one of the eight models.

    Attributes
    ----------
    rank : int
        q.
    common_loadings, common_noise : bool
        Whether components share them.
    isotropic : bool
        Whether the noise is the same in every column.
    """

    rank: int
    common_loadings: bool
    common_noise: bool
    isotropic: bool

    def __call__(self, within: Within) -> FactorCovariances:
        """The covariances after one step; see `Within`."""
        assert isinstance(within.quadratic, Projected), "factors need projected scatter"
        squares, cross = within.quadratic.parts(within.scatter)
        mass = within.mass
        if within.scatter.ndim == 1:
            squares, cross, mass = squares[None], cross[None], within.total_mass
        sums = _Sums(squares, cross, mass)
        if isinstance(within.before, FactorCovariances):
            found = self._after(within.before, sums, within.quadratic)
        else:
            found = self._first(sums, within.quadratic)
        return FactorCovariances(*found, within.n_components)

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Free parameters: of q loadings each, q(q-1)/2 are a turn of the factors.

        No matrix has more than those of an unrestricted one.
        """
        rank = self.rank
        loadings = n_features * rank - rank * (rank - 1) // 2
        noise = 1 if self.isotropic else n_features
        most = n_features * (n_features + 1) // 2
        if self.common_loadings and self.common_noise:
            return min(loadings + noise, most)
        count = (1 if self.common_loadings else n_components) * loadings
        count += (1 if self.common_noise else n_components) * noise
        return min(count, n_components * most)

    def _after(
        self, before: FactorCovariances, sums: "_Sums", quadratic: Projected
    ) -> tuple[FloatArray, FloatArray]:
        """Loadings and noise after those before."""
        scores = quadratic.directions
        within = np.matmul(scores, sums.cross)
        left = np.eye(self.rank) - np.matmul(scores, before.loadings)
        second = sums.mass[:, None, None] * left + within
        second = _regular(0.5 * (second + second.swapaxes(-1, -2)))
        loadings = self._loadings(before, sums, second)
        explained = np.matmul(loadings, second)
        noise = sums.squares + np.einsum("kdq,kdq->kd", loadings, explained - 2.0 * sums.cross)
        mass = sums.mass
        if self.common_loadings:
            second, mass = second.sum(axis=0)[None], mass.sum()[None]
        loadings = np.matmul(loadings, cholesky(second / mass[:, None, None]))
        return loadings, self._noise(noise, sums, before.noise)

    def _loadings(self, before: FactorCovariances, sums: "_Sums", second: FloatArray) -> FloatArray:
        """Loadings (K, D, q) or (1, D, q); `second` holds the factors' second moments (K, q, q)."""
        if not self.common_loadings:
            return _solved(second, sums.cross)
        if len(sums.mass) == 1:
            return _solved(second, sums.cross)
        precision = np.broadcast_to(1.0 / before.noise, sums.squares.shape)
        cross = np.einsum("kd,kdq->dq", precision, sums.cross)
        if self.isotropic:
            total = np.einsum("k,kqr->qr", precision[:, 0], second)
            return _solved(total[None], cross[None])
        total = np.einsum("kd,kqr->dqr", precision, second)
        return np.asarray(solve(total, cross[..., None])[None, ..., 0])

    def _noise(self, noise: FloatArray, sums: "_Sums", before: FloatArray | None) -> FloatArray:
        """Variances (K, D) or (1, D) from what the factors leave of the squares (K, D)."""
        mass, squares = sums.mass[:, None], sums.squares
        if self.common_noise:
            noise, squares = noise.sum(axis=0)[None], squares.sum(axis=0)[None]
            mass = mass.sum(axis=0)[None]
        if self.isotropic:
            noise, squares = (
                np.broadcast_to(part.mean(axis=1, keepdims=True), part.shape)
                for part in (noise, squares)
            )
        least = _LEAST_NOISE * squares / mass
        if before is not None:
            least = np.minimum(least, before)
        noise = np.maximum(noise / mass, least)
        singular = ~(noise > 0.0).all(axis=-1)
        if singular.any():
            raise NotPositiveDefinite(int(np.argmax(singular)))
        return np.ascontiguousarray(noise)

    def _first(self, sums: "_Sums", quadratic: Projected) -> tuple[FloatArray, FloatArray]:
        """Loadings and noise of the principal axes of correlation that the projections show."""
        seen = sums.together if self.common_loadings else sums
        variance = seen.squares / seen.mass[:, None]
        singular = ~(variance > 0.0).all(axis=-1)
        if singular.any():
            raise NotPositiveDefinite(int(np.argmax(singular)))
        std, cross = np.sqrt(variance), seen.cross / seen.mass[:, None, None]
        inner = np.matmul(quadratic.directions, cross)
        values, vectors = _leading(cross / std[..., None], inner, self.rank)
        n_left = std.shape[1] - self.rank
        rest = np.maximum(std.shape[1] - values.sum(axis=-1, keepdims=True), 0.0) / n_left
        own = np.maximum(values - rest, _FIRST_FACTOR)
        loadings = vectors * np.sqrt(own)[:, None, :] * std[..., None]
        explained = sums.mass[:, None] * np.einsum("kdq,kdq->kd", loadings, loadings)
        noise = np.maximum(sums.squares - explained, _FIRST_NOISE * sums.squares)
        return loadings, self._noise(noise, sums, None)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Projected scatter.

    Attributes
    ----------
    squares : (K, D) array
    cross : (K, D, p) array
    mass : (K,) array
    """

    squares: FloatArray
    cross: FloatArray
    mass: FloatArray

    @property
    def together(self) -> "_Sums":
        """Summed over the components."""
        return _Sums(
            *(np.sum(part, axis=0)[None] for part in (self.squares, self.cross, self.mass))
        )


def _regular(second: FloatArray) -> FloatArray:
    """Second moments (K, q, q), kept from being singular."""
    own = np.trace(second, axis1=-2, axis2=-1) / max(1, second.shape[-1])
    return np.asarray(second + (_ROUNDING * own)[:, None, None] * np.eye(second.shape[-1]))


def _solved(second: FloatArray, cross: FloatArray) -> FloatArray:
    """Loadings C inverse(Theta), (K, D, q)."""
    return np.ascontiguousarray(solve(second, cross.swapaxes(-1, -2)).swapaxes(-1, -2))


def _leading(cross: FloatArray, inner: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Leading eigenvalues (K, q) and eigenvectors (K, D, q) of T, from T P' and P T P'.

    Those of T P' inverse(P T P') P T, which has T's own where P spans them (Nystroem).
    """
    values, turn = eigen(0.5 * (inner + inner.swapaxes(-1, -2)))
    largest = values.max(axis=-1, initial=0.0)[..., None]
    counts = values > _RANK * largest
    roots = np.where(counts, 1.0 / np.sqrt(np.where(counts, values, 1.0)), 0.0)
    halves = np.matmul(cross, turn * roots[..., None, :])
    values, turn = eigen(np.matmul(halves.swapaxes(-1, -2), halves))
    values, turn = values[..., ::-1][..., :rank], turn[..., ::-1][..., :rank]
    lengths = np.sqrt(np.maximum(values, np.finfo(np.float64).tiny))
    return np.maximum(values, 0.0), np.matmul(halves, turn) / lengths[..., None, :]
