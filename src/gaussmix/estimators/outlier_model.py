"""The mixture that outliers are judged by: chosen, and fitted to no more rows than it takes."""

import re
import warnings
from numbers import Integral
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data import frame_like
from gaussmix.estimators.choice import ChoosingEstimator
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.validation import feature_names

#: The numbers of components that are tried where the caller does not say.
_USUAL = 4


class OutlierModel(ChoosingEstimator):
    """Adds the fit to an estimator that holds the parameters of an outlier detector."""

    component: str
    noise_component: bool
    noise_volume: float | None
    max_rows: int | None
    #: Of every random number beside the fit's own.
    _seed: list[int]

    def _some(
        self, X: Any, rows: AnyArray, weight: FloatArray | None
    ) -> tuple[Any, int, FloatArray | None]:
        """What the mixture is fitted to: X or some of its rows, how many, and their weights."""
        n_rows = len(rows)
        if self.max_rows is None or n_rows <= self.max_rows:
            return X, n_rows, weight
        rng = np.random.default_rng(self._seed)
        weighs = np.arange(n_rows) if weight is None else np.flatnonzero(weight)
        n_drawn = min(self.max_rows, len(weighs))
        drawn = np.sort(rng.choice(weighs, size=n_drawn, replace=False))
        names, some = feature_names(self), rows[drawn]
        if names is not None:
            some = frame_like(dict(zip(names, some.T.tolist(), strict=True)), X)
        return some, n_drawn, None if weight is None else weight[drawn]

    def _fitted(self, X: Any, n_rows: int, sample_weight: Any) -> GaussianMixture:
        """The best of the mixtures that the parameters leave open."""
        if self._is_settled:
            return self._only().fit(X, sample_weight=sample_weight)
        usual = range(1, min(_USUAL, n_rows) + 1)
        with warnings.catch_warnings():
            if self.n_components is None:
                # More components than these are left out on purpose.
                edge = errors.best_on_edge(usual[-1], is_largest=True)
                warnings.filterwarnings("ignore", re.escape(edge), errors.SearchWarning)
            return self._choose(
                X,
                sample_weight,
                n_components=usual if self.n_components is None else self.n_components,
                component=self.component,
                noise_component=self.noise_component,
                noise_volume=self.noise_volume,
            )

    @property
    def _is_settled(self) -> bool:
        """Whether the parameters leave nothing to choose."""
        return (
            isinstance(self.n_components, Integral)
            and isinstance(self.covariance_types, str)
            and self.covariance_types != "all"
            and not isinstance(self.prior, list | tuple)
        )

    def _only(self) -> GaussianMixture:
        """The only mixture that the parameters leave."""
        return GaussianMixture(
            self.n_components,
            covariance_type=self.covariance_types,
            component=self.component,
            noise_component=self.noise_component,
            noise_volume=self.noise_volume,
            init_params=self.init_params,
            n_init=self.n_init,
            tol=self.tol,
            max_iter=self.max_iter,
            reg_covar=self.reg_covar,
            prior=self.prior,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
