"""What known columns say of the others: a mixture for each row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from scipy.special import logsumexp

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances, FullCovariances, Split
from gaussmix.data import ArraySource, as_rows
from gaussmix.density import LOG_ZERO, Components, Noise, posterior
from gaussmix.execution import team
from gaussmix.mixture.ascent import highest_modes
from gaussmix.mixture.sampling import generator_of
from gaussmix.mixture.univariate import Univariate

if TYPE_CHECKING:
    from gaussmix.mixture.distribution import Mixture

#: Values of one piece of rows.
_AT_ONCE = 1 << 21

#: components, covariance type, names -> a mixture
Make = Callable[[Components, str, Sequence[str] | None], "Mixture"]


@dataclass(frozen=True, eq=False)
class ConditionalMixture(Sequence["Mixture"]):
    """A mixture of M columns for each of N rows, given the rows' other columns.

    Row n's is sum_k w_nk N(x | mu_nk, Sigma_k): the weights are the posterior of the
    components given what is known, the means move along with it, and the covariances are the
    same for all rows. `conditional[n]` is row n's as a `Mixture`.

    Attributes
    ----------
    weights : (N, K) array
        Each row, with its noise, sums to one.
    means : (N, K, M) array
    components_covariances : Covariances
        Of the K components, in M columns.
    covariance_type : str
        Structure of the covariances.
    feature_names : tuple of str or None
        Of the M columns.
    noise : Noise or None
        Uniform density over the box of the M columns; its proportion is each row's own.
    noise_weight : (N,) array or None

    Notes
    -----
    With o the known columns and m the others,
    w_nk is proportional to w_k N(x_o | mu_k,o, Sigma_k,oo),
    mu_nk = mu_k,m + Sigma_k,mo inverse(Sigma_k,oo) (x_o - mu_k,o), and
    Sigma_k = Sigma_k,mm - Sigma_k,mo inverse(Sigma_k,oo) Sigma_k,om
    (Bishop 2006, *Pattern Recognition and Machine Learning*, 2.81-2.82).
    """

    weights: FloatArray
    means: FloatArray
    components_covariances: Covariances
    covariance_type: str
    feature_names: tuple[str, ...] | None
    make: Make
    noise: Noise | None = None
    noise_weight: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.weights)

    @overload
    def __getitem__(self, index: int) -> "Mixture": ...
    @overload
    def __getitem__(self, index: slice) -> "ConditionalMixture": ...
    def __getitem__(self, index: int | slice) -> "Mixture | ConditionalMixture":
        if isinstance(index, slice):
            return self.take(index)
        noise_weight = None if self.noise_weight is None else self.noise_weight[index]
        noise = None if self.noise is None else replace(self.noise, weight=float(noise_weight))  # type: ignore[arg-type]  # one of an array
        components = Components(
            self.weights[index].copy(), self.means[index].copy(), self.components_covariances, noise
        )
        return self.make(components, self.covariance_type, self.feature_names)

    def take(self, rows: IntArray | slice) -> "ConditionalMixture":
        """Those of some rows, by their numbers."""
        noise_weight = None if self.noise_weight is None else self.noise_weight[rows]
        return replace(
            self, weights=self.weights[rows], means=self.means[rows], noise_weight=noise_weight
        )

    def __repr__(self) -> str:
        return (
            f"ConditionalMixture({len(self)} rows, {self.n_components} components, "
            f"{self.n_features} features)"
        )

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return int(self.weights.shape[1])

    @property
    def n_features(self) -> int:
        """Number M of columns that are not known."""
        return int(self.means.shape[2])

    def column(self, j: int) -> Univariate:
        """The mixtures of one of the columns."""
        std = np.sqrt(self.components_covariances.variances[:, j])
        low, high = (0.0, 1.0) if self.noise is None else (self.noise.low[j], self.noise.high[j])
        return Univariate(
            self.weights, self.means[:, :, j], std, self.noise_weight, float(low), float(high)
        )

    def _each_column(self, answer: Callable[[Univariate], FloatArray]) -> FloatArray:
        return np.stack([answer(self.column(j)) for j in range(self.n_features)], axis=1)

    def mean(self) -> FloatArray:
        """Mean of each row's mixture, (N, M)."""
        return self._each_column(Univariate.mean)

    def variance(self) -> FloatArray:
        """Variance of each column of each row's mixture, (N, M)."""
        return self._each_column(Univariate.variance)

    def covariance(self) -> FloatArray:
        """Covariance of each row's mixture, (N, M, M)."""
        mean = self.mean()
        away = self.means - mean[:, None]
        covariance = np.einsum("nk,nki,nkj->nij", self.weights, away, away)
        covariance += np.einsum("nk,kij->nij", self.weights, self.components_covariances.dense())
        if self.noise is not None and self.noise_weight is not None:
            off = self.noise.mean - mean
            spread = np.diag(self.noise.variances) + off[:, :, None] * off[:, None, :]
            covariance += self.noise_weight[:, None, None] * spread
        return np.asarray(covariance)

    def mode(self) -> FloatArray:
        """Highest mode of each row's Gaussians, (N, M); see `highest_modes`.

        Noise, whose density is flat, has none.
        """
        return highest_modes(self.weights, self.means, self.components_covariances)

    def quantile(self, q: float) -> FloatArray:
        """Quantile of each column of each row's mixture, (N, M).

        Parameters
        ----------
        q : float
            Probability from 0 to 1.

        Raises
        ------
        ValueError
            For a number that is no probability.
        """
        errors.check_level(q, "q", ends=True)
        return self._each_column(lambda column: column.quantile(float(q)))

    def interval(self, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Central intervals of each column, which hold it with probability `level`.

        Returns
        -------
        lower, upper : (N, M) arrays

        Raises
        ------
        ValueError
            For a level outside (0, 1).
        """
        errors.check_level(level, "level")
        tail = 0.5 * (1.0 - level)
        upper = self._each_column(lambda column: -column.mirrored.quantile(tail))
        return self.quantile(tail), upper

    def log_pdf(self, Y: Any) -> FloatArray:
        """Log density of a row's M values under its own mixture.

        Parameters
        ----------
        Y : array-like or data frame of shape (N, M)

        Returns
        -------
        (N,) array
        """
        y = as_rows(Y, self.n_features, self.feature_names).astype(np.float64, copy=False)
        if len(y) != len(self):
            raise errors.wrong_row_count(len(y), len(self))
        covariances = self.components_covariances
        log_2pi = self.n_features * np.log(2.0 * np.pi)
        with np.errstate(divide="ignore"):
            joint = np.log(self.weights) - 0.5 * (covariances.log_det + log_2pi)
            if self.noise is not None and self.noise_weight is not None:
                of_noise = np.log(self.noise_weight) - self.noise.log_volume
                of_noise[self.noise.misses(y.T)] = -np.inf
                joint = np.column_stack([joint, of_noise])
        for k in range(self.n_components):
            joint[:, k] -= 0.5 * covariances.square_distance(k, (y - self.means[:, k]).T)
        return np.asarray(logsumexp(joint, axis=1))

    def sample(self, random_state: object = None) -> FloatArray:
        """One draw of all M columns for each row, (N, M).

        Parameters
        ----------
        random_state : None, int, Generator or RandomState
        """
        rng = generator_of(random_state)
        z = rng.standard_normal((len(self), self.n_features))
        cumulative = np.cumsum(self.weights, axis=1)
        if self.noise_weight is not None:
            cumulative = np.column_stack([cumulative, cumulative[:, -1] + self.noise_weight])
        level = rng.random(len(self)) * cumulative[:, -1]
        label = (level[:, None] >= cumulative).sum(axis=1)
        for k in range(self.n_components):
            mine = np.flatnonzero(label == k)
            z[mine] = self.means[mine, k] + self.components_covariances.colorize(k, z[mine])
        if self.noise is not None:
            mine = np.flatnonzero(label == self.n_components)
            z[mine] = rng.uniform(self.noise.low, self.noise.high, (len(mine), self.n_features))
        return z


@dataclass(frozen=True)
class Condition:
    """What components make of some columns given others; call it with rows.

    Attributes
    ----------
    components : Components
    covariance_type : str
    names : tuple of str or None
        Of all columns.
    known, wanted : (Do,), (M,) arrays of int
        Numbers of the columns; those in neither are left out of account.
    make : callable
        What makes a mixture of its components.
    """

    components: Components
    covariance_type: str
    names: tuple[str, ...] | None
    known: IntArray
    wanted: IntArray
    make: Make

    def __post_init__(self) -> None:
        if not self.components.is_gaussian:
            raise errors.gaussian_only("condition")

    def __call__(self, X: AnyArray) -> ConditionalMixture:
        """The mixtures of the wanted columns, given the known ones of rows X (N, D)."""
        both = np.concatenate([self.known, self.wanted])
        part = self.components.marginal(both)
        n_known = len(self.known)
        first, last = np.arange(n_known), np.arange(n_known, len(both))
        split = part.covariances.split(first)
        marginal = part.marginal(first, split.marginal)
        x = np.asarray(X, dtype=np.float64)[:, self.known]
        weights, means = _given(marginal, split, part.means[:, last], x)
        noise, noise_weight = None, None
        if part.noise is not None:
            noise, noise_weight = part.noise.marginal(last), weights[:, -1]
            weights = weights[:, :-1]
        covariances, covariance_type = self._remainder(part, split, last)
        names = None if self.names is None else tuple(self.names[j] for j in self.wanted)
        return ConditionalMixture(
            weights, means, covariances, covariance_type, names, self.make, noise, noise_weight
        )

    def _remainder(self, part: Components, split: Split, last: IntArray) -> tuple[Covariances, str]:
        """Covariances of the wanted columns, and the name of their structure."""
        if part.covariances.quadratic.along_axes:
            return part.covariances.marginal(last), self.covariance_type
        value = FullCovariances.from_dense(split.remainder, part.n_components)
        return value, "tied" if value.is_shared else "full"


def conditionals(
    components: Components,
    X: AnyArray,
    make: Make,
    *,
    covariance_type: str = "full",
    names: tuple[str, ...] | None = None,
    wanted: IntArray | None = None,
    whole: bool = False,
) -> Iterator[tuple[IntArray, IntArray, ConditionalMixture]]:
    """What each row's values say of its gaps, one pattern of gaps after the other.

    Parameters
    ----------
    components : Components
    X : (N, D) array
        NaN for what is not known.
    make : callable
        `Mixture.from_components`.
    wanted : (M,) array of int, optional
        Columns asked for, which no row knows; by default each row's gaps, and rows without
        gaps are passed over.
    whole : bool
        Whether all rows that know the same columns come together, however many.

    Yields
    ------
    rows : (B,) array of int
        Numbers of rows that know the same columns: not more than a few megabytes of answers,
        unless `whole`.
    columns : (M,) array of int
        What is asked for.
    conditional : ConditionalMixture
        Of those columns, for those rows.
    """
    gaps = np.isnan(X)
    if wanted is not None:
        gaps[:, wanted] = False
    patterns, of = _patterns(gaps)
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(len(patterns) + 1))
    for p, pattern in enumerate(patterns):
        columns = np.flatnonzero(pattern) if wanted is None else wanted
        if len(columns) == 0:
            continue
        known = ~pattern
        known[columns] = False
        condition = Condition(
            components, covariance_type, names, np.flatnonzero(known), columns, make
        )
        rows = order[bounds[p] : bounds[p + 1]]
        at_once = _AT_ONCE // (components.n_components * (len(columns) + 1))
        size = len(rows) if whole else max(1, at_once)
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            yield some, columns, condition(X[some])


def _patterns(gaps: BoolArray) -> tuple[BoolArray, IntArray]:
    """The different rows of flags (N, D), rising, and which of them each row is, (N,)."""
    mixed = np.flatnonzero(gaps.any(axis=0) & ~gaps.all(axis=0))
    if len(mixed) == 0:
        return gaps[:1], np.zeros(len(gaps), dtype=np.intp)
    if len(mixed) > 64:
        patterns, of = np.unique(gaps, axis=0, return_inverse=True)
        return patterns, of.ravel()
    code = np.zeros(len(gaps), dtype=np.uint64)
    for column in mixed:
        code = 2 * code + gaps[:, column]
    _, first, of = np.unique(code, return_index=True, return_inverse=True)
    return gaps[first], of


def _given(
    marginal: Components, split: Split, means: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Posterior weights (N, K), noise's last, and conditional means (N, K, M) for x (N, Do)."""
    n_components, noise = marginal.n_components, marginal.noise
    joint = np.empty((n_components + (noise is not None), len(x)))
    moved = np.empty((len(x), *means.shape))
    constants = marginal.log_weights + marginal.log_peaks
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(n_components):
            away = (x - marginal.means[k]).T
            joint[k] = constants[k] - 0.5 * split.marginal.square_distance(k, away)
            moved[:, k] = means[k] + split.missing_mean(k, away).T
        if noise is not None:
            joint[-1] = noise.log_joint
            joint[-1, noise.misses(x.T)] = LOG_ZERO
        top = joint.max(axis=0)
        weights = np.exp(joint - top)
        weights /= weights.sum(axis=0)
    weights = weights.T
    far = ~(top > LOG_ZERO / 2.0)
    if far.any():
        source = ArraySource(x[far])
        with team(n_jobs=1) as threads:
            weights[far] = posterior(marginal, source, threads)
    return np.ascontiguousarray(weights), moved
