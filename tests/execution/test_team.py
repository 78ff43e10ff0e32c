import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gaussmix.execution import Team, available_threads, team

SIZES = [1, 2, 3]
#: Long enough for a loaded machine; reached only when something hangs.
PATIENCE = 30.0


@pytest.mark.parametrize("n_threads", SIZES)
@pytest.mark.parametrize("n_items", [0, 1, 2, 5, 100])
def test_map_answers_in_the_items_order(n_threads, n_items):
    with team(n_threads) as workers:
        assert list(workers.map(lambda i: i * i, range(n_items))) == [i * i for i in range(n_items)]


def test_map_keeps_the_order_when_later_items_finish_first():
    second_is_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_is_done.wait(PATIENCE)
        if item == 1:
            second_is_done.set()
        return item

    with team(2) as workers:
        assert list(workers.map(work, range(4))) == [0, 1, 2, 3]


def test_items_are_worked_on_at_the_same_time():
    barrier = threading.Barrier(3, timeout=PATIENCE)
    with team(3) as workers:
        assert len(list(workers.map(lambda _: barrier.wait(), range(3)))) == 3


def test_a_team_of_one_works_in_the_calling_thread():
    with team(1) as alone:
        (thread,) = alone.map(lambda _: threading.current_thread(), [0])
    assert thread is threading.current_thread()


def test_sum_has_the_same_bits_for_any_number_of_threads():
    parts = np.random.default_rng(0).normal(size=(200, 5)) * 10.0 ** np.arange(5)
    expected = parts[0]
    for part in parts[1:]:
        expected = expected + part
    for n_threads in SIZES:
        with team(n_threads) as workers:
            for _ in range(5):
                np.testing.assert_array_equal(workers.sum(lambda p: p, parts), expected)


@pytest.mark.parametrize("n_threads", SIZES)
def test_gather_answers_in_the_items_order(n_threads):
    with team(n_threads) as workers:
        assert workers.gather(lambda i: -i, range(7)) == [0, -1, -2, -3, -4, -5, -6]
        assert workers.gather(lambda i: i, []) == []


def test_gather_ends_early_for_a_team_of_one_once_interrupted():
    alone = Team()

    def work(item):
        if item == 2:
            alone.interrupted.set()
        return item

    assert alone.gather(work, range(9)) == [0, 1, 2]


@pytest.mark.parametrize("n_threads", SIZES)
@pytest.mark.parametrize("how", ["map", "sum", "gather"])
def test_an_exception_in_an_item_reaches_the_caller_and_nothing_hangs(n_threads, how):
    def work(item):
        if item == 3:
            raise KeyError("three")
        return item

    def call():
        with team(n_threads) as workers:
            result = getattr(workers, how)(work, range(50))
            return list(result) if how == "map" else result

    caught = []

    def watch():
        with pytest.raises(KeyError, match="three") as info:
            call()
        caught.append(info.value)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert len(caught) == 1


@pytest.mark.parametrize("n_threads", [2, 3])
def test_a_failure_leaves_items_that_wait_undone(n_threads):
    done = []

    def work(item):
        if item == 0:
            raise KeyError(item)
        done.append(item)

    with team(n_threads) as workers, pytest.raises(KeyError):
        list(workers.map(work, range(10_000)))
    assert len(done) < 100


def test_few_items_are_in_flight_at_a_time():
    done = []
    with team(2) as workers:
        results = workers.map(done.append, range(1000))
        next(results)
        results.close()
    assert 1 <= len(done) < 10


def test_blas_has_one_thread_inside():
    with team(2):
        assert {p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"} == {1}


def test_a_team_alone_shares_the_wish_to_stop():
    with team(2) as workers:
        alone = workers.alone()
        assert alone.threads == 1
        workers.interrupted.set()
        assert alone.interrupted.is_set()


def test_no_more_threads_than_tasks():
    with team(8, tasks=3) as workers:
        assert workers.threads == 3
    with team(8, tasks=0) as workers:
        assert workers.threads == 1


def test_available_threads_counts_as_joblib_does(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(import_module("gaussmix.execution.team"), "_cores", lambda: 6)
    assert available_threads(None) == 6
    assert available_threads(3) == 3
    assert available_threads(64) == 64
    assert available_threads(-1) == 6
    assert available_threads(-2) == 5
    assert available_threads(-60) == 1


@pytest.mark.parametrize(("limit", "threads"), [("2", 2), ("60", 6), ("0", 6), ("x", 6), ("", 6)])
def test_a_callers_limit_bounds_the_default(monkeypatch, limit, threads):
    monkeypatch.setattr(import_module("gaussmix.execution.team"), "_cores", lambda: 6)
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert available_threads(None) == threads
    assert available_threads(4) == 4


def blas_threads():
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_blas_has_its_threads_back_after_teams_in_several_threads_of_the_caller():
    before = blas_threads()
    meeting = threading.Barrier(3, timeout=PATIENCE)

    def work(_number):
        with team(2) as workers:
            meeting.wait()
            seen = blas_threads()
            list(workers.map(lambda i: i, range(4)))
        return seen

    with ThreadPoolExecutor(3) as callers:
        during = list(callers.map(work, range(3)))
    assert all(set(seen) <= {1} for seen in during)
    assert blas_threads() == before


def test_a_callers_own_limit_is_kept():
    with threadpool_limits(limits=2, user_api="blas"):
        inside = blas_threads()
        with team(1):
            assert set(blas_threads()) <= {1}
        assert blas_threads() == inside
