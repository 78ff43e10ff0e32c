"""The guide to clusters runs, and prints what it says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "clusters.md"


def test_the_guide_runs_and_prints_the_table_it_shows(capsys):
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  our own words
    printed = capsys.readouterr().out
    assert "4 components in 3 clusters, merged by entropy: {0}, {1 3}, {2}" in printed
    assert "Adjusted Rand index with 20 refits" in printed
    assert "bill_depth_mm +0.80, flipper_length_mm -0.51" in printed
    clusters = names["tree"].predict(names["X"])  # type: ignore[attr-defined]
    species = names["penguins"]["species"]  # type: ignore[index]
    kinds = {name: number for number, name in enumerate(["Gentoo", "Adelie", "Chinstrap"])}
    assert sum(kinds[name] == c for name, c in zip(species, clusters, strict=True)) == 337


def test_the_pictures_it_shows_exist():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", PAGE.read_text(encoding="utf-8"))
    assert len(pictures) == 2
    for picture in pictures:
        assert (PAGE.parent / picture).read_bytes().startswith(b"\x89PNG")
