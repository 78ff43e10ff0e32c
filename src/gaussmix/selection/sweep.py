"""Searches of one grid under several priors, each family as far as there is hope."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gaussmix import errors
from gaussmix.selection.candidates import Candidate, Cell
from gaussmix.selection.criteria import is_hopeless
from gaussmix.selection.search import Search

Tell = Callable[[Candidate], object]


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up a family.

    Attributes
    ----------
    criterion : str
    n_worse : int
        Numbers of components running for which the family is worse than its best.
    """

    criterion: str
    n_worse: int

    def reason(self, family: Sequence[Candidate]) -> str:
        """Why no more components are worth trying; empty where they are.

        Parameters
        ----------
        family : sequence of Candidate
            Those of one family so far, the number of components rising.
        """
        worst = float("inf")
        best: dict[int, float] = {}
        for c in family:
            loss = worst if c.reason else c.loss(self.criterion)
            if not c.skipped:
                best[c.n_components] = min(loss, best.get(c.n_components, worst))
        if not is_hopeless(list(best.values()), self.n_worse):
            return ""
        return errors.not_tried(self.n_worse, self.criterion, min(best, key=lambda k: best[k]))


@dataclass(frozen=True)
class Sweep:
    """The searches, by what their priors are called; "" is none.

    Attributes
    ----------
    searches : mapping of str to Search
        All of one grid.
    patience : Patience or None
        None fits every cell.
    """

    searches: Mapping[str, Search]
    patience: Patience | None = None

    @property
    def cells(self) -> list[Cell]:
        """Every cell, in the order of the candidates."""
        return [
            (*cell, prior) for prior, search in self.searches.items() for cell in search.grid.cells
        ]

    def run(self, tell: Tell | None = None, skip: frozenset[Cell] = frozenset()) -> list[Candidate]:
        """Every cell but those to be skipped; those done when the user interrupts, if any are.

        Parameters
        ----------
        tell : callable or None
            Told of each candidate as it is done.
        skip : set of cells
        """
        found: list[Candidate] = []
        try:
            for prior, search in self.searches.items():
                for part in self._parts(prior, search, tell, skip):
                    found += part
                    if search.team.interrupted.is_set():
                        return self._in_order(found)
        except KeyboardInterrupt:
            if not any(candidate.outcome for candidate in found):
                raise
        return self._in_order(found)

    def _in_order(self, candidates: list[Candidate]) -> list[Candidate]:
        place = {cell: i for i, cell in enumerate(self.cells)}
        return sorted(candidates, key=lambda candidate: place[candidate.cell])

    def search_of(self, candidate: Candidate) -> Search:
        """The search that fitted a candidate."""
        return self.searches[candidate.prior]

    def finish(self, candidate: Candidate) -> Candidate:
        """The candidate run on; see `Search.finish`."""
        done = self.search_of(candidate).finish(candidate)
        return replace(done, prior=candidate.prior, held_out=candidate.held_out)

    def _parts(
        self, prior: str, search: Search, tell: Tell | None, skip: frozenset[Cell]
    ) -> Iterator[list[Candidate]]:
        """The candidates of one prior: all at once, or one number of components after another."""
        told = _named(prior, tell)
        if not search.grid.cells:
            return
        if self.patience is None and not skip:
            yield [replace(candidate, prior=prior) for candidate in search.run(told)]
            return
        grid = search.grid
        families: dict[str, list[Candidate]] = {name: [] for name in grid.covariance_types}
        for k in grid.n_components:
            wanted = [name for name in families if (k, name, prior) not in skip]
            hopeless = {name: self._why_not(families[name]) for name in wanted}
            part = [
                _left_out(search, k, name, prior, reason)
                for name, reason in hopeless.items()
                if reason
            ]
            for candidate in part:
                if tell is not None:
                    tell(candidate)
            if alive := [name for name in wanted if not hopeless[name]]:
                small = replace(grid, n_components=[k], covariance_types=alive)
                done = replace(search, grid=small).run(told)
                part += [replace(candidate, prior=prior) for candidate in done]
            for candidate in part:
                families[candidate.covariance_type].append(candidate)
            yield part

    def _why_not(self, family: Sequence[Candidate]) -> str:
        """Why a family is not worth more components; empty where it is."""
        return self.patience.reason(family) if self.patience else ""


def _left_out(search: Search, k: int, name: str, prior: str, reason: str) -> Candidate:
    """A cell that is not fitted."""
    n_free = search.problem(k, name).n_free
    return Candidate(k, name, n_free, None, None, None, reason, prior=prior, skipped=True)


def _named(prior: str, tell: Tell | None) -> Tell | None:
    """Tells of candidates under the prior's name."""
    if tell is None:
        return None
    return lambda candidate: tell(replace(candidate, prior=prior))
