"""The posterior predictive density: an average over all that is believed of the parameters."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp

from gaussmix import BayesianGaussianMixture, IntervalData, errors
from gaussmix.data import ArraySource
from gaussmix.density import student_log_density
from gaussmix.execution import Team

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
ALONG_AXES = ("diag", "tied_diag")
WEIGHTS = ("dirichlet_process", "dirichlet_distribution")


def _rows(n, n_features):
    rng = np.random.default_rng([n, n_features])
    away = np.where(np.arange(n) < 0.6 * n, 0.0, 4.0)
    return away[:, None] + rng.normal(size=(n, n_features)) * np.linspace(1.0, 1.5, n_features)


def _fit(X, kind="full", weights="dirichlet_process", **settings):
    """Some slots for two groups, so that one or more of them are empty or nearly so."""
    return BayesianGaussianMixture(
        **{"n_components": 4, "max_iter": 2000, "moves": False, "random_state": 0, "n_jobs": 1}
        | {"covariance_type": kind, "weight_concentration_prior_type": weights}
        | settings
    ).fit(X)


def _density(model, X):
    return np.exp(model.score_samples(np.asarray(X)))


@cache
def _tangents(n, low):
    """Nodes and weights over an infinite range, by tan of Gauss and Legendre's."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (0.5 * np.pi - low)
    angle = low + half * (nodes + 1.0)
    return 4.0 * np.tan(angle), 4.0 * half * weights / np.cos(angle) ** 2


@pytest.mark.parametrize("n", [10, 200])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_in_one_dimension_it_integrates_to_one(kind, weights, n):
    model = _fit(_rows(n, 1), kind, weights)
    x, w = _tangents(500, -0.5 * np.pi)
    assert w @ _density(model, 2.0 + x[:, None]) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("n", [10, 200])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_in_two_dimensions_it_integrates_to_one(kind, weights, n):
    model = _fit(_rows(n, 2), kind, weights)
    if kind in ALONG_AXES:
        x, w = _tangents(200, -0.5 * np.pi)
        points = 2.0 + np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
        area = np.outer(w, w).ravel()
    else:
        # A joint t falls alike in all directions: distance and angle.
        r, w = _tangents(200, 0.0)
        turn = 2.0 * np.pi * np.arange(200) / 200
        spokes = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        points = 2.0 + (r[:, None, None] * spokes).reshape(-1, 2)
        area = np.repeat(w * r * 2.0 * np.pi / 200, 200)
    assert area @ _density(model, points) == pytest.approx(1.0, abs=1e-6)


def _drawn_weights(model, mass, n, rng):
    """Proportions (n, K) given the masses (K,), from their prior."""
    concentration = model.weight_concentration_prior_
    if model.weight_concentration_prior_type == "dirichlet_distribution":
        return rng.dirichlet(concentration + mass, size=n)
    sticks = np.ones((n, 4))
    for k in range(3):
        sticks[:, k] = rng.beta(1.0 + mass[k], concentration + mass[k + 1 :].sum(), size=n)
    left = np.cumprod(1.0 - sticks[:, :3], axis=1)
    return sticks * np.append(np.ones((n, 1)), left, axis=1)


def _drawn_precisions(kind, dof, covariance, n, rng):
    """Precision matrices (n, D, D) of which the inverse of the covariance (D, D) is the mean."""
    n_features = len(covariance)
    if kind in ("full", "tied"):
        return stats.wishart(dof, np.linalg.inv(dof * covariance)).rvs(n, random_state=rng)
    variance = np.diagonal(covariance)
    if kind in ALONG_AXES:
        each = rng.gamma(0.5 * dof, 2.0 / (dof * variance), size=(n, n_features))
    else:
        rows = dof * n_features
        each = rng.gamma(0.5 * rows, 2.0 / (rows * variance[0]), size=(n, 1))
    return each[:, :, None] * np.eye(n_features)


def _brute(model, posterior, points, n, rng):
    """Densities (n, P) of Gaussian mixtures whose parameters are draws from the posterior."""
    kind, mass = model.covariance_type, np.zeros(4)
    mass[: len(posterior.mass)] = posterior.mass
    slots, total = posterior.slots, 0.0
    weights = _drawn_weights(model, mass, n, rng)
    for k, matrix in enumerate(slots.covariances.dense()):
        rows = mass.sum() if kind.startswith("tied") else mass[k]
        dof = model.degrees_of_freedom_prior_ + rows
        lower = np.linalg.cholesky(_drawn_precisions(kind, dof, matrix, n, rng))
        z = rng.normal(size=(n, len(matrix), 1))
        away = np.linalg.solve(lower.swapaxes(1, 2), z)[..., 0]
        means = slots.means[k] + away / np.sqrt(model.mean_precision_prior_ + mass[k])
        y = np.einsum("nij,npi->npj", lower, points - means[:, None])
        peak = np.prod(np.diagonal(lower, axis1=1, axis2=2) / np.sqrt(2.0 * np.pi), axis=1)
        total += (weights[:, k] * peak)[:, None] * np.exp(-0.5 * np.square(y).sum(axis=2))
    return total


@pytest.mark.parametrize("n_full", [2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_average_over_draws_of_the_parameters(kind, n_full):
    weights = WEIGHTS[n_full == 2]
    model = _fit(_rows(8, 2), kind, weights, weight_concentration_prior=2.0)
    posterior = model.posterior_.take(np.argsort(-model.posterior_.mass)[:n_full])
    points = np.array([[0.0, 0.0], [4.0, 4.0], [2.0, 2.0], [-3.0, 1.0], [12.0, 8.0]])
    drawn = _brute(model, posterior, points, 20_000, np.random.default_rng(6))
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    found = np.exp(student_log_density(posterior.predictive, ArraySource(points), Team()))
    assert (np.abs(drawn.mean(axis=0) - found) < 5.0 * error).all()


@pytest.mark.parametrize("kind", KINDS)
def test_empty_slots_are_part_of_it_with_what_the_prior_says(kind):
    model = _fit(_rows(200, 2), kind, WEIGHTS[1], weight_concentration_prior=1e-5)
    few, slots = model.posterior_.predictive, model.posterior_.slots
    n_full = len(model.posterior_.mass)
    assert n_full < 4
    assert few.n_components == n_full + 1
    assert few.weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert few.weights[-1] == pytest.approx(model.weights_[n_full:].sum(), rel=1e-12)
    np.testing.assert_array_equal(few.means[-1], model.mean_prior_)
    np.testing.assert_array_equal(few.covariances.dense()[-1], slots.covariances.dense()[-1])


def test_for_one_component_it_is_the_textbook_t():
    X = _rows(30, 2)
    model = _fit(X, n_components=1, mean_precision_prior=2.0, degrees_of_freedom_prior=5.0)
    scatter = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
    beta, nu = 2.0 + 30, 5.0 + 30
    away = X.mean(axis=0) - model.mean_prior_
    total = model.covariance_prior_ + scatter + 2.0 * 30 / beta * np.outer(away, away)
    mean = (2.0 * model.mean_prior_ + X.sum(axis=0)) / beta
    dof = nu - 1.0
    law = stats.multivariate_t(mean, total * (beta + 1.0) / (beta * dof), dof)
    points = np.random.default_rng(0).normal(scale=4.0, size=(20, 2))
    np.testing.assert_allclose(model.score_samples(points), law.logpdf(points), rtol=1e-10)


def test_plug_in_is_the_mixture_of_the_expected_parameters():
    X = _rows(60, 2)
    X[::7, 0] = np.nan
    weight = np.linspace(0.0, 2.0, 60)
    for kind in KINDS:
        model = _fit(X, kind)
        matrices = model.mixture_.components.covariances.dense()
        logs = logsumexp(
            [
                np.log(w) + stats.multivariate_normal(m, S).logpdf(X[1:5])
                for w, m, S in zip(model.weights_, model.means_, matrices, strict=True)
            ],
            axis=0,
        )
        np.testing.assert_allclose(model.score_samples(X[1:5], plug_in=True), logs, rtol=1e-9)
        found = model.score_samples(X, plug_in=True)
        np.testing.assert_allclose(found, model.mixture_.log_pdf(X), rtol=1e-9)
        score = model.score(X, sample_weight=weight, plug_in=True)
        assert score == pytest.approx(np.average(found, weights=weight), rel=1e-12)
        assert (np.abs(found - model.score_samples(X)) > 1e-4).any()


def test_the_fewer_the_rows_the_heavier_the_tails():
    far = [[12.0, 12.0]]
    gaps = []
    for n in (10, 100, 1000):
        model = _fit(_rows(n, 2), n_components=1)
        gaps.append(model.score_samples(far)[0] - model.score_samples(far, plug_in=True)[0])
    assert gaps[0] > gaps[1] > gaps[2] > 0.0


def test_a_gap_is_the_missing_column_integrated_out():
    model = _fit(_rows(40, 2))
    y, w = _tangents(400, -0.5 * np.pi)
    for x in (-1.0, 3.0, 20.0):
        whole = w @ _density(model, np.stack([np.full_like(y, x), 2.0 + y], axis=1))
        found = model.score_samples([[x, np.nan]])
        np.testing.assert_allclose(found, np.log(whole), atol=1e-7)
    assert model.score_samples([[np.nan, np.nan]])[0] == pytest.approx(0.0, abs=1e-14)


def test_far_rows_have_a_finite_density():
    for kind in KINDS:
        model = _fit(_rows(40, 2), kind)
        X = [[1e200, 0.0], [1.7e308, -1.7e308], [np.nan, -1e160], [-1e300, np.nan]]
        assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_weighted_means_for_any_number_of_threads(kind):
    model = _fit(_rows(60, 2), kind)
    rng = np.random.default_rng(0)
    X, weight = 4.0 * rng.normal(size=(70_000, 2)), rng.integers(0, 3, size=70_000)
    X[rng.random(X.shape) < 0.1] = np.nan
    found, score = model.score_samples(X), model.score(X, sample_weight=weight)
    assert score == pytest.approx(np.average(found, weights=weight), rel=1e-11)
    assert model.score(X) == pytest.approx(found.mean(), rel=1e-11)
    other = model.set_params(n_jobs=3)
    np.testing.assert_array_equal(other.score_samples(X), found)
    assert other.score(X, sample_weight=weight) == score


def test_frames_float32_and_files_are_answered_like_arrays(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame(_rows(200, 2), columns=["a", "b"])
    table.iloc[::9, 1] = np.nan
    model = _fit(table)
    found = model.score_samples(table)
    assert found.dtype == np.float64
    table.to_parquet(tmp_path / "rows.parquet")
    np.testing.assert_array_equal(model.score_samples(str(tmp_path / "rows.parquet")), found)
    assert model.score(str(tmp_path / "rows.parquet")) == model.score(table)
    single = table.astype(np.float32)
    np.testing.assert_array_equal(
        model.score_samples(single), model.score_samples(single.astype(np.float64))
    )


def test_dask_collections_are_answered_lazily_and_alike():
    da = pytest.importorskip("dask.array")
    dd = pytest.importorskip("dask.dataframe")
    pytest.importorskip("distributed")
    import dask  # noqa: PLC0415  not there without the extra

    table = pd.DataFrame(_rows(200, 2), columns=["a", "b"])
    table.iloc[::9, 1] = np.nan
    model = _fit(table, "diag")
    weight = np.linspace(0.0, 1.0, 200)
    with dask.config.set(scheduler="threads", num_workers=2):
        lazy = model.score_samples(dd.from_pandas(table, npartitions=3))
        assert lazy.name == "log_density"
        np.testing.assert_allclose(lazy.compute(), model.score_samples(table), rtol=1e-12)
        bare = _fit(table.to_numpy(), "diag")
        X = da.from_array(table.to_numpy(), chunks=(70, 2))
        for plug_in in (False, True):
            found = bare.score_samples(X, plug_in=plug_in)
            assert isinstance(found, da.Array)
            direct = bare.score_samples(table.to_numpy(), plug_in=plug_in)
            np.testing.assert_allclose(found.compute(), direct, rtol=1e-9)
            score = bare.score(X, None, da.from_array(weight, chunks=70), plug_in=plug_in)
            assert score == pytest.approx(np.average(direct, weights=weight), rel=1e-9)
        proba = bare.predict_proba(X).compute()
        np.testing.assert_allclose(proba, bare.predict_proba(table.to_numpy()), atol=1e-9)


def test_samples_follow_the_density():
    model = _fit(_rows(10, 1), degrees_of_freedom_prior=3.0)
    X, _ = model.sample(8000, random_state=3)
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 20_001)[1:-1]
    y = 2.0 + 4.0 * np.tan(angle)
    slope = _density(model, y[:, None]) * 4.0 / np.cos(angle) ** 2
    below = integrate.cumulative_trapezoid(slope, angle, initial=0.0)
    assert stats.kstest(X[:, 0], lambda x: np.interp(x, y, below)).pvalue > 1e-3
    plain, _ = model.sample(8000, random_state=3, plug_in=True)
    assert stats.kstest(plain[:, 0], lambda x: np.interp(x, y, below)).pvalue < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_samples_have_the_moments_and_the_components_of_the_distribution(kind):
    model = _fit(_rows(60, 2), kind, degrees_of_freedom_prior=12.0)
    X, label = model.sample(40_000, random_state=1)
    few = model.posterior_.predictive
    share = np.bincount(label, minlength=4) / len(label)
    np.testing.assert_allclose(share, model.weights_, atol=0.012)
    mean = few.weights @ few.means
    away = few.means - mean
    matrices = (few.spread * few.dof / (few.dof - 2.0))[:, None, None] * few.covariances.dense()
    covariance = np.einsum("k,kij->ij", few.weights, matrices) + (away.T * few.weights) @ away
    np.testing.assert_allclose(X.mean(axis=0), mean, atol=0.06)
    np.testing.assert_allclose(np.cov(X.T), covariance, rtol=0.06, atol=0.06)


def test_samples_of_one_seed_are_the_same_and_of_the_stream_others():
    model = _fit(_rows(60, 2))
    for plug_in in (False, True):
        one, other = (model.sample(5, random_state=7, plug_in=plug_in)[0] for _ in range(2))
        np.testing.assert_array_equal(one, other)
        assert not np.array_equal(model.sample(5)[0], model.sample(5)[0])
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(0)


@pytest.mark.parametrize("method", ["score", "score_samples"])
def test_rows_without_a_closed_form_are_refused_and_plug_in_takes_them(method):
    X = _rows(60, 1)
    ask = getattr(_fit(X), method)
    measured = {"X_covariance": np.full_like(X, 0.1)}
    with pytest.raises(TypeError, match=r"measured with error \(X_covariance\)") as caught:
        ask(X, **measured)
    assert f"Call {method}(..., plug_in=True)" in str(caught.value)
    assert np.isfinite(ask(X, plug_in=True, **measured)).all()
    intervals = IntervalData(X[:, 0] - 0.1, X[:, 0] + 0.1)
    refusal = errors.no_predictive_density("intervals", method)
    with pytest.raises(TypeError) as caught:
        ask(intervals)
    assert str(caught.value) == str(refusal)
    assert np.isfinite(ask(intervals, plug_in=True)).all()
