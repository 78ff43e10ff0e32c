"""From a request to the best of the candidates, and the files it asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np
import pyarrow as pa

from gaussmix import errors
from gaussmix.cli.models import memberships
from gaussmix.cli.output import write_csv, write_picture
from gaussmix.cli.progress import progress
from gaussmix.cli.request import Request
from gaussmix.cli.rows import Rows, rows_to_fit
from gaussmix.cli.say import note, spoken_warnings
from gaussmix.covariance import everyday_names
from gaussmix.errors import Status
from gaussmix.estimators import GaussianMixture, GaussianMixtureSearch, save
from gaussmix.selection import Candidate, best_of

#: Numbers of components that are tried where none are named, as far as there are rows.
_NUMBERS = range(1, 10)
#: Gains still to come, in nats per row, below which candidates are compared, and below which
#: the winner is done: 1e-6 ranks candidates, but where the likelihood is flat it leaves weights
#: uncertain in the third digit. In tables of more rows than this it costs too much.
_TOL = 1e-6
_FINE_TOL = 1e-11
_FEW_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found.

    Attributes
    ----------
    rows : Rows
    candidates : sequence of Candidate
    winner : Candidate
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


def run(request: Request, *, quiet: bool) -> Result:
    """Read the data, fit every candidate, and tell of it on standard error."""
    if request.plot is not None:
        _check_matplotlib()
    rows = rows_to_fit(request.data, request.columns, request.weight)
    if rows.skipped:
        left_out = "; ".join(f"{name!r} ({reason})" for name, reason in rows.skipped.items())
        note(f"columns left out: {left_out}", quiet=quiet)
    numbers = list(request.components or (k for k in _NUMBERS if k <= len(rows.X)))
    shapes = list(request.covariance or _shapes(len(rows.names)))
    total = len(numbers) * len(shapes)
    with spoken_warnings(quiet=quiet) as told:
        with progress(total, quiet=quiet) as advance:
            search = _search(request, numbers, shapes)
            seen = _fit(search, rows, advance)
        result = _best(request, search, rows, seen, total)
        told.extend(result.warnings)
    return replace(result, warnings=told)


def _shapes(n_features: int) -> list[str]:
    """Every shape; of those that are one and the same in one column, the first."""
    return ["full", "tied"] if n_features == 1 else everyday_names()


def _search(
    request: Request, numbers: Sequence[int], shapes: Sequence[str], tol: float = _TOL
) -> GaussianMixtureSearch:
    return GaussianMixtureSearch(
        numbers,
        covariance_types=shapes,
        criterion=request.criterion,
        tol=tol if request.tol is None else request.tol,
        max_iter=request.max_iter,
        random_state=request.seed,
    )


def _fit(
    search: GaussianMixtureSearch, rows: Rows, advance: Callable[[Candidate], None]
) -> list[Candidate]:
    """The candidates: all of them, or as many as the user waits for; one at the least."""
    seen: list[Candidate] = []

    def tell(candidate: Candidate) -> None:
        seen.append(candidate)
        advance(candidate)

    search.callback = tell
    table = pa.table({name: rows.X[:, j] for j, name in enumerate(rows.names)})
    try:
        search.fit(table, sample_weight=rows.weight)
    except KeyboardInterrupt:
        if not any(candidate.outcome for candidate in seen):
            raise
    return seen


def _best(
    request: Request, search: GaussianMixtureSearch, rows: Rows, seen: list[Candidate], total: int
) -> Result:
    """The best of the candidates seen, brought to its end."""
    winner = best_of(seen, request.criterion)
    interrupted = len(seen) < total or _status(winner) is Status.STOPPED
    estimator = _estimator(search, winner)
    if not interrupted and request.tol is None and len(rows.X) <= _FEW_ROWS:
        finish = _search(request, [winner.n_components], [winner.covariance_type], _FINE_TOL)
        finished = _fit(finish, rows, lambda _candidate: None)[0]
        if _status(finished) is Status.CONVERGED:
            seen[seen.index(winner)] = finished
            winner, estimator = finished, _estimator(finish, finished)
    cautions = _cautions(winner, estimator)
    if interrupted:
        cautions.append(errors.stopped_early(len(seen), total))
    return Result(rows, seen, winner, estimator, interrupted, cautions)


def _estimator(search: GaussianMixtureSearch, winner: Candidate) -> GaussianMixture:
    """The winner, fitted, also where the search did not come to its end."""
    if hasattr(search, "best_estimator_"):
        fitted: GaussianMixture = search.best_estimator_
        return fitted
    estimator = GaussianMixture(
        winner.n_components,
        covariance_type=winner.covariance_type,
        tol=search.tol,
        max_iter=search.max_iter,
        init_params=search.init_params,
        random_state=search.random_state,
    )
    return estimator.adopt(search, winner, np.dtype(np.float64))


def _status(candidate: Candidate) -> Status | None:
    return candidate.report.status if candidate.report else None


def _cautions(winner: Candidate, estimator: GaussianMixture) -> list[str]:
    """What the search does not warn of."""
    report = estimator.fit_report_
    if report.status is Status.MAX_ITER:
        return [errors.not_converged(report.n_iter, report.remaining)]
    if report.status is Status.DEGENERATE and not winner.reason:
        return [errors.degenerate_fit([finding.reason for finding in report.findings])]
    return []


def _check_matplotlib() -> None:
    try:
        import_module("matplotlib")
    except ModuleNotFoundError:
        raise errors.matplotlib_missing() from None


def write_files(request: Request, result: Result) -> None:
    """The model, the labels and the picture, as far as they are asked for."""
    mixture, rows = result.estimator.mixture_, result.rows
    if request.out is not None:
        save(result.estimator, request.out)
    if request.labels is not None:
        write_csv(request.labels, ["label", "probability"], memberships(mixture, rows.X))
    if request.plot is not None:
        from gaussmix.plotting import plot_mixture  # noqa: PLC0415  loads matplotlib

        write_picture(request.plot, plot_mixture(mixture, rows.X, rows.weight))
