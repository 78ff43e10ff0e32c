"""The guide to classes runs, and prints what it says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "classifying.md"


# Six rows are no more than their four columns and two.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning")
def test_the_guide_runs_and_prints_what_it_shows(capsys):
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  our own words
    printed = capsys.readouterr().out
    for shown in re.findall(r"```text\n(.*?)```", text, re.DOTALL):
        assert shown.strip() in printed
    edda, mixtures = re.search(r"edda ([\d.]+)\nmclustda ([\d.]+)", printed).groups()  # type: ignore[union-attr]
    assert float(edda) < 0.6
    assert float(mixtures) > 0.95
    alone, joined = map(float, printed.split()[-2:])
    assert joined > alone
