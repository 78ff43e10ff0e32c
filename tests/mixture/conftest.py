"""Mixtures of every covariance type, beside the dense matrices they stand for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix import Mixture

Array = np.ndarray[Any, np.dtype[Any]]

#: Everyday names, mclust's code and how an array (K, D, D) is written under the name.
LAYOUTS = {
    "full": ("VVV", lambda S: S),
    "tied": ("EEE", lambda S: S[0]),
    "diag": ("VVI", lambda S: np.einsum("kii->ki", S)),
    "spherical": ("VII", lambda S: S[:, 0, 0]),
    "tied_diag": ("EEI", lambda S: S),
    "tied_spherical": ("EII", lambda S: S),
}
NAMES = tuple(LAYOUTS)
CODES = tuple(code for code, _ in LAYOUTS.values())


@dataclass(frozen=True)
class Known:
    """Parameters of a mixture, with dense matrices (K, D, D) beside the array."""

    covariance_type: str
    weights: Array
    means: Array
    covariances: Array
    dense: Array

    def mixture(self, names: list[str] | None = None) -> Mixture:
        return Mixture(
            self.weights,
            self.means,
            self.covariances,
            covariance_type=self.covariance_type,
            feature_names=names,
        )

    def log_joint(self, X: Array) -> Array:
        """log w_k N(x_n | mu_k, Sigma_k), (N, K), by scipy."""
        columns = [
            np.log(w) + np.atleast_1d(multivariate_normal(m, S).logpdf(X))
            for w, m, S in zip(self.weights, self.means, self.dense, strict=True)
        ]
        return np.stack(columns, axis=1)

    def log_pdf(self, X: Array) -> Array:
        return logsumexp(self.log_joint(X), axis=1)


class Knows:
    """Mixtures with known parameters."""

    names = NAMES
    codes = CODES

    @staticmethod
    def mixture(make: Any, name: str, n_components: int, n_features: int, seed: int = 0) -> Known:
        """Of an everyday name or a code."""
        by_code = {code: (code, lambda S: S) for code in CODES}
        code, lay = {**LAYOUTS, **by_code}[name]
        components = make.components(code, n_components, n_features, seed)
        dense = components.covariances.dense()
        return Known(name, components.weights, components.means, lay(dense), dense)


@pytest.fixture(scope="session")
def knows() -> Knows:
    return Knows()
