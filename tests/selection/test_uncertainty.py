"""Standard errors by resampling: against mclust, brute force and the laws they must obey."""

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from gaussmix import GaussianMixture
from gaussmix.covariance import family_named
from gaussmix.data import IntervalData
from gaussmix.datasets import load_old_faithful
from gaussmix.density import Components
from gaussmix.estimators.counting import shown_count
from gaussmix.selection import resampling

REFERENCE = json.loads(Path(__file__).with_name("bootstrap_faithful.json").read_text())
KINDS = ("weights", "means", "covariances")


@pytest.fixture(scope="module")
def faithful():
    return load_old_faithful().to_numpy()


@pytest.fixture(scope="module")
def fitted(faithful):
    return GaussianMixture(2, tol=1e-8, max_iter=1000, random_state=0).fit(faithful)


def two_groups(n=60, apart=6.0, seed=0):
    rng = np.random.default_rng(seed)
    sizes = n // 2, n - n // 2
    return np.concatenate([rng.normal(0.0, 1.0, sizes[0]), rng.normal(apart, 2.0, sizes[1])])[
        :, None
    ]


@pytest.mark.parametrize("method", ["bootstrap", "weighted", "parametric"])
def test_bootstraps_agree_with_mclust_within_their_chance(faithful, fitted, method):
    found = fitted.standard_errors(faithful, method=method, n_resamples=150, random_state=3)
    assert found.n_failed == 0
    for kind in KINDS:
        # Errors of 150 and of mclust's 300 resamples: 6% and 4%; four of them together.
        expected = np.array(REFERENCE["standard_errors"][method][kind])
        np.testing.assert_allclose(getattr(found, kind), expected, rtol=0.3)


def test_the_jackknife_agrees_with_mclusts(faithful, fitted):
    found = fitted.standard_errors(faithful, method="jackknife")
    for kind in KINDS:
        # mclust stops its refits early, which moves its third digit.
        expected = np.array(REFERENCE["standard_errors"]["jackknife"][kind])
        np.testing.assert_allclose(getattr(found, kind), expected, rtol=0.04)
    interval = found.interval(0.95)
    for end in ("lower", "upper"):
        expected = REFERENCE["jackknife_interval"][end]
        np.testing.assert_allclose(getattr(interval, end).weights, expected["weights"], atol=2e-3)
        np.testing.assert_allclose(getattr(interval, end).means, expected["means"], rtol=3e-3)


def plain_em(x, weight, mean, variance, share):
    """Two Gaussians in one column, iterated until nothing moves."""
    for _ in range(3000):
        joint = share * np.exp(-0.5 * (x[:, None] - mean) ** 2 / variance) / np.sqrt(variance)
        resp = weight[:, None] * joint / joint.sum(axis=1, keepdims=True)
        mass = resp.sum(axis=0)
        before = mean
        share, mean = mass / mass.sum(), x @ resp / mass
        variance = (resp * (x[:, None] - mean) ** 2).sum(axis=0) / mass
        if np.abs(mean - before).max() < 1e-12:
            break
    return np.concatenate([share, mean, variance])


def test_the_jackknife_is_that_of_fits_without_each_row():
    X = two_groups(40)
    gm = GaussianMixture(2, reg_covar=0.0, tol=1e-9, max_iter=5000, random_state=0).fit(X)
    start = gm.means_[:, 0], gm.covariances_[:, 0, 0], gm.weights_
    each = []
    for row in range(len(X)):
        weight = np.ones(len(X))
        weight[row] = 0.0
        each.append(plain_em(X[:, 0], weight, *start))
    each = np.array(each)
    expected = np.sqrt((len(X) - 1) / len(X) * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    found = gm.standard_errors(X, method="jackknife")
    told = np.concatenate([found.weights, found.means[:, 0], found.covariances[:, 0, 0]])
    np.testing.assert_allclose(told, expected, rtol=2e-3)
    assert found.replicates.means.shape == (40, 2, 1)


def test_a_jackknife_takes_weight_two_for_the_row_twice():
    X = two_groups(40)
    gm = GaussianMixture(2, tol=1e-9, max_iter=5000, random_state=0)
    weight = np.ones(40)
    weight[::4] = 2.0
    weight[1] = 0.0
    once = gm.fit(X, sample_weight=weight).standard_errors(X, weight, method="jackknife")
    rows = np.repeat(X, weight.astype(int), axis=0)
    twice = gm.fit(rows).standard_errors(rows, method="jackknife")
    np.testing.assert_allclose(once.means, twice.means, rtol=1e-3)
    assert len(once.replicates.weights) == 39


def test_drawn_weights_keep_the_sum_and_know_repeated_rows():
    weight = np.array([0.0, 1.0, 3.0, 0.5, 5.5])
    rng = np.random.default_rng(0)
    for draw in (resampling.drawn_counts, resampling.dirichlet_weights):
        drawn = np.array([draw(weight, rng) for _ in range(4000)])
        np.testing.assert_allclose(drawn.sum(axis=1), 10.0)
        assert (drawn[:, 0] == 0.0).all()
        np.testing.assert_allclose(drawn.mean(axis=0), weight, atol=0.15)
    # Dirichlet variance: w (W - w) / (W + 1).
    np.testing.assert_allclose(drawn[:, 2].var(), 3.0 * 7.0 / 11.0, rtol=0.1)


@pytest.mark.parametrize("method", ["bootstrap", "parametric"])
def test_any_number_of_threads_gives_the_same_bits(faithful, fitted, method):
    options = {"method": method, "n_resamples": 8, "random_state": 5}
    found = [fitted.standard_errors(faithful, n_jobs=n, **options) for n in (1, 2)]
    for kind in KINDS:
        one, two = (getattr(f.replicates, kind) for f in found)
        assert one.tobytes() == two.tobytes()
    assert fitted.standard_errors(faithful, **{**options, "random_state": 6}) is not None


def test_threads_share_large_tables_to_the_same_bits():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(4000, 6)), rng.normal(4.0, 1.0, (4000, 6))])
    gm = GaussianMixture(2, tol=1e-6, random_state=0).fit(X)
    options = {"n_resamples": 3, "random_state": 1}
    found = [gm.standard_errors(X, n_jobs=n, **options) for n in (1, 2)]
    assert found[0].replicates.means.tobytes() == found[1].replicates.means.tobytes()


def test_more_resamples_begin_with_the_same_ones(faithful, fitted):
    few, more = (
        fitted.standard_errors(faithful, n_resamples=n, random_state=1).replicates for n in (3, 5)
    )
    np.testing.assert_array_equal(few.means, more.means[:3])


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize("differ", ["means", "covariances", "weights"])
def test_components_are_aligned_by_whatever_tells_them_apart(differ, order):
    weights = np.array([0.6, 0.3, 0.1]) if differ == "weights" else np.full(3, 1.0 / 3.0)
    means = np.zeros((3, 2))
    stretch = np.ones(3)
    if differ == "means":
        means[:, 0] = [0.0, 1.0, 2.0]
    if differ == "covariances":
        stretch = np.array([1.0, 2.0, 4.0])
    covariances = family_named("full").nearest(stretch[:, None, None] * np.eye(2))
    like = Components(weights, means, covariances)
    shuffled = like.take(np.array(order))
    back = shuffled.take(resampling.alignment(like, shuffled))
    np.testing.assert_array_equal(back.weights, weights)
    np.testing.assert_array_equal(back.means, means)
    np.testing.assert_array_equal(back.covariances.dense(), covariances.dense())


def test_percentiles_are_those_of_the_replicates(faithful, fitted):
    found = fitted.standard_errors(faithful, n_resamples=40, level=0.9, random_state=0)
    for level, tail in ((None, 0.05), (0.5, 0.25)):
        lower, upper = found.interval(level)
        expected = np.quantile(found.replicates.means, [tail, 1.0 - tail], axis=0)
        np.testing.assert_allclose(lower.means, expected[0])
        np.testing.assert_allclose(upper.means, expected[1])
    np.testing.assert_allclose(found.weights, found.replicates.weights.std(axis=0, ddof=1))
    with pytest.raises(ValueError, match="between 0 and 1, but got 95"):
        found.interval(95)


def test_normal_intervals_lie_about_the_estimate(faithful, fitted):
    found = fitted.standard_errors(faithful, method="information")
    lower, upper = found.interval(0.9)
    np.testing.assert_allclose(0.5 * (lower.means + upper.means), found.estimate.means)
    np.testing.assert_allclose(upper.means - lower.means, 2 * 1.6448536 * found.means)
    assert found.replicates is None


def small_third_group():
    rng = np.random.default_rng(0)
    few = np.array([[9.0, 9.0], [9.5, 8.6], [9.2, 9.7], [8.7, 9.1]])
    return np.concatenate([rng.normal(size=(60, 2)), rng.normal(-6.0, 1.0, (60, 2)), few])


def test_failures_are_counted_and_told():
    X = small_third_group()
    gm = GaussianMixture(3, tol=1e-6, random_state=0, n_init=3).fit(X)
    with pytest.warns(ConvergenceWarning, match=r"of 30 replicates failed.*left out"):
        found = gm.standard_errors(X, n_resamples=30, random_state=0)
    assert found.n_failed > 0
    assert found.n_failed + len(found.replicates.weights) == found.n_replicates == 30
    assert set(found.failures) <= {"collapsed", "degenerate", "not converged"}
    assert f"{found.n_failed} of 30 replicates failed" in str(found)
    kept = gm.standard_errors(X, method="weighted", n_resamples=30, random_state=0)
    assert kept.n_failed < found.n_failed


def test_nothing_but_failures_is_an_error():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(93, 6)), rng.normal(9.0, 1.0, (7, 6))])
    gm = GaussianMixture.from_parameters(
        [0.93, 0.07], [np.zeros(6), np.full(6, 9.0)], [np.eye(6), np.eye(6)]
    )
    with pytest.raises(ValueError, match=r"Of 4 replicates fewer than two.*fewer components"):
        gm.standard_errors(X, n_resamples=4, random_state=1)


@pytest.mark.parametrize("method", ["bootstrap", "weighted", "parametric", "information"])
def test_gaps_widen_the_errors(faithful, method):
    gaps = faithful.copy()
    gaps[::3, 1] = np.nan
    gm = GaussianMixture(2, tol=1e-7, max_iter=1000, random_state=0)
    options = {"method": method, "n_resamples": 40, "random_state": 0}
    whole = gm.fit(faithful).standard_errors(faithful, **options)
    lacking = gm.fit(gaps).standard_errors(gaps, **options)
    assert (lacking.means[:, 1] > 1.02 * whole.means[:, 1]).all()


def test_noise_and_fixed_means_are_taken_over(faithful):
    rng = np.random.default_rng(0)
    X = np.concatenate([faithful, rng.uniform([1.0, 30.0], [6.0, 110.0], (40, 2))])
    noisy = GaussianMixture(2, noise_component=True, tol=1e-7, random_state=0).fit(X)
    found = noisy.standard_errors(X, n_resamples=10, random_state=0)
    assert found.estimate.weights.sum() < 0.95
    assert (found.weights > 0.0).all()
    held = GaussianMixture(
        2, means_init=[[4.3, 80.0], [2.0, 54.5]], fixed="means", tol=1e-7, random_state=0
    ).fit(faithful)
    assert (held.standard_errors(faithful, n_resamples=5, random_state=0).means == 0.0).all()


def test_every_family_has_standard_errors(faithful):
    for name in ("tied", "diag", "VEV", "EVE"):
        gm = GaussianMixture(2, covariance_type=name, tol=1e-7, max_iter=2000, random_state=0)
        gm.fit(faithful)
        found = gm.standard_errors(faithful, n_resamples=30, random_state=0)
        curved = gm.standard_errors(faithful, method="information")
        assert found.covariances.shape == (2, 2, 2)
        np.testing.assert_allclose(found.means, curved.means, rtol=0.6)


def test_a_fit_that_stopped_early_is_told_how_far_it_is_from_the_maximum(faithful):
    gm = GaussianMixture(2, init_params="random", max_iter=8, random_state=0)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        gm.fit(faithful)
    with pytest.warns(ConvergenceWarning, match="standard errors away from the maximum"):
        found = gm.standard_errors(faithful, method="information")
    assert found.moved > 1.0
    assert "Fit the same rows" in str(found)


def test_the_text_names_columns_and_says_how(faithful):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(faithful, columns=["eruptions", "waiting"])
    gm = GaussianMixture(2, tol=1e-6, random_state=0).fit(X)
    found = gm.standard_errors(X, method="weighted", n_resamples=5, random_state=0)
    text = str(found)
    assert "weighted-likelihood bootstrap (5 replicates)" in text
    assert "percentile intervals of level 0.95" in text
    assert "mean waiting" in text
    assert "covariance eruptions, waiting" not in text
    assert "covariance eruptions, waiting" in found.table()["parameter"]
    assert {len(column) for column in found.table().values()} == {12}
    assert repr(found) == text


def test_what_cannot_be_used_is_refused(faithful, fitted, tmp_path):
    with pytest.raises(NotFittedError):
        GaussianMixture(2).standard_errors(faithful)
    with pytest.raises(ValueError, match=r"Unknown method 'bootstap'. Did you mean 'bootstrap'"):
        fitted.standard_errors(faithful, method="bootstap")
    with pytest.raises(ValueError, match="n_resamples=1 is too few"):
        fitted.standard_errors(faithful, n_resamples=1)
    with pytest.raises(ValueError, match=r"'level' parameter.*between 0 and 1.*Got 95"):
        fitted.standard_errors(faithful, level=95)
    with pytest.raises(ValueError, match="standard_errors needs the rows in memory"):
        fitted.standard_errors(str(tmp_path / "rows.csv"))
    with pytest.raises(ValueError, match=r"weights sum to 2.72.*11 parameters"):
        fitted.standard_errors(faithful, np.full(272, 0.01))
    with pytest.raises(ValueError, match=r"jackknife makes one fit for each of 10001 rows"):
        fitted.standard_errors(np.tile(faithful, (37, 1))[:10001], method="jackknife")


def test_intervals_are_reweighted_but_not_drawn():
    edges = np.array([-np.inf, -1.0, 0.0, 1.0, 4.0, 5.0, 6.0, np.inf])
    count = np.array([20.0, 40.0, 40.0, 25.0, 40.0, 40.0, 20.0])
    data = IntervalData(edges[:-1], edges[1:], count)
    gm = GaussianMixture(2, tol=1e-7, max_iter=2000, random_state=0).fit(data)
    assert gm.standard_errors(data, n_resamples=5, random_state=0).n_failed == 0
    with pytest.raises(ValueError, match=r"intervals cannot be drawn anew.*bootstrap"):
        gm.standard_errors(data, method="parametric")
    with pytest.raises(ValueError, match=r"not available for rows that are intervals"):
        gm.standard_errors(data, method="information")


def test_the_pages_python_runs(capsys):
    page = Path(__file__).parents[2] / "docs" / "uncertainty.md"
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(block, "docs/uncertainty.md", "exec"), names)  # noqa: S102  our own words
    assert "covariance tied: 3 components at level 0.05" in capsys.readouterr().out


def test_progress_is_counted_in_the_log(caplog):
    moments = iter(range(0, 1000, 6))
    with (
        caplog.at_level(logging.INFO, "gaussmix"),
        shown_count(4, "fits", clock=lambda: next(moments)) as tell,
    ):
        for done in range(1, 5):
            tell(done)
    assert caplog.messages == ["fits: 2 of 4", "fits: 4 of 4"]
    with shown_count(4, "fits", show=False) as silent:
        silent(1)
