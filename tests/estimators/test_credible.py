"""Draws, intervals and numbers of components, as a fitted Bayesian mixture tells of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.exceptions import NotFittedError

from gaussmix import BayesianGaussianMixture, Mixture
from gaussmix.datasets import load_old_faithful

FAITHFUL = load_old_faithful().to_numpy()
KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")


LONG = FAITHFUL[:, 0] > 3.0


def fit(X=FAITHFUL, n_components=4, **settings):
    settings = {"max_iter": 1000, "moves": False, "random_state": 0} | settings
    return BayesianGaussianMixture(n_components, **settings).fit(X)


@pytest.fixture(scope="module")
def fitted():
    """Four slots, of which two hold rows."""
    return fit(init_params=LONG.astype(int))


@pytest.mark.parametrize("kind", KINDS)
def test_draws_are_mixtures_of_the_fit_s_shape(kind):
    frame = pd.DataFrame(FAITHFUL, columns=["eruptions", "waiting"])
    model = fit(frame, covariance_type=kind)
    for drawn in model.posterior_sample(3, random_state=1):
        assert isinstance(drawn, Mixture)
        assert drawn.covariance_type == kind
        assert drawn.feature_names == ("eruptions", "waiting")
        assert drawn.n_components == 4
        assert drawn.covariances.shape == model.covariances_.shape
        assert drawn.weights.sum() == pytest.approx(1.0)
        # A mixture that is checked, of the same parameters.
        again = Mixture(
            drawn.weights,
            drawn.means,
            drawn.covariances,
            covariance_type=kind,
            feature_names=drawn.feature_names,
        )
        np.testing.assert_allclose(again.log_pdf(frame), drawn.log_pdf(frame), rtol=1e-9)


def test_draws_are_seeded_as_samples_are(fitted):
    assert fitted.posterior_sample(3, random_state=7) == fitted.posterior_sample(3, random_state=7)
    assert fitted.posterior_sample(random_state=7) != fitted.posterior_sample(random_state=8)
    # The first of many draws are those of few.
    few, many = (fitted.posterior_sample(n, random_state=7) for n in (2, 5))
    assert few == many[:2]
    one, other = fit(), fit()
    first = one.posterior_sample()
    assert first == other.posterior_sample()
    assert one.posterior_sample() != first


def test_densities_of_draws_average_to_the_predictive_density(fitted):
    points = np.array([[4.3, 80.0], [2.0, 55.0], [3.0, 70.0], [5.5, 95.0]])
    drawn = np.array([draw.pdf(points) for draw in fitted.posterior_sample(300, random_state=0)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    expected = np.exp(fitted.score_samples(points))
    assert (np.abs(drawn.mean(axis=0) - expected) < 5.0 * error).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", ["dirichlet_process", "dirichlet_distribution"])
def test_intervals_hold_their_share_of_draws(kind, weights):
    model = fit(FAITHFUL[:60], covariance_type=kind, weight_concentration_prior_type=weights)
    draws = model.posterior_sample(800, random_state=0)
    found = model.credible_intervals(0.8)
    n = np.count_nonzero(found.lower.weights > 1e-12)
    for name, kept in (("weights", n), ("means", 4)):
        values = np.array([getattr(draw, name)[:kept] for draw in draws])
        lower, upper = (getattr(end, name)[:kept] for end in (found.lower, found.upper))
        share = ((values >= lower) & (values <= upper)).mean(axis=0)
        np.testing.assert_allclose(share, 0.8, atol=5.0 * np.sqrt(0.16 / 800))


def test_of_one_component_the_interval_is_that_of_student_and_the_prior():
    X = FAITHFUL[:50, :1]
    model = fit(X, 1, mean_precision_prior=1e-9, degrees_of_freedom_prior=1e-3)
    found = model.credible_intervals(0.9)
    n = len(X)
    # Next to no prior: dof n + nu_0, scatter that of the rows and S_0.
    scatter = n * X.var() + model.covariance_prior_[0, 0]
    half = stats.t.ppf(0.95, n + 1e-3) * np.sqrt(scatter / (n * (n + 1e-3)))
    np.testing.assert_allclose(found.upper.means, X.mean() + half, rtol=1e-6)
    np.testing.assert_allclose(found.lower.means, X.mean() - half, rtol=1e-6)
    np.testing.assert_array_equal(found.lower.weights, [1.0])
    np.testing.assert_array_equal(found.upper.weights, [1.0])


def test_wider_intervals_hold_narrower_ones(fitted):
    narrow, wide = fitted.credible_intervals(0.5), fitted.credible_intervals(0.999)
    for name in ("weights", "means"):
        assert (getattr(wide.lower, name) < getattr(narrow.lower, name)).all()
        assert (getattr(wide.upper, name) > getattr(narrow.upper, name)).all()
    np.testing.assert_array_equal(narrow.estimate.weights, fitted.weights_)
    np.testing.assert_array_equal(narrow.estimate.means, fitted.means_)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, "0.9", None, float("nan")])
def test_a_level_that_is_none_is_refused(fitted, level):
    with pytest.raises(
        ValueError,
        match=r"'level' parameter of BayesianGaussianMixture must be a "
        r"float between 0 and 1\. Got",
    ) as caught:
        fitted.credible_intervals(level)
    assert repr(level) in str(caught.value)


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_less_than_one_draw_is_refused(fitted, n):
    message = r"'n_samples' parameter of BayesianGaussianMixture must be an int in the range \[1"
    with pytest.raises(ValueError, match=message):
        fitted.posterior_sample(n)
    with pytest.raises(ValueError, match=message):
        fitted.n_components_posterior(FAITHFUL, n)


def test_a_seed_that_is_none_is_refused(fitted):
    with pytest.raises(ValueError, match="cannot be used to seed random numbers"):
        fitted.posterior_sample(random_state="seed")
    with pytest.raises(ValueError, match="cannot be used to seed random numbers"):
        fitted.n_components_posterior(FAITHFUL, random_state=-1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.posterior_sample(),
        lambda model: model.credible_intervals(),
        lambda model: model.n_components_posterior(FAITHFUL),
        lambda model: model.summary(),
    ],
)
def test_before_fit_there_is_nothing_to_tell(ask):
    with pytest.raises(NotFittedError):
        ask(BayesianGaussianMixture())


def test_clear_clusters_have_one_number_of_components(fitted):
    assert fitted.n_components_posterior(FAITHFUL) == {2: 1.0}


def doubtful():
    """A fit of which two components share what one would do."""
    rng = np.random.default_rng(3)
    X = np.append(rng.normal(size=60), rng.normal(3.0, 0.4, size=4))[:, None]
    return X, fit(X, 3, weight_concentration_prior=5.0, max_iter=3, tol=1.0)


def test_doubtful_components_are_drawn():
    X, model = doubtful()
    found = model.n_components_posterior(X, 4000, random_state=0)
    assert sum(found.values()) == pytest.approx(1.0)
    assert list(found) == sorted(found)
    rng = np.random.default_rng(1)
    below = np.cumsum(model.predict_proba(X), axis=1)
    picks = (rng.random((4000, len(X), 1)) > below[:, :-1]).sum(axis=2)
    numbers = [len(np.unique(pick)) for pick in picks]
    for n in range(4):
        share = numbers.count(n) / 4000
        assert found.get(n, 0.0) == pytest.approx(share, abs=0.06)


def test_partitions_are_seeded():
    X, model = doubtful()
    ask = model.n_components_posterior
    assert ask(X, 50, random_state=3) == ask(X, 50, random_state=3)
    model.set_params(n_jobs=2)
    again = ask(X, 50, random_state=3)
    model.set_params(n_jobs=1)
    assert ask(X, 50, random_state=3) == again


def test_files_and_arrays_have_the_same_partitions(tmp_path):
    X, model = doubtful()
    np.savetxt(tmp_path / "rows.csv", X, delimiter=",", header="x", comments="")
    frame = pd.read_csv(tmp_path / "rows.csv")
    model = fit(frame, 3, weight_concentration_prior=5.0, max_iter=3, tol=1.0)
    found = model.n_components_posterior(str(tmp_path / "rows.csv"), 200, random_state=0)
    assert found == model.n_components_posterior(frame, 200, random_state=0)


def test_rows_with_gaps_belong_to_components_too():
    X = np.where(np.random.default_rng(0).random(FAITHFUL.shape) < 0.2, np.nan, FAITHFUL)
    model = fit(X)
    found = model.n_components_posterior(X, 20, random_state=0)
    assert sum(found.values()) == pytest.approx(1.0)


def test_rows_of_weight_zero_are_absent(fitted):
    far = np.where(LONG[:, None], FAITHFUL, FAITHFUL - [2.0, 60.0])
    assert fitted.n_components_posterior(far, 20, 0) == {2: 1.0}
    found = fitted.n_components_posterior(far, 20, 0, sample_weight=LONG.astype(float))
    assert found == fitted.n_components_posterior(far[LONG], 20, 0)
    assert found[1] > 0.0


def test_rows_of_dask_are_asked_where_they_lie():
    da = pytest.importorskip("dask.array")
    X, model = doubtful()
    lazy = model.n_components_posterior(da.from_array(X, chunks=(20, 1)), 4000, random_state=0)
    found = model.n_components_posterior(X, 4000, random_state=0)
    for n in range(4):
        assert lazy.get(n, 0.0) == pytest.approx(found.get(n, 0.0), abs=0.06)
