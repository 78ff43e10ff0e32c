"""Fits that are interrupted and gone on with, and fits that show how far they are."""

import logging
from itertools import product

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture, load, save
from gaussmix.em import Checkpoint
from gaussmix.estimators.attributes import DECISIVE

OPTIONS = {"n_components": 3, "n_init": 3, "tol": 1e-6, "max_iter": 1000}


@pytest.fixture
def rows(make_clusters):
    return make_clusters(n_rows=300, apart=3.5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


def _interrupt_at(start, number):
    def callback(iteration):
        if (iteration.start, iteration.number) == (start, number):
            raise KeyboardInterrupt

    return callback


def _assert_same_bits(one, other):
    for name in (*DECISIVE, "covariances_"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert one.lower_bounds_ == other.lower_bounds_
    assert one.log_likelihood_ == other.log_likelihood_
    assert one.fit_report_ == other.fit_report_
    assert one.progress_ == other.progress_


@pytest.mark.parametrize(
    ("init_params", "when"),
    [
        *product(["kmeans", "random_from_data"], [(0, 2), (1, 1), (2, 5)]),
        ("auto", (0, 2)),  # the runs of its race may all end alike, and one is left
    ],
)
def test_an_interrupted_fit_goes_on_to_the_same_bits(rows, path, when, init_params):
    options = OPTIONS | {"init_params": init_params}
    whole = GaussianMixture(**options, random_state=5).fit(rows)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        GaussianMixture(
            **options, random_state=5, checkpoint=path, callback=_interrupt_at(*when)
        ).fit(rows)
    assert path.exists()
    again = GaussianMixture(**options, random_state=5, checkpoint=str(path)).fit(rows)
    assert not path.exists()
    _assert_same_bits(again, whole)


def test_a_fit_without_a_seed_goes_on_with_the_one_it_drew(rows, path):
    callback = _interrupt_at(1, 3)
    stopped = GaussianMixture(**OPTIONS, checkpoint=path, callback=callback)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        stopped.fit(rows)
    content = path.read_bytes()
    one = clone(stopped).set_params(callback=None).fit(rows)
    path.write_bytes(content)
    other = clone(stopped).set_params(callback=None, n_jobs=1).fit(rows)
    _assert_same_bits(other, one)


def test_the_checkpoint_of_another_model_is_refused(rows, path):
    model = GaussianMixture(**OPTIONS, random_state=0, checkpoint=Checkpoint(path, 0.0))
    model.set_params(callback=_interrupt_at(0, 2))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(rows)
    for change, words in (
        ({"covariance_type": "tied"}, "covariance_type was 'VVV' and is now 'EEE'"),
        ({"n_components": 2}, "n_components was 3 and is now 2"),
        ({"random_state": 1}, "random_state was 0 and is now 1"),
    ):
        with pytest.raises(ValueError, match=words):
            clone(model).set_params(**change).fit(rows)
    with pytest.raises(ValueError, match="the data had 300 rows and now have 299"):
        model.fit(rows[1:])
    with pytest.raises(ValueError, match="labels was None and is now 'an array"):
        model.fit(rows, labels=np.full(300, -1))
    assert path.exists()


def test_a_fit_that_ends_leaves_no_file(rows, path):
    model = GaussianMixture(2, random_state=0, checkpoint=Checkpoint(path, 0.0)).fit(rows)
    assert not path.exists()
    _assert_same_bits(model, GaussianMixture(2, random_state=0).fit(rows))
    save(model, path)
    assert load(path).checkpoint is None


def test_progress_goes_to_the_log_where_there_is_no_terminal(rows, caplog, monkeypatch):
    caplog.set_level(logging.INFO, logger="gaussmix")
    monkeypatch.setattr("gaussmix.estimators.progress._SECONDS", 0.0)
    model = GaussianMixture(2, n_init=2, random_state=0, progress=True).fit(rows)
    assert sum("start 1 of 2, iteration" in message for message in caplog.messages) > 0
    _assert_same_bits(model, GaussianMixture(2, n_init=2, random_state=0).fit(rows))
