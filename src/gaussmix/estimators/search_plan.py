"""From the parameters of a search to the searches that it makes, of all rows or of some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from gaussmix._typing import AnyArray
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, Source, Survey, survey
from gaussmix.density import Noise
from gaussmix.em import QUICK, Effort, Problem, Start, with_filler, with_prior
from gaussmix.estimators.intake import Intake
from gaussmix.estimators.preflight import check_source, is_student, noise_box
from gaussmix.estimators.search_options import (
    families_to_try,
    numbers_to_try,
    patience_of,
    priors_to_try,
)
from gaussmix.estimators.starting import Wanted, choose_starts
from gaussmix.estimators.validation import feature_names
from gaussmix.execution import Team
from gaussmix.maximization import ConjugatePrior, Fixed
from gaussmix.selection import Grid, Patience, Search, Sweep


@dataclass(frozen=True)
class SearchPlan:
    """A search but for its rows.

    Attributes
    ----------
    numbers : sequence of int
    families : sequence of str
    wanted : Wanted
        Starts.
    effort : Effort
    criterion : str
    reg_covar : float
    noise : Noise or None
        Its box is that of all rows: what it spreads over is not estimated from some of them.
    fixed : Fixed
    is_student : bool
        Whether the components are Student t's.
    priors : mapping of str to ConjugatePrior or None
        By what they are called.
    patience : Patience or None
    names : tuple of str or None
        Of the columns, as the rows have them.
    dtype : dtype
    seed : sequence of int
    team : Team
    """

    numbers: Sequence[int]
    families: Sequence[str]
    criterion: str
    wanted: Wanted
    effort: Effort
    reg_covar: float
    noise: Noise | None
    fixed: Fixed
    is_student: bool
    priors: Mapping[str, ConjugatePrior | None]
    patience: Patience | None
    names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    seed: Sequence[int]
    team: Team

    @classmethod
    def of(cls, model: Any, intake: Intake, facts: Survey, seed: Sequence[int], team: Team) -> Self:
        """The plan that a `GaussianMixtureSearch` has for rows, once they are surveyed."""
        check_source(model, intake.source)
        return cls(
            numbers_to_try(model, facts.n_rows, facts.largest_label + 1),
            families_to_try(model, len(facts.centre)),
            model.criterion,
            Wanted(model.init_params, model.n_init, rules=QUICK),
            Effort(float(model.tol), int(model.max_iter), in_turn=callable(model.init_params)),
            float(model.reg_covar),
            noise_box(model, facts, intake.box),
            Fixed(equal_weights=bool(model.equal_proportions)),
            is_student(model),
            priors_to_try(model),
            patience_of(model),
            feature_names(model),
            intake.dtype,
            seed,
            team,
        )

    def sweep(self, source: Source, rows: AnyArray | None, facts: Survey) -> Sweep:
        """The searches of a source; `rows` is its array where it has one."""

        def starts(problem: Problem, threads: Team) -> list[Start]:
            return choose_starts(problem, rows, self.wanted, self.seed, threads)

        families = [family_named(name) for name in self.families]
        problem = Problem(source, facts, families[0], 1, self.reg_covar, self.noise, self.fixed)
        problem = replace(problem, is_student=self.is_student)
        is_auto = isinstance(self.wanted.init_params, str) and self.wanted.init_params == "auto"
        race = self.wanted.rules if is_auto else None
        grid = Grid(
            self.numbers, self.families, self.effort, starts, self.seed, race, self.criterion
        )
        names = self.names or tuple(map(str, range(source.n_features)))
        problem = with_filler(problem, self.team)
        searches = {}
        for called, prior in self.priors.items():
            of_prior = with_prior(problem, prior, self.team, families)
            searches[called] = Search(of_prior, names, self.dtype, grid, self.team)
        return Sweep(searches, self.patience)

    def of_fold(self, train: ArraySource) -> Sweep:
        """The searches of some of the rows; all that they know of rows they have from these."""
        facts = survey(train, self.team, self.names)
        numbers = [k for k in self.numbers if k <= facts.n_rows]
        plan = replace(self, numbers=numbers, patience=None)
        return plan.sweep(train, train.X, facts)
