"""What a whole search must find, whatever it starts from."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.datasets import load_old_faithful


def cigars(aspect, seed, angle=0.0):
    """Three parallel clusters of 300 rows, six short axes apart, and their labels."""
    rng = np.random.default_rng(seed)
    long, short = rng.normal(0.0, aspect, 900), rng.normal(size=900)
    labels = np.repeat(np.arange(3), 300)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([long, short + 6.0 * labels]) @ turn, labels


@pytest.mark.parametrize("aspect", [1, 10, 100])
@pytest.mark.parametrize("seed", [0, 1])
def test_three_cigars_are_three_clusters_however_long_they_are(aspect, seed):
    X, labels = cigars(aspect, seed)
    search = GaussianMixtureSearch(range(1, 6), random_state=seed).fit(X)
    assert search.best_params_["n_components"] == 3
    assert adjusted_rand_score(labels, search.predict(X)) >= 0.98


@pytest.mark.parametrize("aspect", [5, 50])
def test_a_race_finds_cigars_that_lie_askew(aspect):
    X, labels = cigars(aspect, 4, angle=0.5)
    gm = GaussianMixture(3, init_params="auto", tol=1e-6, max_iter=2000, random_state=0).fit(X)
    assert adjusted_rand_score(labels, gm.predict(X)) >= 0.98


@pytest.mark.parametrize(
    ("rows", "model", "n_components", "bic"),
    [
        (load_old_faithful().to_numpy(), "tied", 3, 2314.3163),
        (load_iris().data, "VEV", 2, 561.7285),
    ],
    ids=["Old Faithful", "iris"],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_whole_search_is_no_worse_than_mclust(rows, model, n_components, bic, seed):
    search = GaussianMixtureSearch(random_state=seed).fit(rows)
    assert search.best_params_ == {"n_components": n_components, "covariance_type": model}
    assert search.best_score_ <= bic + 1e-3


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize("criterion", ["aic", "aicc", "icl", "cv"])
def test_the_winner_by_any_criterion_has_been_run_to_its_end(criterion):
    search = GaussianMixtureSearch(
        range(1, 5), covariance_types=["full", "tied", "VEV"], criterion=criterion, random_state=0
    ).fit(load_old_faithful().to_numpy())
    assert search.best_candidate_.status == "converged"
    assert search.best_estimator_.converged_


def test_what_a_candidate_makes_of_held_out_rows_does_not_depend_on_the_others():
    X = load_old_faithful().to_numpy()

    def held_out(names):
        search = GaussianMixtureSearch(
            [3], covariance_types=names, criterion="cv", cv=3, random_state=0
        ).fit(X)
        return next(c.value("cv") for c in search.candidates_ if c.covariance_type == "full")

    assert held_out(["full"]) == pytest.approx(held_out(["full", "tied", "VVE"]), abs=1e-4)


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize("criterion", ["bic", "cv"])
def test_rows_without_any_value_change_no_choice(criterion):
    X = load_old_faithful().to_numpy()
    folds = [(np.flatnonzero(np.arange(272) % 3 != v), np.arange(v, 272, 3)) for v in range(3)]
    settings = {"covariance_types": ["tied", "full"], "criterion": criterion, "random_state": 0}
    search = GaussianMixtureSearch(range(1, 4), cv=folds if criterion == "cv" else None, **settings)
    whole = search.fit(X).best_score_, search.best_params_
    empty = search.fit(np.vstack([X, np.full((500, 2), np.nan)]))
    assert empty.best_params_ == whole[1]
    assert empty.best_score_ == pytest.approx(whole[0], abs=1e-3)
    if criterion == "bic":
        estimator = empty.best_estimator_
        assert estimator.bic(np.vstack([X, np.full((9, 2), np.nan)])) == pytest.approx(whole[0])
