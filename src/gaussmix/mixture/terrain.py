"""Log densities of mixtures as a terrain: heights, slopes and curvatures at points."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import Covariances
from gaussmix.density import Components


def apply_precision(covariances: Covariances, k: int, x: FloatArray) -> FloatArray:
    """inverse(Sigma_k) x for each row of x (S, D), (S, D)."""
    own = covariances.take(np.array([k]))
    many: Covariances = replace(own, n_components=len(x))  # type: ignore[type-var]  # each value is a dataclass
    return many.unwhiten_each(covariances.whiten(k, x.T).T)


@dataclass(frozen=True)
class Sight:
    """What S points see of their mixtures.

    Attributes
    ----------
    resp : (S, K) array
        Posterior of the components.
    pull : (S, K, M) array
        inverse(Sigma_k) (mu_k - x): gradients of the components' log densities.
    noise : (S,) array or None
        Posterior of a flat density, which pulls nowhere.
    """

    resp: FloatArray
    pull: FloatArray
    noise: FloatArray | None = None

    @cached_property
    def gradient(self) -> FloatArray:
        """Gradients of the log densities, (S, M)."""
        return np.asarray(np.einsum("sk,skm->sm", self.resp, self.pull))

    @cached_property
    def differences(self) -> FloatArray:
        """F (S, M, K) or, with noise, (S, M, K + 1): F F' is the covariance of the pulls."""
        roots = np.sqrt(self.resp)[..., None] * (self.pull - self.gradient[:, None])
        if self.noise is not None:
            of_noise = np.sqrt(self.noise)[:, None] * self.gradient
            roots = np.concatenate([roots, of_noise[:, None]], axis=1)
        return np.asarray(roots.swapaxes(1, 2))

    def mean_precision(self, precisions: FloatArray) -> FloatArray:
        """sum_k r_k inverse(Sigma_k), (S, M, M), from the inverses (K, M, M)."""
        flat = self.resp @ precisions.reshape(len(precisions), -1)
        return np.asarray(flat.reshape(-1, *precisions.shape[1:]))

    def hessian(self, precisions: FloatArray) -> FloatArray:
        """Hessians of the log densities, (S, M, M)."""
        roots = self.differences
        return np.asarray(np.matmul(roots, roots.swapaxes(1, 2)) - self.mean_precision(precisions))


def log_joint(components: Components, x: FloatArray) -> FloatArray:
    """Log of weight times density of rows x (S, D), (S, K); with noise a column more, the last."""
    joint = Terrain.of(components).log_joint(x, np.zeros(len(x), dtype=np.intp))
    if components.noise is None:
        return joint
    of_noise = np.full(len(x), components.noise.log_joint)
    of_noise[components.noise.misses(x.T)] = -np.inf
    return np.column_stack([joint, of_noise])


@dataclass(frozen=True)
class Terrain:
    """N mixtures of K Gaussians in M columns that have their covariances in common.

    Attributes
    ----------
    log_heights : (N, K) array
        Logarithms of the weights times the components' largest densities; -inf for none.
    means : (N, K, M) array
    covariances : Covariances
    """

    log_heights: FloatArray
    means: FloatArray
    covariances: Covariances

    @classmethod
    def of(cls, components: Components) -> "Terrain":
        """That of one mixture, its noise left out."""
        log_heights = components.log_weights + components.log_peaks
        return cls(log_heights[None], components.means[None], components.covariances)

    @classmethod
    def of_weights(
        cls, weights: FloatArray, means: FloatArray, covariances: Covariances
    ) -> "Terrain":
        """That of weights (N, K) and means (N, K, M); where all weights are zero they are equal."""
        none = ~weights.any(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            log_weights = np.log(np.where(none, 1.0, weights))
        return cls(log_weights - 0.5 * covariances.log_det, means, covariances)

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return int(self.means.shape[1])

    @property
    def n_features(self) -> int:
        """Number M of columns."""
        return int(self.means.shape[2])

    @cached_property
    def precisions(self) -> FloatArray:
        """Inverses of the covariances, (K, M, M)."""
        each = [self.covariances.precision(k) for k in range(self.n_components)]
        return np.array(each)

    def log_joint(self, x: FloatArray, of: IntArray) -> FloatArray:
        """Log of weight times density (S, K) of points x (S, M) of the mixtures of numbers `of`."""
        joint = self.log_heights[of]
        with np.errstate(over="ignore"):
            for k in range(self.n_components):
                away = (x - self.means[of, k]).T
                joint[:, k] -= 0.5 * self.covariances.square_distance(k, away)
        return joint

    def log_density(self, x: FloatArray, of: IntArray) -> FloatArray:
        """Log densities (S,), up to what all points have in common."""
        joint = self.log_joint(x, of)
        top = joint.max(axis=1)
        return np.asarray(top + np.log(np.exp(joint - top[:, None]).sum(axis=1)))

    def posterior(self, x: FloatArray, of: IntArray) -> FloatArray:
        """Posterior of the components, (S, K), at points x (S, M)."""
        joint = self.log_joint(x, of)
        resp = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(resp / resp.sum(axis=1, keepdims=True))

    def pulls(self, x: FloatArray, of: IntArray) -> FloatArray:
        """inverse(Sigma_k) (mu_k - x), (S, K, M), at points x (S, M)."""
        pull = np.empty((len(x), self.n_components, self.n_features))
        for k in range(self.n_components):
            pull[:, k] = apply_precision(self.covariances, k, self.means[of, k] - x)
        return pull

    def see(self, x: FloatArray, of: IntArray) -> Sight:
        """What points x (S, M) see."""
        return Sight(self.posterior(x, of), self.pulls(x, of))
