"""What is believed of a mixture's parameters: intervals, and the summary of a Bayesian fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.em import FitReport
from gaussmix.errors.words import counted
from gaussmix.maximization import Posterior, mean_quantiles, weight_quantiles
from gaussmix.summary.mixture import MixtureSummary
from gaussmix.summary.text import number, shape_in_words, table

#: With more columns than this the text shows the first ones only.
_SHOWN = 6
#: Rows of a table of intervals that the text shows.
_ROWS = 40


class WeightsAndMeans(NamedTuple):
    """One value for each weight, (K,), and for each component's mean, (K, D)."""

    weights: FloatArray
    means: FloatArray


@dataclass(frozen=True, slots=True, repr=False)
class CredibleIntervals:
    """Intervals that hold weights and means with a given probability; prints as a table.

    The text tells of the active components only.

    Attributes
    ----------
    level : float
        The probability that each interval by itself holds its parameter. Half of the rest is
        below it, half above.
    estimate : WeightsAndMeans
        The parameters' posterior means; `weights` is (K,) and `means` (K, D).
    lower, upper : WeightsAndMeans
        The ends; means are in the units of the columns.
    active : (A,) array of int
        Numbers of the components that hold at least a row.
    feature_names : tuple of str
    """

    level: float
    estimate: WeightsAndMeans
    lower: WeightsAndMeans
    upper: WeightsAndMeans
    active: IntArray
    feature_names: tuple[str, ...]

    @classmethod
    def of(
        cls, posterior: Posterior, active: IntArray, level: float, names: tuple[str, ...]
    ) -> "CredibleIntervals":
        """The intervals of all K slots."""
        slots = posterior.slots
        tails = np.array([0.5 * (1.0 - level), 0.5 * (1.0 + level)])
        ends = zip(
            weight_quantiles(posterior, tails), mean_quantiles(posterior, tails), strict=True
        )
        lower, upper = (WeightsAndMeans(*end) for end in ends)
        estimate = WeightsAndMeans(slots.weights, slots.means)
        return cls(level, estimate, lower, upper, active, names)

    def table(self) -> dict[str, list[object]]:
        """A row per parameter: component, parameter, estimate, and interval."""
        n_components = len(self.estimate.weights)
        parameters: list[object] = ["weight", *(f"mean {name}" for name in self.feature_names)]
        columns: dict[str, list[object]] = {
            "component": [k for k in range(n_components) for _ in parameters],
            "parameter": parameters * n_components,
        }
        titles = ("estimate", "lower", "upper")
        for title, each in zip(titles, (self.estimate, self.lower, self.upper), strict=True):
            columns[title] = list(np.column_stack([each.weights, each.means]).ravel().tolist())
        return columns

    def __str__(self) -> str:
        sentence = f"Credible intervals of level {self.level:g}"
        columns = self.table()
        active = set(self.active.tolist())
        told = [i for i, component in enumerate(columns["component"]) if component in active]
        parts = [
            sentence,
            table({name: [of[i] for i in told[:_ROWS]] for name, of in columns.items()}),
        ]
        hidden, n_empty = len(told) - _ROWS, len(self.estimate.weights) - len(active)
        notes = [f"{counted(hidden, 'more row')}"] if hidden > 0 else []
        notes += [f"{counted(n_empty, 'empty slot')}"] if n_empty else []
        if notes:
            parts.append(f"(and {' and '.join(notes)}; all are in table())")
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True, repr=False)
class PosteriorSummary(MixtureSummary):
    """What there is to say of a fitted Bayesian mixture; prints as text.

    Attributes
    ----------
    sentence : str
        What was fitted.
    facts : dict of str to float
        Rows, bound per row, active components.
    components : dict of str to list
        A table with a row per active component: `component`, `weight`, `weight lower`, `weight
        upper`, and for each column x `mean x`, `mean x lower`, `mean x upper` and `std x`.
    report : str
        How the fit went.
    level : float
        Of the intervals.
    n_empty : int
        Slots that are not in the table, as they hold less than one row.
    feature_names : tuple of str
    """

    level: float
    n_empty: int
    feature_names: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            self.sentence,
            "  ".join(f"{name} {number(value)}" for name, value in self.facts.items()),
            table(self._lines()),
        ]
        notes = []
        hidden = len(self.feature_names) - _SHOWN
        if hidden > 0:
            notes.append(f"{counted(hidden, 'more column')}")
        if self.n_empty:
            notes.append(f"{counted(self.n_empty, 'empty slot')}")
        if notes:
            parts.append(f"(and {' and '.join(notes)})")
        if self.report:
            parts.append(self.report)
        return "\n\n".join(parts)

    def _lines(self) -> dict[str, list[object]]:
        """A line for each component and column; what belongs to a component is told once."""
        names = self.feature_names[:_SHOWN]
        interval = f"{100.0 * self.level:g}% interval"
        # Columns of one name would be one: a blank tells them apart.
        lines: dict[str, list[object]] = {
            title: []
            for title in ("component", "weight", interval, "column", "mean", f" {interval}", "std")
        }
        for k, component in enumerate(self.components["component"]):
            for j, name in enumerate(names):
                of_component = [component, *self._told("weight", k)] if j == 0 else ["", "", ""]
                std = self.components[f"std {name}"][k]
                cells = [*of_component, name, *self._told(f"mean {name}", k), std]
                for column, cell in zip(lines.values(), cells, strict=True):
                    column.append(cell)
        return lines

    def _told(self, parameter: str, k: int) -> tuple[float, str]:
        """Estimate and interval of a parameter of the component in row k."""
        ends = (self.components[f"{parameter} {end}"][k] for end in ("lower", "upper"))
        return self.components[parameter][k], f"[{', '.join(f'{end:.4g}' for end in ends)}]"

    def __repr__(self) -> str:
        return str(self)


def summarize_posterior(
    posterior: Posterior,
    covariance_type: str,
    intervals: CredibleIntervals,
    report: FitReport | None,
    facts: Mapping[str, float],
) -> PosteriorSummary:
    """The summary of what is believed of a mixture.

    Parameters
    ----------
    posterior : Posterior
    covariance_type : str
    intervals : CredibleIntervals
        Of the active components of which it tells.
    report : FitReport or None
    facts : mapping
    """
    n_slots, n_features = posterior.prior.n_slots, posterior.n_features
    n_active = len(intervals.active)
    shape = shape_in_words(covariance_type, n_active, n_features)
    sentence = (
        f"Bayesian Gaussian mixture of {counted(n_active, 'active component')} out of "
        f"{n_slots} in {counted(n_features, 'dimension')}, covariances {shape}"
    )
    return PosteriorSummary(
        sentence,
        facts,
        _component_table(posterior, intervals),
        str(report or ""),
        intervals.level,
        n_slots - n_active,
        intervals.feature_names,
    )


def _component_table(posterior: Posterior, intervals: CredibleIntervals) -> dict[str, list[float]]:
    """The columns of `PosteriorSummary.components`."""
    active = intervals.active
    kinds = {"": intervals.estimate, " lower": intervals.lower, " upper": intervals.upper}
    std = np.sqrt(posterior.slots.covariances.variances)
    columns: dict[str, list[float]] = {"component": active.tolist()}
    for end, values in kinds.items():
        columns[f"weight{end}"] = values.weights[active].tolist()
    for j, name in enumerate(intervals.feature_names):
        for end, values in kinds.items():
            columns[f"mean {name}{end}"] = values.means[active, j].tolist()
        columns[f"std {name}"] = std[active, j].tolist()
    return columns
