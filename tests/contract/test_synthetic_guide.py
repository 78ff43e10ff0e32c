"""The guide to synthetic rows runs, and gives what it says."""

import re
from pathlib import Path
from typing import Any

from gaussmix.data import copies


def test_the_guide_to_synthetic_rows_runs():
    page = Path(__file__).parents[2] / "docs/synthetic.md"
    names: dict[str, Any] = {}
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "docs/synthetic.md", "exec"), names)  # noqa: S102  our own words
    table, rows, mixture = names["table"], names["rows"], names["mixture"]
    assert rows.head(3).to_string() in text
    assert copies(table, rows) == 0
    with_copies = mixture.sample_like(table, 1000, copies="allow", random_state=0)
    assert copies(table, with_copies) == 11
    assert (names["wide"]["petal width (cm)"] == 2.0).all()
    assert round(names["wide"]["petal length (cm)"].mean(), 1) == 5.4
    assert (names["completed"][names["known"].columns] == names["known"]).all(axis=None)
    first = names["likeness"].columns[0]
    assert (first.lowest, first.highest, first.lattice.step) == (4.3, 7.9, 0.1)
    assert round((rows.mean() - table.mean()).abs().max(), 2) == 0.06
    assert round((rows.corr() - table.corr()).abs().max().max(), 2) == 0.05
