"""Every message about parameters, from the calls that a user makes."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix import GaussianMixture, GaussianMixtureSearch, Mixture, errors, save
from gaussmix.data import IntervalData, open_stream
from gaussmix.errors import parameters as messages

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(size=(30, 2)), RNG.normal(6.0, 1.0, size=(30, 2))])
MEANS, EYES = [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), np.eye(2)]

#: Builder, arguments, and words the message must hold.
CASES = [
    (errors.unknown_covariance_type, ("spheric", ["full", "spherical"]), ["mean 'spherical'?"]),
    (errors.unknown_choice, ("criterion", "bci", ["bic", "aic"]), ["criterion 'bci'", "'bic'?"]),
    (errors.out_of_range, ("GaussianMixture", "tol", "a float", "x"), ["'tol'", "Got 'x'"]),
    (errors.wrong_shape, ("means", (2, 3), (3, 2)), ["'means'", "(2, 3)", "(3, 2)"]),
    (errors.weights_out_of_range, (-0.5, 1.5), ["max value 1.50000", "min value -0.50000"]),
    (errors.weights_not_normalized, (0.9,), ["sum(weights) = 0.90000", "Divide"]),
    (errors.not_finite_parameter, ("means",), ["'means'", "finite", "NaN"]),
    (errors.not_positive_definite, ("full precision", "positive", 3), ["component 3", "positive"]),
    (errors.not_of_family, ("tied_diag", "diagonal"), ["'tied_diag'", "(diagonal)", "'full'"]),
    (errors.wrong_row_shape, ((2,), 2), ["(N, 2)", "(2,)", "[[...]]"]),
    (errors.not_numbers, ("bool",), ["dtype bool", "astype(float)"]),
    (
        errors.too_few_rows,
        (5, 3),
        ["n_components = 5", "n_samples = 3", "largest possible is n_components = 3"],
    ),
    (
        errors.size_changed,
        ("warm_start=True", "n_components", 3, 4),
        ["warm_start=True goes on", "n_components = 3", "now 4", "Set it back"],
    ),
    (errors.no_statistics, ("GaussianMixture",), ["GaussianMixture has parameters", "Fit it"]),
    (errors.wrong_start, ((3, 3), 5, 2), ["(5,)", "(5, 2)", "(3, 3)"]),
    (errors.wrong_start_label, (7, 4, 2), ["label 7 in row 4", "0 to 1"]),
    (errors.wrong_responsibilities, (4, 0.5), ["row 4", "0.5", "Divide"]),
    (errors.invalid_n_samples, (0,), ["'n_samples': 0", "at least one"]),
    (errors.invalid_random_state, ("x",), ["'x'", "integer", "Generator"]),
    (errors.hopeless_shape, ("full", 120, 60, 120), ["120 columns", "60", "'diag'"]),
    (
        errors.hopeless_shapes,
        ({"full": 16, "VEV": 16, "tied": 13}, 12, 8),
        [
            "3 of the shapes",
            "the 12 rows",
            "8 columns",
            "(more than 16: 'full', 'VEV'; 13: 'tied')",
        ],
    ),
    (errors.hopeless_shapes, ({"full": 16}, 12, 8), ["covariance_type='full' with 8 columns"]),
    (errors.fewer_than_labels, (1, 3), ["label is 2", "starts at 1", "Start n_components at 3"]),
    (errors.repeated_columns, (["a", "a"],), ["['a', 'a']", "different"]),
    (errors.cannot_save, ("list",), ["Cannot save a list", "Mixture"]),
    (
        errors.noise_without_volume,
        ("column 'a'",),
        ["column 'a' is constant", "Leave", "noise_volume="],
    ),
    (
        errors.volume_without_noise,
        (2.5,),
        ["but noise_component is False; got noise_volume=2.5", "Set noise_component=True"],
    ),
    (
        errors.fixed_without_value,
        ("means", "means_init"),
        ["fixed='means'", "means_init is None", "means_init=..."],
    ),
    (errors.fixed_in_part, ("tied",), ["'tied' has one covariance", "all of them or for none"]),
    (
        errors.of_one_column,
        ("E", 3, ["EII", "EEI"]),
        ["'E' (equal variance) is for one column", "there are 3", "'EII', 'EEI'"],
    ),
    (errors.fixed_mask, ("means", [1, 0], 2), ["fixed['means']", "2 booleans", "[1, 0]"]),
    (errors.fixed_weights_leave_nothing, (1.25,), ["sum to 1.25", "or for noise"]),
    (
        errors.label_beyond_components,
        (7, 2, 4),
        ["labels holds 7 in row 4;", "n_components = 2", "0 to 1", "-1 stands for unknown"],
    ),
    (
        errors.label_beyond_components,
        (7, 2),
        ["largest label", "label column of a stream, is 7; with n_components = 2", "0 to 1"],
    ),
    (errors.label_shape, ((3,), 5), ["shape (5,)", "has shape (3,)", "Give -1"]),
    (errors.error_not_numbers, ("no float",), ["X_covariance must hold numbers", "no float"]),
    (errors.fixed_and_ordered, (0,), ["component_order=0 would number them anew", "'auto' or"]),
    (errors.fixed_kind, (3,), ["fixed should be None, a text", "got 3"]),
    (errors.error_shape, ((5,), 5, 2), ["X_covariance", "(5, 2)", "(5, 2, 2)", "got (5,)"]),
    (
        errors.error_negative,
        (-0.5, "row 4", "column 'a'"),
        ["variance -0.5 for column 'a' in row 4", "at least 0", "square"],
    ),
    (errors.error_not_a_covariance, ("row 4",), ["in row 4", "symmetric", "eigenvalue"]),
    (
        errors.error_missing,
        ("row 4", "column 'a'"),
        ["X_covariance for column 'a' in row 4", "not finite", "Give", "NaN"],
    ),
    (errors.details_of_stream, ("labels",), ["labels cannot be given", "open_stream", "Name"]),
    (errors.error_of_intervals, (), ["X_covariance", "IntervalData", "leave X_covariance out"]),
    (errors.callable_without_rows, (), ["callable init_params", "Name a start", "means_init"]),
]


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_message(build, arguments, words):
    built = build(*arguments)
    assert isinstance(built, ValueError | TypeError | str)
    for word in words:
        assert word in str(built)
    assert "  " not in str(built)


def test_every_builder_is_read():
    builders = {
        name
        for name, value in vars(messages).items()
        if inspect.isfunction(value)
        and value.__module__ == messages.__name__
        and not name.startswith("_")
    }
    assert builders <= {build.__name__ for build, _, _ in CASES}


def mixture(**changes):
    given = {"weights": [0.5, 0.5], "means": MEANS, "covariances": EYES, **changes}
    return lambda: Mixture(**given)


MIXTURES = {
    "unknown type": (
        mixture(covariance_type="fulll"),
        "Unknown covariance_type 'fulll'. Did you mean 'full'?",
    ),
    "weights do not sum to one": (mixture(weights=[0.5, 0.6]), "sum(weights) = 1.10000"),
    "weight below zero": (mixture(weights=[-0.5, 1.5]), "min value -0.50000"),
    "too many weights": (mixture(weights=[0.2, 0.3, 0.5]), "shape of (2,), but got (3,)"),
    "weights in a column": (mixture(weights=[[0.5], [0.5]]), "'weights' should have the shape"),
    "NaN weight": (mixture(weights=[np.nan, 1.0]), "'weights' should be finite"),
    "no components": (mixture(weights=[], means=np.empty((0, 2))), "sum(weights) = 0.00000"),
    "means as a vector": (mixture(means=[0.0, 1.0]), "'means' should have the shape"),
    "infinite mean": (mixture(means=[[0.0, np.inf], [1.0, 1.0]]), "'means' should be finite"),
    "no columns": (
        mixture(means=np.empty((2, 0)), covariances=np.empty((2, 0, 0))),
        "'means' should have the shape",
    ),
    "one covariance for two": (
        mixture(covariances=np.eye(2)),
        "'covariances' should have the shape of (2, 2, 2), but got (2, 2)",
    ),
    "NaN covariance": (
        mixture(covariances=[np.eye(2), np.eye(2) * np.nan]),
        "'covariances' should be finite",
    ),
    "indefinite": (
        mixture(covariances=[np.eye(2), [[1.0, 2.0], [2.0, 1.0]]]),
        "'full covariance' should be symmetric, positive-definite; that of component 1 is not",
    ),
    "singular": (
        mixture(covariances=[np.zeros((2, 2)), np.eye(2)]),
        "that of component 0 is not",
    ),
    "asymmetric": (
        mixture(covariances=[np.eye(2), [[1.0, 0.5], [0.1, 1.0]]]),
        "that of component 1 is not",
    ),
    "indefinite tied": (
        mixture(covariances=[[1.0, 2.0], [2.0, 1.0]], covariance_type="tied"),
        "'tied covariance' should be symmetric, positive-definite",
    ),
    "negative variance": (
        mixture(covariances=[[1.0, 1.0], [1.0, -1.0]], covariance_type="diag"),
        "'diag covariance' should be positive; that of component 1 is not",
    ),
    "variance of zero": (
        mixture(covariances=[0.0, 1.0], covariance_type="spherical"),
        "'spherical covariance' should be positive; that of component 0 is not",
    ),
    "unequal under a tied name": (
        mixture(covariances=[np.eye(2), 2 * np.eye(2)], covariance_type="tied_diag"),
        "do not have the structure of 'tied_diag' (diagonal, equal volume and shape)",
    ),
    "correlated under a diagonal name": (
        mixture(covariances=[[[1.0, 0.5], [0.5, 1.0]]] * 2, covariance_type="tied_diag"),
        "do not have the structure of 'tied_diag'",
    ),
    "elliptic under a spherical name": (
        mixture(covariances=[np.diag([1.0, 2.0])] * 2, covariance_type="tied_spherical"),
        "do not have the structure of 'tied_spherical'",
    ),
    "correlated under VVI": (
        mixture(covariances=[np.eye(2), [[1.0, 0.5], [0.5, 1.0]]], covariance_type="VVI"),
        "do not have the structure of 'VVI'",
    ),
    "unequal under EEE": (
        mixture(covariances=[np.eye(2), 2 * np.eye(2)], covariance_type="EEE"),
        "do not have the structure of 'EEE'",
    ),
    "too few names": (
        mixture(feature_names=["a"]),
        "'feature_names' should have the shape of (2,), but got (1,)",
    ),
    "a name twice": (mixture(feature_names=["a", "a"]), "'a'"),
}


@pytest.mark.parametrize("case", MIXTURES)
def test_mixture_refuses(case):
    make, words = MIXTURES[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        make()


NAMED = Mixture([0.5, 0.5], MEANS, EYES, feature_names=["length", "width"])

CALLS = {
    "infinity beside NaN": (
        lambda: NAMED.log_pdf([[0.0, np.nan], [np.inf, np.nan]]),
        "column 'length' in row 1 is inf",
    ),
    "infinity": (lambda: NAMED.pdf([[0.0, -np.inf]]), "column 'width' in row 0 is -inf"),
    "a row as a vector": (lambda: NAMED.posterior([0.0, 1.0]), "Write a single row as [[...]]"),
    "three columns": (lambda: NAMED.log_pdf(np.ones((5, 3))), "(N, 2), but got shape (5, 3)"),
    "no rows": (lambda: NAMED.log_pdf(np.empty((0, 2))), "no rows"),
    "text": (lambda: NAMED.log_pdf([["a", "b"]]), "could not convert string to float"),
    "no sample": (lambda: NAMED.sample(0), "'n_samples': 0"),
    "seed": (lambda: NAMED.sample(1, random_state="x"), "'x' cannot be used to seed"),
    "negative seed": (lambda: NAMED.sample(1, random_state=-1), "-1 cannot be used to seed"),
    "misspelt column": (lambda: NAMED.marginal("lenght"), "Did you mean 'length'?"),
    "unknown column": (lambda: NAMED.marginal(["width", "x"]), "no column 'x' in the mixture"),
    "number too large": (lambda: NAMED.marginal(2), "no column '2'"),
    "number too small": (lambda: NAMED.marginal(-3), "no column '-3'"),
    "column twice": (lambda: NAMED.marginal([0, 0]), "different columns, but got [0, 0]"),
    "column twice in two ways": (lambda: NAMED.marginal([1, "width", -1]), "different columns"),
    "no column": (lambda: NAMED.marginal([]), "different columns, but got []"),
    "between two columns": (lambda: NAMED.marginal([0.5]), "0.5"),
    "a fraction": (lambda: NAMED.marginal(0.5), "0.5"),
    "name where there are none": (
        lambda: Mixture([1.0], [[0.0]], [[[1.0]]]).marginal("a"),
        "no column 'a'",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_mixture_calls_refuse(case):
    call, words = CALLS[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        call()


CONSTRUCTOR = {
    "K = 0": ({"n_components": 0}, "an int in the range [1, inf). Got 0 instead"),
    "K = '3'": ({"n_components": "3"}, "'n_components' parameter of GaussianMixture must be"),
    "K = 2.0": ({"n_components": 2.0}, "Got 2.0 instead"),
    "K = True": ({"n_components": True}, "Got True instead"),
    "K = None": ({"n_components": None}, "Got None instead"),
    "tol": ({"tol": -1e-3}, "'tol' parameter of GaussianMixture must be a float"),
    "tol NaN": ({"tol": np.nan}, "'tol' parameter"),
    "tol text": ({"tol": "small"}, "Got 'small' instead"),
    "reg_covar": ({"reg_covar": -1.0}, "'reg_covar' parameter"),
    "reg_covar inf": ({"reg_covar": np.inf}, "'reg_covar' parameter"),
    "max_iter": ({"max_iter": -1}, "'max_iter' parameter"),
    "max_iter float": ({"max_iter": 10.0}, "'max_iter' parameter"),
    "n_init": ({"n_init": 0}, "'n_init' parameter"),
    "verbose_interval": ({"verbose_interval": 0}, "'verbose_interval' parameter"),
    "shape": ({"covariance_type": "spheric"}, "Did you mean 'spherical'? Known: 'full', 'tied'"),
    "shape None": ({"covariance_type": None}, "Unknown covariance_type None"),
    "shape number": ({"covariance_type": 3}, "Unknown covariance_type 3"),
    "code in lower case": ({"covariance_type": "vvv"}, "Unknown covariance_type 'vvv'"),
    "start": ({"init_params": "kmean"}, "Unknown init_params 'kmean'. Did you mean 'kmeans'?"),
    "seed": ({"random_state": "x"}, "'x' cannot be used to seed"),
    "n_jobs text": ({"n_jobs": "2"}, "'n_jobs' parameter"),
    "noise_volume 0": ({"noise_volume": 0.0}, "'noise_volume' parameter of GaussianMixture must"),
    "noise_volume NaN": ({"noise_volume": np.nan}, "'noise_volume' parameter"),
    "noise_volume text": ({"noise_volume": "1"}, "Got '1' instead"),
    "noise_volume True": ({"noise_volume": True}, "Got True instead"),
    "noise_volume alone": (
        {"noise_volume": 2.0},
        "but noise_component is False; got noise_volume=2",
    ),
    "noise_component 1": (
        {"noise_component": 1},
        "'noise_component' parameter of GaussianMixture mu",
    ),
    "noise_component text": ({"noise_component": "no"}, "must be True or False. Got 'no' instead"),
    "progress text": (
        {"progress": "bar"},
        "'progress' parameter of GaussianMixture must be True or",
    ),
    "checkpoint True": ({"checkpoint": True}, "None, a path or a gaussmix.Checkpoint. Got True"),
    "checkpoint number": (
        {"checkpoint": 60.0},
        "'checkpoint' parameter of GaussianMixture must be",
    ),
    "stream_decay low": ({"stream_decay": 0.5}, "'stream_decay' parameter of GaussianMixture"),
    "stream_decay high": ({"stream_decay": 1.1}, "(0.5, 1.0]. Got 1.1 instead"),
    "no stream_decay": ({"stream_decay": None}, "Got None instead"),
    "stream_memory": ({"stream_memory": 0}, "'stream_memory' parameter of GaussianMixture"),
    "order": ({"component_order": "wieght"}, "Did you mean 'weight'?"),
    "order of no column": ({"component_order": 2}, "Unknown component_order 2"),
    "order between columns": ({"component_order": 0.5}, "component_order 0.5"),
    "no order": ({"component_order": None}, "component_order None"),
}


@pytest.mark.parametrize("case", CONSTRUCTOR)
def test_constructor_parameters_are_checked_in_fit(case):
    parameters, words = CONSTRUCTOR[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(**{"n_components": 2, **parameters}).fit(X)


def test_every_parameter_is_checked_before_the_first_iteration():
    seen = []
    overlapping = RNG.normal(size=(100, 2))
    gm = GaussianMixture(2, component_order="wieght", callback=seen.append, tol=1e-9)
    with pytest.raises(ValueError, match="component_order"):
        gm.fit(overlapping)
    assert not seen


@pytest.mark.parametrize(
    ("parameters", "theirs_too"),
    [
        ({"weights_init": [0.5, 0.2, 0.3]}, True),
        ({"weights_init": [0.5, 0.6]}, True),
        ({"means_init": [[0.0, 0.0]]}, True),
        ({"means_init": [[0.0], [1.0]]}, True),
        ({"precisions_init": np.eye(2)}, True),
        ({"precisions_init": [np.eye(2), -np.eye(2)]}, True),
        ({"precisions_init": np.ones(3), "covariance_type": "spherical"}, True),
        ({"precisions_init": -np.ones((2, 2)), "covariance_type": "diag"}, True),
        ({"precisions_init": -np.eye(2), "covariance_type": "tied"}, True),
        ({"precisions_init": np.eye(2), "covariance_type": "tied_diag"}, False),
        ({"means_init": [[0.0, 0.0], [np.nan, 0.0]]}, False),
    ],
)
def test_starting_parameters_are_refused_in_scikit_learns_words(parameters, theirs_too):
    with pytest.raises(ValueError, match="should") as ours:
        GaussianMixture(2, **parameters).fit(X)
    if theirs_too:
        with pytest.raises(ValueError, match="should") as theirs:
            Theirs(2, **parameters).fit(X)
        sentence = re.sub(r"[\d.]+$", "", str(theirs.value))
        assert str(ours.value).startswith(sentence)


@pytest.mark.parametrize(
    ("init_params", "words"),
    [
        (np.zeros(59, dtype=int), "one label per row, shape (60,), or responsibilities"),
        (np.zeros((60, 3)), "but got shape (60, 3)"),
        (np.full(60, 2), "label np.int64(2) in row 0"),
        (np.where(np.arange(60) == 7, -1, 0), "in row 7; with n_components = 2"),
        (np.full(60, 0.5), "in row 0"),
        (np.where(np.arange(60) == 3, np.nan, 0.0), "in row 3"),
        (np.full((60, 2), 0.4), "row 0 sums to 0.8"),
        (np.tile([1.5, -0.5], (60, 1)), "row 0 sums to 1 or holds a negative value"),
        (np.full((60, 2), np.nan), "row 0 sums to nan"),
        (lambda X, k, rng: np.zeros(3), "but got shape (3,)"),
        (lambda X, k, rng: None, "but got shape ()"),
        (None, "but got shape ()"),
        (3, "but got shape ()"),
    ],
)
def test_starts_that_name_no_component_are_refused(init_params, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(2, init_params=init_params).fit(X)


EYE = np.eye(2)
FIXED = {
    "no value": ({"fixed": "means"}, "fixed='means' keeps the means as they are given"),
    "no weights": ({"fixed": "weights"}, "but weights_init is None. Give"),
    "no covariances": ({"fixed": "covariances"}, "but precisions_init is None. Give"),
    "one of two": (
        {"fixed": "means, weights", "means_init": MEANS},
        "fixed='weights' keeps the weights as they are given, but weights_init is None",
    ),
    "no value for a mask": ({"fixed": {"means": [False, True]}}, "but means_init is None"),
    "misspelt": ({"fixed": "mean"}, "Unknown fixed 'mean'. Did you mean 'means'?"),
    "misspelt in a dict": ({"fixed": {"weight": True}}, "Did you mean 'weights'?"),
    "empty": ({"fixed": ""}, "Unknown fixed ''. Known: 'weights', 'means', 'covariances'"),
    "short mask": ({"fixed": {"means": [True]}}, "fixed['means'] should be True, False or 2 bool"),
    "wide mask": ({"fixed": {"means": [[True, False]] * 2}}, "fixed['means'] should be True"),
    "integers": ({"fixed": {"means": [1, 0]}}, "fixed['means'] should be True, False or 2"),
    "text": ({"fixed": {"means": "yes"}}, "fixed['means'] should be True, False or 2 booleans"),
    "no mask": ({"fixed": {"means": None}}, "fixed['means'] should be True, False or 2 booleans"),
    "part of a tied covariance": (
        {
            "fixed": {"covariances": [True, False]},
            "covariance_type": "tied",
            "precisions_init": EYE,
        },
        "covariance_type='tied' has one covariance for all components: fix it for all",
    ),
    "part of a tied variance": (
        {
            "fixed": {"covariances": [True, False]},
            "covariance_type": "tied_diag",
            "precisions_init": [EYE, EYE],
        },
        "covariance_type='tied_diag' has one covariance for all components",
    ),
    "weights that leave nothing": (
        {"fixed": {"weights": [True, False]}, "weights_init": [1.0, 0.0]},
        "The fixed weights sum to 1, which leaves nothing for the other components",
    ),
}


@pytest.mark.parametrize("case", FIXED)
def test_what_is_fixed_must_be_there(case):
    parameters, words = FIXED[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(2, **parameters).fit(X)


def test_a_mask_of_nothing_needs_no_value():
    free = GaussianMixture(2, random_state=0).fit(X)
    same = GaussianMixture(2, fixed={"means": [False, False]}, random_state=0).fit(X)
    np.testing.assert_array_equal(same.means_, free.means_)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (np.column_stack([X, np.full(60, 3.0)]), "column 2"),
        (pd.DataFrame({"a": np.full(60, 3.0), "b": X[:, 0]}), "column 'a'"),
    ],
)
def test_noise_over_a_constant_column_names_it(rows, column):
    words = f"but {column} is constant, so the box has no volume"
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(2, noise_component=True).fit(rows)


UNKNOWN = np.full(60, -1)


def labels_with(value, dtype=None):
    labels = UNKNOWN.astype(dtype or UNKNOWN.dtype)
    labels[7] = value
    return labels


LABELS = {
    "too few": ([0, 1], "Expected one label for each row, shape (60,), but labels has shape (2,)"),
    "one": (0, "Expected one label for each row, shape (60,), but labels has shape ()"),
    "a column": (UNKNOWN[:, None], "shape (60,), but labels has shape (60, 1). Give -1"),
    "beyond K": (labels_with(2), "labels holds 2 in row 7; with n_components = 2 a known label is"),
    "below -1": (labels_with(-2), "labels holds -2 in row 7; with n_components = 2"),
    "a fraction": (labels_with(0.5, float), "labels holds 0.5 in row 7; with n_components = 2"),
    "true": (labels_with(True, object), "labels holds True in row 7; with n_components = 2"),
    "text": (labels_with("a", object), "labels holds 'a' in row 7"),
    "beyond K beside a mask": (
        np.ma.masked_equal(labels_with(5) + (np.arange(60) == 3) * 9, 8),
        "labels holds 5.0 in row 7",
    ),
}


@pytest.mark.parametrize("case", LABELS)
@pytest.mark.parametrize("rows", [X, IntervalData(X[:, 0] - 0.5, X[:, 0] + 0.5)])
def test_labels_that_name_no_component_are_refused(rows, case):
    labels, words = LABELS[case]
    for ask in (GaussianMixture(2).fit, GaussianMixture(2).fit_predict):
        with pytest.raises(ValueError, match=re.escape(words)):
            ask(rows, labels=labels)


@pytest.mark.parametrize("flag", [True, False, np.True_, np.False_])
def test_booleans_of_numpy_are_booleans(flag):
    GaussianMixture(1, noise_component=flag, progress=np.False_).fit(X)


def test_the_largest_label_of_a_stream_is_told():
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(k=labels_with(7))
    with pytest.raises(ValueError, match="label column of a stream, is 7; with n_components = 2"):
        GaussianMixture(2).fit(open_stream([frame], label="k"))


@pytest.mark.parametrize("unknown", [np.nan, None, pd.NA, np.ma.masked])
def test_labels_that_are_missing_are_unknown(unknown):
    if unknown is np.ma.masked:
        # The value below the mask names no component.
        labels = np.ma.array(labels_with(9), mask=np.arange(60) == 7)
    else:
        labels = labels_with(unknown, object)
    labels[3] = 1
    one = GaussianMixture(2, random_state=0).fit(X, labels=labels)
    other = GaussianMixture(2, random_state=0).fit(X, labels=np.where(np.arange(60) == 3, 1, -1))
    assert np.array_equal(one.means_, other.means_)


VARIANCES, COVARIANCES = np.full((60, 2), 0.1), np.tile(0.1 * EYE, (60, 1, 1))


def with_error(errors_of_rows, place, value):
    changed = errors_of_rows.copy()
    changed[place] = value
    return changed


ERRORS = {
    "a vector": (np.ones(60), "shape (60, 2), or a covariance for each row, shape (60, 2, 2)"),
    "a number": (0.1, "X_covariance should hold a variance for each value"),
    "three columns": (np.ones((60, 3)), "but got (60, 3)"),
    "a row short": (VARIANCES[1:], "but got (59, 2)"),
    "one matrix": (EYE, "but got (2, 2)"),
    "text": ("a", "X_covariance must hold numbers, the variances of the rows' errors: could not"),
    "ragged": ([[0.1, 0.1]] * 59 + [[0.1]], "X_covariance must hold numbers, the variances"),
    "masked where the value is there": (
        np.ma.array(VARIANCES, mask=np.arange(120).reshape(60, 2) == 15),
        "X_covariance for column 1 in row 7 is not finite, but the value itself is there",
    ),
    "pandas' NA where the value is there": (
        with_error(VARIANCES.astype(object), (7, 1), pd.NA),
        "X_covariance for column 1 in row 7 is not finite",
    ),
    "wide matrices": (np.ones((60, 2, 3)), "but got (60, 2, 3)"),
    "negative": (
        with_error(VARIANCES, (7, 1), -0.5),
        "X_covariance holds the variance -0.5 for column 1 in row 7; a variance is at least 0",
    ),
    "negative in a matrix": (
        with_error(COVARIANCES, (7, 1, 1), -0.5),
        "the variance -0.5 for column 1 in row 7",
    ),
    "NaN where the value is there": (
        with_error(VARIANCES, (7, 1), np.nan),
        "X_covariance for column 1 in row 7 is not finite, but the value itself is there",
    ),
    "infinite": (with_error(VARIANCES, (7, 1), np.inf), "column 1 in row 7 is not finite"),
    "NaN in a matrix": (with_error(COVARIANCES, (7, 1, 1), np.nan), "column 1 in row 7 is not f"),
    "NaN beside the diagonal": (
        with_error(COVARIANCES, (7, [0, 1], [1, 0]), np.nan),
        "column 0 in row 7 is not finite",
    ),
    "indefinite": (
        with_error(COVARIANCES, 7, [[1.0, 2.0], [2.0, 1.0]]),
        "X_covariance in row 7 is no covariance: it must be symmetric",
    ),
    "asymmetric": (
        with_error(COVARIANCES, 7, [[1.0, 0.5], [0.4, 1.0]]),
        "X_covariance in row 7 is no covariance",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_measurement_errors_that_are_none_are_refused(case):
    error, words = ERRORS[case]
    fitted = GaussianMixture(2, random_state=0).fit(X)
    for ask in (GaussianMixture(2).fit, fitted.predict, fitted.predict_proba, fitted.score_samples):
        with pytest.raises(ValueError, match=re.escape(words)):
            ask(X, X_covariance=error)


def test_measurement_errors_are_named_by_the_columns_name():
    frame = pd.DataFrame(X, columns=["length", "width"])
    with pytest.raises(ValueError, match="for column 'width' in row 7 is not finite"):
        GaussianMixture(2).fit(frame, X_covariance=with_error(VARIANCES, (7, 1), np.nan))
    with pytest.raises(ValueError, match="variance -1 for column 'length' in row 7"):
        GaussianMixture(2).fit(frame, X_covariance=with_error(VARIANCES, (7, 0), -1.0))


@pytest.mark.parametrize("error", [VARIANCES, COVARIANCES])
def test_the_error_of_a_value_that_is_missing_may_be_anything(error):
    rows = X.copy()
    rows[7, 1] = np.nan
    fits = []
    for value in (np.nan, -3.0, 0.1):
        odd = with_error(error, (7, 1), value)
        fits.append(GaussianMixture(2, random_state=0).fit(rows, X_covariance=odd))
    for other in fits[1:]:
        np.testing.assert_array_equal(other.means_, fits[0].means_)
        np.testing.assert_array_equal(other.covariances_, fits[0].covariances_)


def test_intervals_have_no_measurement_error_besides():
    rows = IntervalData(X[:, 0] - 0.5, X[:, 0] + 0.5)
    with pytest.raises(ValueError, match="X_covariance cannot be given with IntervalData"):
        GaussianMixture(2).fit(rows, X_covariance=np.ones((60, 1)))


def in_parts():
    """The rows as a stream of blocks."""
    return open_stream([X[:30], X[30:]])


def test_a_callable_start_needs_rows_in_memory():
    gm = GaussianMixture(2, init_params=lambda rows, k, rng: rng.integers(0, k, len(rows)))
    for rows in (in_parts(), [X[:30], X[30:]].__iter__):
        with pytest.raises(ValueError, match="A callable init_params is given the rows"):
            gm.fit(rows)


@pytest.mark.parametrize(
    "beside", [{"sample_weight": np.ones(60)}, {"labels": UNKNOWN}, {"X_covariance": VARIANCES}]
)
def test_nothing_stands_beside_rows_that_are_read_in_parts(beside):
    (name,) = beside
    with pytest.raises(ValueError, match=f"^{name} cannot be given beside rows that are read"):
        GaussianMixture(2).fit(in_parts(), **beside)


def test_known_parameters_have_no_statistics():
    made = GaussianMixture.from_parameters([0.5, 0.5], MEANS, EYES)
    fitted = GaussianMixture(2, random_state=0).fit(X)
    for ask in (lambda: made.statistics_, lambda: made.merge(fitted), lambda: fitted.merge(made)):
        with pytest.raises(ValueError, match="GaussianMixture has parameters but no statistics"):
            ask()


@pytest.mark.parametrize("how", ["warm_start=True", "partial_fit", "merge"])
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"n_components": 3}, "goes on from the fit before, which had n_components = 2, but n_co"),
        ({"covariance_type": "diag"}, "which had covariance_type = 'full', but covariance_type is"),
    ],
)
def test_going_on_with_another_size_is_refused(how, changed, words):
    gm = GaussianMixture(2, warm_start=how == "warm_start=True", random_state=0).fit(X)
    other = GaussianMixture(2, random_state=0).fit(X)
    gm.set_params(**changed)
    ask = {
        "warm_start=True": lambda: gm.fit(X),
        "partial_fit": lambda: gm.partial_fit(X),
        "merge": lambda: gm.merge(other),
    }[how]
    with pytest.raises(ValueError, match=re.escape(f"{how} goes on")) as caught:
        ask()
    assert words in str(caught.value)
    assert "Set it back" in str(caught.value)


SEARCHES = {
    "criterion": ({"criterion": "bci"}, "Unknown criterion 'bci'. Did you mean 'bic'?"),
    "shape": ({"covariance_types": ["full", "spheric"]}, "Did you mean 'spherical'?"),
    "one shape": ({"covariance_types": "alll"}, "Unknown covariance_type 'alll'"),
    "no shape": ({"covariance_types": []}, "covariance_types"),
    "shape number": ({"covariance_types": 3}, "covariance_types"),
    "K = 0": ({"n_components": 0}, "[1, inf). Got 0 instead"),
    "K text": ({"n_components": "1:3"}, "an int or several. Got '1:3' instead"),
    "no K": ({"n_components": []}, "n_components=[] holds no number to try"),
    "K = 1.5": ({"n_components": 1.5}, "an int or several. Got 1.5 instead"),
    "K in the list": ({"n_components": [1, "2"]}, "Got '2' instead"),
    "K beyond the rows": ({"n_components": [1, 61]}, "n_components = 61, n_samples = 60"),
    "start": ({"init_params": "kmean"}, "Did you mean 'kmeans'?"),
    "tol": ({"tol": -1.0}, "'tol' parameter of GaussianMixtureSearch"),
    "max_iter": ({"max_iter": -1}, "'max_iter' parameter of GaussianMixtureSearch"),
    "n_init": ({"n_init": 0}, "'n_init' parameter of GaussianMixtureSearch"),
    "reg_covar": ({"reg_covar": "x"}, "'reg_covar' parameter of GaussianMixtureSearch"),
    "noise_component": ({"noise_component": "yes"}, "must be True or False. Got 'yes' instead"),
    "noise_volume": ({"noise_volume": -1.0}, "'noise_volume' parameter of GaussianMixtureSearch"),
    "noise_volume alone": (
        {"noise_volume": 2.0},
        "but noise_component is False; got noise_volume=2",
    ),
}


@pytest.mark.parametrize("case", SEARCHES)
def test_search_parameters_are_checked_in_fit(case):
    parameters, words = SEARCHES[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixtureSearch(**parameters).fit(X)


def test_rows_of_weight_zero_do_not_count_as_rows():
    weight = np.zeros(60)
    weight[:4] = 1.0
    with pytest.raises(ValueError, match="n_components = 5, n_samples = 4"):
        GaussianMixture(5).fit(X, sample_weight=weight)
    with pytest.raises(ValueError, match="n_components = 5, n_samples = 4"):
        GaussianMixtureSearch(5).fit(X, sample_weight=weight)


@pytest.mark.parametrize("n_samples", [0, -1])
def test_a_sample_has_rows(n_samples):
    with pytest.raises(ValueError, match="requires at least one sample"):
        GaussianMixture(2, random_state=0).fit(X).sample(n_samples)


def test_other_things_are_not_saved(tmp_path):
    with pytest.raises(TypeError, match="Cannot save a list"):
        save([1.0], tmp_path / "model")
