"""`GaussianMixtureOutlierDetector`: scores, thresholds, tail probabilities and reasons."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from gaussmix import (
    GaussianMixture,
    GaussianMixtureOutlierDetector,
    IntervalData,
    Mixture,
    open_stream,
)
from gaussmix.datasets import load_old_faithful
from gaussmix.estimators.outlier_threshold import ordinary_part, threshold

TWO = {"n_components": 2, "covariance_types": "full", "random_state": 0}
ONE = {"n_components": 1, "covariance_types": "full", "random_state": 0}


def cross(n_rows=300, seed=0):
    """Two narrow clusters that cross at right angles, in columns of different units."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n_rows, 2)) * [3.0, 0.3]
    z[n_rows // 2 :] = z[n_rows // 2 :, ::-1] + [8.0, 4.0]
    return z * [1.0, 50.0] + [0.0, 1000.0]


def with_gaps(X, seed=1, share=0.2):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(X.shape) < share, np.nan, X)


@pytest.fixture(scope="module")
def rows():
    return cross()


@pytest.fixture(scope="module")
def detector(rows):
    return GaussianMixtureOutlierDetector(**TWO).fit(rows)


def test_scores_are_log_densities_of_the_chosen_mixture(detector, rows):
    assert np.array_equal(detector.score_samples(rows), detector.mixture_.log_pdf(rows))
    alone = GaussianMixture(2, init_params="auto", tol=1e-9, max_iter=2000, random_state=0)
    alone.fit(rows)
    assert detector.score_samples(rows) == pytest.approx(alone.score_samples(rows), abs=1e-3)


def test_the_decision_is_the_score_less_the_offset(detector, rows):
    far = np.vstack([rows, [[1e3, 1e5], [1e160, 0.0]]])
    decision = detector.decision_function(far)
    assert np.array_equal(decision, detector.score_samples(far) - detector.offset_)
    assert np.array_equal(detector.predict(far), np.where(decision < 0.0, -1, 1))
    assert detector.predict(far)[-2:].tolist() == [-1, -1]


def test_as_many_ordinary_rows_are_outliers_as_the_tail_says(detector):
    fresh, _ = detector.mixture_.sample(40_000, random_state=3)
    assert detector.p_value_ == pytest.approx(0.01, rel=1e-9)
    assert np.mean(detector.predict(fresh) == -1) == pytest.approx(0.01, rel=0.15)
    strict = clone(detector).set_params(p_value=0.2).fit(cross())
    assert np.mean(strict.predict(fresh) == -1) == pytest.approx(0.2, rel=0.05)


def test_p_values_of_draws_are_uniform(detector):
    fresh, _ = detector.mixture_.sample(20_000, random_state=4)
    p = detector.p_values(fresh)
    assert [np.mean(p <= q) for q in (0.01, 0.1, 0.5, 0.9)] == pytest.approx(
        [0.01, 0.1, 0.5, 0.9], rel=0.2
    )


def test_p_values_of_rows_with_gaps_are_uniform_too(detector):
    fresh, _ = detector.mixture_.sample(40_000, random_state=5)
    for column in (0, 1):
        gappy = fresh.copy()
        gappy[:, column] = np.nan
        p = detector.p_values(gappy)
        assert [np.mean(p <= q) for q in (0.01, 0.3)] == pytest.approx([0.01, 0.3], rel=0.12)
        assert np.mean(detector.predict(gappy) == -1) == pytest.approx(0.01, rel=0.15)


def test_p_values_of_one_gaussian_are_those_of_mahalanobis_distances(rows):
    detector = GaussianMixtureOutlierDetector(**ONE).fit(rows)
    away = rows - detector.mixture_.mean()
    inverse = np.linalg.inv(detector.mixture_.covariance())
    square = np.einsum("ni,ij,nj->n", away, inverse, away)
    assert detector.p_values(rows) == pytest.approx(stats.chi2.sf(square, 2), rel=1e-9)
    half = np.where([True, False], rows, np.nan)
    z = away[:, 0] / np.sqrt(detector.mixture_.covariance()[0, 0])
    assert detector.p_values(half) == pytest.approx(2.0 * stats.norm.sf(np.abs(z)), rel=1e-9)


def test_a_row_without_a_value_is_ordinary(detector):
    nothing = np.full((1, 2), np.nan)
    assert detector.p_values(nothing).tolist() == [1.0]
    assert detector.decision_function(nothing).tolist() == [0.0]
    assert detector.predict(nothing).tolist() == [1]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_share_of_the_rows_are_outliers(rows, share):
    detector = GaussianMixtureOutlierDetector(contamination=share, **TWO)
    found = detector.fit_predict(rows)
    assert np.count_nonzero(found == -1) == round(share * len(rows))
    worst = np.argsort(detector.score_samples(rows))[: round(share * len(rows))]
    assert (found[worst] == -1).all()


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_a_share_of_rows_with_gaps_are_outliers(rows, share):
    gappy = with_gaps(rows)
    detector = GaussianMixtureOutlierDetector(contamination=share, **TWO).fit(gappy)
    found = detector.predict(gappy)
    assert np.count_nonzero(found == -1) == round(share * len(rows))
    assert (detector.p_values(gappy)[found == -1] <= detector.p_value_).all()
    assert (detector.p_values(gappy)[found == 1] >= detector.p_value_).all()


def test_the_threshold_of_a_share_has_its_tail_probability(rows):
    detector = GaussianMixtureOutlierDetector(contamination=0.2, **TWO).fit(rows)
    fresh, _ = detector.mixture_.sample(20_000, random_state=6)
    assert np.mean(detector.predict(fresh) == -1) == pytest.approx(detector.p_value_, rel=0.1)
    half = np.where([True, False], fresh, np.nan)
    assert np.mean(detector.predict(half) == -1) == pytest.approx(detector.p_value_, rel=0.1)


def test_equal_values_stay_on_one_side_of_the_threshold():
    values = np.array([1.0, 2.0, 2.0, 2.0, 5.0, 9.0])
    assert threshold(values, None, 1 / 6) == 1.5
    assert threshold(values, None, 0.5) == 1.5
    assert threshold(values, None, 4 / 6) == 3.5
    assert threshold(values, None, 0.1) == 1.0
    assert threshold(np.array([-np.inf, 0.0, 1.0]), None, 1 / 3) == 0.0
    assert threshold(np.ones(4), None, 0.5) == 1.0


def test_a_weight_is_so_many_rows(rows):
    weight = np.random.default_rng(0).integers(0, 4, size=len(rows))
    settings = {**TWO, "contamination": 0.1, "n_components": 1}
    one = GaussianMixtureOutlierDetector(**settings).fit(rows, sample_weight=weight)
    same = GaussianMixtureOutlierDetector(**settings).fit(np.repeat(rows, weight, axis=0))
    assert one.offset_ == pytest.approx(same.offset_, rel=1e-9)
    assert one.p_value_ == pytest.approx(same.p_value_, rel=1e-9)


def test_new_rows_are_judged_by_clean_ones():
    clean, fresh = cross(seed=1), cross(seed=2)
    strange = np.array([[4.0, 1000.0 + 50.0 * 6.0], [4.0, 700.0], [-4.0, 1300.0]])
    detector = GaussianMixtureOutlierDetector(random_state=0).fit(clean)
    assert (detector.predict(strange) == -1).all()
    assert np.mean(detector.predict(fresh) == -1) < 0.05
    scores = detector.score_samples(np.vstack([fresh, strange]))
    assert roc_auc_score(np.repeat([0, 1], [len(fresh), 3]), -scores) > 0.99


def test_noise_takes_up_outliers_that_would_widen_a_component():
    rng = np.random.default_rng(0)
    ordinary, strange = rng.normal(size=(300, 2)), rng.uniform(-15.0, 15.0, size=(60, 2))
    X, far = np.vstack([ordinary, strange]), np.hypot(*strange.T) > 4.0
    plain = GaussianMixtureOutlierDetector(**ONE).fit(X)
    robust = GaussianMixtureOutlierDetector(noise_component=True, **ONE).fit(X)
    assert robust.model_.noise_weight_ == pytest.approx(60 / 360, abs=0.05)
    assert robust.mixture_.components.noise is None
    assert robust.mixture_.weights.sum() == pytest.approx(1.0, rel=1e-12)
    assert robust.mixture_.covariance() == pytest.approx(np.eye(2), abs=0.25)
    assert (robust.predict(strange[far]) == -1).all()
    assert (plain.predict(strange[far]) == 1).mean() > 0.3
    assert np.mean(robust.predict(ordinary) == -1) < 0.03


def test_student_ts_neither_widen_for_outliers_nor_give_them_a_component():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(300, 2)), rng.normal(30.0, 1.0, size=(15, 2))])
    plain = GaussianMixtureOutlierDetector(covariance_types="full", random_state=0).fit(X)
    robust = GaussianMixtureOutlierDetector(component="student_t", **ONE).fit(X)
    assert plain.model_.n_components > 1
    assert robust.mixture_.means[0] == pytest.approx([0.0, 0.0], abs=0.2)
    assert robust.mixture_.covariances[0].diagonal() == pytest.approx([1.0, 1.0], abs=0.5)
    assert robust.predict(X[300:]).tolist() == [-1] * 15
    assert np.mean(robust.predict(X[:300]) == -1) < 0.02


@pytest.mark.parametrize("n_components", [1, 2])
def test_p_values_of_student_ts_are_uniform(rows, n_components):
    settings = {**TWO, "n_components": n_components, "component": "student_t"}
    detector = GaussianMixtureOutlierDetector(**settings).fit(rows)
    fresh, _ = detector.mixture_.sample(40_000, random_state=3)
    for X in (fresh, np.where([True, False], fresh, np.nan)):
        p = detector.p_values(X)
        assert [np.mean(p <= q) for q in (0.01, 0.3)] == pytest.approx([0.01, 0.3], rel=0.15)
        assert np.mean(detector.predict(X) == -1) == pytest.approx(0.01, rel=0.15)


def test_reasons_of_student_ts_are_those_of_their_density(rows):
    detector = GaussianMixtureOutlierDetector(component="student_t", **TWO).fit(rows)
    table = detector.explain(rows[:10])
    assert len(table) == 20
    for line in table.itertuples():
        mended = rows[[line.row]].copy()
        mended[0, line.column] = line.expected
        gain = detector.score_samples(mended) - detector.score_samples(rows[[line.row]])
        assert line.gain == pytest.approx(gain[0], abs=1e-6)


def test_outliers_that_lie_together_are_not_ordinary_for_their_component():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(300, 2)), rng.normal([9.0, 0.0], 0.1, size=(12, 2))])
    detector = GaussianMixtureOutlierDetector(covariance_types="full", random_state=0).fit(X)
    assert detector.model_.n_components > detector.mixture_.n_components
    assert detector.mixture_.weights.sum() == pytest.approx(1.0, rel=1e-12)
    assert detector.predict(X[300:]).tolist() == [-1] * 12
    assert np.mean(detector.predict(X[:300]) == -1) < 0.03
    whole = clone(detector).set_params(ordinary_share=1.0).fit(X)
    assert whole.mixture_.n_components == whole.model_.n_components
    assert whole.predict(X[300:]).tolist() == [1] * 12


@pytest.mark.parametrize(
    ("share", "kept"), [(1.0, [0, 1, 2]), (0.96, [0, 1, 2]), (0.95, [0, 2]), (0.6, [2])]
)
def test_the_heaviest_components_are_the_ordinary_part(share, kept):
    means = np.array([[0.0], [1.0], [2.0]])
    mixture = Mixture([0.35, 0.05, 0.6], means, np.ones((3, 1, 1)), feature_names=["x"])
    part = ordinary_part(mixture, share)
    assert part.means.ravel().tolist() == [float(k) for k in kept]
    assert part.weights == pytest.approx(mixture.weights[kept] / mixture.weights[kept].sum())
    assert part.feature_names == ("x",)


def test_of_many_rows_some_are_fitted_and_all_are_judged(rows):
    weight = np.where(np.arange(len(rows)) < 250, 1.0, 0.0)
    settings = {**TWO, "contamination": 0.1}
    some = GaussianMixtureOutlierDetector(max_rows=100, **settings)
    table = pl.DataFrame(rows, schema=["a", "b"])
    some.fit(table, sample_weight=weight)
    assert some.model_.statistics_.weight == 100.0
    assert some.mixture_.feature_names == ("a", "b")
    assert np.count_nonzero(some.predict(table)[:250] == -1) == 25
    every = GaussianMixtureOutlierDetector(max_rows=None, **settings).fit(rows)
    enough = GaussianMixtureOutlierDetector(max_rows=len(rows), **settings).fit(rows)
    assert every.mixture_ == enough.mixture_
    assert every.mixture_ != some.mixture_
    assert np.corrcoef(every.score_samples(rows), some.score_samples(table))[0, 1] > 0.9


def test_one_number_and_one_shape_need_no_search(rows):
    detector = GaussianMixtureOutlierDetector(2, covariance_types="tied", random_state=0)
    same = GaussianMixture(
        2, covariance_type="tied", init_params="auto", tol=1e-6, max_iter=2000, random_state=0
    ).fit(rows)
    assert np.array_equal(detector.fit(rows).score_samples(rows), same.score_samples(rows))
    searched = clone(detector).set_params(covariance_types=["tied"]).fit(rows)
    assert searched.score_samples(rows) == pytest.approx(same.score_samples(rows), abs=1e-2)


def test_few_components_are_tried_where_the_number_is_left_open(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector = GaussianMixtureOutlierDetector(random_state=0).fit(rows)
    assert detector.mixture_.n_components in range(1, 5)
    assert detector.n_iter_ == detector.model_.n_iter_


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(rows):
    X = with_gaps(rows)
    one, other = (GaussianMixtureOutlierDetector(**TWO, n_jobs=n_jobs).fit(X) for n_jobs in (1, 2))
    assert one.offset_ == other.offset_
    assert np.array_equal(one.p_values(X), other.p_values(X))
    assert np.array_equal(one.decision_function(X), other.decision_function(X))


def test_it_survives_pickling(detector, rows):
    again = pickle.loads(pickle.dumps(detector))
    assert np.array_equal(again.p_values(rows), detector.p_values(rows))
    assert np.array_equal(again.predict(with_gaps(rows)), detector.predict(with_gaps(rows)))


def test_nothing_is_told_before_the_fit(rows):
    with pytest.raises(NotFittedError):
        GaussianMixtureOutlierDetector().p_value_  # noqa: B018  read for its error
    for verb in ("predict", "score_samples", "decision_function", "p_values", "explain"):
        with pytest.raises(NotFittedError):
            getattr(GaussianMixtureOutlierDetector(), verb)(rows)


def test_the_value_that_is_wrong_is_named(rows):
    detector = GaussianMixtureOutlierDetector(**TWO)
    detector.fit(pd.DataFrame(rows, columns=["length", "weight"]))
    row = np.array([[1.0, 250.0]])
    table = detector.explain(pd.DataFrame(row, columns=["length", "weight"]))
    assert list(table["row"]) == [0, 0]
    worst = table.iloc[0]
    assert worst["column"] == "weight"
    assert worst["value"] == 250.0
    assert worst["value"] < worst["lower"] < worst["expected"] < worst["upper"]
    assert worst["expected"] == pytest.approx(1000.0, abs=10.0)
    assert worst["gain"] > 100.0
    assert worst["given_others"] < -10.0


def test_reasons_of_one_gaussian_are_those_of_regression():
    X = np.random.default_rng(0).multivariate_normal([1.0, 2.0], [[1.0, 0.8], [0.8, 1.0]], size=300)
    detector = GaussianMixtureOutlierDetector(**ONE).fit(X)
    mean, covariance = detector.mixture_.mean(), detector.mixture_.covariance()
    x = np.array([[2.0, 0.0]])
    table = detector.explain(x, level=0.9).sort_values("column")
    slopes = covariance[0, 1] / covariance.diagonal()[::-1]
    expected = mean + slopes * (x[0] - mean)[::-1]
    std = np.sqrt(covariance.diagonal() - slopes * covariance[0, 1])
    z = (x[0] - expected) / std
    assert table["expected"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert table["given_others"].to_numpy() == pytest.approx(z, rel=1e-9)
    assert table["gain"].to_numpy() == pytest.approx(0.5 * z**2, rel=1e-9)
    assert table["upper"].to_numpy() == pytest.approx(expected + 1.6448536269514722 * std)
    assert table["lower"].to_numpy() == pytest.approx(expected - 1.6448536269514722 * std)
    alone = (x[0] - mean) / np.sqrt(covariance.diagonal())
    assert table["alone"].to_numpy() == pytest.approx(alone, rel=1e-9)


def test_a_value_between_two_clusters_has_no_distance_but_a_gain():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)) + np.where(np.arange(400) < 200, -6.0, 6.0)[:, None] * [1, 0]
    table = GaussianMixtureOutlierDetector(**TWO).fit(X).explain([[0.0, 0.0]], n_columns=1)
    assert table["column"].tolist() == [0]
    assert abs(table["given_others"][0]) < 1.0
    assert table["gain"][0] > 10.0


def test_the_gain_is_that_of_putting_the_expected_value_in(detector, rows):
    table = detector.explain(rows[:20])
    for line in table.itertuples():
        mended = rows[[line.row]].copy()
        mended[0, line.column] = line.expected
        gain = detector.score_samples(mended) - detector.score_samples(rows[[line.row]])
        assert line.gain == pytest.approx(gain[0], abs=1e-6)


def test_tail_probabilities_of_rows_with_gaps_are_those_of_row_after_row_on_any_threads(rows):
    gappy = with_gaps(np.vstack([rows[::20], [[1e160, 0.0]]]))
    one, two = (GaussianMixtureOutlierDetector(**TWO, n_jobs=n).fit(rows) for n in (1, 2))
    together = two.p_values(gappy)
    assert np.array_equal(one.p_values(gappy), together)
    alone = np.concatenate([one.p_values(row[None]) for row in gappy])
    assert together == pytest.approx(alone, rel=1e-9)
    assert np.array_equal(one.decision_function(gappy), two.decision_function(gappy))


def test_a_row_beyond_every_density_has_a_p_value_of_zero(rows):
    for parameters in (ONE, TWO):
        detector = GaussianMixtureOutlierDetector(**parameters).fit(rows)
        assert detector.p_values([[1e200, 0.0], [1e200, np.nan]]).tolist() == [0.0, 0.0]


def test_gaps_are_left_out_of_the_reasons(detector):
    X = np.array([[np.nan, 1000.0], [1.0, np.nan], [np.nan, np.nan], [1.0, 1000.0]])
    table = detector.explain(X)
    assert list(zip(table["row"], table["column"], strict=True))[:2] == [(0, 1), (1, 0)]
    assert table["row"].tolist() == [0, 1, 3, 3]
    by_itself = table[table["row"] == 0].iloc[0]
    assert by_itself["given_others"] == pytest.approx(by_itself["alone"], rel=1e-9)


def test_reasons_are_a_table_of_the_callers_library(rows):
    names = ["a", "b"]
    detector = GaussianMixtureOutlierDetector(**TWO).fit(pl.DataFrame(rows, schema=names))
    assert detector.feature_names_in_.tolist() == names
    table = detector.explain(pl.DataFrame(rows[:3], schema=names), n_columns=1)
    assert isinstance(table, pl.DataFrame)
    assert table["row"].to_list() == [0, 1, 2]
    assert set(table["column"]) <= set(names)
    assert isinstance(detector.explain(pd.DataFrame(rows[:3], columns=names)), pd.DataFrame)


def test_single_precision_will_do(rows):
    detector = GaussianMixtureOutlierDetector(**TWO).fit(rows.astype(np.float32))
    assert detector.score_samples(rows.astype(np.float32)).dtype == np.float64


def test_old_faithful_has_a_few_odd_eruptions():
    X = load_old_faithful().to_numpy()
    detector = GaussianMixtureOutlierDetector(random_state=0).fit(X)
    assert detector.predict([[4.3, 80.0], [4.3, 50.0]]).tolist() == [1, -1]
    assert isinstance(detector.mixture_, Mixture)
    assert np.mean(detector.predict(X) == -1) < 0.03


@pytest.mark.parametrize("share", [0.0, 0.6, -0.1, 5, "some", None, True, float("nan")])
def test_a_share_that_is_none_is_refused(rows, share):
    detector = GaussianMixtureOutlierDetector(contamination=share)
    with pytest.raises(ValueError, match=r"above 0 and at most 0\.5, got") as told:
        detector.fit(rows)
    assert repr(share) in str(told.value)
    assert "p_value" in str(told.value)


@pytest.mark.parametrize("tail", [0.0, 1.0, 2.0, "small", False])
def test_a_tail_probability_that_is_none_is_refused(rows, tail):
    with pytest.raises(ValueError, match="Expected p_value to be a probability") as told:
        GaussianMixtureOutlierDetector(p_value=tail).fit(rows)
    assert repr(tail) in str(told.value)


def test_too_few_rows_to_fit_are_refused(rows):
    with pytest.raises(ValueError, match=r"max_rows.*range \[2, inf\)\. Got 1"):
        GaussianMixtureOutlierDetector(max_rows=1).fit(rows)


@pytest.mark.parametrize("share", [0.5, 1.1, "most"])
def test_an_ordinary_share_out_of_range_is_refused(rows, share):
    detector = GaussianMixtureOutlierDetector(ordinary_share=share)
    with pytest.raises(ValueError, match=r"ordinary_share.*\(0\.5, 1\.0\]") as told:
        detector.fit(rows)
    assert repr(share) in str(told.value)


def test_two_thresholds_are_refused(rows):
    detector = GaussianMixtureOutlierDetector(contamination=0.1, p_value=0.05)
    with pytest.raises(ValueError, match=r"contamination=0.1 and p_value=0.05 both set"):
        detector.fit(rows)


def test_rows_that_are_not_in_memory_are_refused(rows, tmp_path):
    path = tmp_path / "rows.csv"
    np.savetxt(path, rows, delimiter=",", header="a,b", comments="")
    intervals = IntervalData([0.0, 1.0], [1.0, 2.0])
    for X, kind in [(str(path), "str"), (open_stream(path), "Stream"), (intervals, "Interval")]:
        with pytest.raises(ValueError, match=f"takes rows in memory.*got .*{kind}") as told:
            GaussianMixtureOutlierDetector().fit(X)
        assert "score_samples" in str(told.value)


def test_levels_and_numbers_of_columns_out_of_range_are_refused(detector, rows):
    with pytest.raises(ValueError, match="Expected level to be a probability"):
        detector.explain(rows[:1], level=1.5)
    with pytest.raises(ValueError, match="n_columns"):
        detector.explain(rows[:1], n_columns=0)
