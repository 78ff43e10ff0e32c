"""Targets predicted from the other columns, and how well that goes."""

from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow as pa
from sklearn.model_selection import KFold

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.cli.beside import split_columns
from gaussmix.cli.jobs import Task, frame, in_words, load_model
from gaussmix.cli.output import write_csv
from gaussmix.estimators import GaussianMixtureRegressor
from gaussmix.estimators.ready_made import regressor_of
from gaussmix.mixture import Mixture

#: Parts of which each is held out in turn.
_FOLDS = 10


@dataclass(frozen=True, slots=True)
class Regression:
    """A regressor and the rows that it answers for.

    Attributes
    ----------
    task : Task
    regressor : GaussianMixtureRegressor
        Fitted to a table of targets.
    targets : tuple of str
    rows : pyarrow.Table
        Inputs of the data.
    known : (pyarrow.Table, (N, T) array) or None
        Inputs and targets that were learnt from.
    """

    task: Task
    regressor: GaussianMixtureRegressor
    targets: tuple[str, ...]
    rows: pa.Table
    known: tuple[pa.Table, FloatArray] | None

    def write(self, path: str, level: float, quantiles: tuple[float, ...]) -> None:
        """Write a line for each row of the data."""
        mean, std = self.regressor.predict(self.rows, return_std=True)
        lower, upper = self.regressor.predict_interval(self.rows, level)
        found = {"prediction": mean, "std": std, "lower": lower, "upper": upper}
        if quantiles:
            at = self.regressor.predict_quantiles(self.rows, quantiles)
            found |= {f"quantile_{q:g}": at[..., i] for i, q in enumerate(quantiles)}
        columns = {
            name if len(self.targets) == 1 else f"{target}_{name}": values[:, t]
            for t, target in enumerate(self.targets)
            for name, values in found.items()
        }
        write_csv(path, list(columns), [list(columns.values())])

    def tell(self, level: float) -> None:
        """Say what was learnt, and how well it predicts rows that it was not learnt from."""
        if self.task.quiet:
            return
        mixture = in_words(self.regressor.mixture_)
        if self.known is not None:
            self.task.say(errors.targets_learnt(self.targets, len(self.known[1]), mixture))
        tested = self._tested(level)
        if tested is None:
            return
        truth, mean, inside = tested
        of_data = self.known is None or self.task.data is not self.task.train
        for t, target in enumerate(self.targets):
            has = ~np.isnan(truth[:, t])
            if has.sum() > 1:
                explained = _explained(truth[has, t], mean[has, t])
                share, n = float(inside[has, t].mean()), int(has.sum())
                where = errors.rows_held_out(n, _FOLDS)
                if of_data:
                    where = errors.rows_known(n, self.task.data.path)
                self.task.say(errors.targets_tested(target, where, explained, level, share))

    def _tested(self, level: float) -> tuple[FloatArray, FloatArray, AnyArray] | None:
        """Targets that are known and were not learnt from, (M, T); None where there are none.

        And what was predicted, and whether intervals hold them.
        """
        data = self.task.data
        if self.known is None or data is not self.task.train:
            if not set(self.targets) <= set(data.names):
                return None
            truth = data.numeric(self.targets)
            return truth, *_judged(self.regressor, self.rows, truth, level)
        inputs, truth = self.known
        if len(truth) < 2 * _FOLDS:
            return None
        mean, inside = np.empty_like(truth), np.empty(truth.shape, dtype=bool)
        folds = KFold(_FOLDS, shuffle=True, random_state=self.task.request.seed)
        with self.task.testing():
            for learnt, held_out in folds.split(truth):
                regressor = self._alike().fit(inputs.take(learnt), truth[learnt])
                mean[held_out], inside[held_out] = _judged(
                    regressor, inputs.take(held_out), truth[held_out], level
                )
        return truth, mean, inside

    def _alike(self) -> GaussianMixtureRegressor:
        """A regressor of as many components of the same shape."""
        mixture = self.regressor.mixture_
        return GaussianMixtureRegressor(
            mixture.n_components,
            covariance_types=[mixture.covariance_type],
            criterion="bic",
            missing_targets="use",
            random_state=self.task.request.seed,
        )


def learnt(task: Task) -> Regression:
    """What a task leads to: a fit, or the model that it names."""
    if task.request.model is not None:
        return _loaded(task)
    targets = split_columns((task.request.target or "",), task.train.names)
    if not targets:
        raise click.UsageError(errors.target_not_named("regress"))
    for target in targets:
        task.train.check_column(target)
    columns = task.columns(exclude=targets)
    truth = task.train.numeric(targets)
    teaches = ~np.isnan(truth).all(axis=1)
    if not teaches.any():
        raise errors.target_empty(targets, task.train.path)
    inputs, truth = frame(task.train, columns).take(np.flatnonzero(teaches)), truth[teaches]
    regressor = GaussianMixtureRegressor(
        missing_targets="use", random_state=task.request.seed, **task.choices()
    )
    rows = frame(task.data, columns)
    task.learn(regressor, inputs, pa.table(dict(zip(targets, truth.T, strict=True))))
    return Regression(task, regressor, targets, rows, (inputs, truth))


def _loaded(task: Task) -> Regression:
    """The regressor in a file, or one for the mixture there."""
    request = task.request
    model = load_model(str(request.model), GaussianMixtureRegressor, "regress")
    targets = split_columns((request.target or "",), getattr(model, "feature_names", None) or ())
    if isinstance(model, Mixture):
        if not targets:
            raise click.UsageError(errors.target_not_named("regress"))
        model = regressor_of(model, targets)
    else:
        names = model.mixture_.feature_names or ()
        fitted = names[model.n_features_in_ :]
        if targets and targets != fitted:
            raise errors.other_target(targets, fitted)
        targets = fitted
    return Regression(task, model, targets, task.rows_for(model)[0], None)


def _judged(
    regressor: Any, rows: pa.Table, truth: FloatArray, level: float
) -> tuple[FloatArray, AnyArray]:
    """Means for rows, and whether intervals hold the truth, (N, T) each."""
    lower, upper = regressor.predict_interval(rows, level)
    mean = np.asarray(regressor.predict(rows))
    return mean, (lower <= truth) & (truth <= upper)


def _explained(truth: FloatArray, mean: FloatArray) -> float:
    """The share of the variance that predictions explain; NaN where there is none."""
    total = float(np.square(truth - truth.mean()).sum())
    left = float(np.square(truth - mean).sum())
    return 1.0 - left / total if total > 0.0 else float("nan")
