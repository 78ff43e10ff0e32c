"""EM for grouped data: the plain formulas against the moments of `density.intervals`."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from gaussmix.data.intervals import interval_points
from gaussmix.datasets import load_naples_crabs
from gaussmix.density.intervals import truncated_normals

START = (np.array([0.5, 0.5]), np.array([0.63, 0.66]), np.array([0.02, 0.01]))


@pytest.fixture(scope="module")
def plain():
    path = Path(__file__).with_name("interval_em.py")
    spec = importlib.util.spec_from_file_location("interval_em", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def crabs():
    table = load_naples_crabs()
    return table["lower"], table["upper"], table["count"]


def _step(rows, parameters, reference):
    """One step of EM from mass, shift and scatter about any reference points (K,)."""
    lower, upper, count = rows
    weights, means, std = parameters
    found = truncated_normals(lower, upper, means, std)
    joint = np.log(weights)[:, None] + found.log_probability
    log_p = np.logaddexp.reduce(joint, axis=0)
    resp = count * np.exp(joint - log_p)
    away = interval_points(lower, upper) - reference[:, None] + found.mean
    mass, shift = resp.sum(axis=1), (resp * away).sum(axis=1)
    scatter = (resp * (away**2 + found.variance)).sum(axis=1)
    move = shift / mass
    updated = mass / mass.sum(), reference + move, np.sqrt(scatter / mass - move**2)
    return updated, float(count @ log_p)


@pytest.mark.parametrize("about", ["means", "centre"])
def test_statistics_give_the_steps_of_plain_em(plain, crabs, about):
    parameters, n_iter = START, 30
    *expected, likelihoods = plain.em(crabs, START, n_iter)
    found = []
    for _ in range(n_iter):
        reference = parameters[1] if about == "means" else np.full(2, 0.64)
        parameters, likelihood = _step(crabs, parameters, reference)
        found.append(likelihood)
    np.testing.assert_allclose(found, likelihoods[:-1], rtol=1e-13)
    for values, those in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(values, those, rtol=1e-9)


def test_open_ends_and_gaps(plain, crabs):
    lower, upper, count = (values.copy() for values in crabs)
    lower[0], upper[-1] = -np.inf, np.inf
    some = np.r_[0:10, 14:29]
    rows = lower[some], upper[some], count[some]
    updated, likelihood = _step(rows, START, START[1])
    np.testing.assert_allclose(likelihood, plain.log_likelihood(rows, *START), rtol=1e-13)
    for values, those in zip(updated, plain.step(rows, *START), strict=True):
        np.testing.assert_allclose(values, those, rtol=1e-9)


def test_plain_em_never_falls_and_ends_where_every_start_ends(plain, crabs):
    other = ([0.3, 0.7], [0.62, 0.655], [0.01, 0.02])
    for start in (START, other):
        weights, means, std, likelihoods = plain.em(crabs, start, 3_000)
        assert (np.diff(likelihoods) >= -1e-11).all()
        assert abs(likelihoods[-1] - -2953.881842034513) <= 1e-8
        np.testing.assert_allclose(weights, [0.4327376, 0.5672624], atol=2e-6)
        np.testing.assert_allclose(means, [0.63174054, 0.65457910], atol=1e-7)
        np.testing.assert_allclose(std, [0.01827471, 0.01256596], atol=1e-7)


def test_narrow_intervals_give_the_likelihood_of_points():
    rng = np.random.default_rng(0)
    x, count, width = rng.normal(size=50), rng.integers(1, 5, size=50), 2.0**-24
    weights, means, std = np.array([0.3, 0.7]), np.array([-0.5, 0.4]), np.array([0.7, 1.1])
    lower, upper = x - width / 2, x + width / 2
    joint = np.log(weights)[:, None] + norm.logpdf(x, means[:, None], std[:, None])
    points = count @ np.logaddexp.reduce(joint, axis=0)
    _, found = _step((lower, upper, count), (weights, means, std), means)
    np.testing.assert_allclose(found, points + count.sum() * np.log(width), rtol=1e-11)
