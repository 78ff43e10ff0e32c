"""Outliers of a table, and what to say of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow as pa

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray
from gaussmix.cli.jobs import Task, frame, in_words, load_model
from gaussmix.cli.output import write_csv
from gaussmix.estimators import GaussianMixtureOutlierDetector
from gaussmix.estimators.ready_made import detector_of
from gaussmix.estimators.validation import feature_names
from gaussmix.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that were judged.

    Attributes
    ----------
    task : Task
    detector : GaussianMixtureOutlierDetector
    rows : pyarrow.Table
    is_outlier : (N,) array of bool
    contamination : float or None
        The share that was asked for.
    """

    task: Task
    detector: Any
    rows: pa.Table
    is_outlier: BoolArray
    contamination: float | None

    def write(self, path: str, *, explain: bool, only: bool) -> None:
        """Write a line for each row, or for each outlier."""
        shown = np.flatnonzero(self.is_outlier) if only else np.arange(len(self.is_outlier))
        columns = self._addresses(shown) if only else {}
        columns |= {
            "outlier": self.is_outlier[shown].astype(int),
            "log_density": self._of(shown, self.detector.score_samples),
            "p_value": self._of(shown, self.detector.p_values),
        }
        if explain:
            columns |= self._reasons(shown)
        write_csv(path, list(columns), [list(columns.values())])

    def tell(self, *, is_shown: bool) -> None:
        """Say how many outliers there are, by what, and how to see them unless they are shown."""
        n_rows, n_outliers = len(self.is_outlier), int(self.is_outlier.sum())
        self.task.say(
            errors.outliers_found(
                n_outliers,
                n_rows,
                in_words(self.detector.mixture_),
                float(self.detector.p_value_),
                self.contamination,
            )
        )
        if n_outliers and not is_shown:
            self.task.say(errors.outliers_to_see())

    def _of(self, shown: AnyArray, answer: Any) -> AnyArray:
        """What the detector answers for some rows."""
        return np.asarray(answer(self.rows.take(shown))) if len(shown) else np.empty(0)

    def _addresses(self, shown: AnyArray) -> dict[str, AnyArray]:
        """File, where there are several, and line of the rows shown."""
        files, lines = self.task.data.addresses()
        found = {"line": np.array(lines)[shown]}
        if len(self.task.data.parts) > 1:
            found = {"file": np.array(files)[shown], **found}
        return found

    def _reasons(self, shown: AnyArray) -> dict[str, AnyArray]:
        """The value of each row that is furthest from what the others let expect."""
        told = {name: np.full(len(shown), "", dtype=object) for name in _REASONS}
        if len(shown):
            reasons = self.detector.explain(self.rows.take(shown), n_columns=1).to_pydict()
            for name, (source, as_told) in _REASONS.items():
                told[name][reasons["row"]] = [as_told(entry) for entry in reasons[source]]
        return told


def _rounded(digits: int) -> Callable[[float], float]:
    """What rounds a number to so many digits that count."""
    return lambda number: float(f"{number:.{digits}g}")


#: Columns of the explanation: what the detector calls each, and how its entries are told.
_REASONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "column": ("column", str),
    "value": ("value", float),
    "expected": ("expected", _rounded(6)),
    "deviations": ("given_others", _rounded(3)),
}


def check(p_value: float | None, contamination: float | None) -> None:
    """Refuse two thresholds."""
    if p_value is not None and contamination is not None:
        raise click.UsageError(errors.two_thresholds_asked())


def find(task: Task, p_value: float | None, contamination: float | None, component: str) -> Found:
    """Judge the rows of a task by what is learnt, or by a model."""
    request = task.request
    if request.model is None:
        detector = GaussianMixtureOutlierDetector(
            contamination="auto" if contamination is None else contamination,
            p_value=p_value,
            component=component,
            random_state=request.seed,
            **task.choices(),
        )
        columns = task.columns()
        rows = frame(task.data, columns)
        task.learn(detector, frame(task.train, columns))
    else:
        detector = _loaded(request.model, p_value)
        rows, _ = task.rows_for(detector)
    is_outlier = np.asarray(detector.predict(rows)) == -1
    return Found(task, detector, rows, is_outlier, contamination)


def _loaded(path: str, p_value: float | None) -> GaussianMixtureOutlierDetector:
    """The detector in a file, or one for the mixture there."""
    model = load_model(path, GaussianMixtureOutlierDetector, "outliers")
    if isinstance(model, Mixture):
        return detector_of(model, p_value)
    if p_value is None:
        return model  # type: ignore[no-any-return]  # a detector, as was asked for
    named = Mixture.from_components(
        model.mixture_.components, model.mixture_.covariance_type, feature_names(model)
    )
    return detector_of(named, p_value)
