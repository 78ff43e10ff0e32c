"""What a fit has to say for itself."""

from dataclasses import dataclass

from gaussmix.data import Survey
from gaussmix.em.degeneracy import Finding
from gaussmix.em.restarts import Outcome
from gaussmix.errors import Status
from gaussmix.errors.words import counted


@dataclass(frozen=True, slots=True)
class FitReport:
    """How a fit went.

    Attributes
    ----------
    status : Status
        DEGENERATE where there are findings, else how the best run ended.
    ended : Status
        How the best run ended.
    n_iter : int
        Iterations of the best run.
    objectives : tuple of float
        Its penalised log-likelihood per row after each.
    remaining : float
        Estimated gain in it that was still to come; infinite where it cannot be told.
    n_starts : int
        Runs made to the end.
    n_reached_best : int
        How many of them ended at the best optimum.
    failures : tuple of str
        Why others failed.
    n_components, n_exact : int
        Components, and how many of them took the exact kernel at last.
    findings : tuple of Finding
        What is degenerate.
    n_gappy, n_empty : int
        Rows with missing values, and those of them with no value at all.
    """

    status: Status
    ended: Status
    n_iter: int
    objectives: tuple[float, ...]
    remaining: float
    n_starts: int
    n_reached_best: int
    failures: tuple[str, ...]
    n_components: int
    n_exact: int
    findings: tuple[Finding, ...]
    n_gappy: int = 0
    n_empty: int = 0

    @classmethod
    def of(cls, outcome: Outcome, findings: tuple[Finding, ...], survey: Survey) -> "FitReport":
        """The report of the best of several starts."""
        best = outcome.best
        return cls(
            Status.DEGENERATE if findings else best.status,
            best.status,
            best.n_iter,
            best.objectives,
            best.progress.remaining,
            len(outcome.objectives),
            outcome.n_reached_best,
            outcome.failures,
            best.components.n_components,
            best.n_exact,
            findings,
            survey.n_gappy,
            survey.n_empty,
        )

    @property
    def kernel(self) -> str:
        """Which kernel evaluated the densities: "fast", "exact" or how many were exact."""
        if self.n_exact == 0:
            return "fast"
        if self.n_exact == self.n_components:
            return "exact"
        return f"fast (exact for {self.n_exact} of {self.n_components} components)"

    def __str__(self) -> str:
        steps = "batch" if self.status is Status.STREAMING else "iteration"
        iterations = counted(self.n_iter, steps)
        how = self.status if self.status is self.ended else f"{self.status}; {self.ended}"
        lines = [f"{how.capitalize()} after {iterations}, {self.kernel} kernel."]
        if self.n_starts > 1:
            lines.append(
                f"{self.n_reached_best} of {self.n_starts} starts reached the best optimum."
            )
        if self.failures:
            lines.append(
                f"{len(self.failures)} of {self.n_starts} starts failed: {self.failures[0]}"
            )
        if self.n_gappy:
            lines.append(f"{counted(self.n_gappy, 'row')} had missing values.")
        if self.n_empty:
            lines.append(
                f"{counted(self.n_empty, 'row')} had no value at all and told nothing of the "
                "components; their posterior probabilities are the weights."
            )
        lines += [finding.reason for finding in self.findings]
        return "\n".join(lines)
