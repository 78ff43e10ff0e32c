"""A mixture for each class: MclustDA (Fraley & Raftery 2002), and what small classes get."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import family_named
from gaussmix.density import Components
from gaussmix.em import Fit, Problem, run
from gaussmix.errors.words import counted
from gaussmix.estimators.class_gaussians import SharedShapes
from gaussmix.estimators.class_model import of_one
from gaussmix.estimators.class_rows import Training
from gaussmix.estimators.class_soundness import Soundness, constant_columns
from gaussmix.estimators.search import GaussianMixtureSearch
from gaussmix.execution import Team
from gaussmix.selection import Candidate, ranked

#: Rows of less than this chance of being of a class are left out of its search.
_SMALLEST_CHANCE = 1e-6
#: What there is to warn of: category and message.
Note = tuple[type[Warning], str]
#: (n_components, covariance_types) -> a search that is not yet fitted
MakeSearch = Callable[[list[int], list[str]], GaussianMixtureSearch]


@dataclass(frozen=True)
class ClassMixture:
    """The mixture of one class.

    Attributes
    ----------
    components : Components
    covariance_type : str
    n_parameters : int
        Free ones; of a borrowed shape the mean's alone.
    n_iter : int
        Iterations.
    borrowed : bool
        Whether the shape is what the classes have in common.
    """

    components: Components
    covariance_type: str
    n_parameters: int
    n_iter: int
    borrowed: bool = False

    @property
    def words(self) -> str:
        """Its size and shape in a sentence."""
        if self.borrowed:
            return borrowed_words(self.covariance_type)
        size = counted(self.components.n_components, "component")
        return f"{size} of the poorer shape {self.covariance_type!r}"


def borrowed_words(name: str) -> str:
    """A shape that all classes share, in a sentence."""
    return f"the shape {name!r}, estimated from the rows of every class"


@dataclass(frozen=True)
class Chooser:
    """How the mixture of a class is chosen.

    Attributes
    ----------
    training : Training
    numbers : tuple of sequences of int
        Numbers of components to try for each class.
    names : sequence of str
        Shapes to try.
    make_search : callable
    shared : SharedShapes
        What classes have in common, for those whose rows show no shape.
    team : Team
    several : int
        How many mixtures of each class are wanted, at the most.
    quiet : bool
        Whether the caller did not say how many components to try: then there are no more than the
        rows can show, and nothing is said of the largest number being the best.
    notes : list of (category, message)
        What there is to warn of.
    """

    training: Training
    numbers: tuple[Sequence[int], ...]
    names: Sequence[str]
    make_search: MakeSearch
    shared: SharedShapes
    team: Team
    several: int
    quiet: bool
    notes: list[Note] = field(default_factory=list)

    def choose(self, c: int, chance: FloatArray) -> list[ClassMixture]:
        """The best few mixtures of class c, best first; at least one.

        Parameters
        ----------
        c : int
        chance : (N,) array
            Probability of each row being of class c.
        """
        # Rows without a value tell nothing of their class's mixture.
        seen = ~np.isnan(self.training.X).all(axis=1)
        rows = np.flatnonzero((chance > _SMALLEST_CHANCE) & seen)
        weight = self.training.weights[rows] * chance[rows]
        n_rows = round(float(chance[rows].sum()))
        names = self._feasible(n_rows)
        numbers = self._possible(c, n_rows)
        found: list[ClassMixture] = []
        reason = self._hindrance(rows, numbers, self.numbers[c])
        if n_rows >= 2 and names and not reason:
            found, reason = self._search(c, rows, weight, numbers, names)
        is_small = n_rows <= self.training.n_features and len(names) < len(self.names)
        mixtures = found or [self._borrowed(c)]
        if is_small or not found:
            self._note(c, n_rows, mixtures[0], reason, is_small=is_small or n_rows < 2)
        return mixtures

    def _feasible(self, n_rows: int) -> list[str]:
        """The shapes that so many rows can show with one component."""
        n_features = self.training.n_features
        return [n for n in self.names if family_named(n).rows_needed(1, n_features) < n_rows]

    def _possible(self, c: int, n_rows: int) -> list[int]:
        """The numbers of components that so many rows can show.

        Where the caller does not say, each component could have a row more than columns.
        """
        most = n_rows
        if self.quiet:
            most = max(1, n_rows // (self.training.n_features + 1))
        return [k for k in self.numbers[c] if k <= most]

    def _hindrance(self, rows: IntArray, numbers: list[int], asked: Sequence[int]) -> str:
        """Why no mixture can be fitted to these rows, whatever its shape; empty where it can."""
        if not numbers:
            return errors.more_components_than_rows(min(asked))
        X = self.training.X
        empty = np.asarray(np.isnan(X[rows]).all(axis=0))
        if empty.any():
            return errors.empty_column_of_class(self._label_of(empty))
        constant = constant_columns(X[rows])
        constant[constant_columns(X)] = False
        if len(rows) > 1 and constant.any():
            return errors.constant_column_of_class(self._label_of(constant))
        return ""

    def _label_of(self, columns: BoolArray) -> str:
        """What a message calls the first of some columns."""
        return errors.column_label(int(np.argmax(columns)), self.training.names)

    def _search(
        self, c: int, rows: IntArray, weight: FloatArray, numbers: list[int], names: list[str]
    ) -> tuple[list[ClassMixture], str]:
        """The best few sound mixtures of these rows, or why there is none."""
        plain = self.training.weight is None and bool((weight == 1.0).all())
        search = self.make_search(numbers, names)
        X = self.training.X[rows]
        if self.quiet and np.isnan(X).any():
            # Rows with gaps take far longer, and shapes of many components soon get worse.
            search.set_params(patience=1)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                search.fit(X, None, None if plain else weight)
            except ValueError as refused:
                return [], str(refused)
        if search.interrupted_:
            raise KeyboardInterrupt
        judge = Soundness.of(X, self.team)
        found: list[ClassMixture] = []
        for one in ranked(search.candidates_, "bic"):
            if len(found) == self.several or one.reason or one.outcome is None:
                break
            problem, end = self._problem(one, rows, weight), one.outcome.best
            if not judge(problem, end.components):
                continue
            if one is search.best_candidate_:
                self._pass_on(c, told, search)
            elif not found:
                end = self._run_on(problem, end)
            name, n_parameters = one.covariance_type, one.n_parameters
            found.append(ClassMixture(end.components, name, n_parameters, end.n_iter))
        return found, search.best_candidate_.reason or errors.narrow_component()

    def _run_on(self, problem: Problem, end: Fit) -> Fit:
        """The end of a run that the search did not see through."""
        settings = self.training.settings
        return run(
            problem,
            end.components,
            self.team,
            tol=settings.tol,
            max_iter=settings.max_iter,
            progress=end.progress,
        )

    def _problem(self, one: Candidate, rows: IntArray, weight: FloatArray) -> Problem:
        family = family_named(one.covariance_type)
        return self.training.problem_of(rows, weight, family, one.n_components, self.team)

    def _borrowed(self, c: int) -> ClassMixture:
        """A Gaussian at the mean of class c, of the shape that the classes share."""
        one = self.shared.best(self.names)
        assert one.components is not None
        n_features = self.training.n_features
        own = of_one(one.components, c)
        return ClassMixture(own, one.name, n_features, one.n_iter, borrowed=True)

    def _note(
        self, c: int, n_rows: int, mixture: ClassMixture, reason: str, *, is_small: bool
    ) -> None:
        label, n_features = self.training.labels.names()[c], self.training.n_features
        if is_small:
            message = errors.few_rows_of_class(label, n_rows, n_features, mixture.words)
        else:
            message = errors.unsound_class(label, n_rows, n_features, reason, mixture.words)
        self.notes.append((errors.DataWarning, message))

    def _pass_on(
        self, c: int, told: Sequence[warnings.WarningMessage], search: GaussianMixtureSearch
    ) -> None:
        """Say of class c what its search has warned of, but for what is said here of every class.

        That is which classes have few rows, and which mixtures are not sound.
        """
        said: tuple[type[Warning], ...] = (errors.DegenerateFitWarning,)
        if search.best_candidate_.n_components == 1:
            said = (*said, errors.SearchWarning)
        for warning in told:
            text = str(warning.message)
            is_edge = self.quiet and text == search.summary().edge
            if not is_edge and not issubclass(warning.category, said):
                message = errors.of_class(self.training.labels.names()[c], text)
                self.notes.append((warning.category, message))
