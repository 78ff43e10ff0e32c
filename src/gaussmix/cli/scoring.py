"""Log densities of rows and their totals."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.cli.models import in_parts
from gaussmix.mixture import Mixture


def log_densities(mixture: Mixture, X: FloatArray) -> Iterator[FloatArray]:
    """The log density of each row, in parts (B,)."""
    return map(mixture.log_pdf, in_parts(X))


def totals(parts: Iterable[FloatArray], weight: FloatArray | None) -> dict[str, float]:
    """Number of rows, their total weight, the log-likelihood and its mean."""
    values = np.concatenate(list(parts))
    n_rows = len(values)
    if weight is not None:
        # A row of weight 0 counts for nothing, were its density 0 as well.
        counted = weight > 0.0
        values, weight = values[counted], weight[counted]
    total_weight = float(len(values) if weight is None else weight.sum())
    log_likelihood = float(values.sum() if weight is None else values @ weight)
    return {
        "mean_log_density": log_likelihood / total_weight,
        "log_likelihood": log_likelihood,
        "n_rows": n_rows,
        "weight_total": total_weight,
    }


def in_words(answer: Mapping[str, float]) -> str:
    """The totals, a line for each."""
    width = max(map(len, answer))
    return "\n".join(f"{name:<{width}}  {value:.10g}" for name, value in answer.items())
