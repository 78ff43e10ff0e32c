"""Standard errors, intervals and the bootstrap test as values that print."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.errors.words import counted
from gaussmix.selection import ParameterArrays, Step, Uncertainty
from gaussmix.summary.text import table

_WORDS = {
    "bootstrap": "the bootstrap",
    "weighted": "the weighted-likelihood bootstrap",
    "parametric": "the parametric bootstrap",
    "jackknife": "the jackknife",
    "information": "the observed information",
}
#: Methods whose replicates scatter as estimates do.
_PERCENTILE = ("bootstrap", "weighted", "parametric")
#: Standard errors between a fit and the maximum that are worth a note.
_NEAR = 0.1
#: Rows of a table that the text shows.
_SHOWN = 40


class Interval(NamedTuple):
    """Lower and upper ends of intervals, each with `weights`, `means` and `covariances`."""

    lower: ParameterArrays
    upper: ParameterArrays


@dataclass(frozen=True, slots=True, repr=False)
class StandardErrors:
    """Standard errors of a fitted mixture's parameters; prints as a table.

    Attributes
    ----------
    method : str
    level : float
        Of the intervals in the table.
    weights : (K,) array
    means : (K, D) array
        In the units of the columns.
    covariances : (K, D, D) array
        In squared units, whatever the layout of the fit's `covariances_`.
    estimate : ParameterArrays
        What they are errors of: where EM ends on the rows, from the fit, as `weights`, `means`
        and `covariances`.
    replicates : ParameterArrays or None
        Estimates from the resampled rows, stacked along the first axis, components numbered as
        in the fit; None for the observed information. The jackknife's are those without a row.
    n_replicates, n_failed : int
        Made, and failures among them, which are left out.
    failures : dict of str to int
        Why those failed.
    moved : float
        Largest distance of the fit from `estimate`, in standard errors.
    feature_names : tuple of str
    """

    method: str
    level: float
    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    estimate: ParameterArrays
    replicates: ParameterArrays | None
    n_replicates: int
    failures: Mapping[str, int]
    moved: float
    feature_names: tuple[str, ...]

    @classmethod
    def of(
        cls, method: str, level: float, found: Uncertainty, names: tuple[str, ...]
    ) -> "StandardErrors":
        """The standard errors that were found."""
        errors_of, made = found.errors, found.replicates
        return cls(
            method,
            level,
            errors_of.weights,
            errors_of.means,
            errors_of.covariances,
            found.estimate,
            made.parameters,
            made.n_done,
            made.failures,
            found.moved,
            names,
        )

    @property
    def n_failed(self) -> int:
        """Replicates that failed."""
        return sum(self.failures.values())

    def interval(self, level: float | None = None) -> Interval:
        """Intervals for every parameter.

        Parameters
        ----------
        level : float, optional
            Between 0 and 1; None is the level asked for with the standard errors.

        Returns
        -------
        Interval
            `lower` and `upper`, each with `weights`, `means` and `covariances`. Percentiles of
            the replicates for the bootstraps; for the jackknife and the observed information
            estimate -+ z standard errors, with z the normal quantile.

        Raises
        ------
        ValueError
            For a level that is not between 0 and 1.
        """
        level = self.level if level is None else level
        if not 0.0 < level < 1.0:
            raise errors.level_out_of_range(level)
        tails = 0.5 * (1.0 - level), 0.5 * (1.0 + level)
        if self.method in _PERCENTILE and self.replicates is not None:
            ends = [self.replicates.map(lambda s, q=q: np.quantile(s, q, axis=0)) for q in tails]
        else:
            own = ParameterArrays(self.weights, self.means, self.covariances)
            ends = [self.estimate.map(lambda e, s, q=q: e + ndtri(q) * s, own) for q in tails]
        return Interval(*ends)

    def table(self) -> dict[str, list[object]]:
        """A row per parameter: component, parameter, estimate, standard error, and interval."""
        lower, upper = self.interval()
        own = ParameterArrays(self.weights, self.means, self.covariances)
        names = self._names()
        columns: dict[str, list[object]] = {
            "component": [k for k in range(len(self.weights)) for _ in names],
            "parameter": names * len(self.weights),
        }
        titles = ("estimate", "error", "lower", "upper")
        for title, each in zip(titles, (self.estimate, own, lower, upper), strict=True):
            columns[title] = list(_flat(each).ravel().tolist())
        return columns

    def _names(self) -> list[object]:
        """What a component has: weight, mean and covariance of each column and pair."""
        names = self.feature_names
        rows, columns = np.triu_indices(len(names))
        pairs = [
            f"variance {names[i]}" if i == j else f"covariance {names[i]}, {names[j]}"
            for i, j in zip(rows, columns, strict=True)
        ]
        return ["weight", *(f"mean {name}" for name in names), *pairs]

    def __str__(self) -> str:
        kind = "percentile" if self.method in _PERCENTILE else "normal"
        made = ""
        if self.method != "information":
            made = f" ({counted(self.n_replicates, 'replicate')})"
        sentence = (
            f"Standard errors by {_WORDS[self.method]}{made}, and {kind} intervals of level "
            f"{self.level:g}"
        )
        columns = self.table()
        shown = [i for i, name in enumerate(columns["parameter"]) if _is_shown(name)]
        text = table({name: [of[i] for i in shown[:_SHOWN]] for name, of in columns.items()})
        return "\n\n".join([sentence, text, *self._notes(len(shown))])

    def _notes(self, n_shown: int) -> list[str]:
        notes = []
        if n_shown > _SHOWN:
            notes.append(f"(and {counted(n_shown - _SHOWN, 'more row')}; all are in table())")
        if self.n_failed:
            notes.append(errors.some_failed(self.n_failed, self.n_replicates, self.failures))
        if self.moved > _NEAR:
            notes.append(errors.not_at_maximum(self.moved))
        return notes

    def __repr__(self) -> str:
        return str(self)


def _is_shown(name: object) -> bool:
    """Whether the text has a parameter; covariances of two columns are in the table alone."""
    return not str(name).startswith("covariance ")


def _flat(parameters: ParameterArrays) -> FloatArray:
    """Weight, means and packed covariances of each component, (K, 1 + D + Q)."""
    rows, columns = np.triu_indices(parameters.means.shape[1])
    packed = parameters.covariances[:, rows, columns]
    return np.column_stack([parameters.weights, parameters.means, packed])


@dataclass(frozen=True, slots=True, repr=False)
class BootstrapTest:
    """The sequential bootstrap test for the number of components; prints as a table.

    Attributes
    ----------
    n_components : int
        The first number that is not rejected at the level, or the largest that was tested
        against.
    level : float
    covariance_type : str
    steps : tuple of Step
        One for each number tested against one more: `n_components`, `statistic`, `p_value`,
        `simulated` and `failures`.
    note : str
        What the reader should know of where the test ended; or nothing.
    """

    n_components: int
    level: float
    covariance_type: str
    steps: tuple[Step, ...]
    note: str

    def table(self) -> dict[str, list[object]]:
        """A row per step: hypotheses, statistic, p-value, resamples used, and failures."""
        return {
            "components": [f"{s.n_components} vs {s.n_components + 1}" for s in self.steps],
            "statistic": [s.statistic for s in self.steps],
            "p_value": [s.p_value for s in self.steps],
            "resamples": [len(s.simulated) for s in self.steps],
            "failed": [sum(s.failures.values()) for s in self.steps],
        }

    def __str__(self) -> str:
        sentence = (
            f"Bootstrap likelihood-ratio test, covariance {self.covariance_type}: "
            f"{counted(self.n_components, 'component')} at level {self.level:g}"
        )
        notes = [
            errors.some_failed(sum(s.failures.values()), s.n_done, s.failures)
            for s in self.steps
            if s.failures
        ]
        return "\n\n".join([sentence, table(self.table()), *notes, *filter(None, [self.note])])

    def __repr__(self) -> str:
        return str(self)
