import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix.covariance import FAMILIES
from gaussmix.datasets import load_old_faithful
from gaussmix.density import totals
from gaussmix.em import QUICK, Race, leaders, run, settle, with_prior
from gaussmix.em.heats import field_of, responsibilities
from gaussmix.errors import Status
from gaussmix.execution import Team, team
from gaussmix.initialization import PROPOSALS, draw_sketch
from gaussmix.maximization import ConjugatePrior

CODES = tuple(FAMILIES)
SIZES = (1, 2, 3, 3)


def _table(name):
    return load_old_faithful().to_numpy() if name == "faithful" else load_iris().data


def _sketch(problem):
    return draw_sketch(problem.source, problem.survey, np.random.default_rng(0))


def _field(problem, race=QUICK, numbers=(1, 2, 4), seed=(3,)):
    return field_of(problem, _sketch(problem), race, numbers, seed=seed, team=Team())


@pytest.mark.parametrize(
    ("table", "option"), [("iris", "plain"), ("faithful", "weighted"), ("faithful", "prior")]
)
@pytest.mark.parametrize("code", CODES)
def test_runs_end_where_the_engine_gains_nothing_more(stacks, code, table, option):
    X = _table(table)
    weight = np.random.default_rng(2).uniform(0.0, 3.0, len(X)) if option == "weighted" else None
    problem = stacks.problem(X, code, weight=weight)
    if option == "prior":
        problem = with_prior(problem, ConjugatePrior(), Team())
    stack = leaders(_field(problem, numbers=(1, 2, 3)).begin(problem, (1, 2, 3)), 5, 1)
    ends = settle(stack, 1e-9, 3000, Team())
    assert sorted(ends) == stack.names.tolist()
    for fit in ends.values():
        assert fit.status is Status.CONVERGED
        own = stacks.own(problem, fit.components)
        on = run(own, fit.components, Team(), tol=0.0, max_iter=30)
        assert on.objectives[0] >= fit.objective - 1e-12
        assert on.objective - fit.objective < 1e-7
        assert fit.progress.remaining < 1e-9


@pytest.mark.parametrize("code", CODES)
def test_where_a_run_ends_does_not_depend_on_what_lies_beside_it(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 2, spread=3.0), 150)
    problem = stacks.problem(X, code)
    labels = [np.sort(own) for own in stacks.partitions(150, SIZES, seed=1)]
    labels = [own[np.argsort(np.argsort(X[:, 0]))] for own in labels]
    labels[-1] = labels[-1][::-1]
    together = settle(stacks.from_labels(problem, labels), 1e-11, 5000, Team())
    for name, own in enumerate(labels):
        alone = settle(stacks.from_labels(problem, [own]), 1e-11, 5000, Team())[0]
        fit = together[name]
        assert fit.objective == pytest.approx(alone.objective, abs=1e-9)
        assert fit.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-6)
        stacks.assert_same_end(fit, alone, 2e-3)


def test_a_fit_tells_what_is_true_of_its_components(stacks, make):
    X = make.rows(make.components("VVV", 3, 3), 150)
    problem = stacks.problem(X, "VEV", weight=np.random.default_rng(0).uniform(0.5, 2.0, 150))
    ends = settle(_field(problem).begin(problem, (1, 2, 4)), 1e-6, 500, Team())
    for fit in ends.values():
        by_rows = totals(fit.components, problem.source, Team())
        own = stacks.own(problem, fit.components)
        statistics = own.statistics_at(fit.components, Team())
        assert fit.log_likelihood == pytest.approx(by_rows.log_likelihood, rel=1e-11)
        assert fit.doubt == pytest.approx(by_rows.doubt, abs=1e-7)
        assert fit.objective == pytest.approx(
            own.objective(fit.components, fit.log_likelihood), rel=1e-11
        )
        np.testing.assert_allclose(fit.mass, statistics.mass, rtol=1e-9)
        assert fit.objectives[-1] == fit.objective
        assert np.diff(fit.objectives).min(initial=0.0) > -1e-10


def test_components_of_shared_covariances_share_them_in_a_fit(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 100)
    for code in ("VVV", "EEE", "VVI", "EEI", "VII", "EII"):
        problem = stacks.problem(X, code, 3)
        ends = settle(_field(problem, numbers=(3,)).begin(problem, (3,)), 1e-4, 60, Team())
        for fit in ends.values():
            assert fit.components.covariances.is_shared == problem.family.scatter.pooled
            own = stacks.own(problem, fit.components)
            assert own.statistics_at(fit.components, Team()).log_likelihood == pytest.approx(
                fit.log_likelihood, rel=1e-11
            )


@pytest.mark.parametrize("at_end", [Status.MAX_ITER, Status.OUTRUN])
def test_runs_that_reach_the_last_iteration_say_so(stacks, make, at_end):
    X = make.rows(make.components("VVV", 3, 2, spread=0.5), 200)
    problem = stacks.problem(X, "VVV")
    labels = stacks.partitions(200, (1, 4, 5), seed=0)
    ends = settle(stacks.from_labels(problem, labels), 1e-12, 9, Team(), at_end)
    assert sorted(ends) == [0, 1, 2]
    assert ends[0].status is Status.CONVERGED
    assert ends[1].status is ends[2].status is at_end
    assert ends[1].n_iter == 3


def test_an_interruption_ends_every_run_with_what_it_has(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 100)
    problem = stacks.problem(X, "VVV")
    workers = Team()
    workers.interrupted.set()
    labels = stacks.partitions(100, (2, 3), seed=0)
    ends = settle(stacks.from_labels(problem, labels), 1e-9, 900, workers)
    assert [fit.status for fit in ends.values()] == [Status.STOPPED] * 2
    assert all(np.isfinite(fit.log_likelihood) for fit in ends.values())


def test_leaders_are_the_best_few_different_runs_of_each_size(stacks, make):
    X = make.rows(make.components("VVV", 4, 2, spread=4.0), 200)
    problem = stacks.problem(X, "VVI")
    labels = stacks.partitions(200, (2, 2, 2, 4, 4, 4, 4), seed=0)
    labels[1] = labels[0]
    stack = stacks.from_labels(problem, labels)
    after = stack
    for _ in range(2):
        after = after.step()
    found = leaders(stack, 2, 2)
    assert found.n_iter == 2
    for size in (2, 4):
        every = after.per_row[after.lineup.sizes == size]
        best = np.sort(np.unique(np.round(every, 9)))[::-1][:2]
        own = found.per_row[found.lineup.sizes == size]
        np.testing.assert_allclose(np.sort(own)[::-1], best, atol=2e-9)
    assert (0 in found.names) != (1 in found.names) or 1 not in found.names


def test_of_a_longer_race_half_of_the_runs_leave_early(stacks, make):
    X = make.rows(make.components("VVV", 4, 2, spread=4.0), 200)
    problem = stacks.problem(X, "VVI")
    stack = stacks.from_labels(problem, stacks.partitions(200, (3,) * 8, seed=0))
    found = leaders(stack, 6, 8)
    assert found.n_iter == 6
    assert found.lineup.n_runs <= 8
    assert leaders(stack, 6, 1).lineup.n_runs == 1


@pytest.mark.parametrize("code", ["VVV", "EEI", "VII"])
def test_every_family_begins_at_the_same_partitions(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 2), 90)
    problem = stacks.problem(X, code)
    field = _field(problem)
    assert sorted(field.starts) == [1, 2, 4]
    stack = field.begin(problem, [4, 1, 2])
    assert np.all(np.diff(stack.lineup.sizes) >= 0)
    assert stack.lineup.sizes.tolist().count(1) == 1
    for k, resp in field.starts.items():
        assert len(resp) % k == 0
        # Lanes of partitions of all rows give each row to one component.
        total = resp.reshape(-1, k, resp.shape[1]).sum(axis=1)
        assert ((total == field.sketch.weight) | (total == 0.0)).all()
        lane = np.flatnonzero(stack.lineup.sizes == k)[0]
        own = stack.lineup.components_of(np.array([lane]))
        np.testing.assert_allclose(stack.statistics[own, -1], resp[:k].sum(axis=1), rtol=1e-12)


def test_a_field_is_the_same_for_any_number_of_threads_and_any_other_sizes(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 90)
    problem = stacks.problem(X, "VVV")
    alone = _field(problem, numbers=(4,))
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            many = field_of(
                problem, _sketch(problem), QUICK, (5, 4, 4, 2, 9), seed=(3,), team=workers
            )
        assert sorted(many.starts) == [2, 4, 5, 9]
        np.testing.assert_array_equal(many.starts[4], alone.starts[4])


def test_labels_of_none_give_a_row_to_no_component():
    labels = np.array([0, -1, 2, 1, 2])
    expected = [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 1]]
    assert responsibilities(labels, 3).tolist() == expected
    soft = np.random.default_rng(0).random((5, 3))
    np.testing.assert_array_equal(responsibilities(soft, 3), soft.T)


def test_proposals_of_a_few_rows_speak_for_those_alone(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 900)
    problem = stacks.problem(X, "VVV")
    race = Race((("hierarchical", 1),), iterations=3, finishers=1)
    field = _field(problem, race=race, numbers=(3,))
    mass = field.starts[3].sum(axis=1)
    sketch = _sketch(problem)
    labels = PROPOSALS["hierarchical"](sketch, 3, np.random.default_rng(0))
    assert (labels == -1).sum() > 300
    np.testing.assert_allclose(mass, [sketch.weight[labels == k].sum() for k in range(3)])
    # The first step shares all rows out.
    fit = settle(field.begin(problem, (3,)), 1e-6, 200, Team())[0]
    assert fit.mass.sum() == pytest.approx(900.0)


def test_weight_two_and_the_row_twice_are_the_same_field(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 60)
    weight = np.random.default_rng(1).integers(1, 4, 60)
    weighted = stacks.problem(X, "VVV", weight=weight.astype(float))
    repeated = stacks.problem(np.repeat(X, weight, axis=0), "VVV")
    numbers = (1, 2, 4)
    one, other = (
        settle(_field(p).begin(p, numbers), 1e-9, 900, Team()) for p in (weighted, repeated)
    )
    assert sorted(one) == sorted(other)
    found, expected = ([ends[name].objective for name in sorted(ends)] for ends in (one, other))
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_a_penalty_of_none_and_few_rows_leave_sound_runs_only(stacks):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(14, 3))
    problem = stacks.problem(X, "VVV", reg_covar=0.0)
    stack = _field(problem, numbers=(1, 2, 6)).begin(problem, (1, 2, 6))
    ends = settle(stack, 1e-6, 300, Team())
    for fit in ends.values():
        assert np.isfinite(fit.log_likelihood)
        assert np.linalg.eigvalsh(fit.components.covariances.dense()).min() > 0.0
    assert 0 in ends
