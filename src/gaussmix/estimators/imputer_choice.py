"""Which mixture fills gaps best: cells that are hidden again tell."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.covariance import family_named
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.imputer_cells import CellFolds, Guesses, guesses, spread_of
from gaussmix.mixture import Mixture

#: Hidden cells that a choice rests on, and a spread, where so many folds hold as many.
_TO_CHOOSE, _TO_SPREAD = 500, 2000
_FOLDS_TO_CHOOSE, _FOLDS_TO_SPREAD = 3, 10
#: Standard errors that a gain must be above, which wins by chance once in forty times.
_CLEAR = 2.0
#: Numbers of components, running, that may bring nothing before a shape is given up.
_PATIENCE = 2


@dataclass(frozen=True)
class Candidate:
    """One of the mixtures to choose from."""

    n_components: int
    covariance_type: str
    reg_covar: float


#: candidate, rows, weights -> fit
Fit = Callable[[Candidate, AnyArray, FloatArray | None], GaussianMixture]


@dataclass(frozen=True)
class Score:
    """How well a candidate fills hidden cells.

    Attributes
    ----------
    log_density : (M,) array
        Of the values behind them, each times the weight of its row over that of all; empty
        where a fit failed.
    square : (M,) array
        Squared errors, in units of the columns' variances, weighted likewise.
    row : (M,) array of int
    """

    log_density: FloatArray
    square: FloatArray
    row: IntArray

    @property
    def mean(self) -> float:
        """Mean log density; -inf where a fit failed."""
        return float(self.log_density.sum()) if len(self.row) else -np.inf

    @property
    def rmse(self) -> float:
        """Root of the mean squared error; infinite where a fit failed."""
        return float(np.sqrt(self.square.sum())) if len(self.row) else np.inf

    def beats(self, other: "Score", *, clearly: bool) -> bool:
        """Whether the log density is higher and the squared error lower.

        Parameters
        ----------
        other : Score
        clearly : bool
            Whether by more than twice their standard errors, as rows differ.
        """
        if not (self.mean > other.mean and self.rmse < other.rmse):
            return False
        if not clearly or other.mean == -np.inf:
            return True
        denser, nearer = self.log_density - other.log_density, other.square - self.square
        return self._is_clear(denser) and self._is_clear(nearer)

    def _is_clear(self, gain: FloatArray) -> bool:
        """Whether gains (M,) add up to more than twice the standard error of their sum."""
        of_rows, share = np.bincount(self.row, gain), np.bincount(self.row) / len(self.row)
        total = of_rows.sum()
        return bool(total > _CLEAR * np.sqrt(np.square(of_rows - share * total).sum()))


#: Of a candidate that could not be fitted.
_FAILED = Score(np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))


@dataclass
class Trials:
    """Fits to a table without the cells of a fold.

    Attributes
    ----------
    folds : CellFolds
    weight : (N,) array or None
    fit : callable
    scores : dict of Candidate to Score
    reasons : list of str
        Why fits failed.
    """

    folds: CellFolds
    weight: FloatArray | None
    fit: Fit
    scores: dict[Candidate, Score] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    _mixtures: dict[tuple[Candidate, int], Mixture] = field(default_factory=dict)

    def mixture(self, candidate: Candidate, fold: int) -> Mixture:
        """A candidate fitted to the table without the cells of a fold."""
        key = candidate, fold
        if key not in self._mixtures:
            with warnings.catch_warnings():
                # The fit to the whole table says what is wrong with it.
                warnings.simplefilter("ignore")
                model = self.fit(candidate, self.folds.without(fold), self.weight)
            self._mixtures[key] = model.mixture_
        return self._mixtures[key]

    def score(self, candidate: Candidate) -> Score:
        """How well a candidate fills hidden cells."""
        if candidate not in self.scores:
            try:
                self.scores[candidate] = self._score(candidate)
            except ValueError as reason:
                self.reasons.append(str(reason))
                self.scores[candidate] = _FAILED
        return self.scores[candidate]

    def _score(self, candidate: Candidate) -> Score:
        found = self._guesses(candidate, self.folds.needed(_TO_CHOOSE, _FOLDS_TO_CHOOSE))
        weight = self._weight(found.row)
        share = weight / weight.sum()
        return Score(share * found.log_density, share * found.square, found.row)

    def spread(self, candidate: Candidate) -> float:
        """How many times wider than the candidate's own its spread must be."""
        found = self._guesses(candidate, self.folds.needed(_TO_SPREAD, _FOLDS_TO_SPREAD), away=True)
        return spread_of(found.away, self._weight(found.row))

    def _guesses(self, candidate: Candidate, n_folds: int, *, away: bool = False) -> Guesses:
        """What a candidate makes of the cells of so many folds."""
        each = [
            guesses(self.mixture(candidate, fold), self.folds, fold, away=away)
            for fold in range(n_folds)
        ]
        return Guesses(*(np.concatenate(part) for part in zip(*map(astuple, each), strict=True)))

    def _weight(self, row: IntArray) -> FloatArray:
        return np.ones(len(row)) if self.weight is None else self.weight[row]


@dataclass(frozen=True)
class Options:
    """What there is to choose from.

    Attributes
    ----------
    numbers : sequence of int
        Of components, rising.
    shapes : sequence of str
    strengths : sequence of float
        Values of `reg_covar`, rising.
    is_patient : bool
        Whether all numbers are tried, also where some running brought nothing.
    """

    numbers: Sequence[int]
    shapes: Sequence[str]
    strengths: Sequence[float]
    is_patient: bool

    @property
    def first(self) -> Candidate:
        """The fewest components with the middle strength."""
        middle = self.strengths[len(self.strengths) // 2]
        return Candidate(self.numbers[0], self.shapes[0], middle)

    @property
    def is_open(self) -> bool:
        """Whether there is more than one candidate."""
        return max(len(self.numbers), len(self.shapes), len(self.strengths)) > 1


def choose(trials: Trials, options: Options) -> Candidate:
    """The best candidate on the way: the strength, then numbers and shapes, then the strength.

    Raises
    ------
    ValueError
        Where every fit failed.
    """
    best = _strongest(trials, options.first, options.strengths)
    as_one: dict[str, Candidate] = {}
    for shape in options.shapes:
        own, idle = _FAILED, 0
        for number in options.numbers:
            candidate = Candidate(number, shape, best.reg_covar)
            if number == 1:
                # Shapes that differ in what components share are the same for one.
                words = family_named(shape).words_for(1, trials.folds.rows.shape[1])
                candidate = as_one.setdefault(words, candidate)
            score = trials.score(candidate)
            if score.beats(trials.score(best), clearly=True):
                best = candidate
            own, idle = (score, 0) if score.beats(own, clearly=True) else (own, idle + 1)
            if idle >= _PATIENCE and not options.is_patient:
                break
    best = _strongest(trials, best, options.strengths)
    if trials.score(best) is _FAILED:
        raise errors.all_candidates_failed(trials.reasons)
    return best


def _strongest(trials: Trials, start: Candidate, strengths: Sequence[float]) -> Candidate:
    """The candidate with the best strength, walking from its own as long as it gets better."""
    best = start
    at = list(strengths).index(start.reg_covar)
    for step in (1, -1):
        here = at + step
        while 0 <= here < len(strengths):
            other = replace(start, reg_covar=strengths[here])
            if not trials.score(other).beats(trials.score(best), clearly=False):
                break
            best, here = other, here + step
    return best
