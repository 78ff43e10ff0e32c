"""What is measured: sizes and shapes, the rows, and where every rival starts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

SEED = 20240229
#: Covariances have eigenvalues within 1/sqrt(CONDITION) .. sqrt(CONDITION).
CONDITION = 10.0
#: Root mean square distance of two means, in the components' typical standard deviations.
GAP = 2.5


@dataclass(frozen=True)
class Workload:
    """One line of the table.

    Attributes
    ----------
    n_rows, n_features, n_components : int
    shape : str
        `covariance_type`.
    at_least : float
        Ratio to scikit-learn's time per iteration that is to be reached.
    known : float or None
        oneDAL's ratio as measured before, on two otherwise idle cores.
    dtype : str
    """

    n_rows: int
    n_features: int
    n_components: int
    shape: str
    at_least: float
    known: float | None = None
    dtype: str = "float64"

    @property
    def name(self) -> str:
        """Name that `--only` takes."""
        rows = f"{self.n_rows // 1000}k"
        name = f"{self.shape}-{rows}-{self.n_features}-{self.n_components}"
        return name if self.dtype == "float64" else f"{name}-{self.dtype}"

    @property
    def n_products(self) -> int:
        """Features F that the two matrix products of an iteration run over.

        Quadratic, linear and one; the quadratic ones of a tied covariance cancel.
        """
        d = self.n_features
        quadratic = {"full": d * (d + 1) // 2, "diag": d, "spherical": 1, "tied": 0}
        return quadratic[self.shape] + d + 1

    def rows_when(self, *, quick: bool) -> int:
        """Rows to draw: for a quick look a tenth, but enough to show K covariances."""
        if not quick:
            return self.n_rows
        return max(self.n_rows // 10, 3 * self.n_features * self.n_components)


WORKLOADS = (
    Workload(200_000, 2, 5, "full", 30, 21),
    Workload(200_000, 8, 10, "full", 15, 7),
    Workload(100_000, 16, 16, "full", 10, 5.6),
    Workload(50_000, 32, 32, "full", 7, 3.4),
    Workload(20_000, 64, 64, "full", 5, 2.6),
    Workload(200_000, 16, 32, "diag", 3, 1.8),
    Workload(100_000, 64, 64, "diag", 2.2, 1.2),
    Workload(200_000, 8, 10, "tied", 25),
    Workload(200_000, 8, 10, "spherical", 10),
    Workload(200_000, 8, 10, "full", 15, dtype="float32"),
)


@dataclass(frozen=True)
class Clusters:
    """The mixture that rows are drawn from: weights (K,), means (K, D), covariances (K, D, D)."""

    weights: Array
    means: Array
    covariances: Array

    def draw(self, n_rows: int, seed: int) -> Array:
        """Rows (N, D) in random order."""
        rng = np.random.default_rng(seed)
        label = rng.choice(len(self.weights), size=n_rows, p=self.weights)
        rows = rng.standard_normal((n_rows, self.means.shape[1]))
        for k, factor in enumerate(np.linalg.cholesky(self.covariances)):
            mine = label == k
            rows[mine] = self.means[k] + rows[mine] @ factor.T
        return rows


def overlapping_clusters(n_features: int, n_components: int, seed: int = SEED) -> Clusters:
    """Random clusters that overlap, each with its own shape and direction."""
    rng = np.random.default_rng([seed, n_features, n_components])
    spread = GAP / np.sqrt(2 * n_features)
    return Clusters(
        rng.dirichlet(np.full(n_components, 10.0)),
        rng.normal(0.0, spread, size=(n_components, n_features)),
        np.array([_covariance(n_features, rng) for _ in range(n_components)]),
    )


def _covariance(n_features: int, rng: np.random.Generator) -> Array:
    """A covariance (D, D) of determinant about one in random directions."""
    axes, _ = np.linalg.qr(rng.standard_normal((n_features, n_features)))
    variances = CONDITION ** rng.uniform(-0.5, 0.5, size=n_features)
    covariance: Array = (axes * variances) @ axes.T
    return covariance


_PRECISIONS: dict[str, Callable[[Array, int], Array]] = {
    "full": lambda variance, k: np.tile(np.diag(1.0 / variance), (k, 1, 1)),
    "tied": lambda variance, _: np.diag(1.0 / variance),
    "diag": lambda variance, k: np.tile(1.0 / variance, (k, 1)),
    "spherical": lambda variance, k: np.full(k, 1.0 / variance.mean()),
}


@dataclass(frozen=True)
class Start:
    """Where every rival begins: equal weights, rows as means, the table's variances.

    Attributes
    ----------
    shape : str
        `covariance_type`.
    weights : (K,) array
    means : (K, D) array
    variance : (D,) array
        Of every component, along the columns.
    """

    shape: str
    weights: Array
    means: Array
    variance: Array

    @cached_property
    def precisions(self) -> Array:
        """In the layout of `precisions_init`, of the means' dtype."""
        precisions: Array = _PRECISIONS[self.shape](self.variance, len(self.weights))
        return precisions.astype(self.means.dtype, copy=False)


def start_of(rows: Array, n_components: int, shape: str, seed: int = SEED) -> Start:
    """The start for a table (N, D).

    The means are rows of the tenth nearest to the table's centre. With many columns an outlying
    row would attract next to no others, and its component would collapse in every library.
    """
    variance = rows.var(axis=0, dtype=np.float64)
    distance = ((rows - rows.mean(axis=0)) ** 2) @ (1.0 / variance)
    central = np.argsort(distance)[: max(n_components, len(rows) // 10)]
    chosen = np.random.default_rng(seed).choice(central, size=n_components, replace=False)
    weights = np.full(n_components, 1.0 / n_components, dtype=rows.dtype)
    return Start(shape, weights, rows[chosen], variance)


def rows_of(workload: Workload, *, quick: bool) -> Array:
    """The workload's rows (N, D), the same at every call."""
    clusters = overlapping_clusters(workload.n_features, workload.n_components)
    rows = clusters.draw(workload.rows_when(quick=quick), SEED)
    return rows.astype(workload.dtype)
