"""Probabilities and quantiles of a mixture."""

from typing import Any

import numpy as np
from scipy.special import logsumexp

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.mixture.boxes import Points, log_joint_boxes
from gaussmix.mixture.limits import boxes_of, points_of
from gaussmix.mixture.sampling import check_count, generator_of
from gaussmix.mixture.univariate import Univariate
from gaussmix.mixture.value import Value

#: Quantiles found together.
_AT_ONCE = 1 << 16


class Probable(Value):
    """Adds probabilities and quantiles to a mixture."""

    __slots__ = ()

    def cdf(
        self,
        X: Any,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 18,
        random_state: object = 0,
    ) -> Any:
        """Probability of at most these values, in every column at once.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            A vector is N rows where D = 1. A column that is inf in a row does not count there.
        return_error : bool, default=False
            Whether the error is returned too.
        tol : float, default=1e-5
            The standard error sought where random points are needed; see Notes.
        max_points : int, default=262144
            The most of them for a row and component.
        random_state : None, int, Generator or RandomState, default=0
            Where their shifts come from: the same call gives the same numbers unless it is None.

        Returns
        -------
        cdf : (N,) array
        error : (N,) array
            Only if `return_error`: the standard error where random points were needed, else a
            bound of what rounding and quadrature may have cost.

        Raises
        ------
        ValueError
            For another number of columns, NaN, a mixture of Student t's, and a `tol` or
            `max_points` that is not above 0.

        Notes
        -----
        F(x) = sum_k w_k P(x_k1 <= x_1, ..., x_kD <= x_D). Of one column, and where covariances
        are along the axes, it is a sum of products of error functions, right to 1e-13 and in the
        tails relative to itself. Two columns take Owen's function (Owen 1956), three an integral
        of it, right to 1e-10. More columns take the mean of Genz's (1992) integrand over Sobol
        points under eight random shifts, with Botev's (2017) minimax tilting: the number of
        points is raised until the standard error is below `tol` and below a thousandth of the
        result. So do rows of two or three columns whose result is below 1e-9.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> mixture.cdf([0.0, 4.0]).round(4)
        array([0.1516, 0.65  ])
        >>> wide = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> wide.cdf([[0.0, 0.0], [0.0, float("inf")]]).round(4)
        array([0.3333, 0.5   ])
        """
        upper = points_of(self, X, "X")
        lower = np.full(upper.shape, -np.inf)
        points = self._points("cdf", random_state, tol, max_points)
        log_joint, error = log_joint_boxes(self._components, lower, upper, points)
        p = _total(log_joint)
        return (p, error) if return_error else p

    def log_cdf(
        self,
        X: Any,
        *,
        tol: float = 1e-5,
        max_points: int = 1 << 18,
        random_state: object = 0,
    ) -> FloatArray:
        """Logarithm of `cdf`, (N,), which has digits where the probability itself is zero.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        tol, max_points, random_state
            As for `cdf`.
        """
        upper = points_of(self, X, "X")
        lower = np.full(upper.shape, -np.inf)
        points = self._points("log_cdf", random_state, tol, max_points)
        log_joint = log_joint_boxes(self._components, lower, upper, points)[0]
        return np.asarray(np.minimum(logsumexp(log_joint, axis=0), 0.0))

    def interval_probability(
        self,
        lower: Any = None,
        upper: Any = None,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 18,
        random_state: object = 0,
    ) -> Any:
        """The share between two values, or in a box.

        Parameters
        ----------
        lower, upper : number, array-like or mapping, optional
            Ends of an interval of one column, or corners (D,) of a box; -inf and inf for a column
            without an end. A mapping gives the ends of some columns, by number or name. Arrays
            (N, D), or (N,) where D = 1, stand for N boxes. None is no end at all.
        return_error, tol, max_points, random_state
            As for `cdf`.

        Returns
        -------
        probability : float, or (N,) array for N boxes
        error : the same
            Only if `return_error`.

        Raises
        ------
        ValueError
            For ends of another shape, NaN, a lower end above its upper one, and as for `cdf`.

        Notes
        -----
        As for `cdf`. It is found directly, not as a difference, so that it has its digits far out
        and in narrow boxes too; `interval_probability(x, None)` is the probability of more
        than x.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> round(mixture.interval_probability(-1.0, 1.0), 4)
        0.2165
        >>> mixture.interval_probability([30.0, 40.0], None)
        array([6.08845060e-076, 2.12882923e-143])
        >>> names = ["length", "width"]
        >>> wide = Mixture([1.0], [[3.0, 5.0]], [[[2.0, 0.5], [0.5, 1.0]]], feature_names=names)
        >>> round(wide.interval_probability({"length": 3.0, "width": 5.0}), 4)
        0.3075
        """
        low, high, is_one = boxes_of(self, lower, upper)
        points = self._points("interval_probability", random_state, tol, max_points)
        log_joint, error = log_joint_boxes(self._components, low, high, points)
        p = _total(log_joint)
        if is_one:
            return (float(p[0]), float(error[0])) if return_error else float(p[0])
        return (p, error) if return_error else p

    def quantile(self, q: Any) -> Any:
        """The value that a mixture of one column is at most with probability q.

        Parameters
        ----------
        q : float or array-like
            From 0 to 1, of any shape.

        Returns
        -------
        float or array of the shape of q
            -inf and inf for 0 and 1, where there are components of some weight.

        Raises
        ------
        ValueError
            For more columns than one, and for a number that is no probability.

        Notes
        -----
        The inverse of `cdf`, by Newton's method for log F(x) = log q within a bracket. Quantiles
        of uniform numbers are draws from the mixture; evenly spread numbers (stratified, or of a
        quasi-random sequence) give evenly spread draws.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> mixture.quantile([0.05, 0.5, 0.95]).round(3)
        array([-0.969,  3.201,  6.072])
        """
        line = self._line("quantile")
        try:
            given = np.asarray(q, dtype=np.float64)
        except (TypeError, ValueError):
            raise errors.not_a_level(q, "q", ends=True) from None
        wrong = ~((given >= 0.0) & (given <= 1.0))
        if wrong.any():
            raise errors.not_a_level(float(given[wrong].flat[0]), "q", ends=True)
        found = _quantiles(line, given.ravel()).reshape(given.shape)
        return float(found) if given.ndim == 0 else found

    def inverse_sample(
        self, n: int = 1, random_state: object = None, *, stratified: bool = True
    ) -> FloatArray:
        """Draws from a mixture of one column, by its quantiles, (n,).

        Parameters
        ----------
        n : int, default=1
            Number of draws.
        random_state : None, int, Generator or RandomState
        stratified : bool, default=True
            Whether one is drawn from each of n parts of equal probability, so that they follow
            the distribution more closely than independent ones do; in random order.

        Raises
        ------
        ValueError
            For less than one draw, and more columns than one.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> draws = mixture.inverse_sample(1000, random_state=0)
        >>> round(draws.mean(), 2), mixture.mean()
        (np.float64(2.8), array([2.8]))
        """
        n = check_count(n)
        line = self._line("inverse_sample")
        rng = generator_of(random_state)
        share = rng.random(n)
        if stratified:
            share = (rng.permutation(n) + share) / n
        return _quantiles(line, np.maximum(share, np.finfo(np.float64).tiny))

    def _line(self, verb: str) -> Univariate:
        """The mixture as one of one column."""
        if self.n_features > 1:
            raise errors.only_one_column(verb, self.n_features)
        self._check_gaussian(verb)
        components = self._components
        line = Univariate(
            components.weights[None],
            components.means.T,
            np.sqrt(components.covariances.variances[:, 0]),
        )
        noise = components.noise
        if noise is None:
            return line
        ends = float(noise.low[0]), float(noise.high[0])
        return Univariate(line.weights, line.means, line.std, np.array([noise.weight]), *ends)

    def _points(self, verb: str, random_state: object, tol: float, max_points: int) -> Points:
        """What integrals over many columns are made with, once it is known to make sense."""
        self._check_gaussian(verb)
        for name, value in (("tol", tol), ("max_points", max_points)):
            if isinstance(value, bool | str) or not np.ndim(value) == 0 or not value > 0:
                raise errors.not_a_precision(name, value)
        return Points.drawn(self.n_features, generator_of(random_state), tol, max_points)


def _total(log_joint: FloatArray) -> FloatArray:
    """Probabilities (N,) from those of components, (K, N)."""
    return np.asarray(np.minimum(np.exp(log_joint).sum(axis=0), 1.0))


def _quantiles(line: Univariate, q: FloatArray) -> FloatArray:
    """Quantiles (N,) of one mixture."""
    out = np.empty(len(q))
    for start in range(0, len(q), _AT_ONCE):
        some = q[start : start + _AT_ONCE]
        out[start : start + len(some)] = line.take(np.zeros(len(some), dtype=np.intp)).quantile(
            some
        )
    return out
