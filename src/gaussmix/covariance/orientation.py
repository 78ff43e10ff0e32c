"""Rules for a shared orientation under varying shapes: D diag(a_k) D'.

Given the orientation, the likeliest variances follow from the diagonals of D' W_k D; what is
left to minimise over orthogonal D is, up to constants,

    VVE   sum m_k log |diag(D' W_k D)| / m     (common principal components)
    EVE   D log sum |diag(D' W_k D)|^(1/D)

Flury (1984), "Common principal components in k groups", JASA 79, 892-898; Browne & McNicholas
(2014), "Estimating common principal components in high dimensions", Adv. Data Anal. Classif. 8,
217-226. Every step turns all planes (i, j) at once by the angles

    sum c_k U_ij E_ij / sum c_k (E_ij^2 - U_ij^2 (2 E_ij^2 + 4)),     S = D' W_k D,
    U_ij = S_ij / sqrt(S_ii S_jj),   E_ij = (S_ii - S_jj) / sqrt(S_ii S_jj)

of Newton's method for each plane (c_k is m_k / m; for EVE a component's part of the sum of
volumes, and the denominator has a term more). Where the denominator is not well above zero,
its first term is; so steps lead downhill, and those that overshoot are halved.
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.covariance.rules import along_axes, common_volume, matrices_of, refuse_rounding
from gaussmix.covariance.scatter import Within
from gaussmix.covariance.values import Covariances
from gaussmix.linalg import cholesky, eigen, solve

#: Steps end where the next would gain less than this, per unit of mass...
_LEAST_GAIN = 1e-13
#: ...or after so many from a first orientation...
_STEPS = 300
#: ...and so many from that of the step before: EM needs no more.
_STEPS_AFTER = 3
#: The largest angle of one plane in one step.
_LARGEST_ANGLE = 0.5
#: Steps are not halved beyond this.
_SHORTEST = 1e-6
#: Share of the second derivative at a common orientation that is always assumed.
_LEAST_BEND = 0.2
#: Multiples of it, less their whole part, have no pattern.
_GOLDEN = 0.6180339887498949
_TINY = float(np.finfo(np.float64).tiny)
#: A criterion higher by no more than this share is the same but for rounding.
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


def vve(within: Within) -> Covariances:
    """The orientation is shared."""
    axes, variances = _turned(within, equal_volume=False)
    return along_axes(within.to_each(axes), variances)


def eve(within: Within) -> Covariances:
    """Volume and orientation are shared."""
    axes, variances = _turned(within, equal_volume=True)
    log_volume = np.log(variances).mean(axis=-1)
    variances = variances * np.exp(common_volume(within, log_volume) - log_volume)[:, None]
    return along_axes(within.to_each(axes), variances)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Orientations of R mixtures, and what their T components make of them.

    Attributes
    ----------
    axes : (R, D, D) array
        In columns.
    value : (R,) array
        What is to be minimised.
    angles : (R, D, D) array
        Of the next step; antisymmetric.
    gain : (R,) array
        What that step promises.
    variances : (T, D) array
        Diagonals of D' W_k D / m_k.
    """

    axes: FloatArray
    value: FloatArray
    angles: FloatArray
    gain: FloatArray
    variances: FloatArray

    def only(self, chosen: BoolArray, of_each: BoolArray) -> "_Turn":
        """The chosen mixtures (R,) and their components (T,)."""
        return _Turn(*(array[mask] for array, mask in self.masked(chosen, of_each)))

    def with_part(self, chosen: BoolArray, of_each: BoolArray, part: "_Turn") -> "_Turn":
        """These with the part in the place of the chosen."""
        changed = [array.copy() for array, _ in self.masked(chosen, of_each)]
        masks = (mask for _, mask in self.masked(chosen, of_each))
        news = (new for new, _ in part.masked(chosen, of_each))
        for array, mask, new in zip(changed, masks, news, strict=True):
            array[mask] = new
        return _Turn(*changed)

    def masked(
        self, chosen: BoolArray, of_each: BoolArray
    ) -> tuple[tuple[FloatArray, BoolArray], ...]:
        """Each array and which of its entries are chosen."""
        return (
            (self.axes, chosen),
            (self.value, chosen),
            (self.angles, chosen),
            (self.gain, chosen),
            (self.variances, of_each),
        )


@dataclass(frozen=True, slots=True)
class _Criterion:
    """What is minimised.

    Attributes
    ----------
    within : Within
    matrices : (T, D, D) array
        W_k / m_k.
    equal_volume : bool
    """

    within: Within
    matrices: FloatArray
    equal_volume: bool

    def only(self, chosen: BoolArray, of_each: BoolArray) -> "_Criterion":
        """That of the chosen mixtures (R,) and their components (T,)."""
        return _Criterion(self.within.only(chosen), self.matrices[of_each], self.equal_volume)

    def repeated(self, times: int) -> "_Criterion":
        """That of the same mixtures several times over."""
        matrices = np.tile(self.matrices, (times, 1, 1))
        return _Criterion(self.within.repeated(times), matrices, self.equal_volume)

    def at(self, axes: FloatArray) -> _Turn:
        """Value, variances and next step at orientations (R, D, D)."""
        of_each = self.within.to_each(axes)
        turned = np.matmul(of_each.swapaxes(-1, -2), np.matmul(self.matrices, of_each))
        variances = np.maximum(np.einsum("tii->ti", turned), _TINY)
        value, share = self._value(np.log(variances))
        root = 1.0 / np.sqrt(variances)
        scale = root[:, :, None] * root[:, None, :]
        apart = (variances[:, :, None] - variances[:, None, :]) * scale
        related = turned * scale
        slope, bend = self._derivatives(share[:, None, None], apart, related)
        angles = np.clip(slope / np.maximum(bend, _TINY), -_LARGEST_ANGLE, _LARGEST_ANGLE)
        return _Turn(axes, value, angles, np.einsum("rij,rij->r", slope, angles), variances)

    def _derivatives(
        self, share: FloatArray, apart: FloatArray, related: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Half the first and second derivative (R, D, D) by the angle of each plane.

        Of the second, at least a share of what it would be at a common orientation.
        """
        over_each, coupling = self.within.over_each, self._coupling
        slope = over_each(share * related * apart)
        square = apart * apart
        at_common = over_each(share * square)
        away = over_each(share * related**2 * ((2.0 - coupling) * square + 4.0))
        bend = at_common - away - coupling * slope**2
        return slope, np.maximum(bend, _LEAST_BEND * at_common)

    @property
    def _coupling(self) -> float:
        """How a common volume couples components, in the second derivative."""
        return 2.0 / self.within.n_features if self.equal_volume else 0.0

    def _value(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The criterion (R,) from logarithms of variances (T, D), and weights c_k (T,)."""
        within, mass = self.within, self.within.mass
        if not self.equal_volume:
            share = mass / within.to_each(within.total_mass)
            return within.over_each(share * logs.sum(axis=-1)), share
        log_volume = logs.mean(axis=-1)
        common = common_volume(within, log_volume)
        share = mass * np.exp(log_volume - common) / within.to_each(within.total_mass)
        return within.n_features * common[within.heads], share


def _turned(within: Within, *, equal_volume: bool) -> tuple[FloatArray, FloatArray]:
    """Common axes (R, D, D) and variances (T, D) along them, diag(D' W_k D) / m_k."""
    matrices = matrices_of(within)
    refuse_rounding(cholesky(matrices))  # where one is flat, nothing is likeliest
    trace = np.einsum("tii->t", matrices)
    unit = within.to_each(within.over_each(within.mass * trace) / within.total_mass)
    criterion = _Criterion(within, matrices / unit[:, None, None], equal_volume)
    if within.before is None:
        axes, variances = _from_several(criterion, _first_axes(criterion))
    else:
        last = _descend(criterion, criterion.at(_axes_before(within)), _STEPS_AFTER)
        axes, variances = last.axes, last.variances
    return axes, unit[:, None] * variances


def _from_several(criterion: _Criterion, firsts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The best axes (R, D, D) that several orientations (S, R, D, D) lead to, and variances."""
    within, n_firsts = criterion.within, len(firsts)
    several = criterion.repeated(n_firsts)
    last = _descend(several, several.at(firsts.reshape(-1, *firsts.shape[2:])), _STEPS)
    best = np.argmin(last.value.reshape(n_firsts, -1), axis=0)
    axes = last.axes.reshape(firsts.shape)[best, np.arange(len(best))]
    variances = last.variances.reshape(n_firsts, within.n_components, -1)
    return axes, variances[within.to_each(best), np.arange(within.n_components)]


def _descend(criterion: _Criterion, here: _Turn, n_steps: int) -> _Turn:
    """The end of so many steps, each mixture's on its own."""
    length = np.ones(len(here.value))
    is_open = here.gain > _LEAST_GAIN
    while n_steps > 0 and is_open.any():
        if 2 * np.count_nonzero(is_open) <= len(is_open):
            # Most are done: the others go on alone.
            of_each = criterion.within.to_each(is_open)
            rest = criterion.only(is_open, of_each), here.only(is_open, of_each), n_steps
            return here.with_part(is_open, of_each, _descend(*rest))
        angles = length[:, None, None] * here.angles
        there = criterion.at(np.matmul(here.axes, _rotations(angles)))
        slack = _ROUNDING * (1.0 + np.abs(here.value))
        is_better = is_open & (there.value <= here.value + slack)
        of_each = criterion.within.to_each(is_better)
        here = here.with_part(is_better, of_each, there.only(is_better, of_each))
        length = np.where(is_better, np.minimum(1.0, 2.0 * length), 0.5 * length)
        is_open &= (here.gain > _LEAST_GAIN) & (length > _SHORTEST)
        n_steps -= 1
    return here


def _rotations(angles: FloatArray) -> FloatArray:
    """Orthogonal matrices (R, D, D) that turn the planes (i, j) by about these angles.

    Cayley's transform of the antisymmetric matrices, which keeps every digit of orthogonality.
    """
    eye = np.eye(angles.shape[-1])
    return solve(eye + 0.5 * angles, eye - 0.5 * angles)


def _axes_before(within: Within) -> FloatArray:
    """The orientation (R, D, D) of the covariances of the step before.

    All of a mixture's have the same axes, and so has a sum with weights of no pattern, whose
    variances differ wherever those of any component do.
    """
    assert within.before is not None
    dense = within.before.dense()
    trace = np.einsum("tii->t", dense)
    number = np.arange(within.n_components) - within.to_each(within.heads)
    weight = 0.5 + np.mod(number * _GOLDEN, 1.0)
    return eigen(within.over_each(dense * (weight / trace)[:, None, None]))[1]


def _first_axes(criterion: _Criterion) -> FloatArray:
    """Orientations (3, R, D, D) to start from where nothing is known."""
    within, matrices = criterion.within, criterion.matrices
    trace = np.einsum("tii->t", matrices)
    ends = np.append(within.heads[1:], within.n_components)
    heaviest = [
        head + int(np.argmax(within.mass[head:end]))
        for head, end in zip(within.heads, ends, strict=True)
    ]
    pooled = within.over_each(within.mass[:, None, None] * matrices)
    alike = within.over_each((within.mass / trace)[:, None, None] * matrices)
    return eigen(np.stack([pooled, alike, matrices[heaviest]]))[1]
