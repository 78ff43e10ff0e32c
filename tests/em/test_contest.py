from dataclasses import replace

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Noise, totals
from gaussmix.em import QUICK, Contest, Effort, Problem, fit_best, run, with_filler
from gaussmix.em.restarts import begin_at
from gaussmix.errors import Status
from gaussmix.execution import Team

EFFORT = Effort(tol=1e-6, max_iter=500)
SEED = (5,)


def _contest(rows, numbers=(1, 2, 3), race=QUICK, seed=SEED):
    return Contest.of(rows, race, numbers, seed, Team())


def _rows(stacks, X, weight=None):
    return stacks.problem(X, "VVV", weight=weight)


def _blobs(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [7.0, 0.0], [0.0, 9.0]])
    return centres[rng.integers(0, 3, n_rows)] + rng.normal(size=(n_rows, 2))


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("codes", [("VVV", "EEE", "VEV"), ("VVI", "EEI"), ("EII",)])
def test_small_tables_race_whole_to_where_the_engine_ends(stacks, codes, is_weighted):
    X = _blobs(200)
    weight = np.random.default_rng(1).uniform(0.2, 3.0, 200) if is_weighted else None
    rows, families = _rows(stacks, X, weight), tuple(FAMILIES[code] for code in codes)
    contest = _contest(rows)
    assert contest.is_whole
    found = contest.run(rows, families, EFFORT, Team())
    assert sorted(found) == [(kind, k) for kind in range(len(codes)) for k in (1, 2, 3)]
    fits = {cell: outcomes[0].best for cell, outcomes in found.items()}
    ends = contest.go_on(rows, families, fits, EFFORT, Team(), heat=False)
    for (kind, k), fit in ends.items():
        own = replace(rows, family=families[kind], n_components=k)
        engine = run(own, fit.components, Team(), tol=1e-9, max_iter=900)
        assert fit.status is Status.CONVERGED
        assert fit.objective == pytest.approx(engine.objective, abs=5e-6)
        by_rows = totals(fit.components, rows.source, Team())
        assert fit.log_likelihood == pytest.approx(by_rows.log_likelihood, rel=1e-11)
        assert fit.doubt == pytest.approx(by_rows.doubt, abs=1e-6)
        assert fit.objective >= fits[kind, k].objective - 1e-9
        assert fit.objectives[: fits[kind, k].n_iter] == fits[kind, k].objectives


def test_large_tables_race_on_a_sample_and_end_on_all_rows(stacks):
    X = _blobs(5_000)
    rows, families = _rows(stacks, X), (FAMILIES["VVV"], FAMILIES["EEE"])
    contest = _contest(rows)
    assert not contest.is_whole
    assert contest.field.sketch.n_rows < 3_000
    found = contest.run(rows, families, EFFORT, Team())
    assert sorted(found) == [(kind, k) for kind in (0, 1) for k in (1, 2, 3)]
    for (kind, k), outcomes in found.items():
        fit = outcomes[0].best
        own = replace(rows, family=families[kind], n_components=k)
        engine = run(own, fit.components, Team(), tol=1e-8, max_iter=500)
        assert fit.mass.sum() == pytest.approx(5_000.0)
        assert fit.log_likelihood == pytest.approx(
            totals(fit.components, rows.source, Team()).log_likelihood, rel=1e-11
        )
        if fit.status is Status.CONVERGED:  # to a hundred times tol
            assert 0.0 <= engine.objective - fit.objective + 1e-10 < 5e-4
        end = contest.go_on(rows, families, {(kind, k): fit}, EFFORT, Team(), heat=False)[kind, k]
        assert end.objective == pytest.approx(engine.objective, abs=5e-6)


@pytest.mark.parametrize("kind", ["gaps", "noise"])
def test_rows_that_no_stack_carries_run_as_fit_best_runs_them(stacks, kind):
    X = _blobs(150)
    noise = None
    if kind == "gaps":
        X[::7, 0] = np.nan
    else:
        noise = Noise(0.1, X.min(axis=0), X.max(axis=0))
    rows = with_filler(stacks.problem(X, "VVV", 2, noise=noise), Team())
    contest = _contest(rows, numbers=(2, 3))
    found = contest.run(rows, (FAMILIES["VVV"],), EFFORT, Team())
    for cell, outcomes in found.items():
        assert outcomes[0].best.status in {Status.CONVERGED, Status.OUTRUN}
        own = replace(rows, n_components=cell[1])
        ends = {cell: outcomes[0].best}
        best = contest.go_on(rows, (FAMILIES["VVV"],), ends, EFFORT, Team(), heat=False)[cell]
        again = fit_best(own, [begin_at(best.components)], SEED, EFFORT, Team()).best
        assert best.status is Status.CONVERGED
        assert again.objective == pytest.approx(best.objective, abs=2e-6)
        assert (best.components.noise is not None) == (kind == "noise")
        assert len(outcomes[0].objectives) <= QUICK.finishers


def test_cells_without_an_end_are_missing(stacks):
    # Three distinct rows: without a penalty only one Gaussian has a covariance of full rank.
    X = np.repeat(np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 5.0]]), 10, axis=0)
    rows = stacks.problem(X, "VVV", reg_covar=0.0)
    found = _contest(rows).run(rows, (FAMILIES["VVV"],), EFFORT, Team())
    assert sorted(found) == [(0, 1)]


def test_the_first_of_several_ends_is_the_best(stacks):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 2))
    rows = _rows(stacks, X)
    n_with_two = 0
    for seed in range(4):
        contest = _contest(rows, numbers=(3, 4, 5), seed=(seed,))
        for outcomes in contest.run(rows, (FAMILIES["VVV"],), EFFORT, Team()).values():
            objectives = [outcome.best.objective for outcome in outcomes]
            assert objectives == sorted(objectives, reverse=True)
            assert outcomes[0].best.objective == np.nanmax(outcomes[0].objectives)
            n_with_two += len(outcomes) == 2
    assert n_with_two > 0


@pytest.mark.parametrize("gap", [1e5, 1e7])
def test_clusters_too_narrow_for_the_fast_kernel_are_told_precisely(stacks, gap):
    X = _blobs(120) + gap * (np.arange(120) % 2)[:, None]
    rows = stacks.problem(X, "VVV", reg_covar=0.0)
    families = (FAMILIES["VVV"], FAMILIES["EEE"])
    contest = _contest(rows, numbers=(2,))
    for outcomes in contest.run(rows, families, EFFORT, Team()).values():
        fit = outcomes[0].best
        by_rows = totals(fit.components, rows.source, Team())
        assert fit.log_likelihood == pytest.approx(by_rows.log_likelihood, abs=1e-4)
        away = np.sort(fit.components.means[:, 0])
        assert away[1] - away[0] == pytest.approx(gap, rel=1e-4)


def test_an_interrupted_contest_returns_what_it_has(stacks):
    rows, workers = _rows(stacks, _blobs(100)), Team()
    contest = _contest(rows)
    workers.interrupted.set()
    found = contest.run(rows, (FAMILIES["VVV"],), EFFORT, workers)
    assert sorted(found) == [(0, 1), (0, 2), (0, 3)]
    assert {o[0].best.status for o in found.values()} == {Status.STOPPED}


def test_families_race_together_where_rows_are_few_and_alone_where_they_are_many(stacks):
    every = list(FAMILIES.values())
    few = _contest(_rows(stacks, _blobs(60)))
    assert [len(group) for group in few.groups(every)] == [8, 4, 2]
    many = _contest(_rows(stacks, _blobs(5_000)), numbers=range(1, 10))
    assert [len(group) for group in many.groups(every)] == [1] * 14


def test_a_contest_repeats_itself_to_the_bit(stacks):
    rows = _rows(stacks, _blobs(100))
    first, again = (
        _contest(rows).run(rows, (FAMILIES["VVV"], FAMILIES["EVE"]), EFFORT, Team())
        for _ in range(2)
    )
    for cell, outcomes in first.items():
        assert outcomes[0].best.objective == again[cell][0].best.objective
        means = (outcomes[0].best.components.means, again[cell][0].best.components.means)
        np.testing.assert_array_equal(*means)


def test_rows_without_weight_change_nothing(stacks):
    X = _blobs(120)
    weight = np.ones(150)
    weight[120:] = 0.0
    padded = np.concatenate([X, _blobs(30, seed=9)])
    source = ArraySource(padded, Details(weight))
    with_zeros = Problem(source, survey(source, Team()), FAMILIES["VVV"], 1, 1e-6)
    plain = _rows(stacks, X)
    one, other = (
        _contest(rows).run(rows, (FAMILIES["VVV"],), EFFORT, Team()) for rows in (plain, with_zeros)
    )
    for cell, outcomes in one.items():
        assert other[cell][0].best.objective == pytest.approx(outcomes[0].best.objective, abs=1e-9)
