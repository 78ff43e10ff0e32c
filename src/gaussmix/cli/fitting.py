"""From a request to the best of the candidates, and the files it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.cli.models import memberships, parts_of
from gaussmix.cli.output import write_csv, write_picture
from gaussmix.cli.reading import rows_to_fit
from gaussmix.cli.request import Request
from gaussmix.cli.rows import Rows
from gaussmix.cli.say import note, spoken_warnings
from gaussmix.data import ArraySource
from gaussmix.density import totals
from gaussmix.errors import Status
from gaussmix.estimators import GaussianMixture, GaussianMixtureSearch, save
from gaussmix.estimators.results import result_columns
from gaussmix.execution import team
from gaussmix.selection import Candidate, Criteria

_PRIORS = {"none": None, "default": "default"}


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found.

    Attributes
    ----------
    rows : Rows
    candidates : sequence of Candidate
        Every one that was fitted.
    winner : Candidate
        The best of them.
    estimator : GaussianMixture
        The winner, fitted.
    interrupted : bool
        Whether the user stopped the search before its end.
    warnings : sequence of str
    """

    rows: Rows
    candidates: Sequence[Candidate]
    winner: Candidate
    estimator: GaussianMixture
    interrupted: bool
    warnings: Sequence[str]


def check(request: Request) -> None:
    """Refuse options that do not go together."""
    if request.bins is not None and request.columns:
        raise click.UsageError(errors.bins_and_columns())
    if request.checkpoint is not None and not (request.is_single and not request.has_folds):
        raise click.UsageError(errors.checkpoint_of_search())
    if request.group is not None and not request.has_folds:
        raise click.UsageError(errors.group_without_folds())
    if request.patience is not None and request.criterion == "cv":
        raise click.UsageError(errors.patience_and_cv())


def run(request: Request, *, quiet: bool) -> Result:
    """Read the data, fit every candidate, and tell of it on standard error."""
    if request.plot is not None:
        _check_matplotlib()
    rows = rows_to_fit(request.rows)
    if request.has_folds and not isinstance(rows.source, ArraySource):
        raise errors.folds_of_stream(rows.n_rows)
    for words in rows.notes:
        note(words, quiet=quiet)
    result = (_kept if request.checkpoint else _searched)(request, rows, quiet=quiet)
    report = result.estimator.fit_report_
    if report.n_gappy:
        note(errors.gaps_in_fit(report.n_gappy, report.n_empty, rows.n_rows), quiet=quiet)
    return result


def _searched(request: Request, rows: Rows, *, quiet: bool) -> Result:
    """The best of all candidates."""
    search = GaussianMixtureSearch(
        request.components,
        covariance_types=request.covariance or "all",
        criterion=request.criterion,
        cv=request.folds,
        patience=request.patience,
        prior=_PRIORS[request.prior],
        equal_proportions=request.equal_proportions,
        tol=request.tol,
        max_iter=request.max_iter,
        noise_component=request.has_noise,
        noise_volume=request.noise_volume,
        random_state=request.seed,
        progress=not quiet and not request.is_single,
    )
    with spoken_warnings(quiet=quiet) as told:
        rows.fit(search)
    return Result(
        rows,
        search.candidates_,
        search.best_candidate_,
        search.best_estimator_,
        search.interrupted_,
        told,
    )


def _kept(request: Request, rows: Rows, *, quiet: bool) -> Result:
    """The one fit that is asked for, whose state is in a file while it runs."""
    (n_components,), (shape,) = request.components or (), tuple(request.covariance or ())
    estimator = GaussianMixture(
        n_components,
        covariance_type=shape,
        tol=request.tol,
        max_iter=request.max_iter,
        init_params="auto",
        prior=_PRIORS[request.prior],
        equal_proportions=request.equal_proportions,
        noise_component=request.has_noise,
        noise_volume=request.noise_volume,
        random_state=request.seed,
        checkpoint=request.checkpoint,
    )
    with spoken_warnings(quiet=quiet) as told:
        rows.fit(estimator)
    candidate = _candidate(estimator, rows)
    interrupted = estimator.fit_report_.ended is Status.STOPPED
    return Result(rows, [candidate], candidate, estimator, interrupted, told)


def _candidate(estimator: GaussianMixture, rows: Rows) -> Candidate:
    """A fit as the only candidate there is."""
    components, report = estimator.mixture_.components, estimator.fit_report_
    with team() as threads:
        found = totals(components, rows.source, threads)
    return Candidate(
        components.n_components,
        estimator.covariance_type,
        estimator.n_parameters_,
        None,
        report,
        Criteria(estimator.log_likelihood_, estimator.n_parameters_, found.told, found.doubt),
        " ".join(finding.reason for finding in report.findings if finding.component >= 0),
    )


def columns(request: Request, result: Result) -> dict[str, list[Any]]:
    """The table of all candidates."""
    return result_columns(
        result.candidates,
        result.winner,
        request.criterion,
        result.estimator.n_features_in_,
        has_prior=any(candidate.prior for candidate in result.candidates),
        has_folds=request.has_folds,
    )


def _cells(values: list[Any]) -> AnyArray:
    """Values (n,) for a CSV file: nothing where there is no number."""
    told = ["" if isinstance(value, float) and np.isnan(value) else value for value in values]
    return np.array(told, dtype=object)


def _check_matplotlib() -> None:
    try:
        import_module("matplotlib")
    except ModuleNotFoundError:
        raise errors.matplotlib_missing() from None


def write_files(request: Request, result: Result, *, quiet: bool) -> None:
    """The model, the labels and the picture, as far as they are asked for."""
    mixture, rows = result.estimator.mixture_, result.rows
    if request.out is not None:
        save(result.estimator, request.out)
    if request.table is not None:
        table = columns(request, result)
        write_csv(request.table, list(table), [[_cells(values) for values in table.values()]])
    if request.labels is not None:
        write_csv(request.labels, ["label", "probability"], memberships(mixture, parts_of(rows)))
    if request.plot is not None:
        from gaussmix.cli.pictures import picture  # noqa: PLC0415  loads matplotlib

        figure, notes = picture(mixture, rows)
        for words in notes:
            note(words, quiet=quiet)
        write_picture(request.plot, figure)
