"""The guide to regression runs, and gives what it says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest


# Diabetes has a column of two values, which the search warns of.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")
def test_the_guide_to_regression_runs():
    page = Path(__file__).parents[2] / "docs/regression.md"
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "docs/regression.md", "exec"), names)  # noqa: S102  our own words
    regressor, X, y = names["regressor"], names["X_test"], names["y_test"]
    assert regressor.mixture_.covariance_type == "tied"
    assert regressor.mixture_.n_components == 3
    assert round(regressor.score(X, y), 2) == 0.36
    assert round(names["inside"], 2) == 0.89
    assert regressor.log_density(X, y).mean() == pytest.approx(-5.456, abs=2e-3)
    np.testing.assert_allclose(names["middle"].modes().points[:, 0], [0.78, 0.49, 0.22], atol=0.01)
    assert round(names["held"], 2) == 0.9
    assert round(regressor.score(names["gappy"], y), 2) == 0.34
    assert round(names["wider"]) == 195
