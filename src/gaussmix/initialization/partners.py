"""The table of what mergers cost, and the cheapest of them."""

from typing import final

import numpy as np

from gaussmix._typing import FloatArray


@final
class Partners:
    """Costs of merging any two of the clusters left, and each one's cheapest partner.

    Where a merger takes a partner away, what it cost stays as a lower bound, and the partner
    is looked up anew only once that bound is the least of all (the generic algorithm of
    Müllner 2011, "Modern hierarchical, agglomerative clustering algorithms",
    arXiv:1109.2378). It needs no more of the costs than that they are numbers.

    Parameters
    ----------
    table : (M, M) array
        The costs; infinite on the diagonal. It is kept and overwritten.
    """

    def __init__(self, table: FloatArray) -> None:
        self.n_left = len(table)
        self._table = table
        self._partner = np.argmin(table, axis=1)
        self._bound = np.min(table, axis=1)
        self._is_stale = np.zeros(len(table), dtype=np.bool_)

    def cheapest(self) -> tuple[int, int, float]:
        """The two clusters to merge, the lesser number first, and what that costs."""
        bound = self._bound[: self.n_left]
        one = int(np.argmin(bound))
        while self._is_stale[one]:
            self._look_up(one, self._table[one, : self.n_left])
            one = int(np.argmin(bound))
        other = int(self._partner[one])
        return min(one, other), max(one, other), float(bound[one])

    def remove(self, kept: int, gone: int) -> None:
        """Forget cluster `gone` and what `kept` cost; the last cluster takes the free number."""
        self.n_left = last = self.n_left - 1
        partner = self._partner[: last + 1]
        self._is_stale[: last + 1] |= (partner == kept) | (partner == gone)
        if gone < last:
            self._table[gone, :last] = self._table[last, :last]
            self._table[:last, gone] = self._table[:last, last]
            self._table[gone, gone] = np.inf
            partner[partner == last] = gone
            for known in (self._partner, self._bound, self._is_stale):
                known[gone] = known[last]

    def renew(self, one: int, costs: FloatArray) -> None:
        """Take in what it costs (n_left,) to merge cluster `one` with each of those left."""
        n = self.n_left
        costs[one] = np.inf
        self._table[one, :n] = costs
        self._table[:n, one] = costs
        closer = np.flatnonzero(costs <= self._bound[:n])
        self._bound[closer] = costs[closer]
        self._partner[closer] = one
        self._is_stale[closer] = False
        self._look_up(one, costs)

    def _look_up(self, one: int, costs: FloatArray) -> None:
        """Set the cheapest partner of one cluster."""
        partner = np.argmin(costs)
        self._partner[one], self._bound[one] = partner, costs[partner]
        self._is_stale[one] = False
