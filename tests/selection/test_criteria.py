"""Information criteria by their formulas."""

import numpy as np
import pytest

from gaussmix.selection import CRITERIA, Criteria


def test_values_worked_by_hand():
    criteria = Criteria(log_likelihood=-100.0, n_parameters=5, n=50.0, hard_entropy=3.0)
    assert criteria.aic == pytest.approx(210.0)
    assert criteria.bic == pytest.approx(200.0 + 5 * np.log(50.0))
    assert criteria.aicc == pytest.approx(210.0 + 60.0 / 44.0)
    assert criteria.icl == pytest.approx(200.0 + 5 * np.log(50.0) + 6.0)
    assert criteria.mean_log_likelihood == -2.0


def test_every_name_has_a_value():
    criteria = Criteria(-100.0, 5, 50.0, 3.0)
    assert CRITERIA == ("bic", "aic", "aicc", "icl")
    for name in CRITERIA:
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
    for name in CRITERIA:
        assert Criteria(-99.0, 5, 50.0, 0.0).value(name) < base.value(name)
        assert Criteria(-100.0, 6, 50.0, 0.0).value(name) > base.value(name)
