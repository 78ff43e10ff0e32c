"""The guide to wide tables runs, and gives what it says."""

import re
from pathlib import Path
from typing import Any

from sklearn.metrics import adjusted_rand_score


def test_the_guide_to_wide_tables_runs():
    page = Path(__file__).parents[2] / "docs/factors.md"
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "docs/factors.md", "exec"), names)  # noqa: S102  our own words
    gm = names["gm"]
    assert (gm.loadings_.shape, gm.noise_variances_.shape) == ((4, 500, 2), (4, 500))
    assert adjusted_rand_score(names["group"], gm.predict(names["X"])) == 1.0
    best = {"n_components": 4, "covariance_type": "factor_UCU:2"}
    assert best.items() <= names["search"].best_params_.items()
