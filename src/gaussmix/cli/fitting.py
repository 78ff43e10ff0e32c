"""From a request to the best of the candidates, and the files it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import pyarrow as pa

from gaussmix import errors
from gaussmix.cli.models import memberships
from gaussmix.cli.output import write_csv, write_picture
from gaussmix.cli.progress import progress
from gaussmix.cli.request import Request
from gaussmix.cli.rows import Rows, rows_to_fit
from gaussmix.cli.say import note, spoken_warnings
from gaussmix.estimators import GaussianMixture, GaussianMixtureSearch, save
from gaussmix.selection import Candidate


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found.

    Attributes
    ----------
    rows : Rows
    search : GaussianMixtureSearch
        Fitted.
    interrupted : bool
        Whether the user stopped the search before its end.
    warnings : sequence of str
    """

    rows: Rows
    search: GaussianMixtureSearch
    interrupted: bool
    warnings: Sequence[str]

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Every candidate that was fitted."""
        return self.search.candidates_

    @property
    def winner(self) -> Candidate:
        """The best of them."""
        return self.search.best_candidate_

    @property
    def estimator(self) -> GaussianMixture:
        """The winner."""
        return self.search.best_estimator_


def run(request: Request, *, quiet: bool) -> Result:
    """Read the data, fit every candidate, and tell of it on standard error."""
    if request.plot is not None:
        _check_matplotlib()
    rows = rows_to_fit(request.data, request.columns, request.weight)
    if rows.skipped:
        left_out = "; ".join(f"{name!r} ({reason})" for name, reason in rows.skipped.items())
        note(f"columns left out: {left_out}", quiet=quiet)
    search = GaussianMixtureSearch(
        request.components,
        covariance_types=request.covariance or "all",
        criterion=request.criterion,
        tol=request.tol,
        max_iter=request.max_iter,
        random_state=request.seed,
    )
    table = pa.table({name: rows.X[:, j] for j, name in enumerate(rows.names)})
    total = search.n_candidates(len(rows.X), len(rows.names))
    with spoken_warnings(quiet=quiet) as told, progress(total, quiet=quiet) as advance:
        search.callback = advance
        search.fit(table, sample_weight=rows.weight)
    return Result(rows, search, search.interrupted_, told)


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
