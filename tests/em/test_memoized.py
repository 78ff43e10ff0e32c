"""Laps over memoized lots: one reading of the rows, an M-step before each lot."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix.covariance import FAMILIES, PACKED, RADIAL
from gaussmix.data import ArraySource, BlockStream, Details, open_stream, survey
from gaussmix.density import Components
from gaussmix.em import Problem, memoized, passes, run, with_filler
from gaussmix.em.beliefs import Beliefs, with_beliefs
from gaussmix.errors import Status
from gaussmix.execution import Team, team
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import PROPORTIONS

CODES = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
SIZE, N, D, SLOTS = 40, 600, 3, 6


@pytest.fixture(autouse=True)
def _small_lots(monkeypatch):
    """Blocks of 40 rows, two of them in a lot."""
    monkeypatch.setattr("gaussmix.em.problem.block_size", lambda _held: SIZE)
    monkeypatch.setattr("gaussmix.em.problem._LEAST_PIECES", 2)


def rows(seed=0, n_rows=N):
    """Rows of three clusters that overlap."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n_rows)
    X = rng.normal(size=(n_rows, D)) @ rng.normal(size=(D, D))
    return X + 2.0 * rng.normal(size=(3, D))[label], label


def details(kind, X, label):
    """What else is known of the rows, and the rows."""
    rng = np.random.default_rng(7)
    if kind == "gaps":
        X = np.where(rng.random(X.shape) < 0.2, np.nan, X)
    return X, {
        "weights": Details(weight=rng.integers(0, 4, len(X)).astype(float)),
        "labels": Details(label=np.where(rng.random(len(X)) < 0.2, label, -1)),
        "errors": Details(error=0.3 * np.abs(rng.normal(size=X.shape))),
    }.get(kind, Details())


def problem_of(
    source, code="VVV", kind="dirichlet_process", n_slots=SLOTS, *, strength=1.0, workers=None
):
    workers = workers or Team()
    facts = survey(source, workers)
    problem = Problem(source, facts, FAMILIES[code], n_slots, 1e-6)
    problem = with_filler(problem, workers)
    quadratic = problem.family.scatter.quadratic
    variances = strength * facts.scale**2
    covariance = {PACKED: np.diag(variances), RADIAL: np.mean(variances)}
    beliefs = Beliefs(kind, 0.5, strength, None, float(D), covariance.get(quadratic, variances))
    return with_beliefs(problem, beliefs, workers)


def start_of(X, code, n_slots=SLOTS):
    filled = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    rng = np.random.default_rng(3)
    means = filled[rng.choice(len(X), n_slots, replace=False)]
    matrices = np.array([np.cov(filled.T)] * n_slots)
    return Components(np.full(n_slots, 1.0 / n_slots), means, FAMILIES[code].nearest(matrices))


def without_lots(problem):
    """The same problem without lots."""
    problem = replace(problem)
    problem.__dict__["n_lots"] = 1  # where the cached property keeps it
    return problem


def exact_bound(problem, components):
    statistics = problem.statistics_at(components, Team())
    return problem.objective(components, statistics.log_likelihood)


@pytest.mark.parametrize("kind", ["plain", "weights", "gaps", "labels", "errors"])
@pytest.mark.parametrize("code", CODES)
def test_the_bound_never_falls_and_ends_at_that_of_the_parameters(code, kind):
    X, known = details(kind, *rows())
    problem = problem_of(ArraySource(X, known), code)
    assert problem.n_lots == 7
    fit = run(problem, start_of(X, code), Team(), tol=0.0, max_iter=10)
    assert fit.n_iter == 10
    assert np.diff(fit.objectives).min() > -1e-9
    assert fit.objective == fit.objectives[-1]
    assert fit.objective == pytest.approx(exact_bound(problem, fit.components), abs=1e-10)
    assert fit.statistics.weight == pytest.approx(problem.survey.weight)
    assert fit.mass.sum() == pytest.approx(problem.survey.weight)


def by_hand(problem, X, start, n_laps):
    """Bounds after laps with whole arrays, responsibilities of all rows kept."""
    kind = problem.family.scatter
    lot_of = np.arange(len(X)) // SIZE * SIZE * problem.n_lots // len(X)

    def log_joint(components, own):
        columns = [
            multivariate_normal(mean, matrix).logpdf(own)
            for mean, matrix in zip(components.means, components.covariances.dense(), strict=True)
        ]
        return components.log_weights + np.transpose(columns)

    def posterior(resp):
        products = np.array([resp[:, k] @ kind.quadratic.of(X) for k in range(resp.shape[1])])
        origin = np.zeros((resp.shape[1], X.shape[1]))
        scatter = products.sum(axis=0) if kind.pooled else products
        mass = resp.sum(axis=0)
        return SufficientStatistics(kind, origin, mass, resp.T @ X, scatter, 0.0, float(len(X)))

    def responsibilities(components, own):
        joint = log_joint(components, own)
        return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    resp, bounds = responsibilities(start, X), []
    for _ in range(n_laps):
        for lot in range(problem.n_lots):
            resp = resp[:, problem.bayes.order(posterior(resp))]
            components = problem.bayes.posterior(posterior(resp))
            resp[lot_of == lot] = responsibilities(components, X[lot_of == lot])
        entropy = -np.sum(resp * np.log(np.where(resp > 0.0, resp, 1.0)))
        expected = np.sum(resp * log_joint(components, X))
        bounds.append((expected + entropy - components.divergence) / len(X))
    return bounds


@pytest.mark.parametrize("proportions", sorted(PROPORTIONS))
@pytest.mark.parametrize("code", CODES)
def test_laps_are_those_of_incremental_variational_bayes(code, proportions):
    X, _ = rows()
    problem, start = problem_of(ArraySource(X), code, proportions), start_of(X, code)
    seen = []
    run(problem, start, Team(), tol=0.0, max_iter=5, callback=lambda it: seen.append(it.objective))
    np.testing.assert_allclose(seen, by_hand(problem, X, start, 5), rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("kind", ["plain", "weights", "gaps", "labels", "errors"])
@pytest.mark.parametrize("code", ["VVV", "VVI"])
def test_what_a_lot_remembers_touches_its_log_likelihood_from_below(code, kind):
    X, known = details(kind, *rows())
    problem = problem_of(ArraySource(X, known), code)
    here = start_of(X, code)
    state = memoized.visit(problem, problem.kernel(here), set(), Team())
    rng = np.random.default_rng(0)
    for step in (1e-3, 1e-2, 1e-1):
        matrices = here.covariances.dense() * np.exp(step * rng.normal(size=(SLOTS, 1, 1)))
        there = Components(
            here.weights * np.exp(step * rng.normal(size=SLOTS)),
            here.means + step * rng.normal(size=here.means.shape),
            FAMILIES[code].nearest(matrices),
        )
        kernel = problem.kernel(there)
        for seen, lot in zip(state.lots, problem.lots(), strict=True):
            found = problem.expect(kernel, problem.needs_exact(kernel), set(), Team(), lot=lot)
            bound = seen.entropy + memoized._expected(there, seen.statistics)
            gap = (found.log_likelihood - bound) / found.weight
            # It touches: the gap is of second order.
            assert -1e-10 < gap < 20.0 * step**2


@pytest.mark.parametrize("code", CODES)
def test_a_lap_over_one_lot_is_a_pass(code):
    X, _ = rows()
    problem = without_lots(problem_of(ArraySource(X), code))
    kernel = problem.kernel(start_of(X, code))
    one, other = (of.visit(problem, kernel, set(), Team()) for of in (passes, memoized))
    for _ in range(4):
        one, other = passes.step(problem, one, Team()), memoized.step(problem, other, Team())
        bounds = [
            problem.objective(of.components, of.statistics.log_likelihood) for of in (one, other)
        ]
        assert bounds[1] == pytest.approx(bounds[0], abs=1e-11)
    np.testing.assert_allclose(other.components.means, one.components.means, atol=1e-8)


def test_laps_gain_more_than_as_many_passes():
    X, _ = rows(n_rows=2_000)
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    by_pass = run(without_lots(problem), start, Team(), tol=0.0, max_iter=12)
    by_lap = run(problem, start, Team(), tol=0.0, max_iter=8)
    assert by_lap.objective > by_pass.objective


@pytest.mark.parametrize("kind", ["plain", "gaps"])
@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI"])
def test_runs_have_the_same_bits_for_any_number_of_threads(code, kind):
    X, known = details(kind, *rows())
    fits = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            problem = problem_of(ArraySource(X, known), code, workers=workers)
            fits.append(run(problem, start_of(X, code), workers, tol=0.0, max_iter=4))
    for fit in fits[1:]:
        assert fit.objectives == fits[0].objectives
        np.testing.assert_array_equal(fit.components.means, fits[0].components.means)


@pytest.mark.parametrize("kind", ["plain", "gaps"])
@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI"])
def test_a_file_gives_the_bits_of_the_rows_in_memory(code, kind, tmp_path, monkeypatch):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    X, _ = details(kind, *rows())
    table = arrow.table({f"x{j}": arrow.array(X[:, j], from_pandas=True) for j in range(D)})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=130)
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    here, there = (
        run(problem_of(source, code), start_of(X, code), Team(), tol=0.0, max_iter=4)
        for source in (ArraySource(X), open_stream(tmp_path / "rows.parquet"))
    )
    assert there.objectives == here.objectives
    np.testing.assert_array_equal(there.components.means, here.components.means)
    np.testing.assert_array_equal(
        there.components.covariances.dense(), here.components.covariances.dense()
    )


def test_a_lap_reads_a_stream_once(monkeypatch):
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    X, _ = rows()
    n_readings = 0

    def blocks():
        nonlocal n_readings
        n_readings += 1
        return iter(np.array_split(X, 5))

    problem, start = problem_of(BlockStream(blocks)), start_of(X, "VVV")
    before = n_readings
    fit = run(problem, start, Team(), tol=0.0, max_iter=3)
    assert len(fit.mass) == SLOTS
    # One at the start, three laps, one that values the end.
    assert n_readings == before + 5


def test_dask_gives_what_the_rows_in_memory_give():
    da = pytest.importorskip("dask.array")
    pytest.importorskip("distributed")
    import dask  # noqa: PLC0415  not there without the extra

    from gaussmix.data.dask.source import DaskSource  # noqa: PLC0415

    X, _ = rows(n_rows=640)
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    problem.__dict__["n_lots"] = 4
    here = run(problem, start, Team(), tol=0.0, max_iter=4)
    with dask.config.set(scheduler="threads", num_workers=2):
        problem = problem_of(DaskSource(da.from_array(X, chunks=(80, D))))
        assert problem.n_lots == 4
        there = run(problem, start, Team(), tol=0.0, max_iter=4)
    np.testing.assert_allclose(there.objectives, here.objectives, rtol=1e-11)
    np.testing.assert_allclose(there.components.means, here.components.means, atol=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_components_that_become_empty_are_given_up_in_all_lots(code):
    X, _ = rows()
    start = start_of(X, code)
    far = replace(start, means=np.concatenate([start.means[:4], np.full((2, D), 1e3)]))
    fit = run(problem_of(ArraySource(X), code), far, Team(), tol=0.0, max_iter=8)
    assert len(fit.mass) <= 4
    assert fit.mass.sum() == pytest.approx(N)
    assert np.diff(fit.objectives).min() > -1e-9


@pytest.mark.parametrize("code", ["VVV", "VVI"])
def test_components_become_exact_where_they_must(code):
    """A narrow cluster far from the centre: lots know it about points of their own."""
    X, _ = rows()
    X[::3] = 1e-4 * X[::3] + 50.0
    problem = problem_of(ArraySource(X), code, strength=1e-12)
    start = start_of(X, code)
    laps = run(problem, start, Team(), tol=0.0, max_iter=25)
    slow = run(without_lots(problem), start, Team(), tol=0.0, max_iter=60)
    assert laps.n_exact == slow.n_exact > 0
    assert np.diff(laps.objectives).min() > -2e-8
    assert laps.objective == pytest.approx(exact_bound(problem, laps.components), abs=1e-8)
    assert laps.objective == pytest.approx(slow.objective, abs=0.05)


def test_a_run_goes_on_where_another_ended():
    X, _ = rows()
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    first = run(problem, start, Team(), tol=0.0, max_iter=3)
    again = run(problem, first.components, Team(), tol=0.0, max_iter=3, progress=first.progress)
    assert first.progress.continues_at(exact_bound(problem, first.components))
    assert again.objectives[0] > first.objective - 1e-9
    assert np.diff(again.objectives).min() > -1e-9
    end = run(problem, start, Team(), tol=1e-6, max_iter=2_000)
    assert end.status is Status.CONVERGED
    more = run(problem, end.components, Team(), tol=1e-6, max_iter=2_000, progress=end.progress)
    assert more.n_iter <= 2


def test_a_run_goes_on_from_a_waypoint_where_the_other_was():
    X, _ = rows()
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    waypoints = []
    run(problem, start, Team(), tol=0.0, max_iter=3, log=waypoints.append)
    onward = run(problem, waypoints[1], Team(), tol=0.0, max_iter=6)
    assert onward.n_iter == 6
    assert onward.objectives[:2] == waypoints[1].objectives
    assert np.diff(onward.objectives).min() > -1e-9


def test_an_end_is_where_passes_gain_no_more():
    X, _ = rows()
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    end = run(problem, start, Team(), tol=1e-6, max_iter=2_000)
    onward = run(without_lots(problem), end.components, Team(), tol=0.0, max_iter=200)
    assert onward.objective - end.objective < 5e-6


def test_an_interrupt_after_a_lap_keeps_the_parameters_reached():
    X, _ = rows()
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")

    def interrupt(iteration):
        if iteration.number == 3:
            raise KeyboardInterrupt

    alone = Team()
    fit = run(problem, start, alone, tol=0.0, max_iter=50, callback=interrupt)
    assert (fit.status, fit.n_iter) == (Status.STOPPED, 3)
    assert alone.interrupted.is_set()
    assert fit.objective == pytest.approx(exact_bound(problem, fit.components), abs=1e-10)


def test_an_interrupt_amid_a_lap_keeps_what_the_lap_before_reached(monkeypatch):
    X, _ = rows()
    problem, start = problem_of(ArraySource(X)), start_of(X, "VVV")
    expected = run(problem, start, Team(), tol=0.0, max_iter=2)
    maximize, n_steps = Problem.maximize, 0

    def interrupted(self, *arguments):
        nonlocal n_steps
        n_steps += 1
        if n_steps == 2 * problem.n_lots + 3:
            raise KeyboardInterrupt
        return maximize(self, *arguments)

    monkeypatch.setattr(Problem, "maximize", interrupted)
    fit = run(problem, start, Team(), tol=0.0, max_iter=50)
    assert fit.status is Status.STOPPED
    assert fit.objectives == expected.objectives
    np.testing.assert_array_equal(fit.components.means, expected.components.means)


def test_lots_follow_from_the_rows_and_serve_variational_bayes_alone(monkeypatch):
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    X, _ = rows()
    gappy, _ = details("gaps", *rows())
    lots_of = partial(problem_of, code="VVV")
    for table in (X, gappy):
        stream = BlockStream(partial(np.array_split, table, 3))
        assert lots_of(ArraySource(table)).n_lots == lots_of(stream).n_lots == 7
    assert lots_of(ArraySource(X[:60])).n_lots == 1
    assert replace(problem_of(ArraySource(X)), bayes=None).n_lots == 1
    many, _ = rows(n_rows=3_000)
    assert lots_of(ArraySource(many)).n_lots == 16
