"""Fits on a cluster: no rows on the way, and no harm when a worker dies."""

import os
import re
import signal
import textwrap
from pathlib import Path

import numpy as np
import pytest

da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
import dask  # noqa: E402  not there without the extra
from dask.sizeof import sizeof  # noqa: E402
from sklearn.base import clone  # noqa: E402

from gaussmix import GaussianMixture, errors  # noqa: E402
from gaussmix.data.dask import cluster as dask_cluster  # noqa: E402

pytestmark = [
    # Fits of a few iterations are compared, not finished.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

#: Parameters after a fit, relative to the columns' spread of about one.
FINAL = 1e-8
N = 4_000


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    which = rng.integers(0, 3, size=N)
    X = 5.0 * np.eye(3)[which] + rng.normal(size=(N, 3))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, rng.integers(0, 4, size=N).astype(float)


def array(values, rows=1_000):
    return da.from_array(values, chunks=(rows, *np.shape(values)[1:]))


def assert_same(there, here):
    for name in ("weights_", "means_", "covariances_"):
        np.testing.assert_allclose(
            getattr(there, name), getattr(here, name), rtol=FINAL, atol=FINAL
        )
    assert there.lower_bound_ == pytest.approx(here.lower_bound_, rel=FINAL)


def test_a_fit_and_its_answers_are_those_of_one_process(client, rows):
    X, weight = rows
    model = GaussianMixture(3, covariance_type="tied", tol=1e-6, random_state=0)
    there = clone(model).fit(array(X), sample_weight=array(weight, 900))
    model.fit(X, sample_weight=weight)
    assert there.converged_
    assert_same(there, model)
    parts = [there.predict_proba(X[start : start + 1_000]) for start in range(0, N, 1_000)]
    np.testing.assert_array_equal(there.predict_proba(array(X)).compute(), np.concatenate(parts))
    assert there.score(array(X)) == pytest.approx(there.score(X), rel=1e-12)


def test_errors_of_workers_arrive_as_they_are(client, rows):
    X = rows[0].copy()
    X[1_003, 2] = np.inf
    with pytest.raises(ValueError, match="column 2 in row 3 of partition 1 is inf"):
        GaussianMixture(2).fit(array(X))


def test_rows_never_travel(client, monkeypatch):
    """Of 12.8 MB only the 20,000 rows of the sketch leave the workers; else some kilobytes."""
    n, n_features = 400_000, 4

    def draw(block_id):
        rng = np.random.default_rng(block_id[0])
        return rng.normal(size=(50_000, n_features)) + 5.0 * (rng.random((50_000, 1)) < 0.3)

    X = da.map_blocks(
        draw, chunks=((50_000,) * 8, (n_features,)), dtype=float, meta=np.empty((0, 0))
    )
    came = []
    compute = dask_cluster.Cluster.compute

    def watched(self, tasks):
        results = compute(self, tasks)
        came.append(sum(sizeof(vars(r) if hasattr(r, "__dict__") else r) for r in results))
        return results

    def left(dask_worker):
        return dask_worker.transfer_outgoing_bytes_total

    monkeypatch.setattr(dask_cluster.Cluster, "compute", watched)
    before = sum(client.run(left).values())
    GaussianMixture(4, max_iter=20, tol=0, random_state=0).fit(X)
    traffic = sum(client.run(left).values()) - before
    came.sort()
    sketch = 20_000 * n_features * 8
    assert sketch <= came[-1] < 1.1 * sketch
    assert came[-2] < 10_000
    assert 0 < traffic < 2 * sketch
    assert n * n_features * 8 > 10 * traffic


def test_a_worker_that_dies_during_the_fit_changes_nothing(client, rows):
    X, weight = rows
    killed = []

    def kill(iteration):
        if iteration.number == 3 and not killed:
            killed.extend(client.run(os.getpid).items())
            os.kill(killed[0][1], signal.SIGKILL)

    model = GaussianMixture(3, max_iter=12, tol=0, random_state=0, callback=kill)
    there = model.fit(array(X, 500), sample_weight=array(weight, 500))
    model = clone(model).set_params(callback=None)
    with dask.config.set(scheduler="threads"):
        in_threads = clone(model).fit(array(X, 500), sample_weight=array(weight, 500))
    here = model.fit(X, sample_weight=weight)
    assert len(killed) == 2
    assert there.n_iter_ == 12
    # The order of additions is that of the partitions, whoever adds.
    np.testing.assert_array_equal(there.covariances_, in_threads.covariances_)
    assert_same(there, here)
    client.wait_for_workers(2, timeout=60)
    assert killed[0][1] not in client.run(os.getpid).values()


def test_what_the_page_says_runs(client):
    page = (Path(__file__).parents[2] / "docs" / "dask.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert examples
    example = examples[0]
    assert "LocalCluster" in example
    # The cluster is here already.
    opened = re.search(
        r"^( *)cluster = LocalCluster.*?\n.*?Client\(cluster\)\n", example, re.DOTALL | re.MULTILINE
    )
    assert opened is not None
    rest = textwrap.dedent(example.replace(opened.group(), ""))
    names = {"client": client}
    exec(compile(rest, "docs/dask.md", "exec"), names)  # noqa: S102  our own words
    assert names["gm"].converged_


BLOCKER = """
import sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "gaussmix":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


for name in [name for name in sys.modules if name.split(".")[0] == "gaussmix"]:
    del sys.modules[name]
sys.meta_path.insert(0, Missing())
"""


def test_a_cluster_without_the_package_says_what_to_install_where(tmp_path, rows):
    preload = tmp_path / "without_package.py"
    preload.write_text(BLOCKER, encoding="utf-8")
    X = array(rows[0])
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=50,
            preload=[str(preload)],
        ) as cluster,
        distributed.Client(cluster),
    ):
        fitted = GaussianMixture.from_parameters([1.0], np.zeros((1, 3)), np.eye(3)[None])
        for ask in (GaussianMixture(2).fit, fitted.predict):
            with pytest.raises(ModuleNotFoundError, match="pip install") as caught:
                ask(X)
            assert "tcp://127.0.0.1" in str(caught.value)
            assert "on every worker and on the scheduler" in str(caught.value)


def test_a_client_that_is_closed_is_named(rows):
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as other,
        other.as_current(),
    ):
        other.close()
        with pytest.raises(errors.ClusterLost, match="the client is closed"):
            GaussianMixture().fit(array(rows[0]))
