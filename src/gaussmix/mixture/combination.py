"""Mixtures made of mixtures: images under affine maps, sums, products and unions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import logsumexp

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import (
    Covariances,
    DiagonalCovariances,
    FactorCovariances,
    FullCovariances,
    SphericalCovariances,
    family_named,
    side_by_side,
)
from gaussmix.density import Components, Noise
from gaussmix.linalg import invert_lower
from gaussmix.mixture.structure import (
    as_full,
    columns_moved,
    dense_name,
    is_free,
    lower_factor,
    mapped,
    of_roots,
    widened,
)

#: Components, and the name of their covariances' structure.
Structured = tuple[Components, str]


def affine(components: Components, name: str, A: FloatArray, b: FloatArray) -> Structured:
    """The distribution of A x + b, for A (M, D) of full rank that a box's noise can follow."""
    covariances, name = mapped(components.covariances, name, A)
    noise = components.noise
    if noise is not None:
        moved = columns_moved(A)
        assert moved is not None, "a box that is turned is no box"
        scale = A[np.arange(len(A)), moved]
        ends = np.stack([noise.low[moved] * scale, noise.high[moved] * scale]) + b
        noise = replace(noise, low=ends.min(axis=0), high=ends.max(axis=0))
    means = components.means @ A.T + b
    logs = components.expected_log_weights
    return Components(components.weights, means, covariances, noise, logs, components.dof), name


def plus_error(components: Components, name: str, error: FloatArray) -> Structured:
    """The distribution of x + e, with e normal of covariance error: (), (D,) or (D, D)."""
    covariances, name = widened(components.covariances, name, error)
    return Components(components.weights, components.means, covariances), name


def pairs_of(first: Components, second: Components) -> tuple[IntArray, IntArray]:
    """Numbers of the two components of each pair, (K J,) each."""
    i, j = np.indices((first.n_components, second.n_components))
    return i.ravel(), j.ravel()


def sums_of(first: FullCovariances, second: FullCovariances) -> FullCovariances:
    """Sigma_i + Sigma_j of the components of equal numbers."""
    n_distinct = 1 if first.is_shared and second.is_shared else first.n_components
    stack = [np.broadcast_to(v.chol, (n_distinct, *v.chol.shape[1:])) for v in (first, second)]
    return of_roots(np.concatenate(stack, axis=2), first.n_components)


def convolution(first: Components, name: str, second: Components, second_name: str) -> Structured:
    """The distribution of the sum of independent rows."""
    i, j = pairs_of(first, second)
    weights = first.weights[i] * second.weights[j]
    means = first.means[i] + second.means[j]
    one, other = first.covariances.take(i), second.covariances.take(j)
    is_alike = name == second_name and one.is_shared == other.is_shared and is_free(name, one)
    if is_alike and isinstance(one, DiagonalCovariances | SphericalCovariances):
        added = one.variance + other.variance  # type: ignore[attr-defined]  # of the same class
        return Components(weights, means, replace(one, variance=added)), name
    summed = sums_of(as_full(one), as_full(other))
    stays = is_alike and isinstance(one, FullCovariances)
    return Components(weights, means, summed), name if stays else dense_name(summed)


def log_contacts(first: Components, second: Components) -> FloatArray:
    """log of w_i v_j times the integral of the product of densities i and j, (K, J)."""
    i, j = pairs_of(first, second)
    summed = sums_of(as_full(first.covariances.take(i)), as_full(second.covariances.take(j)))
    y = summed.whiten_each(second.means[j] - first.means[i])
    log_2pi = first.n_features * np.log(2.0 * np.pi)
    log_density = -0.5 * (np.square(y).sum(axis=1) + summed.log_det + log_2pi)
    log_weights = first.log_weights[i] + second.log_weights[j]
    return np.asarray((log_weights + log_density).reshape(first.n_components, -1))


def product(first: Components, name: str, second: Components, second_name: str) -> Structured:
    """The density in proportion to the product of two."""
    i, j = pairs_of(first, second)
    contacts = log_contacts(first, second).ravel()
    weights = np.exp(contacts - logsumexp(contacts))
    one, other = as_full(first.covariances.take(i)), as_full(second.covariances.take(j))
    away = second.means[j] - first.means[i]
    # Sigma_i inverse(Sigma_i + Sigma_j) (mu_j - mu_i), by the factors.
    summed = sums_of(one, other)
    towards = summed.unwhiten_each(summed.whiten_each(away))
    half = np.matmul(one.chol.swapaxes(-1, -2), towards[..., None])
    means = first.means[i] + np.matmul(one.chol, half)[..., 0]
    is_alike = name == second_name and one.is_shared == other.is_shared
    values = (first.covariances, second.covariances)
    if is_alike and all(isinstance(v, DiagonalCovariances | SphericalCovariances) for v in values):
        along = first.covariances.take(i)
        if is_free(name, along):
            u, v = along.variance, second.covariances.take(j).variance  # type: ignore[attr-defined]  # as asked
            return Components(weights, means, replace(along, variance=u * v / (u + v))), name  # type: ignore[type-var]  # as asked
    shared = _within_both(one, other)
    stays = is_alike and isinstance(first.covariances, FullCovariances) and is_free(name, shared)
    return Components(weights, means, shared), name if stays else dense_name(shared)


def _within_both(first: FullCovariances, second: FullCovariances) -> FullCovariances:
    """inverse(inverse(Sigma_i) + inverse(Sigma_j)) of the components of equal numbers."""
    n_distinct = 1 if first.is_shared and second.is_shared else first.n_components
    whiteners = [v.chol_inverse.swapaxes(-1, -2) for v in (first, second)]
    stack = [np.broadcast_to(W, (n_distinct, *W.shape[1:])) for W in whiteners]
    of_precision = lower_factor(np.concatenate(stack, axis=2))
    return of_roots(invert_lower(of_precision).swapaxes(-1, -2), first.n_components)


def have_one_box(parts: Sequence[Components]) -> bool:
    """Whether those that have noise have the same, whatever their proportions."""
    boxes = [part.noise for part in parts if part.noise is not None]
    return all(
        np.array_equal(box.low, boxes[0].low)
        and np.array_equal(box.high, boxes[0].high)
        and box.has_end == boxes[0].has_end
        for box in boxes
    )


def union(parts: Sequence[Structured], weights: FloatArray) -> Structured:
    """The mixture of mixtures; their noise, where they have any, is one box."""
    components = [part for part, _ in parts]
    shares = np.concatenate([w * part.weights for w, part in zip(weights, components, strict=True)])
    means = np.concatenate([part.means for part in components])
    covariances, name = _united([part.covariances for part in components], parts[0][1], parts)
    noisy = [(w, p.noise) for w, p in zip(weights, components, strict=True) if p.noise is not None]
    noise: Noise | None = None
    if noisy:
        noise = replace(noisy[0][1], weight=float(sum(w * box.weight for w, box in noisy)))
    dofs = [part.dof for part in components if part.dof is not None]
    dof = np.concatenate(dofs) if dofs else None
    return Components(shares, means, covariances, noise, None, dof), name


def _united(
    values: Sequence[Covariances], name: str, parts: Sequence[Structured]
) -> tuple[Covariances, str]:
    """The covariances of all, in their order."""
    n_components = sum(value.n_components for value in values)
    has_one_name = all(other == name for _, other in parts)
    if has_one_name and not family_named(name).shares:
        return _stacked(values, n_components), name
    full = [as_full(value) for value in values]
    if all(len(value.chol) == 1 for value in full) and all(
        np.array_equal(value.chol, full[0].chol) for value in full
    ):
        tied = FullCovariances(full[0].chol, n_components)
        return tied, dense_name(tied)
    chols = [np.broadcast_to(v.chol, (v.n_components, *v.chol.shape[1:])) for v in full]
    return FullCovariances(np.concatenate(chols), n_components), "full"


def _stacked(values: Sequence[Covariances], n_components: int) -> Covariances:
    """The stacks of covariances of one structure that share nothing, one after the other."""
    first = values[0]
    if isinstance(first, FactorCovariances):
        factors = [value for value in values if isinstance(value, FactorCovariances)]
        loadings = np.concatenate([value.loadings for value in factors])
        return FactorCovariances(
            loadings, np.concatenate([value.noise for value in factors]), n_components
        )
    return side_by_side(values)
