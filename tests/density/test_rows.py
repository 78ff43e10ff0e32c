from contextlib import contextmanager

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details
from gaussmix.density import (
    Components,
    RowWise,
    ScratchPool,
    hard_entropy,
    labels,
    log_density,
    posterior,
    reference_log_joint,
    rows_at_once,
    totals,
)
from gaussmix.execution import Team, team

CODES = tuple(FAMILIES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 7, 9, 16])
@pytest.mark.parametrize("condition", [10.0, 1e11])
def test_answers_equal_brute_force(make, tolerance, code, n_features, condition):
    components = make.components(code, 4, n_features, condition=condition)
    X = make.rows(components, 90, seed=1)
    joint = reference_log_joint(components, X)
    density = np.logaddexp.reduce(joint, axis=1)
    expected = np.exp(joint - density[:, None])
    source, alone = ArraySource(X), Team()
    # At condition 1e11 the reference itself, which factors the dense matrices anew, is off
    # by eps times the condition.
    off = tolerance.certified + 1e-15 * condition
    np.testing.assert_allclose(log_density(components, source, alone), density, atol=off, rtol=off)
    np.testing.assert_allclose(posterior(components, source, alone), expected, atol=off)
    np.testing.assert_allclose(
        hard_entropy(components, source, alone), -np.log(expected.max(axis=1)), atol=off
    )
    sure = np.sort(expected, axis=1)[:, -1] - np.sort(expected, axis=1)[:, -2] > 3 * off
    np.testing.assert_array_equal(
        labels(components, source, alone)[sure], joint.argmax(axis=1)[sure]
    )
    assert sure.mean() > 0.5


def test_labels_take_the_first_among_equals():
    components = Components(
        np.array([0.25, 0.5, 0.25]),
        np.array([[-1.0], [3.0], [1.0]]),
        FAMILIES["VII"].nearest(np.ones((3, 1, 1))),
    )
    assert labels(components, ArraySource(np.zeros((1, 1))), Team()).tolist() == [0]


@pytest.mark.parametrize("code", CODES)
def test_answers_have_the_same_bits_for_any_number_of_threads(make, code):
    components = make.components(code, 3, 4)
    X = make.rows(components, 70_000)
    source = ArraySource(X)
    with team(3) as three:
        for ask in (log_density, labels, posterior, hard_entropy):
            np.testing.assert_array_equal(
                ask(components, source, Team()), ask(components, source, three)
            )


def test_blocks_are_put_together_in_the_rows_order(make, tolerance):
    components = make.components("VVV", 2, 2)
    X = make.rows(components, 75_000)
    expected = np.logaddexp.reduce(reference_log_joint(components, X), axis=1)
    found = log_density(components, ArraySource(X), Team())
    np.testing.assert_allclose(found, expected, atol=tolerance.certified)


def test_float32_rows_are_taken_as_the_numbers_they_are(make, tolerance):
    components = make.components("VVV", 2, 3)
    X = make.rows(components, 50).astype(np.float32)
    found = log_density(components, ArraySource(X), Team())
    expected = log_density(components, ArraySource(X.astype(np.float64)), Team())
    np.testing.assert_array_equal(found, expected)


def test_posterior_takes_the_asked_type(make):
    components = make.components("VVV", 3, 2)
    found = posterior(components, ArraySource(make.rows(components, 20)), Team(), np.float32)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("code", CODES)
def test_a_component_of_weight_zero_takes_no_part(make, tolerance, code):
    three = make.components(code, 3, 2)
    without = three.take(np.array([0, 2]))
    weights = np.array([three.weights[0], 0.0, three.weights[2]]) / (1.0 - three.weights[1])
    with_zero = Components(weights, three.means, three.covariances)
    without = Components(weights[[0, 2]], without.means, without.covariances)
    X = make.rows(three, 40)
    source, alone = ArraySource(X), Team()
    np.testing.assert_allclose(
        log_density(with_zero, source, alone),
        log_density(without, source, alone),
        atol=tolerance.certified,
    )
    found = posterior(with_zero, source, alone)
    assert (found[:, 1] == 0.0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=tolerance.ulps)
    assert 1 not in labels(with_zero, source, alone)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("weighted", [False, True])
def test_totals_are_the_weighted_sums_of_the_rows_answers(make, tolerance, code, weighted):
    components = make.components(code, 3, 2)
    X = make.rows(components, 120_000)
    weight = np.random.default_rng(0).uniform(size=len(X)) if weighted else None
    source, w = ArraySource(X, Details(weight)), np.ones(len(X)) if weight is None else weight
    assert rows_at_once(components) < len(X)
    found = totals(components, source, Team())
    near = {"rtol": tolerance.rounding}
    np.testing.assert_allclose(found.weight, w.sum(), **near)
    density, doubt = (
        log_density(components, source, Team()),
        hard_entropy(components, source, Team()),
    )
    np.testing.assert_allclose(found.log_likelihood, w @ density, **near)
    np.testing.assert_allclose(found.doubt, w @ doubt, **near)
    with team(3) as three:
        assert totals(components, source, three) == found


@pytest.mark.parametrize("code", CODES)
def test_a_row_of_weight_zero_adds_nothing_to_totals_however_far_it_lies(make, code):
    components = make.components(code, 3, 2)
    X = make.rows(components, 50)
    far = np.append(X, [[1e200, -1e200]], axis=0)
    found = totals(components, ArraySource(far, Details(np.append(np.ones(50), 0.0))), Team())
    expected = totals(components, ArraySource(X), Team())
    assert found.weight == expected.weight
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
    assert found.doubt == pytest.approx(expected.doubt, abs=1e-6)


def test_labels_of_a_block_are_those_of_its_rows(make):
    components = make.components("VVV", 3, 2)
    X = make.rows(components, 500)
    X[::3, 1] = np.nan
    X[7] = np.nan
    source = ArraySource(X)
    row_wise = RowWise.of(components, source)
    found = np.full(500, -7)
    for block in source.blocks(row_wise.size, components.centre_and_scale[0]):
        found[block.rows] = row_wise.labels(block)
    np.testing.assert_array_equal(found, labels(components, source, Team()))
    assert found[7] == components.weights.argmax()


def test_answers_do_not_lie_in_arrays_that_others_work_with(make, monkeypatch):
    """What a thread gives back the next one overwrites: here at once, and with NaN."""
    lend = ScratchPool.lend

    @contextmanager
    def poisoned(self, *shape):
        with lend(self, *shape) as scratch:
            yield scratch
            scratch.log_joint[:] = scratch.total[:] = scratch.spare[:] = np.nan

    components = make.components("VVV", 3, 4)
    source = ArraySource(make.rows(components, 500))
    asks = (log_density, labels, posterior, hard_entropy)
    expected = [ask(components, source, Team()) for ask in asks]
    monkeypatch.setattr(ScratchPool, "lend", poisoned)
    for ask, answer in zip(asks, expected, strict=True):
        np.testing.assert_array_equal(ask(components, source, Team()), answer)
    row_wise = RowWise.of(components, source)
    (block,) = row_wise.cut(source).blocks
    np.testing.assert_allclose(row_wise.posterior(block), expected[2], atol=1e-12)
    np.testing.assert_array_equal(row_wise.labels(block), expected[1])
