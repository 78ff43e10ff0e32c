"""A result in words for people, and as JSON for programs."""

from typing import Any

from gaussmix.cli.fitting import Result
from gaussmix.cli.next_steps import after_fit
from gaussmix.cli.output import strict_json
from gaussmix.cli.request import Request
from gaussmix.covariance import family_named
from gaussmix.errors.words import counted
from gaussmix.selection import Candidate
from gaussmix.summary import SearchSummary, number, summarize_search, table

#: Tables wider than this are turned, a row for each of their columns.
_WIDEST = 100
#: Data columns that the table of components shows.
_SHOWN = 12


def as_text(request: Request, result: Result) -> str:
    """The result, and as last lines what to do next."""
    summary = summarize_search(result.candidates, result.winner, request.criterion)
    parts = [_data(request, result), _found(result, summary), _components(result)]
    if len(result.candidates) > 1:
        parts.append(f"The best of {len(result.candidates)} candidates:\n{table(summary.best)}")
    parts += [*summary.notes, str(result.estimator.fit_report_), after_fit(request, result)]
    return "\n\n".join(parts)


def _data(request: Request, result: Result) -> str:
    rows = result.rows
    names = ", ".join(rows.names[:_SHOWN]) + (", ..." if len(rows.names) > _SHOWN else "")
    weighed = ""
    if rows.weight is not None:
        weighed = f"; weights: {request.weight}, {number(float(rows.weight.sum()))} in all"
    return f"{rows.path}: {counted(len(rows.X), 'row')} of {names}{weighed}"


def _found(result: Result, summary: SearchSummary) -> str:
    """What won, in words, and its figures."""
    winner = result.winner
    sentence = summary.sentence
    if len(result.candidates) == 1:
        words = family_named(winner.covariance_type).words
        sentence = (
            f"Fitted: {counted(winner.n_components, 'component')}, covariance "
            f"{winner.covariance_type} ({words})"
        )
    if winner.criteria is None:
        return sentence
    figures = {
        "log-likelihood": winner.criteria.log_likelihood,
        "parameters": winner.criteria.n_parameters,
        "BIC": winner.criteria.bic,
        "AIC": winner.criteria.aic,
        "ICL": winner.criteria.icl,
    }
    return f"{sentence}\n" + "   ".join(f"{name} {_figure(v)}" for name, v in figures.items())


def _figure(value: object) -> str:
    """Log-likelihoods to the third decimal, where models begin to differ."""
    return f"{value:.3f}" if isinstance(value, float) and abs(value) < 1e9 else number(value)


def _components(result: Result) -> str:
    """The table of components, turned on its side where it would be too wide."""
    columns = result.estimator.summary().components
    shown = dict(list(columns.items())[: 2 + 2 * _SHOWN])
    text = table(shown)
    if len(text.splitlines()[0]) > _WIDEST:
        text = _turned(shown)
    hidden = (len(columns) - len(shown)) // 2
    return f"{text}\n(and {counted(hidden, 'more column')})" if hidden else text


def _turned(columns: dict[str, list[float]]) -> str:
    """The same table with a row for each column."""
    width = max(map(len, columns))
    cells = [[name, *map(number, values)] for name, values in columns.items()]
    widths = [max(len(row[j]) for row in cells) for j in range(1, len(cells[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(width), *(c.rjust(w) for c, w in zip(row[1:], widths, strict=True))]
        )
        for row in cells
    )


def as_json(result: Result) -> str:
    """One object of strict JSON, the candidates last."""
    estimator, rows = result.estimator, result.rows
    winner = _candidate(result.winner)
    return strict_json(
        {
            "n_components": winner["n_components"],
            "covariance_type": winner["covariance_type"],
            "n_rows": len(rows.X),
            **{name: winner[name] for name in _FIGURES},
            "converged": bool(estimator.converged_),
            "status": winner["status"],
            "n_iter": estimator.n_iter_,
            "columns": rows.names,
            "weight_total": estimator.total_weight_,
            "weights": estimator.weights_,
            "means": estimator.means_,
            "covariances": estimator.covariances_,
            "warnings": list(result.warnings),
            "candidates": [_candidate(candidate) for candidate in result.candidates],
        }
    )


_FIGURES = ("log_likelihood", "n_parameters", "bic", "aic", "aicc", "icl")


def _candidate(candidate: Candidate) -> dict[str, Any]:
    """One candidate; null for what a failed one does not have."""
    criteria = candidate.criteria
    figures = {name: getattr(criteria, name, None) for name in _FIGURES}
    figures["n_parameters"] = candidate.n_parameters
    return {
        "n_components": candidate.n_components,
        "covariance_type": candidate.covariance_type,
        **figures,
        "status": str(candidate.report.status) if candidate.report else "failed",
        "reason": candidate.reason or None,
    }
