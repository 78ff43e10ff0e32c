"""Mixtures of factor analysers through the estimator."""

import tracemalloc

import numpy as np
import pytest
from sklearn.decomposition import FactorAnalysis
from sklearn.metrics import adjusted_rand_score

from gaussmix import Checkpoint, GaussianMixture, GaussianMixtureSearch, Mixture, load, save
from gaussmix.covariance import FACTOR_NAMES

MODELS = FACTOR_NAMES[1:]

#: Many a run here is of a fixed length.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def clusters(n_rows=240, n_features=12, *, n_clusters=3, rank=2, seed=0, apart=3.0):
    """Rows of clusters with loadings and noise of their own, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_rows) % n_clusters
    X = np.empty((n_rows, n_features))
    for k in range(n_clusters):
        own = np.flatnonzero(labels == k)
        centre = apart * rng.normal(size=n_features)
        factors = rng.normal(size=(len(own), rank)) @ rng.normal(size=(rank, n_features))
        noise = rng.normal(size=(len(own), n_features)) * rng.uniform(0.3, 0.8, n_features)
        X[own] = centre + factors + noise
    return X, labels


@pytest.mark.parametrize("model", MODELS)
def test_the_objective_never_falls(model):
    X, _ = clusters(apart=0.7)
    gm = GaussianMixture(
        3, covariance_type=model, n_factors=2, random_state=0, tol=0.0, max_iter=40
    ).fit(X)
    assert min(np.diff(gm.lower_bounds_)) >= -1e-11 * abs(gm.lower_bound_)
    assert gm.lower_bounds_[-1] > gm.lower_bounds_[0] + 1e-6
    assert gm.score(X) == pytest.approx(gm.lower_bound_, rel=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_the_likelihood_is_that_of_the_whole_matrices(model):
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type=model, n_factors=2, random_state=0).fit(X)
    whole = Mixture(gm.weights_, gm.means_, gm.covariances_)
    np.testing.assert_allclose(gm.score_samples(X), whole.log_pdf(X), rtol=1e-10)
    np.testing.assert_allclose(gm.predict_proba(X), whole.posterior(X), atol=1e-10)
    product = np.matmul(gm.covariances_, gm.precisions_)
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(12), product.shape), atol=1e-8)
    factors = np.matmul(gm.precisions_cholesky_, gm.precisions_cholesky_.swapaxes(1, 2))
    np.testing.assert_allclose(factors, gm.precisions_, atol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_components_share_what_the_letters_say(model):
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type=model, n_factors=2, random_state=0).fit(X)
    assert gm.loadings_.shape == (3, 12, 2)
    assert gm.noise_variances_.shape == (3, 12)
    loadings, noise, columns = (letter == "C" for letter in model.removeprefix("factor_"))
    assert (np.ptp(gm.loadings_, axis=0).max() == 0.0) == loadings
    assert (np.ptp(gm.noise_variances_, axis=0).max() == 0.0) == noise
    assert (np.ptp(gm.noise_variances_, axis=1).max() == 0.0) == columns


def test_one_component_is_factor_analysis():
    X, _ = clusters(n_clusters=1, rank=3)
    gm = GaussianMixture(
        1, covariance_type="factor", n_factors=3, reg_covar=0.0, tol=1e-11, max_iter=3000
    ).fit(X)
    reference = FactorAnalysis(3, tol=1e-12, max_iter=20_000, svd_method="lapack").fit(X)
    assert gm.score(X) == pytest.approx(reference.score(X), abs=1e-8)
    soon = gm.set_params(tol=0.0, max_iter=20).fit(X)
    assert soon.score(X) == pytest.approx(reference.score(X), abs=1e-3)


def test_one_component_of_isotropic_noise_is_probabilistic_principal_components():
    X, _ = clusters(n_clusters=1, rank=3)
    gm = GaussianMixture(
        1, covariance_type="factor_UUC", n_factors=2, reg_covar=0.0, tol=1e-12, max_iter=3000
    ).fit(X)
    # Tipping & Bishop (1999), J. R. Stat. Soc. B 61, 611-622, equations 7 and 8.
    values = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    noise = values[2:].mean()
    assert gm.noise_variances_[0, 0] == pytest.approx(noise, rel=1e-6)
    spectrum = np.log(values[:2]).sum() + 10 * np.log(noise)
    expected = -0.5 * (12 * np.log(2.0 * np.pi) + spectrum + 12)
    assert gm.score(X) == pytest.approx(expected, abs=1e-9)


def test_as_many_factors_as_covariances_allow_come_to_full_covariances():
    X, labels = clusters(n_features=4)
    options = {"init_params": labels, "tol": 1e-10, "max_iter": 5000, "reg_covar": 0.0}
    factors = GaussianMixture(3, covariance_type="factor", n_factors=3, **options).fit(X)
    full = GaussianMixture(3, **options).fit(X)
    assert factors.score(X) == pytest.approx(full.score(X), abs=2e-4)
    assert factors.n_parameters_ == full.n_parameters_


@pytest.mark.parametrize(
    ("model", "covariances"),
    [
        ("UUU", 3 * (12 * 2 - 1) + 3 * 12),
        ("UUC", 3 * (12 * 2 - 1) + 3),
        ("UCU", 3 * (12 * 2 - 1) + 12),
        ("UCC", 3 * (12 * 2 - 1) + 1),
        ("CUU", (12 * 2 - 1) + 3 * 12),
        ("CUC", (12 * 2 - 1) + 3),
        ("CCU", (12 * 2 - 1) + 12),
        ("CCC", (12 * 2 - 1) + 1),
    ],
)
def test_parameters_are_counted_as_in_the_table_of_mcnicholas_and_murphy(model, covariances):
    X, labels = clusters()
    gm = GaussianMixture(
        3, covariance_type=f"factor_{model}", n_factors=2, init_params=labels, max_iter=1, tol=0.0
    )
    gm.fit(X)
    assert gm.n_parameters_ == 2 + 3 * 12 + covariances
    n_rows = len(X)
    expected = -2.0 * n_rows * gm.score(X) + gm.n_parameters_ * np.log(n_rows)
    assert gm.bic(X) == pytest.approx(expected)


def expression(n_clusters=4, rank=3, seed=0):
    """A table like one of gene expression: 189 rows, 500 columns, groups of low rank."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_clusters, 189)
    X = np.empty((189, 500))
    for k in range(n_clusters):
        own = np.flatnonzero(labels == k)
        factors = rng.normal(size=(len(own), rank)) @ rng.normal(size=(rank, 500))
        noise = rng.normal(size=(len(own), 500)) * rng.uniform(0.3, 0.8, 500)
        X[own] = 8.0 + 0.7 * rng.normal(size=500) + 0.4 * factors + noise
    return X, labels


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5])
def test_many_more_columns_than_rows_need_no_projection(rank):
    X, labels = expression()
    gm = GaussianMixture(
        4, covariance_type="factor", n_factors=rank, random_state=0, tol=1e-2, max_iter=300
    ).fit(X)
    assert gm.converged_
    assert adjusted_rand_score(labels, gm.predict(X)) > 0.95
    assert not gm.fit_report_.findings


def test_no_array_of_all_pairs_of_columns_is_made_by_a_fit():
    X, labels = expression()
    gm = GaussianMixture(4, covariance_type="factor", n_factors=2, init_params=labels, tol=1e-2)
    gm.fit(X)
    arrays = [value for value in vars(gm).values() if isinstance(value, np.ndarray)]
    assert max(array.size for array in arrays) <= 4 * 500 * 2
    assert gm.statistics_.scatter.size == 4 * 500 * (1 + 2)


def test_weights_are_rows_repeated():
    X, labels = clusters()
    weight = np.random.default_rng(0).integers(0, 3, len(X)).astype(float)
    options = {"covariance_type": "factor", "n_factors": 2, "tol": 0.0, "max_iter": 15}
    weighted = GaussianMixture(3, init_params=labels, **options).fit(X, sample_weight=weight)
    index = np.repeat(np.arange(len(X)), weight.astype(int))
    repeated = GaussianMixture(3, init_params=labels[index], **options).fit(X[index])
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, rel=1e-9)


@pytest.mark.parametrize("model", ["factor", "factor_CUC", "factor_CCU"])
def test_gaps_are_filled_by_the_factors(model):
    X, labels = clusters(rank=1, n_features=6)
    X_gappy = X.copy()
    rng = np.random.default_rng(1)
    X_gappy[rng.random(X.shape) < 0.1] = np.nan
    gm = GaussianMixture(
        3, covariance_type=model, n_factors=1, init_params=labels, tol=0.0, max_iter=25
    )
    gm.fit(X_gappy)
    assert min(np.diff(gm.lower_bounds_)) >= -1e-11 * abs(gm.lower_bound_)
    observed = [
        Mixture(gm.weights_, gm.means_, gm.covariances_).marginal(
            np.flatnonzero(~np.isnan(row)).tolist()
        )
        for row in X_gappy
    ]
    expected = [
        part.log_pdf(row[~np.isnan(row)][None])[0]
        for part, row in zip(observed, X_gappy, strict=True)
    ]
    np.testing.assert_allclose(gm.score_samples(X_gappy), expected, rtol=1e-9)


def test_many_patterns_of_gaps_never_lower_the_objective():
    X, labels = clusters(n_rows=90, rank=1, n_features=12)
    X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    gm = GaussianMixture(
        3, covariance_type="factor", init_params=labels, tol=0.0, max_iter=20, random_state=0
    )
    gm.fit(X)
    assert min(np.diff(gm.lower_bounds_)) >= -1e-11 * abs(gm.lower_bound_)


def test_a_noise_component_takes_what_belongs_to_no_factor():
    X, labels = clusters()
    strays = np.random.default_rng(3).uniform(X.min(axis=0), X.max(axis=0), (20, 12))
    gm = GaussianMixture(
        3, covariance_type="factor", n_factors=2, noise_component=True, random_state=0
    ).fit(np.concatenate([X, strays]))
    assert (gm.predict(strays) == -1).mean() > 0.9
    assert adjusted_rand_score(labels, gm.predict(X)) > 0.95


@pytest.mark.parametrize("model", ["factor", "factor_UCC", "factor_CCU"])
def test_a_saved_model_comes_back_with_the_same_bits(tmp_path, model):
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type=model, n_factors=2, random_state=0).fit(X)
    path = tmp_path / "model.gaussmix"
    save(gm, path)
    again = load(path)
    np.testing.assert_array_equal(again.score_samples(X), gm.score_samples(X))
    np.testing.assert_array_equal(again.loadings_, gm.loadings_)
    assert again.n_parameters_ == gm.n_parameters_
    save(gm.mixture_, path)
    assert load(path) == gm.mixture_


def test_the_name_may_hold_the_number_of_factors():
    X, labels = clusters()
    by_name = GaussianMixture(3, covariance_type="factor_UCU:2", init_params=labels).fit(X)
    by_number = GaussianMixture(
        3, covariance_type="factor_UCU", n_factors=2, init_params=labels
    ).fit(X)
    assert by_name.lower_bounds_ == by_number.lower_bounds_
    assert by_number.mixture_.covariance_type == "factor_UCU:2"
    assert "2 factors, varying loadings, equal noise" in str(by_name.summary())


def test_samples_have_the_covariances():
    X, _ = clusters(n_clusters=1)
    gm = GaussianMixture(1, covariance_type="factor", n_factors=2, tol=1e-6).fit(X)
    drawn, _ = gm.sample(200_000, random_state=0)
    scale = np.sqrt(np.diagonal(gm.covariances_[0]))
    off = (np.cov(drawn.T) - gm.covariances_[0]) / np.outer(scale, scale)
    assert np.abs(off).max() < 0.02


def test_marginals_keep_their_factors(tmp_path):
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type="factor", n_factors=2, random_state=0).fit(X)
    part = gm.mixture_.marginal([7, 1, 4])
    np.testing.assert_allclose(
        part.covariances, gm.covariances_[:, [7, 1, 4]][:, :, [7, 1, 4]], rtol=1e-12
    )
    assert np.isfinite(part.log_pdf(X[:, [7, 1, 4]])).all()
    single = gm.mixture_.marginal(5)
    save(single, tmp_path / "column.gaussmix")
    assert load(tmp_path / "column.gaussmix") == single
    np.testing.assert_allclose(single.covariances[:, 0, 0], gm.covariances_[:, 5, 5], rtol=1e-12)


def test_means_set_by_hand_count_and_the_factors_stay():
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type="factor", n_factors=2, random_state=0).fit(X)
    before = gm.score_samples(X)
    gm.means_ = gm.means_ + 1.0
    np.testing.assert_allclose(gm.score_samples(X + 1.0), before, rtol=1e-9)


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads():
    X, _ = clusters(n_rows=3000)
    fits = [
        GaussianMixture(
            3, covariance_type="factor", n_factors=2, random_state=4, n_jobs=threads
        ).fit(X)
        for threads in (1, 2)
    ]
    np.testing.assert_array_equal(fits[0].loadings_, fits[1].loadings_)
    assert fits[0].lower_bounds_ == fits[1].lower_bounds_


def test_narrow_components_take_the_exact_kernel_and_are_those_of_each_cluster_alone():
    X, labels = clusters(apart=1e6)
    options = {"covariance_type": "factor", "n_factors": 2, "tol": 0.0, "max_iter": 30}
    options |= {"reg_covar": 0.0}
    together = GaussianMixture(3, init_params=labels, **options).fit(X)
    assert together.fit_report_.kernel == "exact"
    alone = [GaussianMixture(1, **options).fit(X[labels == k]) for k in range(3)]
    assert alone[0].fit_report_.kernel == "fast"
    expected = np.mean([gm.lower_bound_ for gm in alone]) + np.log(1.0 / 3.0)
    assert together.lower_bound_ == pytest.approx(expected, rel=1e-9)
    for k, gm in enumerate(alone):
        np.testing.assert_allclose(
            together.covariances_[k], gm.covariances_[0], rtol=1e-4, atol=1e-6
        )


def test_as_many_factors_as_columns_are_refused():
    X, _ = clusters(n_features=4)
    with pytest.raises(ValueError, match="4 factors need more than 4 columns, and there are 4"):
        GaussianMixture(2, covariance_type="factor", n_factors=4).fit(X)


@pytest.mark.parametrize("n_factors", [-1, 1.5, "two"])
def test_a_number_of_factors_that_is_none_is_refused(n_factors):
    with pytest.raises(ValueError, match="'n_factors' parameter of GaussianMixture must be an int"):
        GaussianMixture(2, covariance_type="factor", n_factors=n_factors).fit(np.eye(5))


def test_an_unknown_model_is_refused_with_the_nearest_one():
    with pytest.raises(ValueError, match=r"'factor_UCD'\. Did you mean 'factor_U"):
        GaussianMixture(2, covariance_type="factor_UCD").fit(np.eye(5))


def test_matrices_are_not_taken_for_factors():
    with pytest.raises(ValueError, match="is fitted, not given"):
        Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], covariance_type="factor")
    X, _ = clusters(n_features=3)
    gm = GaussianMixture(1, covariance_type="factor", precisions_init=[np.eye(3)])
    with pytest.raises(ValueError, match="does not tell its loadings from its noise"):
        gm.fit(X)


def test_streams_and_merges_of_factors_are_refused():
    X, _ = clusters()
    gm = GaussianMixture(3, covariance_type="factor", n_factors=2, random_state=0)
    with pytest.raises(ValueError, match="partial_fit cannot be used with factors"):
        gm.partial_fit(X)
    gm.fit(X)
    with pytest.raises(ValueError, match="merge cannot be used with factors"):
        gm.merge(gm)


@pytest.mark.parametrize("model", ["factor", "factor_CUU", "factor_CCU"])
def test_no_factors_at_all_leave_the_noise(model):
    X, labels = clusters()
    none = GaussianMixture(3, covariance_type=model, n_factors=0, init_params=labels).fit(X)
    kind = "tied_diag" if model == "factor_CCU" else "diag"
    diagonal = GaussianMixture(3, covariance_type=kind, init_params=labels).fit(X)
    assert none.score(X) == pytest.approx(diagonal.score(X), rel=1e-9)
    assert none.n_parameters_ == diagonal.n_parameters_


def test_a_search_chooses_the_number_of_factors():
    X, _ = clusters()
    names = ["factor:1", "factor:2", "factor:3", "diag", "full"]
    search = GaussianMixtureSearch([2, 3, 4], covariance_types=names, random_state=0).fit(X)
    assert search.best_params_["covariance_type"] == "factor:2"
    assert search.best_params_["n_components"] == 3
    assert search.best_estimator_.loadings_.shape == (3, 12, 2)


def test_measurement_errors_are_not_taken_for_noise():
    X, labels = clusters(n_rows=150, n_features=5, rank=1)
    error = np.full(X.shape, 0.05)
    options = {"covariance_type": "factor", "init_params": labels, "tol": 0.0, "max_iter": 15}
    plain = GaussianMixture(3, **options).fit(X)
    cleaned = GaussianMixture(3, **options).fit(X, X_covariance=error)
    assert min(np.diff(cleaned.lower_bounds_)) >= -1e-11 * abs(cleaned.lower_bound_)
    lost = np.trace(plain.covariances_ - cleaned.covariances_, axis1=1, axis2=2)
    np.testing.assert_allclose(lost, 5 * 0.05, rtol=0.05)


def test_a_checkpoint_goes_on_to_the_same_bits(tmp_path):
    X, _ = clusters()
    options = {"covariance_type": "factor", "n_factors": 2, "random_state": 0, "tol": 0.0}
    whole = GaussianMixture(3, max_iter=20, **options).fit(X)

    def interrupt(iteration):
        if iteration.number == 7:
            raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "fit", every=0.0)
    part = GaussianMixture(3, max_iter=20, callback=interrupt, checkpoint=checkpoint, **options)
    part.fit(X)
    assert part.n_iter_ == 7
    part.set_params(callback=None).fit(X)
    assert part.lower_bounds_ == whole.lower_bounds_
    np.testing.assert_array_equal(part.loadings_, whole.loadings_)


def test_wide_rows_take_memory_in_proportion_to_the_columns():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    X = rng.normal(size=(60, 2000)) + labels[:, None]
    gm = GaussianMixture(2, covariance_type="factor", n_factors=2, random_state=0, tol=1e-2)
    tracemalloc.start()
    gm.fit(X)
    assert adjusted_rand_score(labels, gm.predict(X)) == 1.0
    assert np.isfinite(gm.bic(X))
    gm.sample(3, random_state=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2000 * 2000  # one matrix of all pairs of columns
