"""The summary of a search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix.errors.words import counted, titled
from gaussmix.selection import INFORMATION, Candidate, ranked
from gaussmix.summary.text import number, shape_in_words, table

#: What a criterion's value is called in a sentence.
_TITLES = {
    **{name: titled(name) for name in INFORMATION},
    "cv": "held-out log density per row",
}
#: Candidates that are shown.
_BEST = 5
#: Log-likelihoods that differ by less than this share are the same.
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """What there is to say of a search.

    Attributes
    ----------
    sentence : str
        What won.
    best : dict of str to list
        The best five candidates that can win, with how far they are behind the best. Of the
        shapes that are one and the same model with one component, the first.
    notes : tuple of str
        What to know of the others.
    edge : str
        Where the best stands at the edge of what was tried, what to try; else empty. The last
        of the notes.
    """

    sentence: str
    best: dict[str, list[object]]
    notes: tuple[str, ...]
    edge: str

    def __str__(self) -> str:
        return "\n\n".join([self.sentence, table(self.best), *self.notes])

    def __repr__(self) -> str:
        return str(self)


def summarize_search(
    candidates: Sequence[Candidate], winner: Candidate, criterion: str, n_features: int
) -> SearchSummary:
    """The summary of a search that `winner` won by `criterion`."""
    title = _TITLES[criterion]
    by = "cross-validation" if criterion == "cv" else title
    named = in_words(winner, n_features)
    sentence = f"Best by {by}: {named}, {title} {number(winner.value(criterion))}"
    edge = _edge(candidates, winner)
    notes = [*_lost(candidates, winner, criterion), *_skipped(candidates), *filter(None, [edge])]
    return SearchSummary(sentence, _best_five(candidates, winner, criterion), tuple(notes), edge)


def in_words(candidate: Candidate, n_features: int) -> str:
    """A model in words: how many components, and of which shape."""
    shape = shape_in_words(candidate.covariance_type, candidate.n_components, n_features)
    prior = f", prior {candidate.prior}" if candidate.prior else ""
    return f"{counted(candidate.n_components, 'component')}, covariance {shape}{prior}"


def _best_five(
    candidates: Sequence[Candidate], winner: Candidate, criterion: str
) -> dict[str, list[object]]:
    others = [c for c in ranked(candidates, criterion) if not c.reason and c is not winner]
    best: list[Candidate] = []
    for candidate in [winner, *others]:
        if len(best) < _BEST and not any(_is_same(candidate, known) for known in best):
            best.append(candidate)
    columns: dict[str, list[object]] = {
        "components": [c.n_components for c in best],
        "covariance": [c.covariance_type for c in best],
    }
    if any(c.prior for c in candidates):
        columns["prior"] = [c.prior or "none" for c in best]
    columns[criterion] = [c.value(criterion) for c in best]
    columns["behind"] = [_behind(c, winner, criterion) for c in best]
    if criterion == "cv":
        columns["std_error"] = [c.held_out.std_error if c.held_out else None for c in best]
    columns["log_likelihood"] = [c.criteria.log_likelihood if c.criteria else None for c in best]
    columns["parameters"] = [c.n_parameters for c in best]
    return columns


def _is_same(one: Candidate, other: Candidate) -> bool:
    """Whether two shapes are the same model, as they are where a component has none to share."""
    if not one.n_components == other.n_components == 1 or one.n_parameters != other.n_parameters:
        return False
    if one.prior != other.prior or one.criteria is None or other.criteria is None:
        return False
    values = one.criteria.log_likelihood, other.criteria.log_likelihood
    return abs(values[0] - values[1]) <= _SAME * max(1.0, *map(abs, values))


def _behind(candidate: Candidate, winner: Candidate, criterion: str) -> float:
    """How much worse it is than the winner; equal fits differ in rounding."""
    if candidate is winner:
        return 0.0
    if np.isinf(candidate.loss(criterion)):
        return float("inf")
    return round(candidate.loss(criterion) - winner.loss(criterion), 6) + 0.0


def _lost(candidates: Sequence[Candidate], winner: Candidate, criterion: str) -> list[str]:
    """What is wrong with those that cannot win."""
    out = [c for c in candidates if c.reason and not c.skipped]
    if winner.reason:
        return [f"Every candidate is degenerate, this one too: {_reason(winner)}"]
    if not out:
        return []
    title = _TITLES[criterion]
    first = ranked(out, criterion)[0]
    named = f"the one of best {title} among them"
    value = first.value(criterion)
    figure = "" if first.loss(criterion) == float("inf") else f", {title} {number(value)}"
    better = " (better than the winner's)" if first.loss(criterion) < winner.loss(criterion) else ""
    what = (
        f"{len(out)} of {counted(len(candidates), 'candidate')} cannot win, being degenerate or "
        f"failed; {named} is {first.title}{figure}{better}: {_reason(first)}"
    )
    return [what]


def _reason(candidate: Candidate) -> str:
    """Why it cannot win: of several reasons the first."""
    findings = candidate.report.findings if candidate.report else ()
    reasons = [finding.reason for finding in findings if finding.component >= 0]
    if len(reasons) < 2:
        return candidate.reason
    return f"{reasons[0]} ({len(reasons)} of its components are degenerate.)"


def _skipped(candidates: Sequence[Candidate]) -> list[str]:
    n_skipped = sum(c.skipped for c in candidates)
    if not n_skipped:
        return []
    return [f"{n_skipped} of {counted(len(candidates), 'candidate')} were not tried (patience)."]


def _edge(candidates: Sequence[Candidate], winner: Candidate) -> str:
    """What to try where the winner has the largest or the smallest number tried."""
    numbers = {c.n_components for c in candidates}
    if len(numbers) < 2:
        return ""
    if winner.n_components == max(numbers):
        return errors.best_on_edge(winner.n_components, is_largest=True)
    if winner.n_components == min(numbers) > 1:
        return errors.best_on_edge(winner.n_components, is_largest=False)
    return ""
