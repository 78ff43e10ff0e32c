from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.datasets import load_old_faithful
from gaussmix.em import QUICK, Contest, Effort, Problem, leaders, run, settle
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team, team
from gaussmix.selection import Grid, Search, best_of, ranked

CODES = tuple(FAMILIES)
EFFORT = Effort(tol=1e-6, max_iter=2000)


def _search(X, numbers=range(1, 7), *, codes=CODES, seed=0, workers=None, **options):
    source = ArraySource(X, Details(options.pop("weight", None)))
    facts = survey(source, Team())
    rows = Problem(source, facts, FAMILIES["VVV"], 1, options.pop("reg_covar", 1e-6))
    criterion = options.pop("criterion", "bic")

    def none_of_their_own(problem, own_team):
        raise AssertionError(f"no cell of {problem.family.code} should need a start of its own")

    starts = options.pop("starts", none_of_their_own)
    grid = Grid(tuple(numbers), tuple(codes), EFFORT, starts, (seed,), QUICK, criterion)
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    return Search(rows, names, X.dtype, grid, workers or Team())


def _table(name):
    return load_old_faithful().to_numpy() if name == "faithful" else load_iris().data


def _simulated(seed):
    """Mixtures, some skewed and some with long tails, of random families and sizes."""
    rng = np.random.default_rng([seed, 99])
    n_components, n_features = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    means = rng.uniform(1.0, 4.0) * rng.normal(size=(n_components, n_features))
    maps = rng.normal(size=(n_components, n_features, n_features))
    labels = rng.integers(0, n_components, int(rng.integers(80, 300)))
    X = means[labels] + np.einsum(
        "nij,nj->ni", maps[labels], rng.normal(size=(len(labels), n_features))
    )
    if seed % 3 == 1:
        X = np.exp(0.3 * X)
    if seed % 3 == 2:
        X *= np.sqrt(5.0 / rng.chisquare(5, size=(len(X), 1)))
    return X


def _facts(candidates):
    return [
        (
            c.cell,
            c.status,
            c.reason,
            c.criteria.log_likelihood if c.criteria else None,
            c.outcome.best.components.means.tobytes() if c.outcome else None,
        )
        for c in candidates
    ]


@pytest.mark.parametrize("n_rows", [120, 2_600])
def test_candidates_have_the_same_bits_for_any_number_of_threads(n_rows):
    rng = np.random.default_rng(0)
    X = np.array([[0.0, 0.0], [6.0, 1.0]])[rng.integers(0, 2, n_rows)]
    X = X + rng.normal(size=(n_rows, 2))
    found = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            codes = ("VVV", "EEE", "VEV", "VVI", "EII")
            found.append(_facts(_search(X, range(1, 5), codes=codes, workers=workers).run()))
    assert found[0] == found[1] == found[2]


def test_a_seed_repeats_the_search_and_another_seed_finds_the_same_model():
    X = _table("faithful")
    first, again, other = (_search(X, range(1, 5), seed=seed).run() for seed in (1, 1, 2))
    assert _facts(first) == _facts(again)
    assert best_of(first, "bic").cell == best_of(other, "bic").cell == (3, "EEE", "")
    for found in (first, other):
        assert best_of(found, "bic").value("bic") == pytest.approx(2314.2957, abs=1e-3)


@pytest.mark.parametrize("numbers", [(3, 1, 2), (2,), (1,), (7, 2)])
def test_numbers_of_components_may_come_in_any_order(numbers):
    X = _table("iris")
    found = _search(X, numbers, codes=("VVV", "EEE", "VII")).run()
    cells = list(dict.fromkeys(c.cell for c in found))
    assert cells == [(k, code, "") for code in ("VVV", "EEE", "VII") for k in numbers]
    whole = {
        c.cell: c
        for c in ranked(_search(X, (1, 2, 3, 7), codes=("VVV", "EEE", "VII")).run(), "bic")[::-1]
    }
    for candidate in ranked(found, "bic")[:1]:
        same = whole[candidate.cell]
        assert candidate.value("bic") == pytest.approx(same.value("bic"), abs=1e-2)


def test_one_column_has_two_families():
    X = np.concatenate(
        [
            np.random.default_rng(0).normal(size=80),
            9.0 + 3.0 * np.random.default_rng(1).normal(size=80),
        ]
    )[:, None]
    found = _search(X, range(1, 5), codes=("VVV", "EEE")).run()
    assert best_of(found, "bic").cell == (2, "VVV", "")
    assert {c.covariance_type for c in found} == {"VVV", "EEE"}


@pytest.mark.parametrize("table", ["faithful", "iris"])
def test_integer_weights_are_repeated_rows(table):
    X = _table(table)[::2]
    weight = np.random.default_rng(3).integers(1, 4, len(X))
    weighted = _search(X, range(1, 5), weight=weight.astype(float)).run()
    repeated = _search(np.repeat(X, weight, axis=0), range(1, 5)).run()
    one, other = best_of(weighted, "bic"), best_of(repeated, "bic")
    assert one.cell == other.cell
    for criterion in ("bic", "aic", "aicc", "icl"):
        assert one.value(criterion) == pytest.approx(other.value(criterion), rel=1e-6)


def test_an_interrupted_search_keeps_what_is_done():
    workers = Team()
    told = []

    def stop_at_third(candidate):
        told.append(candidate)
        if len(told) == 3:
            workers.interrupted.set()

    found = _search(_table("iris"), range(1, 6), workers=workers).run(stop_at_third)
    assert [c.cell for c in found] == [c.cell for c in told]
    assert len(found) == 3
    assert all(np.isfinite(c.value("bic")) for c in found)
    best = best_of(found, "bic")
    assert best.cell in {c.cell for c in told}


def test_a_search_interrupted_before_it_begins_has_something_all_the_same():
    workers = Team()
    workers.interrupted.set()
    found = _search(_table("faithful"), (1, 2), codes=("VVV",), workers=workers).run()
    assert found[0].status == str(Status.STOPPED)
    assert np.isfinite(found[0].value("bic"))


def test_an_interruption_by_the_user_keeps_the_candidates_told_of():
    def interrupt(candidate):
        if candidate.n_components == 2:
            raise KeyboardInterrupt

    search = _search(_table("faithful"), (1, 2, 3), codes=("VVV", "EEE"))
    found = search.run(interrupt)
    assert search.team.interrupted.is_set()
    assert [c.cell for c in found] == [(1, "VVV", ""), (2, "VVV", "")]


def test_a_cell_with_a_degenerate_and_a_sound_end_lists_both_and_the_sound_one_may_win():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(40, 2)) + 6.0])
    X[:14] = X[0] + 1e-7 * rng.normal(size=(14, 2))  # all but copies
    n_double = n_spurious = 0
    for seed in range(4):
        found = _search(X, range(1, 5), codes=("VVV", "VVI", "VII"), seed=seed).run()
        cells = [c.cell for c in found]
        for cell in {c for c in cells if cells.count(c) == 2}:
            bad, good = (c for c in found if c.cell == cell)
            assert bad.reason
            assert not good.reason
            assert bad.criteria.log_likelihood > good.criteria.log_likelihood
            n_double += 1
        assert max(map(cells.count, cells)) <= 2
        best = best_of(found, "bic")
        assert not best.reason
        n_spurious += min(c.value("bic") for c in found) < best.value("bic")
    assert n_double > 0
    assert n_spurious > 0


def _run_on(search, candidate):
    """Where the engine alone runs the candidate on to, and the BIC there."""
    problem = search.problem(candidate.n_components, candidate.covariance_type)
    fit = run(problem, candidate.outcome.best.components, Team(), tol=1e-7, max_iter=4000)
    n_free, weight = problem.n_free, problem.survey.weight
    return fit, n_free * np.log(weight) - 2.0 * fit.log_likelihood


@pytest.mark.parametrize("table", ["faithful", "iris", 0, 1, 2])
def test_no_candidate_that_was_left_behind_would_have_won(table):
    X = _table(table) if isinstance(table, str) else _simulated(table)
    codes = CODES if X.shape[1] > 1 else ("VVV", "EEE")
    search = _search(X, range(1, 6), codes=codes)
    found = search.run()
    winner = best_of(found, "bic")
    for candidate in found:
        if candidate.outcome is None or candidate.reason or candidate is winner:
            continue
        try:
            fit, bic = _run_on(search, candidate)
        except CollapsedComponent:
            continue
        # What was found is a bound: running on only lowers the criterion, but for the penalty.
        assert bic <= candidate.value("bic") + 1e-3
        if bic < winner.value("bic") - 1e-3:
            outcome = replace(candidate.outcome, best=fit)
            problem = search.problem(candidate.n_components, candidate.covariance_type)
            assert search._judge(problem, candidate.covariance_type, outcome, Team()).reason


@pytest.mark.parametrize("table", ["faithful", "iris", 1, 2, 4])
def test_the_choice_is_that_of_a_search_in_which_every_run_is_run_to_its_end(table):
    X = _table(table) if isinstance(table, str) else _simulated(table)
    codes = ("VVV", "EEE", "VEV", "VVI", "EEI", "VII") if X.shape[1] > 1 else ("VVV", "EEE")
    search = _search(X, range(1, 6), codes=codes)
    winner = best_of(search.run(), "bic")
    contest = Contest.of(search.rows, QUICK, range(1, 6), (0,), Team())
    slow = []
    for code in codes:
        problem = search.problem(1, code)
        stack = leaders(
            contest.field.begin(problem, range(1, 6)), QUICK.iterations, QUICK.finishers
        )
        for fit in settle(stack, 1e-7, 4000, Team()).values():
            k = fit.components.n_components
            own, outcome = search.problem(k, code), replace(winner.outcome, best=fit)
            slow.append(search._judge(own, code, outcome, Team()))
    best = best_of(slow, "bic")
    assert winner.value("bic") <= best.value("bic") + 1e-3
    assert winner.cell == best.cell


def test_a_cell_without_an_end_is_fitted_from_starts_of_its_own():
    X = np.repeat(np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 5.0]]), 10, axis=0)
    asked = []

    def starts(problem, own_team):
        asked.append((problem.family.code, problem.n_components))

        def fail(rng, inner):
            raise CollapsedComponent(0, 1.0)

        return [fail]

    search = _search(X, (1, 2, 3), codes=("VVV", "EEE"), reg_covar=0.0, starts=starts)
    found = search.run()
    assert ("VVV", 2) in asked
    assert ("VVV", 1) not in asked
    failed = [c for c in found if c.outcome is None]
    assert [c.cell[:2] for c in failed] == [(k, code) for code, k in asked]
    assert all("ill-defined" in c.reason for c in failed)
    assert best_of(found, "bic").cell == (1, "VVV", "") or best_of(found, "bic").criteria


def test_clusters_far_apart_converge():
    # They lose digits to the fast kernel; the gains of a run that stands still are rounding.
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(80, 2)) + away for away in ([0, 0], [300, 0], [0, 300])])
    found = _search(X, (2, 3), codes=("VVV", "EEE", "VVI", "EII", "VEV")).run()
    best = best_of(found, "bic")
    assert best.cell == (3, "EII", "")
    assert best.outcome.best.status is Status.CONVERGED
    assert best.outcome.best.n_iter < 40
    assert Status.MAX_ITER not in {c.report.ended for c in found}
