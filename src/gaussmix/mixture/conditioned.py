"""Conditioning: what known columns say of the others."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix import errors
from gaussmix.mixture.conditional import Condition, ConditionalMixture
from gaussmix.mixture.value import Column, Value, as_known

if TYPE_CHECKING:
    from gaussmix.mixture.distribution import Mixture


class Conditioned(Value):
    """Adds conditioning to a mixture."""

    __slots__ = ()

    def condition(self, known: Mapping[Column, Any]) -> "Mixture | ConditionalMixture":
        """The distribution of the other columns, given some.

        Parameters
        ----------
        known : mapping of column to value
            Columns by number or name, and what each is known to be: a number, or (N,) numbers
            for N rows.

        Returns
        -------
        Mixture or ConditionalMixture
            One mixture where every value is a number; else a sequence of N of them, with
            means, quantiles and the like for all rows at once. Of the columns that are not
            known, in their order.

        Raises
        ------
        ValueError
            For a column that is not there, none or all of them, values that are not finite
            numbers, and numbers of rows that differ.

        Notes
        -----
        See `ConditionalMixture` for the formula.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> names = ["length", "width"]
        >>> mixture = Mixture([1.0], [[3.0, 5.0]], [[[2.0, 0.5], [0.5, 1.0]]], feature_names=names)
        >>> mixture.condition({"length": 5.0}).means
        array([[5.5]])
        >>> mixture.condition({"length": [1.0, 3.0, 5.0]}).mean()
        array([[4.5],
               [5. ],
               [5.5]])
        """
        if not isinstance(known, Mapping):
            raise errors.known_of_wrong_kind(type(known).__name__)
        index = self._index(list(known))
        if len(index) == self.n_features:
            raise errors.nothing_left_to_condition(list(known))
        columns = [as_known(str(name), values) for name, values in known.items()]
        lengths = {
            str(name): len(column)
            for name, column in zip(known, columns, strict=True)
            if column.ndim == 1
        }
        for name, column in zip(known, columns, strict=True):
            if not np.isfinite(column).all():
                raise errors.unusable_known_value(str(name), column)
        if len(set(lengths.values())) > 1:
            raise errors.known_values_differ(lengths)
        n_rows = next(iter(lengths.values()), 1)
        X = np.empty((n_rows, self.n_features))
        for j, column in zip(index, columns, strict=True):
            X[:, j] = column
        others = np.delete(np.arange(self.n_features), index)
        found = self._condition_on(index, others)(X)
        return found if lengths else found[0]

    def _condition_on(self, known: Any, wanted: Any) -> Condition:
        """Conditioning of some columns on others, by their numbers."""
        return Condition(
            self._components,
            self._covariance_type,
            self._feature_names,
            known,
            wanted,
            type(self).from_components,  # type: ignore[arg-type]  # Mixture is the only class of it
        )
