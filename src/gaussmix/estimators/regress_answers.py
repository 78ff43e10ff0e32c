"""What a joint mixture of inputs and targets says of the targets, given inputs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.estimators.regress_targets import Targets
from gaussmix.estimators.validation import fitted_rows
from gaussmix.mixture import (
    ConditionalGroups,
    ConditionalMixture,
    Mixture,
    check_count,
    conditionals,
    gathered,
    generator_of,
)
from gaussmix.mixture.conditional_groups import Part


class RegressionAnswers(BaseEstimator):  # type: ignore[misc]  # untyped base
    """Predictions and densities of targets from a fitted `mixture_`."""

    mixture_: Mixture
    n_outputs_: int
    target_ndim_: int

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: FBT001, FBT002  scikit-learn's
        """Mean of the targets given the inputs.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for what is not known.
        return_std : bool, default=False
            Whether to return standard deviations too.

        Returns
        -------
        mean : (N,) or (N, T) array
            As the targets of the fit were a column or a table, in their units.
        std : array of the same shape
            Only with `return_std`: of the targets, not of their means.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        if not return_std:
            return self._shaped(self._each(X, ConditionalMixture.mean))
        both = self._each(X, lambda part: np.stack([part.mean(), np.sqrt(part.variance())], 1))
        return self._shaped(both[:, 0]), self._shaped(both[:, 1])

    def predict_quantiles(self, X: Any, q: float | Sequence[float]) -> FloatArray:
        """Quantiles of the targets given the inputs.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        q : float or sequence of float
            Probabilities from 0 to 1.

        Returns
        -------
        (N,) or (N, T) array
            With a last axis more, one entry for each probability, where `q` is a sequence.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`, and for a number that is no probability.
        """
        is_one = np.ndim(q) == 0
        asked: list[Any] = [q] if is_one else list(q)  # type: ignore[arg-type]  # as is said
        if not asked:
            raise errors.no_levels("q")
        for one in asked:
            errors.check_level(one, "q", ends=True)
        found = self._each(X, lambda part: np.stack([part.quantile(p) for p in asked], axis=2))
        shaped = self._shaped(found)
        return np.asarray(shaped[..., 0] if is_one else shaped)

    def predict_interval(self, X: Any, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Intervals that hold the targets with a stated probability, given the inputs.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        level : float, default=0.9
            Between 0 and 1; as much is left out on either side.

        Returns
        -------
        lower, upper : (N,) or (N, T) arrays
            For each target by itself.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`, and for a level outside (0, 1).
        """
        errors.check_level(level, "level")
        both = self._each(X, lambda part: np.stack(part.interval(level), axis=1))
        return self._shaped(both[:, 0]), self._shaped(both[:, 1])

    def conditional(self, X: Any) -> ConditionalMixture | ConditionalGroups:
        """The whole distribution of the targets for each row, given its inputs.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)

        Returns
        -------
        ConditionalMixture or ConditionalGroups
            A sequence of N mixtures, with mean, quantile, log_pdf, sample, mode and the like for
            all rows at once; groups where rows do not all know the same inputs.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`.
        """
        parts = tuple(self._parts(self._given(X), whole=True))
        return parts[0][1] if len(parts) == 1 else ConditionalGroups(parts)

    def log_density(self, X: Any, y: Any) -> FloatArray:
        """Log density of each row's targets given its inputs, (N,).

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        y : array-like, series or data frame of shape (N,) or (N, T)

        Returns
        -------
        (N,) array
            In nats; the density is per unit of each target.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`; for other or missing targets.
        """
        rows = self._given(X)
        targets = Targets.of(y, len(rows), type(self).__name__)
        if targets.values.shape[1] != self.n_outputs_:
            raise errors.target_columns(targets.values.shape[1], self.n_outputs_)
        if (found := targets.first(np.isnan(targets.values))) is not None:
            raise errors.target_missing_here(found[0], targets.label(found[1]), "log_density")
        out = np.empty(len(rows))
        for some, conditional in self._parts(rows):
            out[some] = conditional.log_pdf(targets.values[some])
        return out

    def sample_targets(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> FloatArray:
        """Random targets given the inputs.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        n_samples : int, default=1
            Draws for each row.
        random_state : None, int, Generator or RandomState, default=0

        Returns
        -------
        (N, n_samples) or (N, T, n_samples) array

        Raises
        ------
        NotFittedError, ValueError
            As `predict`, and for less than one draw.
        """
        n_samples = check_count(n_samples)
        rng = generator_of(random_state)

        def draws(part: ConditionalMixture) -> FloatArray:
            return np.stack([part.sample(rng) for _ in range(n_samples)], axis=2)

        return self._shaped(self._each(X, draws))

    def _given(self, X: Any) -> AnyArray:
        """Inputs (N, D), NaN for gaps."""
        check_is_fitted(self)
        return fitted_rows(self, X, reset=False)

    def _parts(self, rows: AnyArray, *, whole: bool = False) -> Iterator[Part]:
        """What rows of inputs (N, D) say of the targets, by what they know; see `conditionals`."""
        n_inputs = rows.shape[1]
        open_ = np.full((len(rows), self.n_outputs_), np.nan)
        found = conditionals(
            self.mixture_.components,
            np.column_stack([rows, open_]),
            Mixture.from_components,
            covariance_type=self.mixture_.covariance_type,
            names=self.mixture_.feature_names,
            wanted=np.arange(n_inputs, n_inputs + self.n_outputs_),
            whole=whole,
        )
        return ((some, conditional) for some, _, conditional in found)

    def _each(self, X: Any, answer: Callable[[ConditionalMixture], FloatArray]) -> FloatArray:
        """What the conditional mixtures of rows answer, (N, ...)."""
        rows = self._given(X)
        return gathered(self._parts(rows), len(rows), answer)

    def _shaped(self, found: FloatArray) -> FloatArray:
        """Answers (N, T, ...), without the axis of targets where these were a column."""
        return found[:, 0] if self.target_ndim_ == 1 else found
