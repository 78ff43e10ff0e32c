"""What every verb of a mixture starts from: a frozen value with named columns."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import layout_named
from gaussmix.density import Components

#: A column by number or by name.
Column = int | str


def as_known(name: str, values: Any) -> FloatArray:
    """What a column is known to be, as a number or a vector of them."""
    try:
        known = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise errors.known_value_not_a_number(name, values) from None
    if known.ndim > 1:
        raise errors.wrong_known_values(name, known.shape)
    return known


class Value:
    """A mixture's content, which nothing changes."""

    __slots__ = ("_components", "_covariance_type", "_feature_names")

    _components: Components
    _covariance_type: str
    _feature_names: tuple[str, ...] | None

    @classmethod
    def from_components(
        cls,
        components: Components,
        covariance_type: str,
        feature_names: Sequence[str] | None = None,
    ) -> Self:
        """The mixture of components that are known to be valid."""
        mixture = cls.__new__(cls)
        mixture._fill(components, covariance_type, feature_names)  # noqa: SLF001  its own
        return mixture

    def _fill(
        self, components: Components, covariance_type: str, names: Sequence[str] | None
    ) -> None:
        """Give a new mixture its content, once and for all."""
        if isinstance(names, str):
            raise errors.names_in_one_string(names)
        if names is not None and len(names) != components.n_features:
            raise errors.wrong_shape("feature_names", (components.n_features,), (len(names),))
        if names is not None and len(set(names)) < len(names):
            raise errors.duplicate_columns(list(names), "the mixture")
        object.__setattr__(self, "_components", components)
        object.__setattr__(self, "_covariance_type", covariance_type)
        object.__setattr__(self, "_feature_names", None if names is None else tuple(names))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Mixture is frozen; make a new one to change {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Mixture is frozen; {name!r} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_components, (
            self._components,
            self._covariance_type,
            self._feature_names,
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Value)
            and self._covariance_type == other._covariance_type
            and self._feature_names == other._feature_names
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.means, other.means)
            and np.array_equal(self.covariances, other.covariances)
            and self._components.has_same_noise(other._components)
            and self._components.has_same_tails(other._components)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays inside: equal, but not hashable

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.n_components} components, {self.n_features} features, "
            f"covariance_type={self._covariance_type!r})"
        )

    @property
    def components(self) -> Components:
        """The parameters as one value, with covariances by their factors."""
        return self._components

    @property
    def weights(self) -> FloatArray:
        """Proportions, (K,); they sum to one, or with noise to one less its proportion."""
        return self._components.weights.copy()

    @property
    def means(self) -> FloatArray:
        """Means of the components, (K, D)."""
        return self._components.means.copy()

    @property
    def covariances(self) -> FloatArray:
        """Covariances of the components, in the layout of `covariance_type`."""
        return layout_named(self._covariance_type).covariances(self._components.covariances)

    @property
    def covariance_type(self) -> str:
        """Structure of the covariances."""
        return self._covariance_type

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the columns, or None."""
        return self._feature_names

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return self._components.n_components

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return self._components.n_features

    def _check_gaussian(self, verb: str) -> None:
        """Refuse Student t's, for what holds for Gaussians alone."""
        if not self._components.is_gaussian:
            raise errors.gaussian_only(verb)

    def _check_no_noise(self, verb: str, why: str) -> None:
        """Refuse noise, for what it has no part in."""
        if self._components.noise is not None:
            raise errors.without_noise_only(verb, why)

    def _aligned(self, other: object) -> Self:
        """Another mixture with its columns in the order of these."""
        if not isinstance(other, type(self)):
            raise errors.not_a_mixture(other)
        mine, theirs = self._feature_names, other.feature_names
        if mine is not None and theirs is not None and mine != theirs:
            if set(mine) != set(theirs):
                raise errors.other_columns(mine, theirs)
            order = np.array([theirs.index(name) for name in mine], dtype=np.intp)
            components = other.components.marginal(order)
            return self.from_components(components, other.covariance_type, mine)
        if self.n_features != other.n_features:
            raise errors.other_columns(self.n_features, other.n_features)
        return other

    def _partner(self, other: object, verb: str, why: str) -> Self:
        """Another mixture of the same columns; both of Gaussians and without noise."""
        aligned = self._aligned(other)
        for one in (self, aligned):
            one._check_gaussian(verb)  # noqa: SLF001  of this class
            one._check_no_noise(verb, why)  # noqa: SLF001  as above
        return aligned

    def _index(self, columns: Column | Sequence[Column]) -> IntArray:
        """Column numbers of column numbers or names."""
        asked = [columns] if np.isscalar(columns) else list(columns)  # type: ignore[arg-type]  # a sequence is no scalar
        names = self._feature_names or ()
        known: list[Column] = [*names] if names else [*range(self.n_features)]
        index = []
        for column in asked:
            if isinstance(column, str) and column in names:
                index.append(names.index(column))
            elif (
                isinstance(column, int | np.integer)
                and not isinstance(column, bool)
                and -self.n_features <= column < self.n_features
            ):
                index.append(int(column) % self.n_features)
            else:
                raise errors.unknown_column(
                    str(column), [str(name) for name in known], "the mixture"
                )
        if not index or len(set(index)) < len(index):
            raise errors.repeated_columns(asked)
        return np.array(index, dtype=np.intp)

    def _names_of(self, columns: IntArray) -> list[str] | None:
        """Names of the columns of these numbers, where columns have names."""
        return None if self._feature_names is None else [self._feature_names[j] for j in columns]
