"""The guide to filling gaps runs, and prints what it says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "imputing.md"
#: The guide's first imputer, and what it chooses, found sooner.
ALL = "GaussianMixtureImputer(random_state=0)"
SOME = 'GaussianMixtureImputer((1, 3), covariance_types="VEE", reg_covar=0.03, random_state=0)'


def test_the_guide_runs_and_prints_what_it_shows(capsys):
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(ALL) == 1
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text.replace(ALL, SOME), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  our own words
    printed = capsys.readouterr().out
    for shown in re.findall(r"```text\n(.*?)```", text, re.DOTALL):
        assert shown.strip() in printed
    chosen = re.search(r"best_params_  # (.*)", text)
    assert chosen is not None
    assert str(names["imputer"].best_params_) == chosen.group(1)  # type: ignore[attr-defined]  # by name
    assert names["held"] == pytest.approx(0.9, abs=0.01)
    lower, upper = names["pooled"].interval(0.95)  # type: ignore[attr-defined]  # as above
    assert lower < names["X"]["color_intensity"].mean() < upper  # type: ignore[index]  # as above
