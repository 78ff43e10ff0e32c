import numpy as np
import pytest

from gaussmix.covariance import Lineup

SIZES = np.array([1, 1, 2, 4, 4, 4])


@pytest.fixture
def lineup():
    return Lineup(SIZES)


def _by_hand(values):
    """The values of each mixture's components, mixture by mixture."""
    return np.split(values, np.cumsum(SIZES)[:-1])


def test_components_know_their_mixture_and_mixtures_their_first_component(lineup):
    assert lineup.n_runs == 6
    assert lineup.heads.tolist() == [0, 1, 2, 4, 8, 12]
    assert lineup.owners.tolist() == [0, 1, 2, 2, *[3] * 4, *[4] * 4, *[5] * 4]


def test_spans_name_the_mixtures_of_equal_size(lineup):
    assert lineup.spans == ((1, 0, 2), (2, 2, 1), (4, 4, 3))


def test_spans_are_of_neighbours_where_sizes_rise_more_than_once():
    lineup = Lineup(np.array([1, 2, 2, 1, 2]))
    assert lineup.spans == ((1, 0, 1), (2, 1, 2), (1, 5, 1), (2, 6, 1))


@pytest.mark.parametrize("shape", [(), (3,), (3, 2)])
def test_sums_over_each_mixture_are_those_of_its_components(lineup, shape):
    values = np.random.default_rng(0).normal(size=(16, *shape))
    expected = np.array([own.sum(axis=0) for own in _by_hand(values)])
    np.testing.assert_allclose(lineup.over_each(values), expected, rtol=1e-14)
    if len(shape) == 1:
        np.testing.assert_allclose(lineup.members @ values, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_values_of_mixtures_are_given_to_all_their_components(lineup, shape):
    values = np.random.default_rng(1).normal(size=(6, *shape))
    expected = np.concatenate([[v] * size for v, size in zip(values, SIZES, strict=True)])
    np.testing.assert_array_equal(lineup.to_each(values), expected)


@pytest.mark.parametrize(
    "runs", [[0, 2, 5], [1], [0, 1, 2, 3, 4, 5], [], [False, True, False, True, True, False]]
)
def test_picked_mixtures_keep_their_components(lineup, runs):
    runs = np.array(runs, dtype=bool if True in runs and False in runs else int)
    values = np.arange(16)
    chosen = np.arange(6)[runs]
    expected = [v for r in chosen for v in _by_hand(values)[r].tolist()]
    assert values[lineup.components_of(runs)].tolist() == expected
    picked = lineup.pick(runs)
    assert picked.sizes.tolist() == SIZES[chosen].tolist()
    assert len(picked.owners) == len(expected)
