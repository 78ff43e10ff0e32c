"""The guide to Bayesian mixtures runs, and prints what it says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "bayesian.md"
#: The picture's concentrations, and those of them that a test has time for.
ALL, SOME = "np.arange(-5, 6)", "np.array([-5, 5])"


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def blocks_after(text: str, heading: str, language: str) -> list[str]:
    """The blocks of a language in the section of that heading."""
    _, _, rest = text.partition(f"\n## {heading}\n")
    section, _, _ = rest.partition("\n## ")
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def names_after(text: str, *headings: str) -> dict[str, object]:
    """What the sections' blocks define, run in order."""
    names: dict[str, object] = {}
    for heading in headings:
        for block in blocks_after(text, heading, "python"):
            exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  our own words
    return names


def told_after(text: str, *headings: str) -> list[str]:
    """The lines that the sections show as printed, without spaces at their ends."""
    shown = [block for heading in headings for block in blocks_after(text, heading, "text")]
    return [line.rstrip() for block in shown for line in block.splitlines() if line.strip()]


def test_what_is_shown_is_what_is_printed(text, capsys):
    headings = re.findall(r"\n## (.*)", text)
    headings.remove("The concentration")
    names_after(text, *headings)
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert printed == told_after(text, *headings)


def test_the_picture_shows_what_is_found(text, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    heading = "The concentration"
    assert text.count(ALL) == 1
    imports = "import numpy as np\nfrom gaussmix import BayesianGaussianMixture\n"
    text = text.replace(ALL, SOME).replace("import matplotlib", f"{imports}import matplotlib")
    names = names_after(text, heading)
    told = {
        line.split(" [")[0]: [int(n) for n in re.findall(r"\d+", line)]
        for line in told_after(text, heading)
        if line.startswith("dirichlet")
    }
    assert {kind: len(numbers) for kind, numbers in told.items()} == {
        "dirichlet_distribution": 11,
        "dirichlet_process": 11,
    }
    assert told["dirichlet_distribution"] == sorted(told["dirichlet_distribution"])
    assert names["found"] == {kind: numbers[::10] for kind, numbers in told.items()}
    names["plt"].close(names["figure"])  # type: ignore[attr-defined]


def test_the_pictures_it_shows_exist(text):
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(pictures) == 1
    for picture in pictures:
        assert (PAGE.parent / picture).read_bytes().startswith(b"\x89PNG")
