"""Fits with a prior: the objective never falls, nothing collapses, and every way leads there."""

import numpy as np
import pytest
from sklearn.base import clone

from gaussmix import ConjugatePrior, GaussianMixture, IntervalData, load, save
from gaussmix.covariance import FAMILIES
from gaussmix.datasets import load_old_faithful
from gaussmix.estimators.checkpoints import essential_parameters

CODES = tuple(FAMILIES)
FAITHFUL = load_old_faithful().to_numpy()
GIVEN = ConjugatePrior(mean=[3.0, 70.0], shrinkage=2.0, dof=5.0, scale=[[0.2, 0.5], [0.5, 30.0]])

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning"),
]


def _rows(kind):
    """Rows, the arguments of `fit` and the parameters that a kind of observation needs."""
    rng = np.random.default_rng(5)
    X = FAITHFUL[:120].copy()
    beside, parameters = {}, {}
    if kind == "weights":
        beside["sample_weight"] = rng.integers(0, 4, size=120)
    if kind == "gaps":
        X[rng.random(X.shape) < 0.2] = np.nan
    if kind == "noise":
        X[:12] = rng.uniform([1.0, 40.0], [6.0, 100.0], size=(12, 2))
        parameters["noise_component"] = True
    if kind == "errors":
        beside["X_covariance"] = np.tile([0.01, 1.0], (120, 1))
    return X, beside, parameters


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["plain", "weights", "gaps", "noise", "errors"])
def test_the_objective_never_falls(tolerance, code, kind):
    X, beside, parameters = _rows(kind)
    n_iter = 6 if kind == "errors" else 25
    gm = GaussianMixture(
        3,
        covariance_type=code,
        prior="default",
        init_params="random",
        random_state=1,
        tol=0,
        max_iter=n_iter,
        **parameters,
    ).fit(X, **beside)
    assert np.diff(gm.lower_bounds_).min() >= -tolerance.fall
    assert gm.lower_bounds_[-1] > gm.lower_bounds_[0] + 1e-4
    weight = beside.get("sample_weight")
    assert gm.lower_bound_ == pytest.approx(
        gm.score(X, sample_weight=weight, X_covariance=beside.get("X_covariance")), rel=1e-9
    )


@pytest.mark.parametrize("code", CODES)
def test_copies_of_a_row_collapse_nothing(code):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(20, 2)), np.full((5, 2), 8.0)])
    labels = np.array([0] * 10 + [1] * 10 + [2] * 5)
    gm = GaussianMixture(
        3,
        covariance_type=code,
        prior="default",
        reg_covar=0,
        init_params=labels,
        tol=1e-8,
        max_iter=500,
    ).fit(X)
    assert gm.converged_
    assert gm.fit_report_.findings == ()
    dense = gm.mixture_.components.covariances.dense()
    assert np.linalg.eigvalsh(dense).min() > 1e-3
    assert gm.lower_bound_ < 0.0


@pytest.mark.parametrize("code", CODES)
def test_as_many_components_as_rows_collapse_nothing(code):
    X = FAITHFUL[:8]
    gm = GaussianMixture(8, covariance_type=code, prior="default", reg_covar=0, random_state=0)
    gm.fit(X)
    assert np.isfinite(gm.lower_bounds_).all()
    assert np.isfinite(gm.mixture_.log_pdf(X)).all()


def test_a_scale_without_extent_leaves_a_component_to_the_penalty_and_says_so():
    # The second column repeats the first: so do the rows' covariance and the prior's scale.
    X = np.repeat(FAITHFUL[:60, :1], 2, axis=1)
    gm = GaussianMixture(2, prior="default", random_state=0).fit(X)
    assert {finding.component for finding in gm.fit_report_.findings} == {0, 1}
    assert "reg_covar" in gm.fit_report_.findings[0].reason


def test_criteria_are_those_of_the_parameters_without_the_prior():
    gm = GaussianMixture(2, prior=GIVEN, random_state=0).fit(FAITHFUL)
    log_likelihood = gm.mixture_.log_pdf(FAITHFUL).sum()
    assert gm.log_likelihood_ == pytest.approx(log_likelihood, rel=1e-9)
    assert gm.n_parameters_ == 11
    assert gm.bic(FAITHFUL) == pytest.approx(-2.0 * log_likelihood + 11 * np.log(272), rel=1e-9)
    free = GaussianMixture(2, random_state=0).fit(FAITHFUL)
    assert gm.log_likelihood_ < free.log_likelihood_


def test_a_strong_prior_has_its_way():
    strong = ConjugatePrior(mean=[3.0, 70.0], shrinkage=1e9, dof=1e9, scale=1e9 * np.eye(2))
    gm = GaussianMixture(2, prior=strong, random_state=0).fit(FAITHFUL)
    np.testing.assert_allclose(gm.means_, [[3.0, 70.0]] * 2, rtol=1e-4)
    np.testing.assert_allclose(gm.covariances_, [np.eye(2)] * 2, atol=1e-3)


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVE", "EEV"])
def test_the_default_follows_the_units_of_ellipsoids(code):
    turn = np.array([[2.0, 1.0], [-30.0, 40.0]]) if code in ("VVV", "EEE") else 7.0 * np.eye(2)
    options = {"covariance_type": code, "prior": "default", "reg_covar": 0, "tol": 0}
    labels = (FAITHFUL[:, 0] > 3.0).astype(int)
    one = GaussianMixture(2, init_params=labels, max_iter=20, **options).fit(FAITHFUL)
    other = GaussianMixture(2, init_params=labels, max_iter=20, **options).fit(FAITHFUL @ turn)
    np.testing.assert_allclose(other.means_, one.means_ @ turn, rtol=1e-6)
    dense = turn.T @ one.covariances_ @ turn
    np.testing.assert_allclose(other.covariances_, dense, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("code", ["VII", "VVI", "EII", "VEI"])
def test_the_default_of_diagonals_follows_a_common_scale_and_an_offset(code):
    options = {"covariance_type": code, "prior": "default", "reg_covar": 0, "tol": 0}
    labels = (FAITHFUL[:, 0] > 3.0).astype(int)
    one = GaussianMixture(2, init_params=labels, max_iter=20, **options).fit(FAITHFUL)
    moved = 1000.0 * FAITHFUL - 5e4
    other = GaussianMixture(2, init_params=labels, max_iter=20, **options).fit(moved)
    np.testing.assert_allclose(other.means_, 1000.0 * one.means_ - 5e4, rtol=1e-6)
    np.testing.assert_allclose(other.covariances_, 1e6 * one.covariances_, rtol=1e-6)


@pytest.mark.parametrize("prior", ["default", GIVEN], ids=["default", "given"])
@pytest.mark.parametrize("code", ["VVV", "EEE", "VII", "VVI", "EEV"])
def test_merged_halves_are_one_iteration_over_all_rows(code, prior):
    start = {
        "covariance_type": code,
        "means_init": [[2.0, 50.0], [4.0, 80.0]],
        "prior": prior,
        "tol": 0,
    }
    # All begin at the parameters of one fit, so that each makes one pass with the same.
    first = GaussianMixture(2, max_iter=0, **start).fit(FAITHFUL)
    begun = start | {
        "weights_init": first.weights_,
        "precisions_init": first.precisions_,
        "means_init": first.means_,
    }
    halves = [
        GaussianMixture(2, max_iter=0, **begun).fit(part)
        for part in (FAITHFUL[:100], FAITHFUL[100:])
    ]
    merged = halves[0].merge(halves[1])
    whole = GaussianMixture(2, max_iter=1, **begun).fit(FAITHFUL)
    np.testing.assert_allclose(merged.means_, whole.means_, rtol=1e-9)
    np.testing.assert_allclose(merged.covariances_, whole.covariances_, rtol=1e-7, atol=1e-9)


def test_a_stream_with_a_prior_settles_where_a_fit_does():
    rng = np.random.default_rng(2)
    gm = GaussianMixture(2, prior="default", random_state=0)
    parts = []
    for _ in range(60):
        z = rng.random(200) < 0.3
        parts.append(rng.normal(np.where(z, 0.0, 8.0)[:, None], 1.0, size=(200, 2)))
        gm.partial_fit(parts[-1])
    whole = GaussianMixture(2, prior="default", random_state=0).fit(np.concatenate(parts))
    np.testing.assert_allclose(gm.means_, whole.means_, atol=0.05)
    np.testing.assert_allclose(gm.covariances_, whole.covariances_, atol=0.05)


def test_a_stream_of_one_point_does_not_collapse_with_a_given_prior():
    prior = ConjugatePrior(scale=1.0)
    X = np.concatenate([np.zeros((5, 1)), np.ones((5, 1))])
    gm = GaussianMixture(2, prior=prior, reg_covar=0, random_state=0).partial_fit(X)
    for _ in range(20):
        gm.partial_fit(X)
    assert (gm.covariances_ > 0.0).all()


def test_intervals_take_a_prior():
    edges = np.floor(FAITHFUL[:60, 0])
    rows = IntervalData(edges, edges + 1.0)
    gm = GaussianMixture(2, prior="default", random_state=0, max_iter=20).fit(rows)
    assert np.diff(gm.lower_bounds_).min() >= -1e-9


@pytest.mark.parametrize("prior", ["default", GIVEN, ConjugatePrior(scale=2.0)], ids=str)
def test_a_prior_is_saved_and_loaded(tmp_path, prior):
    gm = GaussianMixture(2, prior=prior, equal_proportions=True, random_state=0).fit(FAITHFUL)
    save(gm, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.prior == prior
    assert loaded.equal_proportions is True
    assert loaded.n_parameters_ == gm.n_parameters_
    after = [model.partial_fit(FAITHFUL[:50]).means_ for model in (gm, loaded)]
    np.testing.assert_array_equal(*after)


def test_a_prior_survives_cloning_and_is_told_from_others():
    gm = clone(GaussianMixture(prior=GIVEN))
    assert gm.prior == GIVEN
    assert hash(gm.prior) == hash(GIVEN)
    assert gm.prior != ConjugatePrior()
    assert GIVEN != "default"


def test_a_checkpoint_tells_priors_apart():
    plain = [
        essential_parameters(GaussianMixture(prior=prior))["prior"]
        for prior in (None, "default", ConjugatePrior(), GIVEN, ConjugatePrior(scale=np.eye(2)))
    ]
    assert len({str(value) for value in plain}) == 5
    assert plain[3] == essential_parameters(GaussianMixture(prior=GIVEN))["prior"]


@pytest.mark.parametrize("gaps", [False, True])
def test_the_covariance_that_a_prior_takes_from_the_rows_does_not_know_their_labels(gaps):
    X = FAITHFUL[:120].copy()
    if gaps:
        X[::9, 0] = np.nan
    labels = np.where(np.arange(120) % 3 == 0, FAITHFUL[:120, 0] < 3.0, -1)
    gm = GaussianMixture(2, prior="default", random_state=0).fit(X, labels=labels)
    assert np.isfinite(gm.covariances_).all()
    assert gm.means_[0, 0] > 3.0 > gm.means_[1, 0]
