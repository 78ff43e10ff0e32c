"""Examples in public docstrings and in the README run, and give what they say."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import gaussmix

PACKAGE = Path(gaussmix.__file__).parent
#: Every module with an example.
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_what_users_call_has_examples():
    assert {
        "gaussmix.data.intervals",
        "gaussmix.estimators.files",
        "gaussmix.estimators.fitted",
        "gaussmix.estimators.gaussian_mixture",
        "gaussmix.estimators.search",
        "gaussmix.estimators.streaming",
        "gaussmix.mixture.distribution",
        "gaussmix.plotting.mixture",
    } <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name):
    failed, tried = doctest.testmod(import_module(name))
    assert tried > 0
    assert failed == 0


def _python_of(page: str) -> list[str]:
    """The blocks of a page that are marked as Python to run; one marked `py` is only to read."""
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    return blocks


def test_the_readmes_python_runs(capsys):
    for block in _python_of("README.md"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102  our own words
    printed = capsys.readouterr().out
    assert "3 components, covariance tied" in printed


def test_the_guides_python_runs(capsys):
    names: dict[str, object] = {}
    for block in _python_of("docs/data.md"):
        exec(compile(block, "docs/data.md", "exec"), names)  # noqa: S102  our own words
    assert "3 rows had missing values" in capsys.readouterr().out
    assert len(names["gm"].weights_) == 2


def _rounded(text: str) -> str:
    """The text with its numbers to four digits, as the last ones vary with the machine."""
    return re.sub(r" *-?\d+\.\d+", lambda found: f" {float(found[0]):.4g}", text)


def test_the_guide_to_choosing_runs(capsys):
    names: dict[str, object] = {}
    for block in _python_of("docs/choosing.md"):
        exec(compile(block, "docs/choosing.md", "exec"), names)  # noqa: S102  our own words
    printed = capsys.readouterr().out
    text = (Path(__file__).parents[2] / "docs/choosing.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert shown
    assert _rounded(printed).startswith(_rounded(shown[1]))
    assert "Best by cross-validation" in printed
    assert "cannot win, being degenerate" in printed
