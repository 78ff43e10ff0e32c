"""Entropies and divergences against integrals, transport against closed forms, overlap by rows."""

from itertools import permutations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.special import logsumexp
from scipy.stats import norm

from gaussmix import Mixture
from gaussmix.covariance import FAMILIES
from gaussmix.density import Components, Noise

CODES = tuple(FAMILIES)


def of(make, n_components, n_features, seed, code="VVV", **kwargs):
    return Mixture.from_components(
        make.components(code, n_components, n_features, seed, **kwargs), code
    )


def with_noise(mixture, low, high, weight=0.25):
    part = mixture.components
    noise = Noise(weight, np.full(mixture.n_features, low), np.full(mixture.n_features, high))
    share = (1.0 - weight) * part.weights
    return Mixture.from_components(
        Components(share, part.means, part.covariances, noise), mixture.covariance_type
    )


def line(*mixtures):
    """Log densities on a line of so many points that sums are integrals, and their distance."""
    x = np.linspace(-40.0, 40.0, 100_001)
    logs = [
        logsumexp(
            np.log(p.weights)
            + norm.logpdf(x[:, None], p.means[:, 0], np.sqrt(p.covariances[:, 0, 0])),
            axis=1,
        )
        for p in mixtures
    ]
    return *logs, x[1] - x[0]


def square_grid(half, n):
    """Middles of the cells of a square, and a cell's area."""
    axis = half * (2.0 * (np.arange(n) + 0.5) / n - 1.0)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2), (axis[1] - axis[0]) ** 2


@pytest.mark.parametrize("seed", range(3))
def test_entropy_of_one_column_is_the_integral(make, seed):
    mixture = of(make, 4, 1, seed)
    value, error = mixture.entropy(return_error=True)
    log_p, step = line(mixture)
    assert value == pytest.approx(-step * np.exp(log_p) @ log_p, abs=1e-10)
    assert error < 1e-10


@pytest.mark.parametrize("seed", range(3))
def test_divergence_in_one_column_is_the_integral(make, seed):
    p, q = of(make, 3, 1, seed), of(make, 2, 1, seed + 10)
    log_p, log_q, step = line(p, q)
    expected = step * np.exp(log_p) @ (log_p - log_q)
    value, error = p.kl_divergence(q, return_error=True)
    assert value == pytest.approx(expected, abs=1e-10)
    assert error < 1e-10
    both = expected + step * np.exp(log_q) @ (log_q - log_p)
    assert p.symmetric_divergence(q) == pytest.approx(both, abs=1e-10)


def test_narrow_parts_are_not_overlooked():
    p = Mixture([0.5, 0.5], [[0.0], [0.3]], [[[1.0]], [[1e-10]]])
    q = Mixture([0.5, 0.5], [[0.0], [0.3]], [[[1.0]], [[4e-10]]])
    # The narrow parts hardly see the wide ones.
    expected = 0.5 * (np.log(2.0) + 0.125 - 0.5)
    assert p.kl_divergence(q) == pytest.approx(expected, rel=1e-3)
    one, narrow = 0.5 * np.log(2.0 * np.pi * np.e), 0.5 * np.log(2.0 * np.pi * np.e * 1e-10)
    assert p.entropy() == pytest.approx(np.log(2.0) + 0.5 * (one + narrow), abs=1e-3)


def test_entropy_and_divergences_of_two_columns_are_those_of_a_grid(make):
    p, q = of(make, 3, 2, 0, condition=4.0), of(make, 2, 2, 4, condition=4.0)
    grid, cell = square_grid(14.0, 560)
    log_p, log_q = p.log_pdf(grid), q.log_pdf(grid)
    mass = np.exp(log_p) * cell
    value, error = p.entropy(return_error=True)
    assert abs(value + mass @ log_p) < 6.0 * error + 1e-7
    value, error = p.kl_divergence(q, return_error=True)
    assert abs(value - mass @ (log_p - log_q)) < 6.0 * error + 1e-7
    log_m = np.logaddexp(log_p, log_q) - np.log(2.0)
    expected = 0.5 * (mass @ (log_p - log_m) + np.exp(log_q) * cell @ (log_q - log_m))
    value, error = p.jensen_shannon_divergence(q, return_error=True)
    assert abs(value - expected) < 6.0 * error + 1e-7
    assert error < 1e-4


@pytest.mark.parametrize("code", CODES)
def test_single_gaussians_have_closed_forms(make, code):
    p, q = of(make, 1, 3, 0, code), of(make, 1, 3, 1, code)
    S, T = p.components.covariances.dense()[0], q.components.covariances.dense()[0]
    log_dets = [np.linalg.slogdet(M)[1] for M in (S, T)]
    entropy = 0.5 * (3.0 * np.log(2.0 * np.pi * np.e) + log_dets[0])
    assert p.entropy() == pytest.approx(entropy, rel=1e-12)
    assert p.entropy_bounds() == pytest.approx((entropy, entropy), rel=1e-12)
    away = q.means[0] - p.means[0]
    inverse = np.linalg.inv(T)
    divergence = 0.5 * (
        np.trace(inverse @ S) + away @ inverse @ away - 3.0 + log_dets[1] - log_dets[0]
    )
    assert p.kl_divergence(q, return_error=True) == pytest.approx((divergence, 0.0), rel=1e-10)
    root = np.real(sqrtm(S))
    bures = np.trace(S + T - 2.0 * np.real(sqrtm(root @ T @ root)))
    assert p.wasserstein(q) == pytest.approx(np.sqrt(away @ away + bures), rel=1e-7)


@pytest.mark.parametrize("code", CODES)
def test_bounds_hold_the_entropy(make, code):
    mixture = of(make, 5, 3, 2, code, spread=1.0)
    lower, upper = mixture.entropy_bounds()
    value, error = mixture.entropy(return_error=True, tol=1e-3)
    assert lower - 5.0 * error <= value <= upper + 5.0 * error
    assert (
        upper
        <= mixture.weights
        @ [
            Mixture(
                [1.0], mixture.means[[k]], mixture.components.covariances.dense()[[k]]
            ).entropy()
            - np.log(mixture.weights[k])
            for k in range(5)
        ]
        + 1e-12
    )


def test_bounds_meet_where_components_are_far_apart_or_the_same():
    for by in (0.0, 1000.0):
        mixture = Mixture([0.3, 0.7], [[0.0], [by]], [[[1.0]], [[1.0]]])
        lower, upper = mixture.entropy_bounds()
        assert lower == pytest.approx(upper, abs=1e-12)
        assert mixture.entropy() == pytest.approx(upper, abs=1e-9)


@pytest.mark.parametrize("n_features", [1, 3])
def test_a_mixture_diverges_from_itself_by_nothing(make, n_features):
    mixture = of(make, 4, n_features, 3)
    assert mixture.kl_divergence(mixture) == pytest.approx(0.0, abs=1e-14)
    assert mixture.jensen_shannon_divergence(mixture) == pytest.approx(0.0, abs=1e-12)
    assert mixture.wasserstein(mixture) == pytest.approx(0.0, abs=1e-12)


def test_the_order_of_columns_goes_by_name(make):
    parts = [make.components("VVV", 2, 2, seed) for seed in (0, 1)]
    p, q = (Mixture.from_components(part, "full", ["a", "b"]) for part in parts)
    turned = q.marginal(["b", "a"])
    assert p.kl_divergence(turned) == pytest.approx(p.kl_divergence(q), rel=1e-12)
    assert p.wasserstein(turned) == pytest.approx(p.wasserstein(q), rel=1e-12)


def test_the_same_seed_gives_the_same_answer_and_none_another(make):
    p, q = of(make, 3, 3, 0), of(make, 2, 3, 1)
    assert p.kl_divergence(q, tol=1e-2) == p.kl_divergence(q, tol=1e-2)
    answers = {p.kl_divergence(q, tol=1e-2, random_state=seed) for seed in (None, None, 1)}
    assert len(answers) == 3


def test_fewer_points_say_so_in_the_error(make):
    p, q = of(make, 3, 3, 0), of(make, 2, 3, 1)
    few = p.kl_divergence(q, return_error=True, max_points=1024)[1]
    many = p.kl_divergence(q, return_error=True, tol=1e-9, max_points=1 << 16)[1]
    assert many < few


@pytest.mark.parametrize("n_features", [1, 2])
def test_noise_has_its_part_in_the_entropy(make, n_features):
    mixture = with_noise(of(make, 2, n_features, 0, condition=4.0), -9.0, 9.0)
    value, error = mixture.entropy(return_error=True)
    if n_features == 1:
        grid, cell = (np.arange(36_000)[:, None] + 0.5) / 1000.0 - 18.0, 1e-3
    else:
        grid, cell = square_grid(18.0, 720)
    log_p = mixture.log_pdf(grid)
    expected = -cell * np.exp(log_p) @ log_p
    assert abs(value - expected) < 6.0 * error + 2e-6
    assert with_noise(mixture, -9.0, 9.0, 1.0).entropy() == pytest.approx(
        n_features * np.log(18.0), rel=1e-12
    )


@pytest.mark.parametrize("n_features", [1, 2])
def test_divergences_know_where_noise_has_no_density(make, n_features):
    gaussian = of(make, 2, n_features, 0)
    box, wide = with_noise(gaussian, -1.0, 1.0, 1.0), with_noise(gaussian, -2.0, 2.0, 1.0)
    assert gaussian.kl_divergence(box) == np.inf
    assert wide.kl_divergence(box) == np.inf
    assert box.kl_divergence(wide) == pytest.approx(n_features * np.log(2.0), rel=1e-12)
    assert 0.0 < box.kl_divergence(gaussian) < np.inf
    mixed = with_noise(gaussian, -1.0, 1.0, 0.3)
    assert 0.0 < mixed.kl_divergence(gaussian) < np.inf
    assert mixed.kl_divergence(mixed) == pytest.approx(0.0, abs=1e-12)
    assert gaussian.kl_divergence(mixed) <= -np.log(0.7) + 1e-9


def test_mixtures_that_do_not_meet_are_log_two_apart(make):
    p = of(make, 3, 2, 0)
    far = p.affine(np.eye(2), [1e3, 0.0])
    assert p.jensen_shannon_divergence(far) == pytest.approx(np.log(2.0), abs=1e-12)
    assert p.jensen_shannon_divergence(far, return_error=True)[1] < 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_transport_is_a_metric(make, seed):
    p, q, r = (of(make, k, 3, seed + 10 * k) for k in (2, 4, 3))
    assert p.wasserstein(q) == pytest.approx(q.wasserstein(p), rel=1e-9)
    assert p.wasserstein(r) <= p.wasserstein(q) + q.wasserstein(r) + 1e-9
    assert p.wasserstein(q) > 0.1
    distance, plan = p.wasserstein(q, return_plan=True)
    np.testing.assert_allclose(plan.sum(axis=1), p.weights, atol=1e-12)
    np.testing.assert_allclose(plan.sum(axis=0), q.weights, atol=1e-12)
    assert (plan >= 0.0).all()
    # Means are no further apart than the mixtures.
    assert distance >= np.linalg.norm(p.mean() - q.mean()) - 1e-9


def test_a_shift_moves_every_component_by_it(make):
    mixture = of(make, 5, 3, 1)
    moved = mixture.affine(np.eye(3), [3.0, 0.0, 4.0])
    distance, plan = mixture.wasserstein(moved, return_plan=True)
    assert distance == pytest.approx(5.0, rel=1e-12)
    np.testing.assert_allclose(plan.sum(axis=1), mixture.weights, atol=1e-12)


def test_transport_finds_the_best_of_all_assignments(make):
    p, q = (
        Mixture(np.full(4, 0.25), part.means, part.covariances)
        for part in (of(make, 4, 2, 0), of(make, 4, 2, 1))
    )
    cost = [
        [
            Mixture([1.0], p.means[[i]], p.covariances[[i]]).wasserstein(
                Mixture([1.0], q.means[[j]], q.covariances[[j]])
            )
            ** 2
            for j in range(4)
        ]
        for i in range(4)
    ]
    best = min(sum(cost[i][j] for i, j in enumerate(order)) / 4 for order in permutations(range(4)))
    assert p.wasserstein(q) == pytest.approx(np.sqrt(best), rel=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_overlap_is_how_often_rows_are_likelier_elsewhere(make, brute, code):
    mixture = of(make, 3, 3, 4, code, spread=0.8)
    found, error = mixture.overlap(return_error=True)
    assert found.shape == error.shape == (3, 3)
    assert (np.diagonal(found) == 0.0).all()
    dense = mixture.components.covariances.dense()
    rng = np.random.default_rng(0)
    for i in range(3):
        rows = rng.multivariate_normal(mixture.means[i], dense[i], size=20_000)
        joint = brute.log_joint(mixture.weights, mixture.means, dense, rows)
        for j in {0, 1, 2} - {i}:
            share = (joint[:, j] > joint[:, i]).mean()
            assert abs(found[i, j] - share) < 5.0 * (error[i, j] + 0.5 / np.sqrt(20_000))


def test_overlap_is_exact_in_one_column_and_for_equal_covariances(make):
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[4.0]]])
    found, error = mixture.overlap(return_error=True)
    # 3 z^2 / 8 + z / 4 - 1 / 8 - log 2 = 0 where both are equally likely.
    low, high = np.sort(np.roots([0.375, 0.25, -0.125 - np.log(2.0)]))
    assert found[0, 1] == pytest.approx(norm.cdf(low) + norm.sf(high), rel=1e-12)
    back = norm.cdf((high - 1.0) / 2.0) - norm.cdf((low - 1.0) / 2.0)
    assert found[1, 0] == pytest.approx(back, rel=1e-12)
    assert (error == 0.0).all()
    tied = Mixture([0.2, 0.8], [[0.0, 0.0], [3.0, 4.0]], np.eye(2) * 4.0, covariance_type="tied")
    found, error = tied.overlap(return_error=True)
    assert found[0, 1] == pytest.approx(norm.cdf(np.log(4.0) / 2.5 - 1.25), rel=1e-12)
    assert (error == 0.0).all()


def test_overlap_of_components_that_hardly_meet_keeps_its_digits():
    mixture = Mixture([0.5, 0.5], [[0.0], [30.0]], [[[1.0]], [[1.0]]])
    assert mixture.overlap()[0, 1] == pytest.approx(norm.sf(15.0), rel=1e-10)


def test_copies_overlap_by_their_weights():
    mixture = Mixture([0.4, 0.6], [[0.0, 0.0], [0.0, 0.0]], [np.eye(2), np.eye(2)])
    np.testing.assert_array_equal(mixture.overlap(), [[0.0, 1.0], [0.0, 0.0]])
    assert mixture.misclassification() == pytest.approx(0.4, abs=1e-12)


@pytest.mark.parametrize("n_features", [1, 2, 4])
def test_misclassification_is_the_share_of_wrong_labels(make, n_features):
    mixture = with_noise(of(make, 3, n_features, 2, spread=1.0), -4.0, 5.0, 0.1)
    value, error = mixture.misclassification(return_error=True)
    X, labels = mixture.sample(40_000, 0)
    guess = mixture.posterior(X).argmax(axis=1)
    share = (np.where(guess == 3, -1, guess) != labels).mean()
    assert abs(value - share) < 5.0 * (error + 0.5 / np.sqrt(40_000))


@pytest.mark.parametrize(
    "verb",
    [
        "entropy",
        "entropy_bounds",
        "kl_divergence",
        "symmetric_divergence",
        "wasserstein",
        "overlap",
    ],
)
def test_student_ts_are_refused(verb):
    part = Mixture([1.0], [[0.0]], [[[1.0]]]).components
    tails = Components(part.weights, part.means, part.covariances, dof=np.array([4.0]))
    mixture = Mixture.from_components(tails, "full")
    others = [mixture] if "div" in verb or verb == "wasserstein" else []
    with pytest.raises(ValueError, match=f"{verb} is for mixtures of Gaussians"):
        getattr(mixture, verb)(*others)


@pytest.mark.parametrize("wrong", [{"tol": 0.0}, {"max_points": -3}, {"tol": True}])
def test_precisions_are_above_zero(wrong):
    mixture = Mixture([1.0], [[0.0]], [[[1.0]]])
    for verb in (mixture.entropy, mixture.overlap, mixture.misclassification):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            verb(**wrong)
