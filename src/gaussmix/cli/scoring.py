"""Totals of log densities."""

from collections.abc import Iterable, Mapping

from gaussmix import errors
from gaussmix.cli.models import log_densities
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.data import Batch
from gaussmix.mixture import Mixture


def totals(
    mixture: Mixture, parts: Iterable[Batch], rows: Rows, request: TableRequest
) -> dict[str, float]:
    """Number of rows, their total weight, the log-likelihood and its mean.

    Raises
    ------
    ValueError
        Where no row counts.
    """
    total_weight = log_likelihood = 0.0
    for values, weight in log_densities(mixture, parts):
        if weight is None:
            total_weight += len(values)
            log_likelihood += float(values.sum())
            continue
        # A row of weight 0 counts for nothing, were its density 0 as well.
        counted = weight > 0.0
        total_weight += float(weight[counted].sum())
        log_likelihood += float(values[counted] @ weight[counted])
    if total_weight == 0.0:
        raise errors.no_weight_at_all(str(request.weight), rows.path)
    return {
        "mean_log_density": log_likelihood / total_weight,
        "log_likelihood": log_likelihood,
        "n_rows": rows.n_rows,
        "weight_total": total_weight,
    }


def in_words(answer: Mapping[str, float]) -> str:
    """The totals, a line for each."""
    width = max(map(len, answer))
    return "\n".join(f"{name:<{width}}  {value:.10g}" for name, value in answer.items())
