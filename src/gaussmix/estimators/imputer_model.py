"""The mixture that an imputer fills gaps with: chosen, fitted and tried out."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.imputer_cells import CellFolds
from gaussmix.estimators.imputer_choice import Candidate, Fit, Options, Score, Trials, choose
from gaussmix.estimators.search_options import families_to_try, numbers_to_try

#: A `GaussianMixtureImputer`, whose file imports this one.
Model = Any

#: The criterion that hides values again.
HIDDEN = "hidden"
#: The strengths of the penalty that are tried where the caller does not say.
_STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1)
#: Remaining gain per row that is close enough to see how well a candidate does, and the most
#: iterations on the way there.
_QUICK, _SHORT = 1e-3, 300
#: Most cells that a choice is made on.
_MOST_CELLS = 1 << 16
#: Fewer hidden cells than this tell too little.
_LEAST_CELLS = 20


@dataclass(frozen=True)
class Found:
    """What `find_mixture` finds.

    Attributes
    ----------
    model : GaussianMixture
        Fitted to the whole table.
    spread : float
    parameters : dict
        Its n_components, covariance_type and reg_covar.
    results : dict of lists
        The candidates and how well they did.
    """

    model: GaussianMixture
    spread: float
    parameters: dict[str, Any]
    results: dict[str, list[Any]]


def find_mixture(
    model: Model, rows: AnyArray, weight: FloatArray | None, rng: np.random.Generator
) -> Found:
    """The mixture for rows (N, D), each column with a value, of weights above zero.

    Raises
    ------
    ValueError
        For parameters that cannot be used, and where every fit failed.
    """
    options = _options(model, *rows.shape)
    seed = int(rng.integers(2**32))
    folds = CellFolds.deal(rows, rng)
    all_rows = Trials(folds, weight, _fitting(model, seed, quick=True))
    is_hidden_enough = folds.n_cells >= _LEAST_CELLS
    some_rows, fitted = all_rows, None
    if model.criterion != HIDDEN:
        best, fitted = _searched(model, options, rows, weight, seed)
    elif options.is_open and is_hidden_enough:
        some_rows = _some(all_rows, rng)
        best = choose(some_rows, options)
    else:
        best = options.first
    if not is_hidden_enough:
        message = errors.too_few_cells_to_hide(folds.n_cells, _LEAST_CELLS)
        warnings.warn(message, errors.DataWarning, stacklevel=3)
    spread = all_rows.spread(best) if is_hidden_enough else 1.0
    if fitted is None:
        with warnings.catch_warnings():
            if some_rows.scores:
                # A strong penalty was chosen because it fills gaps better.
                warnings.simplefilter("ignore", errors.DegenerateFitWarning)
            fitted = _fitting(model, seed)(best, rows, weight)
    return Found(fitted, spread, vars(best).copy(), _results(some_rows.scores))


def _options(model: Model, n_rows: int, n_features: int) -> Options:
    """What there is to choose from, checked."""
    numbers = numbers_to_try(model, n_rows)
    shapes = families_to_try(model, n_features)
    return Options(numbers, shapes, _strengths(model.reg_covar), model.n_components is not None)


def _strengths(asked: Any) -> list[float]:
    """Values of `reg_covar` to try, rising."""
    if asked is None:
        return list(_STRENGTHS)
    several = list(asked) if isinstance(asked, Iterable) else [asked]
    numbers = [float(one) for one in several if isinstance(one, int | float | np.number)]
    if not several or len(numbers) < len(several) or not all(0.0 <= x < np.inf for x in numbers):
        raise errors.several_reg_covar(several)
    return sorted(set(numbers))


def _fitting(model: Model, seed: int, *, quick: bool = False) -> Fit:
    """What fits a candidate, to the model's own tolerance or only as far as a trial needs."""

    def fit(candidate: Candidate, rows: AnyArray, weight: FloatArray | None) -> GaussianMixture:
        mixture = GaussianMixture(
            candidate.n_components,
            covariance_type=candidate.covariance_type,
            reg_covar=candidate.reg_covar,
            init_params=model.init_params,
            n_init=model.n_init,
            tol=max(model.tol, _QUICK) if quick else model.tol,
            max_iter=min(model.max_iter, _SHORT) if quick else model.max_iter,
            prior=model.prior,
            n_jobs=model.n_jobs,
            random_state=seed,
        )
        return mixture.fit(rows, None, weight)

    return fit


def _some(trials: Trials, rng: np.random.Generator) -> Trials:
    """The same with no more rows than a choice needs."""
    n_rows, n_features = trials.folds.rows.shape
    most = max(1, _MOST_CELLS // n_features)
    if n_rows <= most:
        return trials
    some = np.sort(rng.choice(n_rows, size=most, replace=False))
    weight = None if trials.weight is None else trials.weight[some]
    return Trials(trials.folds.of_rows(some), weight, trials.fit)


def _searched(
    model: Model, options: Options, rows: AnyArray, weight: FloatArray | None, seed: int
) -> tuple[Candidate, GaussianMixture]:
    """What a search by a criterion of whole rows finds, with the best of the strengths."""
    found = []
    for strength in options.strengths:
        search = model._search(reg_covar=strength, random_state=seed)  # noqa: SLF001  its own
        search.fit(rows, None, weight)
        sign = 1.0 if model.criterion == "cv" else -1.0
        found.append((sign * search.best_score_, strength, search.best_estimator_))
    _, strength, best = max(found, key=lambda one: one[0])
    return Candidate(best.n_components, best.covariance_type, strength), best


def _results(scores: dict[Candidate, Score]) -> dict[str, list[Any]]:
    """A table of candidates."""
    return {
        "n_components": [one.n_components for one in scores],
        "covariance_type": [one.covariance_type for one in scores],
        "reg_covar": [one.reg_covar for one in scores],
        "log_density": [score.mean for score in scores.values()],
        "rmse": [score.rmse for score in scores.values()],
    }
