"""Checkpoints: what is kept, when it is written, who may go on from it."""

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import GaussianMixture, save
from gaussmix.covariance import FAMILIES
from gaussmix.density import Components, Noise
from gaussmix.em import Checkpoint, Effort, Identity, Ledger, Waypoint, fit_best, kept, run
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team, team
from gaussmix.persistence import load_document, pack, save_document

CODES = tuple(FAMILIES)
SEED = [3, 4]


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


def _rows(make, n_rows=300):
    return make.rows(make.components("VVV", 3, 2, seed=3, spread=3.0), n_rows, seed=3)


def _starts(make, X, code="VVV", n=2):
    """Starts that draw on their random numbers, and are narrow: far rows are very far."""

    def start(rng, team):
        components = make.start(code, X, 3, seed=int(rng.integers(100)))
        narrow = FAMILIES[code].nearest(1e-3 * components.covariances.dense())
        return replace(components, covariances=narrow)

    return [start] * n


def _bits(value):
    arrays, metadata = pack(value)
    return {name: array.tobytes() for name, array in arrays.items()}, repr(metadata)


def _fit(problem, starts, checkpoint, *, callback=None, clock=Clock(), workers=None, **effort):  # noqa: B008  never moved on
    workers = workers or Team()
    effort = {"tol": 0.0, "max_iter": 12} | effort
    identity = Identity.of(problem, {"n_components": 3})
    with kept(checkpoint, identity, SEED, workers, clock) as ledger:
        seed = SEED if ledger is None else ledger.seed
        plan = Effort(**effort, callback=callback, ledger=ledger)
        return fit_best(problem, starts, seed, plan, workers)


class Crash(Exception):
    pass


def _crashing_at(start, number):
    def callback(iteration):
        if (iteration.start, iteration.number) == (start, number):
            raise Crash

    return callback


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("crash", [(0, 1), (0, 2), (0, 9), (1, 1), (1, 6)])
def test_a_fit_goes_on_to_the_same_bits(make, path, code, crash):
    X = _rows(make)
    problem, starts = make.problem(X, code, 3), _starts(make, X, code)
    whole = _fit(problem, starts, None)
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=_crashing_at(*crash))
    assert path.exists()
    again = make.problem(X.copy(), code, 3)
    assert _bits(_fit(again, starts, Checkpoint(path))) == _bits(whole)
    assert not path.exists()


@pytest.mark.parametrize("before_the_end", [0, 1, 2, 5])
def test_a_fit_that_converges_goes_on_to_the_same_iteration(make, path, before_the_end):
    X, options = _rows(make), {"tol": 1e-5, "max_iter": 500}
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X, n=1)
    whole = _fit(problem, starts, None, **options)
    assert whole.best.status is Status.CONVERGED
    crash = _crashing_at(0, whole.best.n_iter - before_the_end)
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=crash, **options)
    assert _bits(_fit(problem, starts, Checkpoint(path), **options)) == _bits(whole)


def test_weights_and_narrow_components_far_away_come_back_to_the_bit(make, path):
    """What the exact kernel and the safe way do is done again."""
    X = 1e6 + _rows(make)
    X[:20] = 1e6 + 40.0 + 1e-4 * np.random.default_rng(0).normal(size=(20, 2))
    weight = np.random.default_rng(1).uniform(0.0, 3.0, len(X))
    problem, seen = make.problem(X, "VVV", 3, weight=weight), []
    start = _starts(make, X)[0](np.random.default_rng(0), Team())
    start = replace(start, means=np.vstack([X[:1], start.means[1:]]))
    whole = run(problem, start, Team(), tol=0.0, max_iter=30, log=seen.append)
    assert whole.n_exact > 0
    assert any(waypoint.wide for waypoint in seen)
    assert all(waypoint.level != 0.0 for waypoint in seen)
    for waypoint in seen[::4]:
        fit = run(problem, waypoint, Team(), tol=0.0, max_iter=30)
        assert _bits(fit) == _bits(whole)


def test_arrays_of_waypoints_lie_as_they_will_be_read(make):
    """A product of a transposed array may round otherwise."""
    X = _rows(make)
    for code in CODES:
        seen = []
        start = make.start(code, X, 3)
        run(make.problem(X, code, 3), start, Team(), tol=0.0, max_iter=3, log=seen.append)
        for array in pack(seen[-1])[0].values():
            assert array.flags.c_contiguous


def test_finished_starts_are_not_run_again(make, path):
    X = _rows(make)
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X, n=4)

    def fail(rng, team):
        raise CollapsedComponent(np.int64(2), np.float64(1.5))

    starts[1] = fail
    options = {"tol": 1e-5, "max_iter": 500}
    whole = _fit(problem, starts, None, **options)
    crash = _crashing_at(3, 2)
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=crash, **options)

    def never(rng, team):
        raise AssertionError

    found = _fit(problem, [never, never, never, starts[3]], Checkpoint(path), **options)
    assert _bits(found) == _bits(whole)
    assert found.failures == (str(CollapsedComponent(2, 1.5)),)


@pytest.mark.parametrize("n_rows", [300, 60_000, 240_000])
def test_starts_in_several_threads_go_on_to_the_same_bits(make, path, n_rows):
    """Side by side where the rows are one block, else every pass in several threads."""
    X = _rows(make, n_rows)
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X, n=3)
    whole = _fit(problem, starts, None, max_iter=4)
    copies = []

    class Watching(Ledger):
        def _write(self):
            super()._write()
            copies.append(path.read_bytes())

    identity = Identity.of(problem, {"n_components": 3})
    with team(2) as two:
        ledger = Watching.open(Checkpoint(path, 0.0), identity, SEED)
        effort = Effort(0.0, 4, ledger=ledger)
        assert _bits(fit_best(problem, starts, SEED, effort, two)) == _bits(whole)
        assert len(copies) == 1 + 3 * 4
        for copy in copies[2::5]:
            path.write_bytes(copy)
            found = _fit(problem, starts, Checkpoint(path), workers=two, max_iter=4)
            assert _bits(found) == _bits(whole)


def test_an_interrupted_fit_keeps_its_state_and_goes_on(make, path):
    X = _rows(make)
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X)
    whole = _fit(problem, starts, None)

    def interrupt(iteration):
        if (iteration.start, iteration.number) == (0, 7):
            raise KeyboardInterrupt

    found = _fit(problem, starts, Checkpoint(path), callback=interrupt)
    assert (found.best.status, found.best.n_iter) == (Status.STOPPED, 7)
    # Every 60 seconds, and none has passed: it was written at the interrupt.
    assert len(load_document(path).metadata["starts"]["0"]["objectives"]) == 6
    assert _bits(_fit(problem, starts, Checkpoint(path))) == _bits(whole)


def test_an_interrupt_before_the_first_iteration_leaves_the_seed(make, path):
    def interrupt(rng, team):
        raise KeyboardInterrupt

    X = _rows(make)
    problem = make.problem(X, "VVV", 3)
    with pytest.raises(KeyboardInterrupt):
        _fit(problem, [interrupt], Checkpoint(path))
    ledger = Ledger.open(Checkpoint(path), Identity.of(problem, {"n_components": 3}), [99])
    assert ledger.seed == SEED
    assert ledger.reached(0) is None


def test_a_start_that_the_callback_stopped_is_finished(make, path):
    X = _rows(make)
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X)

    def stop(iteration):
        return (iteration.start, iteration.number) == (0, 3)

    whole = _fit(problem, starts, None, callback=stop)
    assert not path.exists()

    def stop_and_crash(iteration):
        _crashing_at(1, 5)(iteration)
        return stop(iteration)

    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=stop_and_crash)
    assert _bits(_fit(problem, starts, Checkpoint(path), callback=stop)) == _bits(whole)


def test_max_iter_may_be_raised(make, path):
    X = _rows(make)
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X)
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=_crashing_at(1, 4), max_iter=8)
    found = _fit(problem, starts, Checkpoint(path), max_iter=20)
    assert _bits(found) == _bits(_fit(problem, starts, None, max_iter=20))


def test_the_file_is_written_every_so_many_seconds(make, path):
    X, clock, seen = _rows(make), Clock(), []
    problem, starts = make.problem(X, "VVV", 3), _starts(make, X, n=1)

    def look(iteration):
        reached = load_document(path).metadata["starts"].get("0", {"objectives": ()})
        seen.append(len(reached["objectives"]))
        clock.now += 25.0

    _fit(problem, starts, Checkpoint(path, 60.0), callback=look, clock=clock, max_iter=9)
    # The state after iteration n is written before iteration n + 1, once 60 seconds are over.
    assert seen == [0, 0, 0, 3, 3, 3, 6, 6, 6]
    assert not path.exists()


def test_the_file_goes_where_every_start_fails_and_stays_after_other_errors(make, path):
    problem = make.problem(_rows(make), "VVV", 3)

    def fail(rng, team):
        raise CollapsedComponent(0, 1.0)

    def crash(rng, team):
        raise Crash

    with pytest.raises(Crash):
        _fit(problem, [crash], Checkpoint(path))
    assert path.exists()
    with pytest.raises(CollapsedComponent):
        _fit(problem, [fail], Checkpoint(path))
    assert not path.exists()


PARAMETERS = {"n_components": 3, "covariance_type": "VVV", "tol": 1e-3, "random_state": None}


def _refusal(path, before, now, parameters=PARAMETERS):
    """What a fit says that finds another's checkpoint."""
    Ledger.open(Checkpoint(path), Identity.of(before, PARAMETERS), SEED)
    content = path.read_bytes()
    with pytest.raises(ValueError, match="belongs to another fit") as caught:
        Ledger.open(Checkpoint(path), Identity.of(now, parameters), SEED)
    assert path.read_bytes() == content
    assert repr(str(path)) in str(caught.value)
    assert "Delete the file to begin anew, or give another path." in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n_components", 4, "n_components was 3 and is now 4"),
        ("covariance_type", "EEE", "covariance_type was 'VVV' and is now 'EEE'"),
        ("tol", 1e-4, "tol was 0.001 and is now 0.0001"),
        ("random_state", 0, "random_state was None and is now 0"),
        ("noise", True, "noise was None and is now True"),
    ],
)
def test_a_checkpoint_of_another_model_is_refused(make, path, name, value, words):
    problem = make.problem(_rows(make), "VVV", 3)
    assert words in _refusal(path, problem, problem, PARAMETERS | {name: value})


def test_a_checkpoint_of_other_rows_is_refused(make, path):
    X = _rows(make)
    problem = make.problem(X, "VVV", 3)
    other = X.copy()
    other[17, 1] = np.nextafter(other[17, 1] * 1.0001, np.inf)
    message = _refusal(path, problem, make.problem(other, "VVV", 3))
    assert "the data have other values, or other weights" in message
    weighted = make.problem(X, "VVV", 3, weight=np.full(300, 2.0))
    assert "other weights" in _refusal(path, problem, weighted)
    short = make.problem(X[:299], "VVV", 3)
    assert "the data had 300 rows and now have 299" in _refusal(path, problem, short)
    wide = make.problem(np.hstack([X, X]), "VVV", 3)
    message = _refusal(path, problem, wide, PARAMETERS | {"tol": 1.0})
    assert "the data had 2 columns and now have 4" in message
    assert "tol was 0.001 and is now 1.0; " in message


def test_files_that_are_no_checkpoints_are_refused_and_left_alone(make, path):
    identity = Identity.of(make.problem(_rows(make), "VVV", 3), PARAMETERS)

    def refused(content, error, words):
        if content is not None:
            path.write_bytes(content)
        before = path.read_bytes()
        with pytest.raises(error, match=words):
            Ledger.open(Checkpoint(path), identity, SEED)
        assert path.read_bytes() == before

    refused(b"", ValueError, "it is empty")
    refused(b"PK\3\4 something", ValueError, "is not one: it starts with")
    Ledger.open(Checkpoint(path.with_name("whole")), identity, SEED)
    refused(path.with_name("whole").read_bytes()[:-40], ValueError, "truncated or damaged")
    save(GaussianMixture(1).fit(np.random.default_rng(0).normal(size=(9, 1))), path)
    refused(None, ValueError, "holds a saved GaussianMixture. Give another path")
    for metadata in (
        {"class": "Checkpoint"},
        {"class": "Checkpoint", "seed": 3, "starts": [], **pack(identity)[1]},
        {"class": "Checkpoint", "seed": [3], "starts": {"0": 1}, **pack(identity)[1]},
        {"class": "Checkpoint", "seed": [3], "starts": {"0": {"class": "Fit"}}} | pack(identity)[1],
    ):
        save_document(path, {}, metadata)
        refused(None, ValueError, "truncated or damaged")


def test_a_place_that_cannot_be_written_is_refused_before_the_fit(make, tmp_path):
    identity = Identity.of(make.problem(_rows(make), "VVV", 3), PARAMETERS)
    with pytest.raises(IsADirectoryError):
        Ledger.open(Checkpoint(tmp_path), identity, SEED)
    with pytest.raises(FileNotFoundError):
        Ledger.open(Checkpoint(tmp_path / "none" / "fit"), identity, SEED)


@pytest.mark.parametrize("every", [-1.0, float("nan")])
def test_the_seconds_between_writes_are_checked(every):
    with pytest.raises(ValueError, match="'every' parameter of Checkpoint"):
        Checkpoint("fit", every)


def test_a_path_is_a_checkpoint_of_every_minute(path):
    assert Checkpoint.of(path) == Checkpoint(path, 60.0)
    assert Checkpoint.of(Checkpoint(path, 1.0)) == Checkpoint(path, 1.0)
    assert Checkpoint.of(None) is None


def test_a_waypoint_at_the_start_is_the_start(make):
    X = _rows(make)
    problem, start = make.problem(X, "VVV", 3), make.start("VVV", X, 3)
    plain = run(problem, start, Team(), tol=0.0, max_iter=5)
    assert _bits(run(problem, Waypoint(start), Team(), tol=0.0, max_iter=5)) == _bits(plain)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("gaps", [False, True])
def test_noise_and_missing_values_come_back_to_the_bit(make, path, code, gaps):
    X = _rows(make)
    low, high = X.min(axis=0), X.max(axis=0)
    starts = _starts(make, X.copy(), code)
    if gaps:
        X[np.random.default_rng(2).random(X.shape) < 0.2] = np.nan
    noise = Noise(0.1, low, high, np.log(high - low))
    problem = replace(make.problem(X, code, 3), noise=noise)
    starts = [lambda rng, team, start=start: _noisy(start(rng, team), noise) for start in starts]
    whole = _fit(problem, starts, None)
    assert whole.best.components.noise.weight != noise.weight
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=_crashing_at(1, 5))
    assert _bits(_fit(problem, starts, Checkpoint(path))) == _bits(whole)


def _noisy(components, noise):
    return replace(components, weights=components.weights * (1.0 - noise.weight), noise=noise)


def test_a_shared_covariance_and_an_empty_component_come_back(make, path):
    X = _rows(make)
    start = Components(
        np.array([0.5, 0.5, 0.0]),
        np.array([[0.0, 0.0], [3.0, 3.0], [1e5, 1e5]]),
        FAMILIES["EEI"].nearest(np.array([np.eye(2)] * 3)),
    )
    problem, starts = make.problem(X, "EEI", 3), [lambda rng, team: start]
    whole = _fit(problem, starts, None)
    with pytest.raises(Crash):
        _fit(problem, starts, Checkpoint(path, 0.0), callback=_crashing_at(0, 6))
    found = _fit(problem, starts, Checkpoint(path))
    assert found.best.components.covariances.is_shared
    assert _bits(found) == _bits(whole)
