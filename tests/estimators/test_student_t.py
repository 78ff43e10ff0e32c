"""`component="student_t"` on the estimators that users know."""

import pickle
import warnings

import numpy as np
import pytest
from scipy.stats import multivariate_t
from sklearn.base import clone

from gaussmix import GaussianMixture, GaussianMixtureSearch, IntervalData, load, save
from gaussmix.datasets import load_old_faithful
from gaussmix.errors import tails_need_points
from gaussmix.mixture import find_directions
from gaussmix.plotting.curves import _component

TYPES = ("full", "tied", "diag", "spherical", "VEE", "factor:1")


def _clusters(n_each=200, seed=0, gaps=0.0):
    rng = np.random.default_rng(seed)
    X = np.concatenate(
        [
            place + rng.normal(size=(n_each, 3)) / np.sqrt(rng.chisquare(v, (n_each, 1)) / v)
            for place, v in ((0.0, 3.0), (8.0, 10.0))
        ]
    )
    X[rng.random(X.shape) < gaps] = np.nan
    return X


def _student(n_components=2, **options):
    options = {"random_state": 0, "tol": 1e-6, "max_iter": 500, **options}
    return GaussianMixture(n_components, component="student_t", **options)


def _matrices(model):
    return model.mixture_.components.covariances.dense()


@pytest.mark.parametrize("name", TYPES)
def test_scores_are_densities_of_ts_with_the_fitted_attributes(name):
    X = _clusters()
    model = _student(covariance_type=name, max_iter=200, tol=1e-4).fit(X)
    assert model.dof_.shape == (2,)
    joint = [
        np.log(w) + multivariate_t(mean, matrix, df=v).logpdf(X)
        for w, mean, matrix, v in zip(
            model.weights_, model.means_, _matrices(model), model.dof_, strict=True
        )
    ]
    expected = np.logaddexp.reduce(joint, axis=0)
    np.testing.assert_allclose(model.score_samples(X), expected, rtol=1e-10)
    assert model.score(X) == pytest.approx(expected.mean(), rel=1e-10)
    assert model.lower_bound_ == pytest.approx(expected.mean(), rel=1e-10)
    np.testing.assert_array_equal(model.predict(X), np.argmax(joint, axis=0))
    assert np.diff(model.lower_bounds_).min() >= -1e-9


def test_each_component_counts_a_parameter_more():
    X = _clusters()
    student, gaussian = _student().fit(X), GaussianMixture(2, random_state=0).fit(X)
    assert student.n_parameters_ == gaussian.n_parameters_ + 2
    expected = -2.0 * student.log_likelihood_ + student.n_parameters_ * np.log(len(X))
    assert student.bic(X) == pytest.approx(expected, rel=1e-10)
    assert student.bic(X) < gaussian.bic(X)


def test_a_gaussian_has_no_degrees_of_freedom():
    model = GaussianMixture(2, random_state=0).fit(_clusters())
    assert not hasattr(model, "dof_")
    model.set_params(component="student_t").fit(_clusters())
    assert hasattr(model, "dof_")
    model.set_params(component="gaussian").fit(_clusters())
    assert not hasattr(model, "dof_")


def test_degrees_of_freedom_set_by_hand_count():
    X = _clusters()
    model = _student().fit(X)
    before = model.score(X)
    model.dof_ = np.array([500.0, 500.0])
    assert model.score(X) < before - 1e-3
    sampled = model.sample(1000, random_state=0)[0]
    assert np.abs(sampled).max() < 30.0


def test_files_pickles_and_clones_keep_it(tmp_path):
    X = _clusters(gaps=0.1)
    model = _student().fit(X)
    save(model, tmp_path / "model.gaussmix")
    for other in (load(tmp_path / "model.gaussmix"), pickle.loads(pickle.dumps(model))):
        assert other.component == "student_t"
        np.testing.assert_array_equal(other.dof_, model.dof_)
        np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
        assert other.mixture_ == model.mixture_
    assert clone(model).component == "student_t"
    save(model.mixture_, tmp_path / "mixture.gaussmix")
    assert load(tmp_path / "mixture.gaussmix") == model.mixture_


def test_samples_have_the_tails_of_the_fit():
    model = _student(component_order=0).fit(_clusters(1_000))
    X, label = model.sample(8_000, random_state=0)
    again = _student(component_order=0).fit(X)
    np.testing.assert_allclose(again.dof_, model.dof_, rtol=0.2)
    np.testing.assert_allclose(np.bincount(label) / 8_000, model.weights_, atol=0.02)


def test_outliers_build_no_component_of_their_own():
    rng = np.random.default_rng(1)
    truth = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    X = np.concatenate([rng.normal(size=(180, 2)) + place for place in truth])
    X = np.concatenate([X, rng.uniform(-60.0, 60.0, size=(60, 2))])

    def error(model):
        away = np.abs(model.fit(X).means_[:, None] - truth).max(axis=2)
        return away.min(axis=0).max()

    for init_params in ("kmeans", "k-means++", "auto"):
        assert error(_student(3, init_params=init_params)) < 0.4
        options = {"tol": 1e-6, "max_iter": 500, "init_params": init_params, "random_state": 0}
        assert error(GaussianMixture(3, **options)) > 3.0


def test_a_row_far_out_moves_nothing():
    X = _clusters()
    start = {"means_init": [[0.0] * 3, [8.0] * 3]}
    one = _student(**start).fit(X)
    other = _student(**start).fit(np.concatenate([X, np.full((1, 3), 300.0)]))
    np.testing.assert_allclose(other.means_, one.means_, atol=0.05)


def test_noise_may_stand_beside():
    rng = np.random.default_rng(2)
    X = np.concatenate([_clusters(), rng.uniform(-100.0, 100.0, size=(60, 3))])
    model = _student(noise_component=True).fit(X)
    assert 0.05 < model.noise_weight_ < 0.2
    assert model.predict_proba(X).shape == (len(X), 3)
    assert np.diff(model.lower_bounds_).min() >= -1e-9
    assert (model.predict(X) == -1).any()


def test_labels_number_the_components():
    X = _clusters()
    labels = np.full(len(X), -1)
    labels[:20], labels[-20:] = 1, 0
    model = _student().fit(X, labels=labels)
    np.testing.assert_allclose(model.means_[1], 0.0, atol=0.4)
    np.testing.assert_allclose(model.means_[0], 8.0, atol=0.4)


def test_a_warm_start_goes_on():
    X = _clusters()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _student(max_iter=2, tol=1e-9, warm_start=True).fit(X)
    first = model.lower_bound_
    model.set_params(max_iter=500).fit(X)
    assert model.lower_bound_ > first
    model.set_params(component="gaussian")
    with pytest.raises(
        ValueError, match="component = 'student_t', but component is now 'gaussian'"
    ):
        model.fit(X)


def test_files_of_rows_give_the_bits_of_the_array(tmp_path):
    X = _clusters()
    path = tmp_path / "rows.csv"
    np.savetxt(path, X, delimiter=",", header="a,b,c", comments="", fmt="%.17g")
    means = {"means_init": [[0.0] * 3, [8.0] * 3]}
    one, other = _student(**means).fit(X), _student(**means).fit(str(path))
    np.testing.assert_array_equal(one.dof_, other.dof_)
    np.testing.assert_array_equal(one.covariances_, other.covariances_)


def test_a_search_among_ts_takes_fewer_components():
    X = _clusters(300)
    options = {"n_components": range(1, 4), "covariance_types": ["full", "spherical", "VEE"]}
    student = GaussianMixtureSearch(component="student_t", random_state=0, **options).fit(X)
    best = student.best_estimator_
    assert student.best_params_["n_components"] == 2
    assert best.component == "student_t"
    assert best.bic(X) == pytest.approx(student.best_score_, rel=1e-9)
    assert best.n_parameters_ == student.best_candidate_.criteria.n_parameters
    gaussian = GaussianMixtureSearch(random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gaussian.fit(X)
    assert student.best_score_ < gaussian.best_score_


def test_the_summary_names_the_degrees_of_freedom():
    summary = _student().fit(load_old_faithful().to_numpy()).summary()
    assert str(summary).startswith("Mixture of Student t's of 2 components")
    assert list(summary.components)[:4] == ["component", "weight", "dof", "mean 0"]


def test_what_no_component_can_be_is_refused():
    with pytest.raises(ValueError, match="Unknown component 'student'"):
        GaussianMixture(2, component="student").fit(_clusters())
    with pytest.raises(ValueError, match="Unknown component 'cauchy'"):
        GaussianMixtureSearch(component="cauchy").fit(_clusters())


def test_intervals_and_errors_are_refused():
    X = _clusters()
    with pytest.raises(ValueError, match="values known exactly"):
        _student().fit(X, X_covariance=np.ones_like(X))
    bins = IntervalData(np.arange(5.0), np.arange(5.0) + 1.0, count=np.full(5, 20.0))
    with pytest.raises(ValueError, match="values known exactly"):
        _student(1).fit(bins)
    with pytest.raises(ValueError, match="values known exactly"):
        GaussianMixtureSearch(component="student_t").fit(X, X_covariance=np.ones_like(X))
    model = _student().fit(X)
    for verb in (model.predict, model.score, model.score_samples, model.bic):
        with pytest.raises(ValueError, match="values known exactly"):
            verb(X, X_covariance=np.ones_like(X))
    assert "component='gaussian'" in str(tails_need_points())


def test_a_stream_is_followed():
    rng = np.random.default_rng(3)
    model = _student(component_order=0)
    for _ in range(100):
        place = rng.choice([0.0, 12.0], size=(300, 1), p=[0.3, 0.7])
        shrink = rng.chisquare(4.0, size=(300, 1)) / 4.0
        model.partial_fit(place + rng.normal(size=(300, 2)) / np.sqrt(shrink))
    np.testing.assert_allclose(model.weights_, [0.3, 0.7], atol=0.02)
    np.testing.assert_allclose(model.means_, [[0.0] * 2, [12.0] * 2], atol=0.1)
    np.testing.assert_allclose(model.dof_, 4.0, atol=0.7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_merged_halves_are_one_plain_iteration_over_all_rows():
    X = _clusters()
    start = {"means_init": [[0.0] * 3, [8.0] * 3], "weights_init": [0.5, 0.5]}
    start["precisions_init"] = np.tile(np.eye(3), (2, 1, 1))
    halves = [_student(max_iter=0, reg_covar=0.0, **start).fit(part) for part in (X[::2], X[1::2])]
    first, second = (half.statistics_ for half in halves)
    merged = halves[0].merge(halves[1])
    whole = _student(max_iter=0, reg_covar=0.0, **start).fit(X)
    np.testing.assert_allclose(merged.weights_, whole.statistics_.mass / len(X), rtol=1e-12)
    np.testing.assert_allclose(merged.means_, whole.statistics_.means, rtol=1e-10)
    pull = first.pull + second.pull
    np.testing.assert_allclose(pull, whole.statistics_.pull, rtol=1e-12)
    # One plain iteration gains.
    assert merged.score(X) > whole.score(X)


def test_conditioning_is_refused():
    mixture = _student().fit(_clusters()).mixture_
    with pytest.raises(ValueError, match="condition is for mixtures of Gaussians"):
        mixture.condition({0: 1.0})


def test_affine_maps_keep_the_tails():
    X = _clusters()
    mixture = _student().fit(X).mixture_
    turn = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.3, 0.0, 1.0]])
    moved = mixture.affine(turn, np.ones(3))
    expected = mixture.log_pdf(X) - np.log(np.abs(np.linalg.det(turn)))
    np.testing.assert_allclose(moved.log_pdf(X @ turn.T + 1.0), expected, rtol=1e-9)


def test_pictures_and_directions_keep_the_tails():
    mixture = _student().fit(_clusters()).mixture_
    shown = find_directions(mixture).mixture
    np.testing.assert_array_equal(shown.components.dof, mixture.components.dof)
    one = mixture.marginal([0])
    x = np.linspace(-20.0, 20.0, 9)
    parts = [w * _component(one, k).pdf(x) for k, w in enumerate(one.weights)]
    np.testing.assert_allclose(np.sum(parts, axis=0), one.pdf(x), rtol=1e-12)


def test_standard_errors_are_refused():
    X = _clusters()
    with pytest.raises(ValueError, match="standard_errors is for mixtures of Gaussians"):
        _student().fit(X).standard_errors(X, n_resamples=5)
