"""Cross-validation: every candidate fitted without a fold, and asked about the fold."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, IntArray
from gaussmix.data import ArraySource, Details
from gaussmix.density import totals
from gaussmix.execution import Team
from gaussmix.selection.candidates import Candidate, Cell
from gaussmix.selection.criteria import HeldOut
from gaussmix.selection.sweep import Sweep, Tell


@dataclass(frozen=True, slots=True)
class Fold:
    """Numbers of the rows to be fitted, and of those held out, each rising."""

    train: IntArray
    test: IntArray


def shuffled_folds(
    n_folds: int, counts: AnyArray, rng: np.random.Generator, groups: AnyArray | None = None
) -> list[Fold]:
    """Folds of nearly as many rows, or groups, each of them held out once.

    Parameters
    ----------
    n_folds : int
    counts : (N,) array of bool
        Which rows count; the others are in no fold.
    rng : Generator
    groups : (N,) array or None
        Rows of one group are held out together.

    Raises
    ------
    ValueError
        For fewer rows, or groups, than folds.
    """
    rows = np.flatnonzero(counts)
    unit = np.arange(len(rows))
    if groups is not None:
        unit = np.unique(groups[rows], return_inverse=True)[1]
    n_units = len(np.unique(unit))
    if n_units < n_folds:
        what = "row" if groups is None else "group"
        raise errors.too_few_for_folds(n_folds, n_units, what)
    fold_of_unit = np.empty(n_units, dtype=np.intp)
    fold_of_unit[rng.permutation(n_units)] = np.arange(n_units) % n_folds
    fold = fold_of_unit[unit]
    return [Fold(rows[fold != v], rows[fold == v]) for v in range(n_folds)]


@dataclass(frozen=True)
class CrossValidation:
    """Folds of rows in memory, and how to search without one of them.

    Attributes
    ----------
    source : ArraySource
        All rows.
    folds : sequence of Fold
    sweep_of : callable
        (training rows) -> the sweep over what they can make; all that it knows of the rows it
        takes from them.
    team : Team
    given : array of int or None
        Columns that are taken as known: what counts is the density of the others given them.
    """

    source: ArraySource
    folds: Sequence[Fold]
    sweep_of: Callable[[ArraySource], Sweep]
    team: Team
    given: IntArray | None = None

    def run(self, candidates: Sequence[Candidate], tell: Tell | None = None) -> list[Candidate]:
        """The candidates, and what each makes of held-out rows.

        Those that were not fitted to all rows are left as they are. When the user interrupts,
        the folds that are done count.

        Parameters
        ----------
        candidates : sequence of Candidate
        tell : callable or None
            Told of each candidate as it is fitted to a fold.
        """
        # Where a cell has a degenerate end and a sound one, the sound one comes last.
        asked = {c.cell: c for c in candidates if c.outcome is not None}
        ends: dict[Cell, list[_End]] = {cell: [] for cell in asked}
        skip = frozenset(c.cell for c in candidates if c.skipped)
        for answers in self._folds(ends, skip, tell):
            for cell, end in answers.items():
                ends[cell].append(end)
        n_folds = len(self.folds)
        return [
            _with(c, ends[c.cell], n_folds) if asked.get(c.cell) is c else c for c in candidates
        ]

    def _folds(
        self, wanted: Iterable[Cell], skip: frozenset[Cell], tell: Tell | None
    ) -> Iterator[dict[Cell, "_End"]]:
        """For each fold what each cell makes of it."""
        for fold in self.folds:
            try:
                answers = self._ask(fold, wanted, skip, tell)
            except KeyboardInterrupt:
                self.team.interrupted.set()
            if self.team.interrupted.is_set():
                return
            yield answers

    def _ask(
        self, fold: Fold, wanted: Iterable[Cell], skip: frozenset[Cell], tell: Tell | None
    ) -> dict[Cell, "_End"]:
        train, test = _rows(self.source, fold.train), _rows(self.source, fold.test)
        fitted = {c.cell: c for c in self.sweep_of(train).run(tell, skip)}
        return {cell: self._end(fitted.get(cell), cell, train, test) for cell in wanted}

    def _end(
        self, candidate: Candidate | None, cell: Cell, train: ArraySource, test: ArraySource
    ) -> "_End":
        if candidate is None:
            return _End(float("nan"), 0.0, errors.fold_too_small(train.n_rows, cell[0]))
        if candidate.outcome is None:
            return _End(float("nan"), 0.0, candidate.reason)
        components = candidate.outcome.best.components
        found = totals(components, test, self.team)
        log_likelihood = found.log_likelihood
        if self.given is not None:
            known = ArraySource(test.X[:, self.given], Details(weight=test.details.weight))
            part = components.marginal(self.given)
            log_likelihood -= totals(part, known, self.team).log_likelihood
        return _End(log_likelihood, found.told, "")


@dataclass(frozen=True, slots=True)
class _End:
    """What a candidate makes of a fold."""

    log_likelihood: float
    weight: float
    reason: str


def _rows(source: ArraySource, index: IntArray) -> ArraySource:
    """Some of the rows, with what is known of them."""
    return ArraySource(source.X[index], source.details.take(index))


def _with(candidate: Candidate, ends: Sequence[_End], n_folds: int) -> Candidate:
    """The candidate with what it makes of the folds."""
    if not ends:
        return candidate
    reasons = [
        errors.fold_failed(number, n_folds, end.reason)
        for number, end in enumerate(ends, start=1)
        if end.reason
    ]
    held_out = HeldOut(
        tuple(end.log_likelihood for end in ends),
        tuple(end.weight for end in ends),
        reasons[0] if reasons else "",
    )
    return replace(candidate, held_out=held_out)
