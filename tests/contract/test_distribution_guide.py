"""The guide to the distribution runs, and prints what it says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "distribution.md"


def test_each_piece_of_the_guide_prints_what_stands_below_it(capsys):
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    pieces = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)
    assert len(pieces) == text.count("```python")
    for code, shown in pieces:
        exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102  our own words
        assert capsys.readouterr().out == shown
