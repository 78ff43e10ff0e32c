"""The guide to outliers runs, and prints what it says."""

import re
from pathlib import Path

import pytest

from gaussmix import GaussianMixtureOutlierDetector

PAGE = Path(__file__).parents[2] / "docs" / "outliers.md"


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def run(text):
    """What the page's blocks define, run in order."""
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  our own words
    return names


def test_what_is_shown_is_what_is_printed(text, capsys):
    run(text)
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    shown = [
        line.rstrip()
        for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.strip()
    ]
    assert len(shown) > 8
    assert printed == shown


def test_a_slip_with_a_component_to_itself_passes_where_all_components_are_ordinary(text):
    X = run(text)["X"]
    found = GaussianMixtureOutlierDetector(ordinary_share=1.0, random_state=0).fit(X).predict(X)
    assert "`ordinary_share=1.0` it passes for ordinary" in " ".join(text.split())
    assert found[[10, 20]].tolist() == [1, -1]
