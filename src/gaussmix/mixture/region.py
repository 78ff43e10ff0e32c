"""Highest-density regions: where a mixture's density is above a level."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import gammaincinv

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray
from gaussmix.data import ArraySource, as_rows
from gaussmix.density import Components, log_density
from gaussmix.execution import team
from gaussmix.mixture.line import Line
from gaussmix.mixture.sampling import check_count, generator_of, sample
from gaussmix.mixture.value import Value


@dataclass(frozen=True)
class HighestDensityRegion:
    """The smallest region of a given probability: where the density is at least `level`.

    Attributes
    ----------
    mass : float
        The probability.
    level : float
        Density per unit of each column.
    log_level : float
        Its logarithm.
    log_level_error : float
        Standard error of the logarithm where random rows found it; 0 otherwise.
    intervals : tuple of pairs of float or None
        Of one column: lower and upper ends of the intervals that it is made of, rising.
    """

    mass: float
    log_level: float
    log_level_error: float
    intervals: tuple[tuple[float, float], ...] | None
    log_pdf: Callable[[Any], FloatArray] = field(repr=False, compare=False)

    @property
    def level(self) -> float:
        """Density at the edge of the region."""
        return float(np.exp(self.log_level))

    def contains(self, X: Any) -> BoolArray:
        """Which of the rows X (N, D) lie in it, (N,)."""
        return np.asarray(self.log_pdf(X) >= self.log_level)


class Regional(Value):
    """Adds highest-density regions to a mixture."""

    __slots__ = ()

    def highest_density_level(
        self,
        mass: float,
        *,
        return_error: bool = False,
        n_samples: int = 100_000,
        random_state: object = 0,
    ) -> Any:
        """The density that rows reach with probability `mass`.

        Parameters
        ----------
        mass : float
            Above 0 and below 1.
        return_error : bool, default=False
            Whether the standard error is returned too.
        n_samples : int, default=100000
            Random rows that find the level of more than one component in more than one column.
        random_state : None, int, Generator or RandomState, default=0
            Where they come from: the same call gives the same level unless it is None.

        Returns
        -------
        level : float
            Density per unit of each column.
        error : float
            Only if `return_error`: 0 where no random rows were needed.

        Raises
        ------
        ValueError
            For a mass that is not between 0 and 1, and less than two rows.

        Notes
        -----
        The level L with P(p(x) >= L) = mass. Of one Gaussian it follows from the chi-square
        distribution; in one column from the places where the density crosses L, which are found
        between its maxima and minima; else it is the quantile of 1 - mass among the densities of
        random rows (Hyndman 1996, Am. Stat. 50, 120-126).

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> round(mixture.highest_density_level(0.5), 4)
        0.1231
        """
        log_level, off = self._log_level("highest_density_level", mass, n_samples, random_state)
        level = float(np.exp(log_level))
        return (level, level * off) if return_error else level

    def highest_density_region(
        self, mass: float, *, n_samples: int = 100_000, random_state: object = 0
    ) -> HighestDensityRegion:
        """The smallest region that has probability `mass`.

        Parameters
        ----------
        mass, n_samples, random_state
            As for `highest_density_level`.

        Returns
        -------
        HighestDensityRegion
            With its `level`, its `intervals` where there is one column, and `contains(X)`.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> region = mixture.highest_density_region(0.7)
        >>> [(round(low, 2), round(high, 2)) for low, high in region.intervals]
        [(-0.58, 0.8), (2.26, 5.63)]
        >>> region.contains([0.0, 1.5, 3.0])
        array([ True, False,  True])
        """
        log_level, off = self._log_level("highest_density_region", mass, n_samples, random_state)
        intervals = region_intervals(self._components, log_level)
        return HighestDensityRegion(float(mass), log_level, off, intervals, self._log_pdf)

    def _log_level(
        self, verb: str, mass: float, n_samples: int, random_state: object
    ) -> tuple[float, float]:
        """Log of a region's level and its standard error, of arguments that make sense."""
        self._check_gaussian(verb)
        errors.check_level(mass, "mass")
        if check_count(n_samples) < 2:
            raise errors.invalid_n_samples(n_samples)
        rng = generator_of(random_state)
        return region_level(self._components, float(mass), int(n_samples), rng)

    def _log_pdf(self, X: Any) -> FloatArray:
        """Log density (N,) of rows."""
        rows = as_rows(X, self.n_features, self._feature_names)
        with team(n_jobs=1) as threads:
            return log_density(self._components, ArraySource(rows), threads)


def region_level(
    components: Components, mass: float, n: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Log of the level of a highest-density region, and its standard error.

    Of one Gaussian by its chi-square distribution, in one column from the region's ends, else
    from the densities of n random rows.
    """
    if components.noise is None and components.n_components == 1:
        square = 2.0 * gammaincinv(0.5 * components.n_features, mass)
        return float(components.log_peaks[0] - 0.5 * square), 0.0
    if components.n_features == 1:
        return Line.of(components).log_level(mass), 0.0
    X = sample(components, n, rng)[0]
    with team(n_jobs=1) as threads:
        heights = np.sort(log_density(components, ArraySource(X), threads))
    return _quantile_with_error(heights, 1.0 - mass)


def region_intervals(
    components: Components, log_level: float
) -> tuple[tuple[float, float], ...] | None:
    """Where the density of one column is at least a level; None for more columns."""
    if components.n_features > 1:
        return None
    line = Line.of(components)
    low, high = line.pieces(log_level)
    ends: list[tuple[float, float]] = []
    for start, stop in zip(low.tolist(), high.tolist(), strict=True):
        if ends and ends[-1][1] == start:
            ends[-1] = (ends[-1][0], stop)
        else:
            ends.append((start, stop))
    return tuple(ends)


def _quantile_with_error(heights: FloatArray, q: float) -> tuple[float, float]:
    """Quantile of sorted values (n,), and its standard error from the values around it."""
    n = len(heights)
    off = np.sqrt(q * (1.0 - q) / n)
    below, above = np.quantile(heights, np.clip([q - off, q + off], 0.0, 1.0))
    return float(np.quantile(heights, q)), float(0.5 * (above - below))
