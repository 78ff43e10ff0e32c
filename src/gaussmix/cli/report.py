"""A result in words for people, and as JSON for programs."""

import numpy as np

from gaussmix.cli.fitting import Result, columns
from gaussmix.cli.next_steps import after_fit
from gaussmix.cli.output import strict_json
from gaussmix.cli.request import Request
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource
from gaussmix.errors.words import counted
from gaussmix.mixture import Mixture
from gaussmix.summary import SearchSummary, number, summarize_search, table
from gaussmix.summary.mixture import component_table
from gaussmix.summary.search import in_words

#: Tables wider than this are turned, a row for each of their columns.
_WIDEST = 100
#: Data columns that the table of components shows.
_SHOWN = 12


def as_text(request: Request, result: Result) -> str:
    """The result, and as last lines what to do next."""
    n_features = result.estimator.n_features_in_
    summary = summarize_search(result.candidates, result.winner, request.criterion, n_features)
    parts = [_data(request, result), _found(result, summary), _components(result)]
    parts += _noise(result)
    if len(result.candidates) > 1:
        parts.append(f"The best of {len(result.candidates)} candidates:\n{table(summary.best)}")
    parts += [*summary.notes, str(result.estimator.fit_report_), after_fit(request, result)]
    return "\n\n".join(parts)


def _data(request: Request, result: Result) -> str:
    rows, beside = result.rows, ""
    if request.weight is not None:
        total = number(result.estimator.total_weight_)
        beside = f"; weights: {request.weight}, {total} in all"
    if request.known_labels is not None:
        beside += f"; known labels: {request.known_labels}{_n_known(rows)}"
    if rows.groups is not None:
        beside += f"; groups: {request.group}, {len(set(rows.groups))}"
    if request.bins is not None:
        lower, upper = request.bins
        return f"{rows.path}: {counted(rows.n_rows, 'bin')} from {lower} to {upper}{beside}"
    names = ", ".join(rows.names[:_SHOWN]) + (", ..." if len(rows.names) > _SHOWN else "")
    return f"{rows.path}: {counted(rows.n_rows, 'row')} of {names}{beside}"


def _n_known(rows: Rows) -> str:
    """How many labels are known, where a look tells."""
    known = rows.source.details.label if isinstance(rows.source, ArraySource) else None
    return "" if known is None else f", of {counted(int((known >= 0).sum()), 'row')}"


def _found(result: Result, summary: SearchSummary) -> str:
    """What won, in words, and its figures."""
    winner = result.winner
    sentence = summary.sentence
    if len(result.candidates) == 1:
        sentence = f"Fitted: {in_words(winner, result.estimator.n_features_in_)}"
    if result.estimator.mixture_.components.noise is not None:
        sentence = f"{sentence}; with a noise component"
    if winner.criteria is None:
        return sentence
    figures = {
        "log-likelihood": winner.criteria.log_likelihood,
        "parameters": winner.criteria.n_parameters,
        "BIC": winner.criteria.bic,
        "AIC": winner.criteria.aic,
        "ICL": winner.criteria.icl,
    }
    if winner.held_out is not None:
        figures["held-out log density per row"] = winner.held_out.mean
    return f"{sentence}\n" + "   ".join(f"{name} {_figure(v)}" for name, v in figures.items())


def _figure(value: object) -> str:
    """Log-likelihoods to the third decimal, where models begin to differ."""
    return f"{value:.3f}" if isinstance(value, float) and abs(value) < 1e9 else number(value)


def _components(result: Result) -> str:
    """The table of components, turned on its side where it would be too wide."""
    mixture = result.estimator.mixture_
    named = Mixture.from_components(mixture.components, mixture.covariance_type, result.rows.names)
    columns = component_table(named)
    shown = dict(list(columns.items())[: 2 + 2 * _SHOWN])
    text = table(shown)
    if len(text.splitlines()[0]) > _WIDEST:
        text = _turned(shown)
    hidden = (len(columns) - len(shown)) // 2
    return f"{text}\n(and {counted(hidden, 'more column')})" if hidden else text


def _noise(result: Result) -> list[str]:
    """A line for the noise component, where there is one."""
    noise = result.estimator.mixture_.components.noise
    if noise is None:
        return []
    over = "the box around the rows, of volume" if noise.has_end else "a volume of"
    volume = number(float(np.exp(noise.log_volume)))
    return [f"Noise: weight {number(noise.weight)}, uniform over {over} {volume}"]


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


def as_json(request: Request, result: Result) -> str:
    """One object of strict JSON, the candidates last."""
    estimator, rows = result.estimator, result.rows
    mixture, fitted = estimator.mixture_, estimator.fit_report_
    table = columns(request, result)
    names = [name for name in table if name != "words"]
    candidates = [
        {name: table[name][row] for name in names} for row in range(len(result.candidates))
    ]
    for candidate in candidates:
        candidate["reason"] = candidate["reason"] or None
    winner = next(candidate for candidate in candidates if candidate["rank"] == 1)
    noise = mixture.components.noise
    return strict_json(
        {
            "n_components": winner["n_components"],
            "covariance_type": winner["covariance_type"],
            "n_rows": rows.n_rows,
            **{name: winner[name] for name in _FIGURES if name in winner},
            "criterion": request.criterion,
            "converged": bool(estimator.converged_),
            "status": winner["status"],
            "n_iter": estimator.n_iter_,
            "columns": rows.names,
            "weight_total": estimator.total_weight_,
            "n_gappy": fitted.n_gappy,
            "n_empty": fitted.n_empty,
            "weights": mixture.weights,
            "noise_weight": None if noise is None else noise.weight,
            "means": mixture.means,
            "covariances": mixture.covariances,
            "warnings": list(result.warnings),
            "candidates": candidates,
        }
    )


_FIGURES = (
    *("prior", "log_likelihood", "n_parameters"),
    *("bic", "aic", "aicc", "icl", "cv", "cv_std_error"),
)
