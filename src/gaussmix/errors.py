"""What users are told: statuses, exceptions, warnings and every message.

A message says what was expected, what came, and what to try. Where scikit-learn has a
sentence for the case, ours opens with that sentence, so that code which matches it still does.
"""

import difflib
from collections.abc import Sequence
from enum import StrEnum

from sklearn.exceptions import ConvergenceWarning


class Status(StrEnum):
    """How a fit ended."""

    CONVERGED = "converged"
    MAX_ITER = "reached max_iter"
    DEGENERATE = "degenerate"
    STOPPED = "stopped by the user"


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


class DegenerateFitWarning(ConvergenceWarning):
    """A component describes copies or a constant rather than a cluster."""


class DataWarning(UserWarning):
    """The data can be fitted, but not well in the way that was asked for."""


def unknown_covariance_type(name: object, known: Sequence[str]) -> ValueError:
    """For a covariance_type that no family has."""
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    names = ", ".join(map(repr, known))
    return ValueError(f"Unknown covariance_type {name!r}.{hint} Known: {names}.")


def squares_overflow(column: int) -> ValueError:
    """For values whose squares leave float64."""
    return ValueError(
        f"The squares of the values in column {column} overflow float64. Divide the column by "
        "a constant (its largest absolute value, say) and fit again."
    )
