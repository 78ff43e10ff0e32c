"""Moves between numbers of components: never down, never over the cap, never without an end."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from gaussmix import BayesianGaussianMixture
from gaussmix.em import engine, moves
from gaussmix.errors import Status

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
WEIGHTS = ("dirichlet_process", "dirichlet_distribution")
N_CLUSTERS = 5


def clusters(n_clusters=N_CLUSTERS, n=40, n_features=2, seed=0):
    """Rows of clusters on a circle, ten of their widths apart, and their clusters."""
    rng = np.random.default_rng(seed)
    angle = 2.0 * np.pi * np.arange(n_clusters) / n_clusters
    centres = np.zeros((n_clusters, n_features))
    centres[:, 0] = 5.0 * n_clusters / np.pi * np.cos(angle)
    centres[:, -1] += 5.0 * n_clusters / np.pi * np.sin(angle)
    label = np.repeat(np.arange(n_clusters), n)
    return centres[label] + rng.normal(size=(len(label), n_features)), label


def mixture(n_components=10, **settings):
    return BayesianGaussianMixture(
        n_components, **{"prior": "scaled", "random_state": 0, "n_jobs": 1, **settings}
    )


def one(X):
    """Labels that start from one component."""
    return np.zeros(len(X), dtype=int)


def assert_rises(model):
    """That the bound never falls, and the list is of as many as there were iterations."""
    assert len(model.lower_bounds_) == model.n_iter_ <= model.max_iter
    assert model.lower_bound_ == model.lower_bounds_[-1]
    unit = max(1.0, abs(model.lower_bound_))
    assert np.diff(model.lower_bounds_).min(initial=0.0) >= -1e-9 * unit
    assert len(model.posterior_.mass) <= model.n_components


@pytest.mark.parametrize("start", ["random", "one"])
@pytest.mark.parametrize(
    ("kind", "weights"), [(kind, WEIGHTS[i % 2]) for i, kind in enumerate(KINDS)]
)
def test_the_bound_never_falls_and_the_clusters_are_found(kind, weights, start):
    X, label = clusters()
    model = mixture(
        covariance_type=kind,
        weight_concentration_prior_type=weights,
        init_params=one(X) if start == "one" else start,
        tol=1e-5,
        max_iter=500,
    ).fit(X)
    assert_rises(model)
    assert model.converged_
    assert model.n_active_ == N_CLUSTERS
    found = model.predict(X)
    assert len(set(zip(found, label, strict=True))) == N_CLUSTERS


def tables():
    """Tables that are odd in some way."""
    rng = np.random.default_rng(1)
    X, _ = clusters(3, 30)
    gappy = np.where(rng.random(X.shape) < 0.2, np.nan, X)
    return {
        "one column": X[:, :1],
        "more columns than rows": rng.normal(size=(6, 9)),
        "a constant column": np.column_stack([X, np.full(len(X), 3.0)]),
        "all rows equal": np.full((20, 2), 2.5),
        "three rows": rng.normal(size=(3, 2)),
        "few distinct rows": np.repeat(rng.integers(0, 4, size=(8, 2)).astype(float), 9, axis=0),
        "gaps": gappy,
        "rows without a value": np.concatenate([gappy, np.full((5, 2), np.nan)]),
        "heavy tails": rng.standard_cauchy(size=(80, 2)),
        "far away": X + 1e7,
    }


@pytest.mark.parametrize("kind", ["full", "diag", "tied_spherical"])
@pytest.mark.parametrize("name", tables())
def test_odd_tables_come_to_an_end(name, kind):
    X = tables()[name]
    model = mixture(min(6, len(X)), covariance_type=kind, max_iter=300).fit(X)
    assert_rises(model)
    assert model.converged_
    assert np.isfinite(model.lower_bound_)
    assert 1 <= model.n_active_ <= model.n_components
    if name == "all rows equal":
        assert model.n_active_ == 1


def test_no_end_of_a_move_is_kept_that_is_lower(monkeypatch):
    """Every bound that is remembered is above the one before, moves or not."""
    X, _ = clusters()
    kept, tried = [], []
    attempt = moves._Search.attempt

    def watched(self, start):
        before = self.best.objective
        is_kept = attempt(self, start)
        tried.append(is_kept)
        assert is_kept == (self.best.objective != before)
        if is_kept:
            kept.append((before, self.best.objective))
        return is_kept

    monkeypatch.setattr(moves._Search, "attempt", watched)
    model = mixture(init_params="random").fit(X)
    assert kept
    assert not all(tried)
    assert all(after > before for before, after in kept)
    assert model.n_active_ == N_CLUSTERS


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("cap", [1, 2, 4])
def test_the_number_of_components_is_a_cap(cap, weights):
    X, _ = clusters(8, 20)
    for start in ("kmeans", one(X)):
        model = mixture(cap, weight_concentration_prior_type=weights, init_params=start).fit(X)
        assert_rises(model)
        assert model.n_active_ == cap
        assert model.weights_.shape == (cap,)


@pytest.mark.parametrize("max_iter", [1, 2, 5, 30])
@pytest.mark.parametrize("start", ["kmeans", "one"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_no_more_iterations_than_there_may_be(start, max_iter):
    X, _ = clusters()
    model = mixture(init_params=one(X) if start == "one" else start, max_iter=max_iter).fit(X)
    assert_rises(model)
    exact = mixture(
        init_params=one(X) if start == "one" else start, max_iter=max_iter, tol=0.0
    ).fit(X)
    assert_rises(exact)
    assert exact.n_iter_ == max_iter
    assert exact.fit_report_.status is Status.MAX_ITER


def test_a_search_that_is_cut_short_has_not_converged():
    """One component is a fixed point of the loop, but not where the fit would have ended."""
    X, _ = clusters()
    with pytest.warns(ConvergenceWarning):
        model = mixture(init_params=one(X), max_iter=1).fit(X)
    assert model.n_iter_ == 1
    assert model.n_active_ > 1
    assert not model.converged_


def test_the_tolerance_of_the_warm_up_is_not_the_users():
    """What is calm enough to try moves is not yet what was asked for."""
    X, _ = clusters(5, 100)
    X = X + 0.5 * np.random.default_rng(0).normal(size=X.shape)
    most = mixture(4, moves=False, max_iter=500).fit(X).n_iter_
    assert most < moves.WARM_UP
    with pytest.warns(ConvergenceWarning):
        model = mixture(4, tol=1e-12, max_iter=most).fit(X)
    assert model.fit_report_.remaining > 1e-12
    assert not model.converged_


def test_without_moves_the_loop_is_what_it_was(monkeypatch):
    X, _ = clusters()

    def refuse(*_arguments, **_more):
        raise AssertionError

    monkeypatch.setattr("gaussmix.estimators.bayesian.with_moves", refuse)
    model = mixture(init_params=one(X), moves=False, max_iter=300).fit(X)
    assert model.converged_
    assert model.n_active_ == 1
    assert_rises(mixture(init_params="kmeans", moves=False, max_iter=300).fit(X))


def test_moves_reach_a_higher_bound_than_the_loop_alone():
    X, _ = clusters()
    for start in ("kmeans", "random", one(X)):
        alone, moved = (
            mixture(init_params=start, moves=own, max_iter=500).fit(X) for own in (False, True)
        )
        assert moved.lower_bound_ > alone.lower_bound_


@pytest.mark.parametrize("kind", ["full", "tied_diag"])
def test_runs_have_the_same_bits_for_any_number_of_threads(kind):
    X, _ = clusters(n=250)
    fits = [mixture(covariance_type=kind, n_jobs=n).fit(X) for n in (1, 2, 3)]
    for fit in fits[1:]:
        assert fit.lower_bounds_ == fits[0].lower_bounds_
        np.testing.assert_array_equal(fit.means_, fits[0].means_)
        np.testing.assert_array_equal(fit.covariances_, fits[0].covariances_)


def test_weight_two_is_the_row_twice():
    X, _ = clusters()
    weight = np.where(np.arange(len(X)) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(X, weight.astype(int), axis=0)
    weighted = mixture(init_params=one(X)).fit(X, sample_weight=weight)
    repeated = mixture(init_params=one(twice)).fit(twice)
    assert weighted.n_active_ == repeated.n_active_ == N_CLUSTERS
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, abs=1e-6)
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))


def test_a_row_that_is_repeated_often_hides_no_cluster():
    """Zeros in a third of the rows, as where nothing was measured."""
    X, label = clusters()
    X = np.concatenate([X, np.zeros((100, 2))])
    label = np.append(label, np.full(100, N_CLUSTERS))
    model = mixture(init_params=one(X)).fit(X)
    assert model.n_active_ == N_CLUSTERS + 1
    known = mixture(init_params=label, moves=False).fit(X)
    assert model.lower_bound_ == pytest.approx(known.lower_bound_, abs=1e-4)


def test_rows_of_weight_zero_are_gone():
    X, _ = clusters()
    junk = np.concatenate([X, 100.0 + np.random.default_rng(0).normal(size=(50, 2))])
    weight = np.append(np.ones(len(X)), np.zeros(50))
    model = mixture(init_params=one(junk)).fit(junk, sample_weight=weight)
    assert model.n_active_ == N_CLUSTERS
    assert model.lower_bound_ == pytest.approx(
        mixture(init_params=one(X)).fit(X).lower_bound_, abs=1e-6
    )


def test_known_components_keep_their_numbers_and_their_places():
    X, label = clusters()
    known = np.full(len(X), -1)
    known[::10] = (label[::10] + 2) % N_CLUSTERS
    model = mixture(9).fit(X, labels=known)
    assert_rises(model)
    np.testing.assert_array_equal(model.predict(X[::10]), known[::10])


def test_a_fit_goes_on_from_the_one_before_and_stays():
    X, _ = clusters()
    model = mixture(init_params="random", warm_start=True).fit(X)
    before = model.lower_bound_
    assert model.fit(X).converged_
    assert model.n_active_ == N_CLUSTERS
    assert model.lower_bound_ >= before - 1e-9


def test_moves_go_on_from_a_fit_without_them():
    X, _ = clusters()
    model = mixture(init_params=one(X), warm_start=True, moves=False).fit(X)
    assert model.n_active_ == 1
    model.set_params(moves=True).fit(X)
    assert model.converged_
    assert model.n_active_ == N_CLUSTERS


def test_several_starts_end_no_lower_than_the_first_of_them():
    X, _ = clusters(n=20)
    first, all_of_them = (mixture(init_params="random", n_init=n).fit(X) for n in (1, 3))
    assert all_of_them.lower_bound_ >= first.lower_bound_ - 1e-9
    assert all_of_them.fit_report_.n_starts == 3
    assert_rises(all_of_them)


def test_files_and_collections_make_the_moves_of_the_rows_in_memory(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    da = pytest.importorskip("dask.array")
    X, _ = clusters()
    table = arrow.table({"a": X[:, 0], "b": X[:, 1]})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=64)
    here = mixture().fit(X)
    there = mixture().fit(str(tmp_path / "rows.parquet"))
    assert there.lower_bounds_ == here.lower_bounds_
    np.testing.assert_array_equal(there.means_, here.means_)
    spread = mixture().fit(da.from_array(X, chunks=(50, 2)))
    assert spread.n_active_ == N_CLUSTERS
    assert spread.lower_bound_ == pytest.approx(here.lower_bound_, abs=1e-6)


# Those who stop it.


def test_a_callback_sees_bounds_that_rise_and_numbers_of_iterations():
    X, _ = clusters()
    seen = []
    model = mixture(init_params="random", callback=seen.append).fit(X)
    numbers = [iteration.number for iteration in seen]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == model.n_iter_
    assert seen[-1].objective == model.lower_bound_
    for iteration in seen:
        assert iteration.objective == model.lower_bounds_[iteration.number - 1]


@pytest.mark.parametrize("number", [3, "after the moves"])
def test_a_true_answer_stops(number):
    X, _ = clusters()
    if number == "after the moves":
        seen = []
        mixture(init_params="random", tol=1e-9, callback=seen.append).fit(X)
        number = seen[-2].number
        assert number > moves.WARM_UP or seen[-2].number - seen[-3].number == 1
    model = mixture(
        init_params="random", tol=1e-9, callback=lambda iteration: iteration.number == number
    ).fit(X)
    assert model.n_iter_ == number
    assert model.fit_report_.status is Status.STOPPED
    assert not model.converged_
    assert_rises(model)


def fit_interrupted(model, X):
    """The fit, or a failed test: an interrupt that gets out would end the whole test run."""
    try:
        with pytest.warns(ConvergenceWarning, match="interrupted after"):
            return model.fit(X)
    except KeyboardInterrupt:
        pytest.fail("the interrupt was not caught")


@pytest.mark.parametrize("call", [0, 3, 10])
def test_an_interrupt_while_a_move_is_tried_keeps_what_was_reached(monkeypatch, call):
    X, _ = clusters()
    step, n_calls = engine.passes.step, 0

    def interrupted(*arguments):
        nonlocal n_calls
        n_calls += 1
        if n_calls == call + 1:
            raise KeyboardInterrupt
        return step(*arguments)

    explore = moves._Search.explore

    def begin(self, known):
        monkeypatch.setattr(engine.passes, "step", interrupted)
        return explore(self, known)

    monkeypatch.setattr(moves._Search, "explore", begin)
    model = fit_interrupted(mixture(init_params="random"), X)
    assert n_calls > call
    assert model.fit_report_.status is Status.STOPPED
    assert np.isfinite(model.lower_bound_)
    assert_rises(model)


@pytest.mark.parametrize("name", ["pair_gains", "removal_gains", "split_proposals", "merged"])
def test_an_interrupt_between_passes_keeps_what_was_reached(monkeypatch, name):
    X, _ = clusters()
    n_calls = 0

    def interrupted(*_arguments):
        nonlocal n_calls
        n_calls += 1
        raise KeyboardInterrupt

    monkeypatch.setattr(moves, name, interrupted)
    model = fit_interrupted(mixture(init_params="kmeans"), X)
    assert n_calls == 1
    assert model.fit_report_.status is Status.STOPPED
    assert_rises(model)


def test_a_move_whose_covariances_collapse_is_not_made():
    """A prior narrower than rounding, and few distinct rows."""
    rows = np.random.default_rng(0).integers(0, 4, size=(12, 2)).astype(float)
    X = np.repeat(rows, 10, axis=0)
    narrow = {"prior": None, "covariance_prior": 1e-40 * np.eye(2), "max_iter": 300}
    alone = mixture(15, moves=False, **narrow).fit(X)
    moved = mixture(15, **narrow).fit(X)
    assert moved.lower_bound_ >= alone.lower_bound_ - 1e-9
    assert moved.converged_
