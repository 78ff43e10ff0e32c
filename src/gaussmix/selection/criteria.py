"""Information criteria; for all of them lower is better."""

from dataclasses import dataclass

import numpy as np

#: Names of the criteria that a search takes.
CRITERIA = ("bic", "aic", "aicc", "icl")


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
    def mean_log_likelihood(self) -> float:
        """Log-likelihood per row."""
        return self.log_likelihood / self.n

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
