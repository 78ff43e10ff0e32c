"""Information criteria by their formulas."""

import numpy as np
import pytest

from gaussmix.selection import CRITERIA, INFORMATION, Criteria, HeldOut, is_hopeless, loss


def test_values_worked_by_hand():
    criteria = Criteria(log_likelihood=-100.0, n_parameters=5, n=50.0, hard_entropy=3.0)
    assert criteria.aic == pytest.approx(210.0)
    assert criteria.bic == pytest.approx(200.0 + 5 * np.log(50.0))
    assert criteria.aicc == pytest.approx(210.0 + 60.0 / 44.0)
    assert criteria.icl == pytest.approx(200.0 + 5 * np.log(50.0) + 6.0)


def test_every_name_has_a_value():
    criteria = Criteria(-100.0, 5, 50.0, 3.0)
    assert INFORMATION == ("bic", "aic", "aicc", "icl")
    assert (*INFORMATION, "cv") == CRITERIA
    for name in INFORMATION:
        assert criteria.value(name) == getattr(criteria, name)
        assert type(criteria.value(name)) is float


@pytest.mark.parametrize(("n", "finite"), [(5.0, False), (6.0, False), (6.5, True), (7.0, True)])
def test_the_correction_needs_more_rows_than_parameters(n, finite):
    assert np.isfinite(Criteria(-10.0, 5, n).aicc) == finite
    assert not finite or Criteria(-10.0, 5, n).aicc > Criteria(-10.0, 5, n).aic


def test_without_an_entropy_icl_is_not_known():
    assert np.isnan(Criteria(-10.0, 5, 20.0).icl)


def test_a_better_fit_has_a_lower_criterion_and_more_parameters_a_higher_one():
    base = Criteria(-100.0, 5, 50.0, 0.0)
    for name in INFORMATION:
        assert Criteria(-99.0, 5, 50.0, 0.0).value(name) < base.value(name)
        assert Criteria(-100.0, 6, 50.0, 0.0).value(name) > base.value(name)


def test_losses_are_lower_where_criteria_are_better():
    for name in INFORMATION:
        assert loss(name, 3.0) == 3.0
    assert loss("cv", -4.0) == 4.0
    assert loss("cv", -4.0) < loss("cv", -5.0)
    for name in CRITERIA:
        assert loss(name, float("nan")) == np.inf


def test_held_out_rows_count_alike_whatever_their_fold():
    held_out = HeldOut((-10.0, -50.0), (5.0, 10.0))
    assert held_out.mean == pytest.approx(-4.0)
    apart = np.array([5 * (-2.0 + 4.0), 10 * (-5.0 + 4.0)])
    assert held_out.std_error == pytest.approx(np.sqrt(2 * (apart**2).sum()) / 15)


def test_folds_of_one_size_have_the_standard_error_of_their_mean():
    means = np.array([-4.0, -4.5, -3.0, -4.2])
    held_out = HeldOut(tuple(20 * means), (20.0,) * 4)
    assert held_out.mean == pytest.approx(means.mean())
    assert held_out.std_error == pytest.approx(means.std(ddof=1) / 2)


def test_one_fold_has_no_standard_error():
    assert np.isnan(HeldOut((-4.0,), (2.0,)).std_error)


def test_a_fold_without_a_fit_leaves_no_mean():
    held_out = HeldOut((-4.0, float("nan")), (2.0, 0.0), "it collapsed")
    assert np.isnan(held_out.mean)
    assert np.isnan(held_out.std_error)


@pytest.mark.parametrize(
    ("losses", "patience", "hopeless"),
    [
        ([], 1, False),
        ([5.0], 1, False),
        ([5.0, 6.0], 1, True),
        ([5.0, 5.0], 1, False),
        ([5.0, 6.0], 2, False),
        ([5.0, 6.0, 7.0], 2, True),
        ([5.0, 6.0, 4.0], 2, False),
        ([5.0, 6.0, 4.0, 4.5], 1, True),
        ([5.0, np.inf, np.inf], 2, True),
        ([np.inf, np.inf, np.inf], 1, False),
        ([np.inf, 5.0, 6.0, 5.5], 2, True),
    ],
)
def test_a_family_is_hopeless_after_so_many_worse_ones_running(losses, patience, hopeless):
    assert is_hopeless(losses, patience) is hopeless
