"""The table of a search's candidates."""

from collections.abc import Sequence
from typing import Any

from gaussmix.covariance import family_named
from gaussmix.selection import INFORMATION, Candidate, ranked


def result_columns(
    candidates: Sequence[Candidate],
    winner: Candidate,
    criterion: str,
    n_features: int,
    *,
    has_prior: bool,
    has_folds: bool,
) -> dict[str, list[Any]]:
    """Columns of the table with a row per candidate, in the order of the candidates.

    Parameters
    ----------
    candidates : sequence of Candidate
    winner : Candidate
        The first of them: it was run on, which none that ties with it was.
    criterion : str
        What they are ranked by.
    n_features : int
    has_prior, has_folds : bool
        Whether there are columns of priors, and of held-out rows.
    """
    nan = float("nan")
    order = sorted(ranked(candidates, criterion), key=lambda c: c is not winner)
    place = {id(c): rank for rank, c in enumerate(order, start=1)}
    columns: dict[str, list[Any]] = {
        "n_components": [c.n_components for c in candidates],
        "covariance_type": [c.covariance_type for c in candidates],
        "words": [
            family_named(c.covariance_type).words_for(c.n_components, n_features)
            for c in candidates
        ],
    }
    if has_prior:
        columns["prior"] = [c.prior for c in candidates]
    columns["log_likelihood"] = [
        c.criteria.log_likelihood if c.criteria else nan for c in candidates
    ]
    columns["n_parameters"] = [c.n_parameters for c in candidates]
    for name in INFORMATION:
        columns[name] = [c.value(name) for c in candidates]
    if has_folds:
        columns["cv"] = [c.value("cv") for c in candidates]
        columns["cv_std_error"] = [c.held_out.std_error if c.held_out else nan for c in candidates]
    columns["status"] = [c.status for c in candidates]
    columns["reason"] = [c.reason or c.why_not_held_out for c in candidates]
    columns["rank"] = [place[id(c)] for c in candidates]
    return columns
