"""Who wins: the lowest criterion among the sound, ties to the smaller."""

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import GaussianMixtureSearch
from gaussmix.selection import Criteria, best_of


@pytest.fixture(scope="module")
def sound():
    rows = np.random.default_rng(0).normal(size=(60, 2))
    search = GaussianMixtureSearch([1], covariance_types="diag", random_state=0).fit(rows)
    return search.candidates_[0]


def candidate(sound, log_likelihood, n_parameters, reason="", n_components=1):
    criteria = Criteria(log_likelihood, n_parameters, 60.0, 0.0)
    return replace(sound, n_components=n_components, criteria=criteria, reason=reason)


def failed(sound):
    return replace(sound, outcome=None, report=None, criteria=None, reason="it collapsed")


@pytest.mark.parametrize("criterion", ["bic", "aic", "aicc", "icl"])
def test_the_lowest_wins(sound, criterion):
    candidates = [candidate(sound, total, 4) for total in (-90.0, -70.0, -80.0)]
    assert best_of(candidates, criterion) is candidates[1]


def test_criteria_may_disagree(sound):
    small, large = candidate(sound, -80.0, 4), candidate(sound, -74.0, 9)
    assert best_of([small, large], "bic") is small
    assert best_of([small, large], "aic") is large


def test_ties_go_to_fewer_parameters(sound):
    large, small = candidate(sound, -75.0, 9), candidate(sound, -70.0, 4)
    assert large.value("aic") != small.value("aic")
    large, small = candidate(sound, -75.0, 9), candidate(sound, -80.0, 4)
    assert large.value("aic") == small.value("aic")
    assert best_of([large, small], "aic") is small
    assert best_of([small, large], "aic") is small


def test_a_degenerate_one_never_wins_over_a_sound_one(sound):
    good, better = candidate(sound, -90.0, 4), candidate(sound, -10.0, 4, "copies")
    assert best_of([better, good], "bic") is good


def test_where_all_are_degenerate_the_lowest(sound):
    one, other = candidate(sound, -90.0, 4, "copies"), candidate(sound, -10.0, 4, "flat")
    assert best_of([one, other], "bic") is other
    assert best_of([failed(sound), one], "bic") is one


def test_where_all_failed_the_reason_is_told(sound):
    assert np.isnan(failed(sound).value("bic"))
    assert failed(sound).loss("bic") == np.inf
    with pytest.raises(ValueError, match=r"(?s)No candidate could be fitted.*it collapsed"):
        best_of([failed(sound), failed(sound)], "bic")
