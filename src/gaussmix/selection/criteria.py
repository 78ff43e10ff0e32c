"""What candidates are compared by: information criteria, and held-out rows.

Of an information criterion lower is better; of the held-out log-likelihood "cv", higher.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Criteria that follow from one fit; lower is better.
INFORMATION = ("bic", "aic", "aicc", "icl")
#: Names of the criteria that a search takes; of "cv" higher is better.
CRITERIA = (*INFORMATION, "cv")


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the criteria are computed from.

    Attributes
    ----------
    log_likelihood : float
        A total over rows.
    n_parameters : int
        Free parameters.
    n : float
        Number of rows: the sum of their weights, which count repetitions.
    hard_entropy : float
        -sum_n w_n log(posterior of row n's likeliest component).
    """

    log_likelihood: float
    n_parameters: int
    n: float
    hard_entropy: float = float("nan")

    @property
    def aic(self) -> float:
        """Akaike (1974): -2 log L + 2 p."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    @property
    def aicc(self) -> float:
        """Hurvich & Tsai (1989): AIC + 2 p (p + 1) / (n - p - 1); infinite for n <= p + 1."""
        spare = self.n - self.n_parameters - 1.0
        if spare <= 0.0:
            return float("inf")
        return self.aic + 2.0 * self.n_parameters * (self.n_parameters + 1.0) / spare

    @property
    def bic(self) -> float:
        """Schwarz (1978): -2 log L + p log n."""
        return -2.0 * self.log_likelihood + self.n_parameters * float(np.log(self.n))

    @property
    def icl(self) -> float:
        """Biernacki, Celeux & Govaert (2000): BIC + 2 hard_entropy."""
        return self.bic + 2.0 * self.hard_entropy

    def value(self, name: str) -> float:
        """The criterion of the given name."""
        return float(getattr(self, name))


def loss(name: str, value: float) -> float:
    """A criterion's value turned so that lower is better; infinite where it is not known."""
    turned = -value if name == "cv" else value
    return float("inf") if np.isnan(turned) else turned


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Log densities of rows that a fit has not seen, fold by fold.

    Attributes
    ----------
    log_likelihoods : tuple of float
        Of each fold's held-out rows, a total over them; NaN where its fit failed.
    weights : tuple of float
        How many rows those are.
    reason : str
        Why a fold has no fit; empty where each has one.
    """

    log_likelihoods: tuple[float, ...]
    weights: tuple[float, ...]
    reason: str = ""

    @property
    def mean(self) -> float:
        """Mean log density per held-out row, over all folds; in nats."""
        return float(np.sum(self.log_likelihoods) / np.sum(self.weights))

    @property
    def std_error(self) -> float:
        """Standard error of the mean from how the folds differ; NaN for a single fold.

        sqrt(V / (V - 1) sum_v n_v^2 (m_v - m)^2) / n, with m_v the mean of fold v and n_v its
        rows: for V folds of one size their standard deviation over sqrt(V). Folds share most
        of their training rows, so it is a rough measure (Bengio & Grandvalet 2004, J. Mach.
        Learn. Res. 5, 1089-1105).
        """
        weights = np.asarray(self.weights)
        n_folds = len(weights)
        if n_folds < 2:
            return float("nan")
        apart = np.asarray(self.log_likelihoods) - weights * self.mean
        spread = np.sqrt(n_folds / (n_folds - 1) * (apart**2).sum())
        return float(spread / weights.sum())


def is_hopeless(losses: Sequence[float], patience: int) -> bool:
    """Whether the last `patience` values are all worse than the best before them.

    Parameters
    ----------
    losses : sequence of float
        One for each number of components of one family, rising; lower is better, infinite
        where a fit is degenerate or failed.
    patience : int
    """
    if len(losses) <= patience:
        return False
    return min(losses[-patience:]) > min(losses[:-patience])
