"""Candidates of a search: one cell of its grid each, and which of them is best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix.em import FitReport, Outcome
from gaussmix.errors.words import counted
from gaussmix.selection.criteria import Criteria, HeldOut, loss

#: What names a cell: number of components, family, prior.
Cell = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cell of the grid.

    Attributes
    ----------
    n_components : int
    covariance_type : str
    n_parameters : int
        Free ones.
    outcome : Outcome or None
        None where every start failed.
    report : FitReport or None
    criteria : Criteria or None
    reason : str
        Why it cannot win; empty where it can.
    prior : str
        What the prior is called; empty for none.
    held_out : HeldOut or None
        None where it was not cross-validated.
    skipped : bool
        Whether it was not fitted, as there was no hope.
    """

    n_components: int
    covariance_type: str
    n_parameters: int
    outcome: Outcome | None
    report: FitReport | None
    criteria: Criteria | None
    reason: str
    prior: str = ""
    held_out: HeldOut | None = None
    skipped: bool = False

    def value(self, criterion: str) -> float:
        """Its criterion; NaN where there is none."""
        if criterion == "cv":
            return self.held_out.mean if self.held_out else float("nan")
        return self.criteria.value(criterion) if self.criteria else float("nan")

    def loss(self, criterion: str) -> float:
        """Its criterion turned so that lower is better; infinite where there is none."""
        return loss(criterion, self.value(criterion))

    @property
    def cell(self) -> Cell:
        """What tells it from the others."""
        return self.n_components, self.covariance_type, self.prior

    @property
    def why_not_held_out(self) -> str:
        """Why a fold has no fit; empty where each has one, or there are none."""
        return self.held_out.reason if self.held_out else ""

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        named = f"{self.covariance_type}, {counted(self.n_components, 'component')}"
        return f"{named}, prior {self.prior}" if self.prior else named

    @property
    def status(self) -> str:
        """How its fit ended, in a word or two."""
        if self.report is not None:
            return str(self.report.status)
        return "skipped" if self.skipped else "failed"


def ranked(candidates: Sequence[Candidate], criterion: str) -> list[Candidate]:
    """The candidates from the best: sound ones, then degenerate ones, then those without a fit.

    Among each the better criterion comes first; ties go to fewer parameters.
    """

    def place(candidate: Candidate) -> tuple[bool, bool, float, int]:
        is_out = bool(candidate.reason)
        size = candidate.criteria.n_parameters if candidate.criteria else 0
        return candidate.criteria is None, is_out, candidate.loss(criterion), size

    return sorted(candidates, key=place)


def best_of(candidates: Sequence[Candidate], criterion: str) -> Candidate:
    """The best by a criterion among those that are not degenerate; see `ranked`.

    Raises
    ------
    ValueError
        Where every fit failed, with a table of reasons.
    """
    best = ranked(candidates, criterion)[0]
    if best.criteria is None or (criterion == "cv" and np.isnan(best.value("cv"))):
        raise errors.no_candidate([(c.title, c.reason) for c in candidates])
    return best
