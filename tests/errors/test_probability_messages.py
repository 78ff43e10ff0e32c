"""What is said of wrong levels, ends of boxes and rows that cannot be drawn."""

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import GaussianMixtureRegressor, Mixture

NAMES = ["length", "width"]


@pytest.fixture
def line():
    return Mixture([0.4, 0.6], [[0.0], [4.0]], [[[1.0]], [[2.0]]])


@pytest.fixture
def plane():
    return Mixture([1.0], [[0.0, 1.0]], [[[1.0, 0.5], [0.5, 1.0]]], feature_names=NAMES)


@pytest.mark.parametrize("verb", ["quantile", "inverse_sample"])
def test_what_needs_an_order_names_the_way_to_one_column(plane, verb):
    with pytest.raises(ValueError, match=f"{verb} is for a mixture of one column") as caught:
        getattr(plane, verb)(0.5 if verb == "quantile" else 3)
    assert "this one has 2" in str(caught.value)
    assert f"mixture.marginal(0).{verb}" in str(caught.value)


@pytest.mark.parametrize("q", [-0.1, 1.5, float("nan"), "half", [0.5, 2.0]])
def test_a_quantile_of_no_probability_is_refused_with_its_value(line, q):
    shown = "2.0" if isinstance(q, list) else repr(q)
    with pytest.raises(ValueError, match="Expected q to be a probability from 0 to 1") as caught:
        line.quantile(q)
    assert shown in str(caught.value)


@pytest.mark.parametrize("mass", [0.0, 1.0, -1, 2, "0.9", None, True])
def test_a_mass_outside_zero_and_one_is_refused_with_its_value(plane, mass):
    for verb in (plane.highest_density_level, plane.highest_density_region):
        with pytest.raises(ValueError, match="Expected mass to be a probability between 0 and 1"):
            verb(mass)


def test_a_level_of_no_rows_is_refused(plane):
    with pytest.raises(ValueError, match="Invalid value for 'n_samples': 1"):
        plane.highest_density_level(0.5, n_samples=1)


def test_draws_of_none_are_refused(line):
    with pytest.raises(ValueError, match="Invalid value for 'n_samples': 0"):
        line.inverse_sample(0)


@pytest.mark.parametrize("ends", [1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]]])
def test_ends_of_another_shape_are_refused_with_it(plane, ends):
    shape = str(np.shape(ends))
    with pytest.raises(ValueError, match="Expected upper to be 2 numbers") as caught:
        plane.interval_probability(None, ends)
    assert f"got an array of shape {shape}" in str(caught.value)
    assert "Give -inf or inf" in str(caught.value)


def test_an_end_that_is_nan_is_named(plane):
    with pytest.raises(ValueError, match="Expected lower without NaN, but column 'width' in row 1"):
        plane.interval_probability([[0.0, 1.0], [0.0, np.nan]], None)
    with pytest.raises(ValueError, match="Expected X without NaN, but column 'length' in row 0"):
        plane.cdf([[np.nan, 1.0]])
    with pytest.raises(ValueError, match="give -inf as its lower end or inf as its upper one"):
        plane.interval_probability({"width": np.nan})


def test_ends_the_wrong_way_round_are_named(plane):
    with pytest.raises(ValueError, match="Expected lower <= upper, but column 'width' goes from 3"):
        plane.interval_probability({"width": 3.0}, {"width": 2.0})
    with pytest.raises(ValueError, match=r"to 2 in row 0\. Change the two round"):
        plane.sample(5, lower={"width": 3.0}, upper={"width": 2.0})


def test_unlike_numbers_of_ends_are_told(line):
    with pytest.raises(ValueError, match="Expected as many lower as upper ends, got 2 and 3"):
        line.interval_probability([0.0, 1.0], [2.0, 3.0, 4.0])
    with pytest.raises(ValueError, match="as many values for every known column"):
        Mixture([1.0], [[0.0, 0.0]], [np.eye(2)]).interval_probability({0: [1.0], 1: [1.0, 2.0]})


def test_a_column_that_is_not_there_is_named(plane):
    with pytest.raises(ValueError, match="depth"):
        plane.interval_probability({"depth": 1.0})
    with pytest.raises(ValueError, match="a number or a vector of numbers for the known column"):
        plane.interval_probability({"width": [[1.0]]})


def test_rows_are_drawn_in_one_box(plane):
    with pytest.raises(
        ValueError, match=r"the ends of one box, got 2 boxes\. Call sample for each"
    ):
        plane.sample(5, lower=[[0.0, 0.0], [1.0, 1.0]])


def test_a_box_without_rows_is_refused_with_its_probability(line, plane):
    with pytest.raises(
        ValueError, match=r"no probability to speak of \(its logarithm is -"
    ) as caught:
        line.sample(5, lower=100.0)
    assert "give wider ends" in str(caught.value)
    for empty in (1.0, np.inf):
        with pytest.raises(ValueError, match=r"no probability to speak of \(its logarithm is -inf"):
            plane.sample(5, lower={"width": empty}, upper={"width": empty})


def test_a_box_that_takes_too_long_says_how_many_rows_it_kept(plane, monkeypatch):
    # Proposals whose bound is far off stand for a box in very many columns.
    monkeypatch.setattr("gaussmix.mixture.truncation._MOST", 1000)
    monkeypatch.setattr(
        "gaussmix.mixture.truncation.DependentPart.draw",
        lambda part, n, rng: (np.zeros((n, 2)), np.full(n, -30.0)),
    )
    with pytest.raises(ValueError, match="proposals only 0 could be kept") as caught:
        plane.sample(2000, lower=[0.0, 0.0])
    assert "Give ends for fewer columns, or wider ones" in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("tol", 0.0), ("tol", "x"), ("max_points", -1)])
def test_an_accuracy_that_is_none_is_refused_with_its_value(plane, name, value):
    sentence = f"Expected {name} to be a number above 0, got {value!r}"
    for verb in (plane.cdf, plane.log_cdf, plane.interval_probability):
        with pytest.raises(ValueError, match=sentence):
            verb([[0.0, 0.0]], **{name: value})


def test_student_ts_are_refused_by_name(line):
    tails = replace(line.components, dof=np.array([4.0, 5.0]))
    mixture = Mixture.from_components(tails, "full")
    for verb, arguments in (
        ("cdf", [[0.0]]),
        ("log_cdf", [[0.0]]),
        ("interval_probability", [0.0, 1.0]),
        ("quantile", [0.5]),
        ("inverse_sample", [5]),
        ("highest_density_level", [0.5]),
        ("highest_density_region", [0.5]),
        ("skewness", []),
        ("kurtosis", []),
        ("mardia_skewness", []),
        ("mardia_kurtosis", []),
    ):
        with pytest.raises(ValueError, match=f"{verb} is for mixtures of Gaussians"):
            getattr(mixture, verb)(*arguments)
    with pytest.raises(ValueError, match="sample inside a box is for mixtures of Gaussians"):
        mixture.sample(5, lower=0.0)


@pytest.fixture
def named():
    return Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2)] * 2, feature_names=["a", "b"])


@pytest.mark.parametrize("n", [2.5, "a", True, None, 0])
def test_a_number_of_rows_that_is_none_is_named(named, n):
    with pytest.raises(ValueError, match=f"{n!r} .*give a whole number from 1"):
        named.sample(n)
    with pytest.raises(ValueError, match="give a whole number from 1"):
        named.marginal("a").inverse_sample(n)


@pytest.mark.parametrize("value", ["tall", 1.0 + 2.0j])
def test_a_known_value_that_is_no_number_is_named_with_its_column(named, value):
    told = "a number or a vector of numbers for the known column 'a', got "
    with pytest.raises(ValueError, match=told):
        named.condition({"a": value})
    with pytest.raises(ValueError, match=told):
        named.interval_probability({"a": value})


def test_known_values_without_columns_are_refused_with_an_example(named):
    with pytest.raises(TypeError, match=r"mapping of columns to values .* got int\. Try known="):
        named.condition(3)


def test_flags_are_no_numbers_of_columns(named):
    with pytest.raises(ValueError, match="no column 'True' in the mixture"):
        named.marginal([True, False])


def test_names_of_columns_in_one_string_are_refused():
    with pytest.raises(ValueError, match=r"sequence of strings, got 'ab'\. Try \['ab'\]"):
        Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], feature_names="ab")


def test_quantiles_of_no_probabilities_are_refused(named):
    regressor = GaussianMixtureRegressor(1, covariance_types="full", criterion="bic")
    X = named.sample(30, random_state=0)[0]
    regressor.fit(X[:, :1], X[:, 1])
    with pytest.raises(ValueError, match="q to hold at least one probability"):
        regressor.predict_quantiles(X[:, :1], [])
