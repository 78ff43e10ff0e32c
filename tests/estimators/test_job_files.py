"""`save` and `load` of jobs: what comes back answers with the same bits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from gaussmix import (
    ConjugatePrior,
    GaussianMixtureClassifier,
    GaussianMixtureImputer,
    GaussianMixtureOutlierDetector,
    GaussianMixtureRegressor,
    Mixture,
    load,
    save,
)
from gaussmix.persistence import load_document, save_document

RNG = np.random.default_rng(0)
KINDS = np.arange(60) % 3
ROWS = (
    RNG.normal(size=(60, 3)) @ [[1.0, 0.5, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]] + KINDS[:, None]
)
GAPPY = np.where(RNG.random(ROWS.shape) < 0.1, np.nan, ROWS)
NAMES = ["length", "Länge", 'the "width"']


@pytest.fixture
def path(tmp_path):
    return tmp_path / "job.gaussmix"


def round_trip(job, path):
    save(job, path)
    return load(path)


def same(found, expected):
    """Whether two answers are the same to the last bit, whatever they are made of."""
    if isinstance(expected, tuple | list):
        return len(found) == len(expected) and all(
            same(one, other) for one, other in zip(found, expected, strict=True)
        )
    if isinstance(expected, pd.DataFrame):
        return found.equals(expected)
    found, expected = np.asarray(found), np.asarray(expected)
    if expected.dtype == object:
        return found.dtype == object and found.tolist() == expected.tolist()
    return found.dtype == expected.dtype and found.tobytes() == expected.tobytes()


def imputer(**given):
    return GaussianMixtureImputer(
        1, covariance_types=["full"], reg_covar=1e-3, random_state=0, **given
    )


JOBS = {
    "imputer": (
        lambda: imputer().fit(GAPPY),
        GAPPY,
        {"transform": {}, "intervals": {}, "standard_deviations": {}},
    ),
    "imputer that draws": (
        lambda: imputer(strategy="draw", criterion="bic", prior=ConjugatePrior()).fit(GAPPY),
        GAPPY,
        {"transform": {}, "impute_many": {"n": 2, "random_state": 3}},
    ),
    "detector": (
        lambda: GaussianMixtureOutlierDetector(range(1, 4), random_state=0).fit(ROWS),
        GAPPY,
        {"predict": {}, "p_values": {}, "decision_function": {}, "explain": {}},
    ),
    "detector by contamination": (
        lambda: GaussianMixtureOutlierDetector(
            2, contamination=0.1, noise_component=True, random_state=np.random.default_rng(0)
        ).fit(GAPPY),
        GAPPY,
        {"predict": {}, "score_samples": {}},
    ),
    "regressor": (
        lambda: GaussianMixtureRegressor(2, random_state=0).fit(ROWS[:, :2], ROWS[:, 2]),
        GAPPY[:, :2],
        {"predict": {"return_std": True}, "predict_quantiles": {"q": [0.1, 0.5]}},
    ),
    "regressor of two": (
        lambda: GaussianMixtureRegressor(2, criterion="bic", random_state=0).fit(
            ROWS[:, :1], ROWS[:, 1:]
        ),
        GAPPY[:, :1],
        {"predict": {}, "predict_interval": {}},
    ),
    "classifier": (
        lambda: GaussianMixtureClassifier([1, 2], reject_below=0.05, random_state=0).fit(
            ROWS, KINDS
        ),
        GAPPY,
        {"predict": {}, "predict_proba": {}, "score_samples": {}},
    ),
    "classifier with priors": (
        lambda: GaussianMixtureClassifier(
            {"a": 1, "b": 2}, priors={"a": 0.4, "b": 0.6}, random_state=0
        ).fit(ROWS, np.where(KINDS == 0, "a", "b")),
        GAPPY,
        {"predict": {}, "predict_proba": {}},
    ),
}
pytestmark = [
    pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning"),
]


@pytest.mark.parametrize("name", JOBS)
def test_answers_have_the_same_bits(path, name):
    make, rows, questions = JOBS[name]
    job = make()
    loaded = round_trip(job, path)
    assert type(loaded) is type(job)
    for question, options in questions.items():
        expected = getattr(job, question)(rows, **options)
        assert same(getattr(loaded, question)(rows, **options), expected), question
    assert vars(loaded).keys() == vars(job).keys()
    again = round_trip(loaded, path)
    assert str(getattr(again, "summary", str)()) == str(getattr(job, "summary", str)())


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"])[KINDS.clip(0, 1)],
        np.array(["no", "yes", "NA"], dtype=object)[KINDS],
        KINDS.astype(np.int32) - 1,
        KINDS > 0,
        KINDS * 2.0,
    ],
    ids=["text", "objects", "whole", "booleans", "floats"],
)
def test_classes_keep_their_kind(path, labels):
    kinds = {"covariance_types": ["diag"], "model": "edda", "unlabelled": None}
    job = GaussianMixtureClassifier(1, **kinds).fit(ROWS, labels)
    loaded = round_trip(job, path)
    assert loaded.classes_.dtype == job.classes_.dtype
    assert loaded.classes_.tolist() == job.classes_.tolist()
    assert same(loaded.predict(ROWS), job.predict(ROWS))


def test_names_and_parameters_come_back(path):
    frame = pd.DataFrame(ROWS, columns=NAMES)
    job = GaussianMixtureOutlierDetector(
        np.array([1, 2]), covariance_types=("tied",), p_value=np.float64(0.02), random_state=4
    ).fit(frame)
    loaded = round_trip(job, path)
    assert loaded.feature_names_in_.tolist() == NAMES
    assert loaded.mixture_.feature_names == tuple(NAMES)
    for name, value in job.get_params().items():
        np.testing.assert_array_equal(loaded.get_params()[name], value, err_msg=name)
    assert same(loaded.predict(frame), job.predict(frame))
    assert same(loaded.fit(frame).offset_, job.offset_)


def test_code_and_state_are_left_out(path):
    job = GaussianMixtureOutlierDetector(
        2,
        init_params=lambda rows, k, rng: np.arange(len(rows)) % k,
        random_state=np.random.RandomState(0),
    ).fit(ROWS)
    loaded = round_trip(job, path)
    assert (loaded.init_params, loaded.random_state) == ("auto", None)
    assert same(loaded.p_values(ROWS), job.p_values(ROWS))


@pytest.mark.parametrize(
    "kind",
    [
        GaussianMixtureImputer,
        GaussianMixtureOutlierDetector,
        GaussianMixtureClassifier,
        GaussianMixtureRegressor,
    ],
)
def test_what_is_not_fitted_is_not_saved(path, kind):
    with pytest.raises(NotFittedError):
        save(kind(), path)
    assert not path.exists()


def test_an_attribute_that_is_no_value_is_named(path):
    job = GaussianMixtureRegressor(1, criterion="bic").fit(ROWS[:, :1], ROWS[:, 1])
    job.helper_ = object()
    with pytest.raises(TypeError, match=r"fitted\.helper_"):
        save(job, path)
    assert not path.exists()


def replaced(key, value):
    def damage(metadata):
        fitted = metadata["job"]["content"][1]
        fitted["content"][fitted["keys"].index(key)] = value

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda metadata: metadata.pop("job"),
        lambda metadata: metadata.update({"class": "SomethingElse"}),
        lambda metadata: metadata["job"].update({"$kind": "Popen"}),
        replaced("mixture_", {"$kind": "Popen", "content": ["ls"]}),
        replaced("mixture_", {"$kind": "type", "content": "StrPath"}),
        replaced("mixture_", {"$kind": "array"}),
    ],
)
def test_a_document_that_is_no_job_is_refused(path, damage):
    save(GaussianMixtureRegressor(1, criterion="bic").fit(ROWS[:, :1], ROWS[:, 1]), path)
    document = load_document(path)
    damage(document.metadata)
    save_document(path, document.arrays, document.metadata)
    with pytest.raises(ValueError, match="model file"):
        load(path)


def test_the_mixture_of_a_job_is_checked(path):
    save(GaussianMixtureRegressor(1, criterion="bic").fit(ROWS[:, :1], ROWS[:, 1]), path)
    document = load_document(path)
    document.arrays["fitted.mixture_.weights"][:] = 2.0
    save_document(path, document.arrays, document.metadata)
    with pytest.raises(ValueError, match="model file"):
        load(path)


def test_a_mixture_inside_a_job_is_the_one_that_was_saved(path):
    job = imputer().fit(GAPPY)
    loaded = round_trip(job, path)
    assert isinstance(loaded.mixture_, Mixture)
    assert loaded.mixture_ == job.mixture_
