"""scikit-learn's callbacks, and several callbacks told as one."""

import importlib.util
import pickle
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from gaussmix import GaussianMixture
from gaussmix.estimators import callbacks
from gaussmix.estimators.callbacks import CallbackSupport, FitTasks, together, with_callbacks

theirs = pytest.importorskip("sklearn.callback")


class _Told:
    """What the estimator does where it does not support callbacks of itself."""

    @with_callbacks
    def fit(self, X, y=None, sample_weight=None):
        tasks = FitTasks(self, self.n_init, self.max_iter, X, sample_weight)
        own, self.callback = self.callback, together(tasks.callback, self.callback)
        try:
            super().fit(X, y, sample_weight)
        finally:
            self.callback = own
        tasks.end(self.mixture_.components)
        return self


if issubclass(GaussianMixture, CallbackSupport):
    Watched = GaussianMixture
else:

    class Watched(_Told, CallbackSupport, GaussianMixture):
        pass


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 2)) + 4.0 * rng.integers(0, 2, size=(200, 1))


class Recorder:
    """A callback in the terms of scikit-learn that keeps what it is told."""

    def __init__(self, stop_at=None):
        self.events = []
        self.scores = []
        self.told = []
        self.stop_at = stop_at

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, metadata, fitted_estimator):
        self.events.append(("end", context.task_name, context.task_id))
        if fitted_estimator is not None:
            self.scores.append(fitted_estimator.score(X))
            assert fitted_estimator is not estimator
        self.told.append((X, metadata))
        return context.task_name == "iteration" and context.task_id == self.stop_at

    def ended(self, name):
        return [event[2] for event in self.events if event[:2] == ("end", name)]


def test_every_iteration_of_every_start_is_told(blobs):
    recorder = Recorder()
    model = Watched(2, n_init=2, tol=0.0, max_iter=4, random_state=0).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="After 4 iterations"):
        assert model.fit(blobs) is model
    assert recorder.ended("iteration") == [0, 1, 2, 3] * 2
    assert recorder.ended("start") == [0, 1]
    assert recorder.ended("fit") == [0]
    begun = [event[1:] for event in recorder.events if event[0] == "begin"]
    ended = [event[1:] for event in recorder.events if event[0] == "end"]
    assert sorted(begun) == sorted(ended)
    assert recorder.events[0] == ("setup", "fit")
    assert recorder.events[1] == ("begin", "fit", 0)
    assert recorder.events[-2:] == [("end", "fit", 0), ("teardown", "fit")]
    assert not [name for name in vars(model) if name.startswith("_callback")]


def test_the_estimator_can_be_made_as_of_each_iteration(blobs):
    recorder = Recorder()
    model = Watched(2, random_state=0).set_callbacks(recorder).fit(blobs)
    assert len(recorder.scores) == model.n_iter_ + 1
    # The last iteration's, and that of the fit.
    assert recorder.scores[-1] == recorder.scores[-2] == model.score(blobs)
    assert recorder.scores[0] < recorder.scores[-1]
    assert all(blobs is told and metadata is None for told, metadata in recorder.told)


def test_weights_are_told(blobs):
    recorder = Recorder()
    weight = np.ones(len(blobs))
    Watched(2, random_state=0).set_callbacks(recorder).fit(blobs, sample_weight=weight)
    assert all((told["sample_weight"] == weight).all() for _, told in recorder.told)


def test_a_stop_is_honoured_and_other_callbacks_are_told_first(blobs):
    recorder, seen = Recorder(stop_at=2), []
    model = Watched(2, random_state=0, tol=0.0, callback=lambda i: seen.append(i.number))
    model.set_callbacks(recorder).fit(blobs)
    assert model.n_iter_ == 3
    assert model.fit_report_.status == "stopped by the user"
    assert seen == [1, 2, 3]


def test_results_are_the_same_with_callbacks_and_without(blobs):
    plain = GaussianMixture(3, n_init=3, random_state=0).fit(blobs)
    told = Watched(3, n_init=3, random_state=0).set_callbacks(Recorder()).fit(blobs)
    assert told.means_.tobytes() == plain.means_.tobytes()


def test_a_failing_fit_takes_leave_of_its_callbacks(blobs):
    recorder = Recorder()
    model = Watched(2, init_params=lambda *_: 1 / 0).set_callbacks(recorder)
    with pytest.raises(ZeroDivisionError):
        model.fit(blobs)
    assert recorder.events in ([], [*recorder.events[:-1], ("teardown", "fit")])


def test_clones_and_pickles_keep_their_callbacks(blobs):
    model = Watched(2, random_state=0).set_callbacks(Recorder())
    for copy in (clone(model), pickle.loads(pickle.dumps(model))):
        copy.fit(blobs)
    assert model.set_callbacks().fit(blobs).n_iter_ == copy.n_iter_


def test_their_progress_bar_works_on_a_fit_and_in_a_search(blobs, capsys):
    pytest.importorskip("rich")
    Watched(2, n_init=2, random_state=0).set_callbacks(theirs.ProgressBar()).fit(blobs)
    assert "fit" in capsys.readouterr().out
    search = GridSearchCV(Watched(random_state=0), {"n_components": [1, 2]}, cv=2)
    search.set_callbacks(theirs.ProgressBar(max_propagation_depth=None)).fit(blobs)
    assert search.best_params_ == {"n_components": 2}


def test_without_callbacks_there_is_nothing_to_tell(blobs):
    assert together(None, None) is None

    class Without:
        pass

    tasks = FitTasks(Without(), 1, 1)
    assert tasks.callback is None
    tasks.end(None)


def test_an_older_scikit_learn_has_nothing_to_support(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("older", callbacks.__file__)
    older = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(older)
    assert not hasattr(older.CallbackSupport, "set_callbacks")
    assert older.with_callbacks(draw := lambda: 3) is draw
    assert older.FitTasks(older.CallbackSupport(), 1, 1).callback is None


def test_callbacks_told_together_all_see_each_iteration():
    seen = []
    both = together(
        lambda i: seen.append(("a", i)) or i == 2, None, lambda i: seen.append(("b", i))
    )
    assert not both(1)
    assert both(2)
    assert seen == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
