"""The summary of a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from gaussmix.covariance import family_named
from gaussmix.errors.words import counted
from gaussmix.selection import Candidate
from gaussmix.summary.text import number, table


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """What there is to say of a search.

    Attributes
    ----------
    sentence : str
        What won.
    best : dict of str to list
        The best five candidates, with their distance to the best.
    notes : tuple of str
        What to know of the others.
    """

    sentence: str
    best: dict[str, list[object]]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n\n".join([self.sentence, table(self.best), *self.notes])

    def __repr__(self) -> str:
        return str(self)


def summarize_search(
    candidates: Sequence[Candidate], winner: Candidate, criterion: str
) -> SearchSummary:
    """The summary of a search that `winner` won by `criterion`."""
    words = family_named(winner.covariance_type).words
    sentence = (
        f"Best by {criterion.upper()}: {counted(winner.n_components, 'component')}, covariance "
        f"{winner.covariance_type} ({words}), {criterion.upper()} "
        f"{number(winner.value(criterion))}"
    )
    return SearchSummary(
        sentence, _best_five(candidates, winner, criterion), _notes(candidates, winner, criterion)
    )


def _best_five(
    candidates: Sequence[Candidate], winner: Candidate, criterion: str
) -> dict[str, list[object]]:
    sound = sorted(
        (c for c in candidates if not c.reason or c is winner), key=lambda c: c.value(criterion)
    )[:5]
    return {
        "components": [c.n_components for c in sound],
        "covariance": [c.covariance_type for c in sound],
        criterion: [c.value(criterion) for c in sound],
        "behind": [c.value(criterion) - winner.value(criterion) for c in sound],
        "log_likelihood": [c.criteria.log_likelihood if c.criteria else None for c in sound],
        "parameters": [c.criteria.n_parameters if c.criteria else None for c in sound],
    }


def _notes(candidates: Sequence[Candidate], winner: Candidate, criterion: str) -> tuple[str, ...]:
    notes = []
    out = [c for c in candidates if c.reason]
    if winner.reason:
        notes.append(f"Every candidate is degenerate, this one too: {winner.reason}")
    elif out:
        first = min(out, key=lambda c: c.value(criterion))
        notes.append(
            f"{len(out)} of {counted(len(candidates), 'candidate')} cannot win, being degenerate "
            f"or failed; the one of lowest {criterion.upper()} is {first.covariance_type} with "
            f"{first.n_components}: {first.reason}"
        )
    sizes = {c.n_components for c in candidates}
    if len(sizes) > 1 and winner.n_components == max(sizes):
        notes.append(
            f"The best has the largest number of components that was tried ({max(sizes)}); "
            "try more."
        )
    return tuple(notes)
