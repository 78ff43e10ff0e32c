"""Cross-validation: which rows are held out, what is made of them, and where it is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, StratifiedKFold

from gaussmix import GaussianMixtureSearch
from gaussmix.data.intervals import IntervalData
from gaussmix.selection import shuffled_folds

pytestmark = pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")

ONE = {"covariance_types": "full", "reg_covar": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def rows():
    """Three clusters of 40 rows."""
    rng = np.random.default_rng(2)
    clusters = [rng.normal(centre, 1.0, (40, 2)) for centre in ([0, 0], [6, 0], [0, 6])]
    return rng.permutation(np.concatenate(clusters))


def halves(n_rows, seed=0):
    order = np.random.default_rng(seed).permutation(n_rows)
    return [(order[: n_rows // 2], order[n_rows // 2 :]), (order[n_rows // 2 :], order[:4])]


def test_folds_hold_every_row_out_once():
    counts = np.ones(23, dtype=bool)
    folds = shuffled_folds(4, counts, np.random.default_rng(0))
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(23))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(23))
        assert (np.diff(fold.train) > 0).all()
        assert len(fold.test) in (5, 6)
    again = shuffled_folds(4, counts, np.random.default_rng(0))
    other = shuffled_folds(4, counts, np.random.default_rng(1))
    assert all((a.test == b.test).all() for a, b in zip(folds, again, strict=True))
    assert any(a.test.tolist() != b.test.tolist() for a, b in zip(folds, other, strict=True))


def test_rows_that_do_not_count_are_in_no_fold():
    counts = np.arange(20) % 3 > 0
    folds = shuffled_folds(3, counts, np.random.default_rng(0))
    assert sorted(np.concatenate([f.test for f in folds])) == np.flatnonzero(counts).tolist()
    alone = shuffled_folds(3, np.ones(counts.sum(), dtype=bool), np.random.default_rng(0))
    for fold, same in zip(folds, alone, strict=True):
        np.testing.assert_array_equal(np.flatnonzero(counts)[same.test], fold.test)


def test_groups_are_held_out_whole():
    groups = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    folds = shuffled_folds(3, np.ones(12, dtype=bool), np.random.default_rng(0), groups)
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert len(set(groups[fold.test])) in (2, 3)


def by_hand(rows, folds, weight=None):
    """Held-out log density of one Gaussian, by its formulas."""
    weight = np.ones(len(rows)) if weight is None else weight
    total = n = 0.0
    for train, test in folds:
        mean = np.average(rows[train], axis=0, weights=weight[train])
        covariance = np.cov(rows[train].T, aweights=weight[train], bias=True)
        density = multivariate_normal(mean, covariance).logpdf(rows[test])
        total += (weight[test] * density).sum()
        n += weight[test].sum()
    return total / n


def test_one_gaussian_by_its_formulas(rows):
    folds = halves(len(rows))
    search = GaussianMixtureSearch(1, criterion="cv", cv=folds, **ONE).fit(rows)
    assert search.best_score_ == pytest.approx(by_hand(rows, folds), rel=1e-10)
    assert search.results_["cv"][0] == search.best_score_
    assert search.results_["cv_std_error"][0] > 0.0


def test_weights_count_in_training_and_in_the_mean(rows):
    weight = np.arange(len(rows)) % 4 + 0.5
    folds = halves(len(rows))
    search = GaussianMixtureSearch(1, criterion="cv", cv=folds, **ONE)
    search.fit(rows, sample_weight=weight)
    assert search.best_score_ == pytest.approx(by_hand(rows, folds, weight), rel=1e-10)


def test_rows_of_weight_zero_are_gone(rows):
    weight = np.ones(len(rows))
    weight[::5] = 0.0
    far = rows + 1000.0 * (weight == 0.0)[:, None]
    search = GaussianMixtureSearch([1, 2], criterion="cv", covariance_types="diag", random_state=0)
    one = search.fit(far, sample_weight=weight).results_["cv"]
    other = search.fit(rows[weight > 0]).results_["cv"]
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_splitter_pairs_and_masks_mean_the_same(rows):
    splitter = KFold(3, shuffle=True, random_state=1)
    pairs = list(splitter.split(rows))
    n_rows = len(rows)
    masks = [(np.isin(np.arange(n_rows), a), np.isin(np.arange(n_rows), b)) for a, b in pairs]
    found = [
        GaussianMixtureSearch([1, 2], criterion="cv", cv=cv, **ONE).fit(rows).results_
        for cv in (splitter, pairs, iter(pairs), masks)
    ]
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other)


def test_a_splitter_gets_the_labels_and_the_groups(rows):
    group = np.array([f"g{i % 7}" for i in range(len(rows))])
    search = GaussianMixtureSearch(1, criterion="cv", cv=LeaveOneGroupOut(), **ONE)
    search.fit(rows, groups=group)
    assert len(search.best_candidate_.held_out.weights) == 7
    folds = list(LeaveOneGroupOut().split(rows, groups=group))
    assert search.best_score_ == pytest.approx(by_hand(rows, folds), rel=1e-10)
    by_group = GaussianMixtureSearch(1, criterion="cv", cv=GroupKFold(2), **ONE)
    assert len(by_group.fit(rows, groups=group).best_candidate_.held_out.weights) == 2
    strata = GaussianMixtureSearch(1, criterion="cv", cv=StratifiedKFold(3), **ONE)
    folds = list(StratifiedKFold(3).split(rows, np.arange(len(rows)) % 2))
    strata.fit(rows, np.arange(len(rows)) % 2)
    assert strata.best_score_ == pytest.approx(by_hand(rows, folds), rel=1e-10)


def test_a_number_of_folds_holds_out_groups_where_there_are_any(rows):
    # The groups are the clusters: a model of the others knows nothing of the one held out.
    group = (rows[:, 0] > np.median(rows[:, 0])).astype(int)
    search = GaussianMixtureSearch(1, criterion="cv", cv=2, **ONE)
    grouped = search.fit(rows, groups=group).best_score_
    folds = [(np.flatnonzero(group == g), np.flatnonzero(group != g)) for g in (0, 1)]
    assert grouped == pytest.approx(by_hand(rows, folds), rel=1e-10)
    assert grouped < search.fit(rows).best_score_


def test_five_folds_are_usual_and_follow_the_seed(rows):
    search = GaussianMixtureSearch([1, 2, 3], criterion="cv", **ONE)
    first = search.fit(rows)
    assert len(first.best_candidate_.held_out.weights) == 5
    assert sum(first.best_candidate_.held_out.weights) == len(rows)
    values = first.results_["cv"]
    np.testing.assert_array_equal(values, search.fit(rows).results_["cv"])
    assert (values != search.set_params(random_state=1).fit(rows).results_["cv"]).all()


def test_the_highest_wins_and_has_no_behind(rows):
    search = GaussianMixtureSearch(
        [1, 2, 3, 4], criterion="cv", covariance_types=["full", "spherical"], random_state=0
    ).fit(rows)
    assert search.best_params_["n_components"] == 3
    assert search.best_score_ == max(search.results_["cv"])
    summary = search.summary()
    assert str(summary).startswith("Best by cross-validation: 3 components")
    assert f"held-out log density per row {search.best_score_:.6g}" in str(summary)
    assert summary.best["behind"][0] == 0.0
    assert summary.best["behind"] == sorted(summary.best["behind"])
    assert summary.best["cv"] == sorted(summary.best["cv"], reverse=True)


def test_held_out_values_stand_beside_another_criterion(rows):
    search = GaussianMixtureSearch([1, 2, 3], cv=3, covariance_types="tied", random_state=0)
    search.fit(rows)
    assert search.best_score_ == min(search.results_["bic"])
    assert np.isfinite(search.results_["cv"]).all()
    alone = GaussianMixtureSearch([1, 2, 3], covariance_types="tied", random_state=0).fit(rows)
    assert "cv" not in alone.results_
    np.testing.assert_array_equal(alone.results_["bic"], search.results_["bic"])


def test_rows_with_gaps_bins_and_known_errors_are_held_out_too(rows):
    gappy = rows.copy()
    gappy[::7, 0] = np.nan
    search = GaussianMixtureSearch([1, 2], criterion="cv", cv=3, covariance_types="tied")
    search.set_params(random_state=0).fit(gappy)
    assert np.isfinite(search.results_["cv"]).all()
    search.fit(rows, X_covariance=np.full(rows.shape, 0.01))
    assert np.isfinite(search.results_["cv"]).all()
    edges = np.linspace(-3, 3, 31)
    counts = np.histogram(np.random.default_rng(0).normal(size=400), edges)[0]
    search.fit(IntervalData.from_histogram(counts, edges))
    assert sum(search.best_candidate_.held_out.weights) == pytest.approx(counts.sum())


def test_a_fold_that_fails_leaves_the_candidate_out_with_its_reason():
    rows = np.random.default_rng(0).normal(size=(43, 2))
    folds = [(np.arange(41), [41, 42]), (np.r_[0:20, 41:43], np.arange(20, 41))]
    search = GaussianMixtureSearch([1, 30], covariance_types="diag", criterion="cv", cv=folds)
    search.set_params(random_state=0).fit(rows)
    assert search.best_params_["n_components"] == 1
    assert np.isnan(search.results_["cv"][1])
    many = [c for c in search.candidates_ if c.n_components == 30][-1]
    assert many.why_not_held_out == (
        "Without the rows of fold 2 of 2: 22 rows cannot make 30 components."
    )


def test_where_no_candidate_has_every_fold_there_is_an_error(rows):
    folds = [(np.arange(3), np.arange(3, 120)), (np.arange(60), np.arange(60, 120))]
    search = GaussianMixtureSearch([5, 6], covariance_types="tied", criterion="cv", cv=folds)
    with pytest.raises(ValueError, match=r"(?s)No candidate could be fitted.*tied, 5 components "):
        search.fit(rows)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        (1, "'cv' parameter of GaussianMixtureSearch must be None, an int of 2 or more"),
        ("five", "splitter or pairs of .train, test. row numbers. Got 'five' instead"),
        ([], r"Got \[\] instead"),
        (3.5, r"Got 3\.5 instead"),
        (121, "with 121 folds needs at least 121 rows, but there are 120"),
        ([(3,)], r"Fold 1 of cv cannot be used: it is \(3,\)"),
        ([([0, 1], [1, 2])], "Fold 1 of cv cannot be used: row 1 is in train and in test"),
        ([([0, 1], [2]), ([0, 1], [120])], "Fold 2 .*its test names row 120 of 120 rows"),
        ([([0.5, 1.0], [2])], "its train has dtype float64"),
        ([([0, 1], np.empty(0, dtype=int))], "its test holds no row that counts"),
    ],
)
def test_folds_that_are_none_are_refused_by_name(rows, cv, message):
    search = GaussianMixtureSearch([1, 2], criterion="cv", cv=cv)
    with pytest.raises(ValueError, match=message):
        search.fit(rows)


def test_fewer_groups_than_folds_are_refused(rows):
    search = GaussianMixtureSearch([1, 2], criterion="cv")
    group = np.arange(len(rows)) % 3
    with pytest.raises(ValueError, match=r"needs at least 5 groups, but there are 3\. Give 3"):
        search.fit(rows, groups=group)
    with pytest.raises(ValueError, match=r"at least 5 groups, but there is 1\. Choose by 'bic'"):
        search.fit(rows, groups=np.zeros(len(rows)))


def test_groups_that_are_none_are_refused(rows):
    search = GaussianMixtureSearch([1, 2], criterion="cv")
    with pytest.raises(ValueError, match=r"one group per row, shape \(120,\).*shape \(3,\)"):
        search.fit(rows, groups=[1, 2, 3])
    group = [None if i == 4 else i % 6 for i in range(len(rows))]
    with pytest.raises(ValueError, match=r"Row 4 has no group \(it is missing\)"):
        search.fit(rows, groups=group)
    with pytest.raises(ValueError, match=r"criterion='bic' holds out none\. Give criterion='cv'"):
        GaussianMixtureSearch([1, 2]).fit(rows, groups=group)


def test_rows_that_are_not_in_memory_are_refused(rows, tmp_path):
    path = tmp_path / "rows.csv"
    pd.DataFrame(rows, columns=["a", "b"]).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"takes rows in memory, but X is read from a FileStream"):
        GaussianMixtureSearch([1, 2], criterion="cv").fit(path)


def test_any_number_of_threads_gives_the_same_folds_and_bits(rows):
    found = [
        GaussianMixtureSearch(
            [1, 2], criterion="cv", covariance_types=["full", "diag"], n_jobs=n_jobs, random_state=3
        )
        .fit(rows)
        .results_
        for n_jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(*found, check_exact=True)
