"""Statuses, exceptions, warnings and messages about fits."""

import os
from collections.abc import Sequence
from enum import StrEnum

from sklearn.exceptions import ConvergenceWarning

from gaussmix._typing import IntArray
from gaussmix.errors.storage import StrPath
from gaussmix.errors.words import counted

#: Gains per row, in nats, that are hardly more than rounding.
_NOTHING = 1e-12


class Status(StrEnum):
    """How a fit ended."""

    CONVERGED = "converged"
    MAX_ITER = "reached max_iter"
    DEGENERATE = "degenerate"
    STOPPED = "stopped by the user"
    STREAMING = "follows a stream"
    OUTRUN = "outrun"


class CollapsedComponent(ValueError):
    """A component's covariance is singular."""

    def __init__(self, component: int, mass: float) -> None:
        super().__init__(
            "Fitting the mixture model failed because some components have ill-defined "
            "empirical covariance (for instance caused by singleton or collapsed samples). "
            "Try to decrease the number of components, increase reg_covar, or scale the input "
            f"data. Component {component}, which holds rows of total weight {mass:.6g}, has a "
            "singular covariance."
        )
        self.component = component
        self.mass = mass

    def __reduce__(self) -> tuple[type, tuple[int, float]]:
        return CollapsedComponent, (self.component, self.mass)


class DegenerateFitWarning(ConvergenceWarning):  # type: ignore[misc]  # untyped base
    """A component describes copies or a constant rather than a cluster."""


class DataWarning(UserWarning):
    """The data can be fitted, but not well in the way that was asked for."""


def constant_column(name: str, value: float) -> str:
    """For a column that holds one value only."""
    return (
        f"Column {name} is constant (it is {value:.6g} in every row), so it says nothing about "
        "the components; leave it out."
    )


def empty_component(component: int) -> str:
    """For a component that no row belongs to."""
    return f"Component {component} is empty: no row belongs to it. Try fewer components."


def few_distinct_rows(
    component: int, n_distinct: int, named: IntArray, n_copies: int, needed: int
) -> str:
    """For a component that sits on a few rows or on copies of them; some copies are named."""
    copies = ""
    if n_copies:
        shown = ", ".join(str(row) for row in named)
        more = f" and {n_copies - len(named)} more" if n_copies > len(named) else ""
        copies = f" (rows {shown}{more} are copies of each other)"
    return (
        f"Component {component} holds only {counted(n_distinct, 'distinct row')}{copies}; its "
        f"covariance needs at least {needed}, so its likelihood measures reg_covar, not the data. "
        "Remove the copies, or try fewer components or a tied covariance_type."
    )


def flat_component(component: int, columns: Sequence[str]) -> str:
    """For a component whose smallest variance is the penalty's."""
    names = ("column " if len(columns) == 1 else "columns ") + ", ".join(columns)
    return (
        f"Component {component} has no spread of its own along {names}: its smallest variance "
        "there is the one that reg_covar gives it. The columns repeat each other or hold few "
        "distinct values; leave one out, try fewer components, or a tied covariance_type."
    )


def every_candidate_failed(reason: str) -> ValueError:
    """For a search without a single fit."""
    return ValueError(f"No candidate could be fitted. The first failure: {reason}")


def not_converged(n_iter: int, remaining: float) -> str:
    """For a fit that reached max_iter."""
    after = f"After {counted(n_iter, 'iteration')}"
    if remaining < _NOTHING:
        return (
            f"Best performing initialization did not converge. {after} next to nothing is left to "
            "be gained, but the components have not come to rest, as where two of them nearly "
            "coincide. Try fewer components, different init parameters, or check for degenerate "
            "data; more iterations would change little."
        )
    left = (
        f"about {remaining:.2g} nats per row are still to be gained"
        if remaining < float("inf")
        else "the gain per iteration is not yet falling"
    )
    return (
        "Best performing initialization did not converge. Try different init parameters, or "
        "increase max_iter, tol, or check for degenerate data. "
        f"{after} {left}."
    )


def interrupted_fit(n_iter: int) -> str:
    """For a fit that the user stopped by Ctrl-C."""
    after = counted(n_iter, "iteration")
    return f"The fit was interrupted after {after}; the parameters are the best so far."


def stopped_early(n_done: int, n_asked: int) -> str:
    """For a search that the user stopped after some candidates."""
    return (
        f"The search was stopped by the user after {n_done} of {n_asked} candidates; the result "
        "is the best of those."
    )


def degenerate_fit(reasons: Sequence[str]) -> str:
    """For a fit that describes something else than clusters."""
    return "The fit is degenerate. " + " ".join(reasons)


def other_fit(path: StrPath, changed: Sequence[str]) -> ValueError:
    """For a checkpoint of another model or of other rows."""
    return ValueError(
        f"The checkpoint {os.fspath(path)!r} belongs to another fit: {'; '.join(changed)}. Delete "
        "the file to begin anew, or give another path."
    )


def not_a_checkpoint(path: StrPath, kind: object) -> ValueError:
    """For a file of ours that holds something else."""
    return ValueError(
        f"Expected a checkpoint or no file at {os.fspath(path)!r}, but it holds a saved {kind}. "
        "Give another path."
    )
