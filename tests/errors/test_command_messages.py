"""Every message of the command; tests/cli reads those of a user's usual mistakes in place."""

import inspect

import pytest

from gaussmix import errors
from gaussmix.errors import command as messages

#: Builder, arguments, and words the message must hold.
CASES = [
    (errors.click_missing, (), ["needs click", 'pip install "gaussmix[cli]"']),
    (errors.matplotlib_missing, (), ["need matplotlib", 'pip install "gaussmix[plot]"']),
    (errors.interrupted, (), ["stopped by the user", "nothing was written"]),
    (errors.out_of_memory, ("8 GB",), ["Out of memory (8 GB)", "Take fewer"]),
    (errors.out_of_memory, ("",), ["Out of memory. Take fewer columns (--columns)"]),
    (errors.bad_numbers, ("K",), ["'K' is not", "(1:9)", "(1,2,5)"]),
    (errors.no_shapes, (), ["Expected one or more shapes", "'all'"]),
    (errors.not_to_stdout, (), ["expected the path of a file", "'-'"]),
    (errors.unknown_picture, ("p.bmp", [".png", ".svg"]), ["ends in .png, .svg", "'p.bmp'"]),
    (errors.column_twice, ("w",), ["'w' is asked for twice", "Name each column once"]),
    (errors.bad_memory, ("lots",), ["'lots' is not a size of memory", "500MB"]),
    (errors.bad_bins, ("a",), ["two columns", "(lower,upper)", "got 'a'"]),
    (errors.bins_and_columns, (), ["--bins names", "--columns", "Leave one of them out"]),
    (errors.checkpoint_of_search, (), ["--checkpoint", "a search of several", "Name one"]),
    (
        errors.columns_left_out,
        ({"kind": "text", "id": "row numbers"},),
        ["columns left out: 'kind' (text); 'id' (row numbers)"],
    ),
    (
        errors.streaming,
        (2_000_000, 3, 32_000_000_000, 4_000_000_000),
        ["streaming 2,000,000 rows from 3 files", "take 32 GB, more than --memory 4GB"],
    ),
    (errors.streaming, (1_000, 1, 8_000, 500), ["1,000 rows from 1 file:", "8 KB", "500B"]),
    (errors.gaps_in_fit, (1, 0, 1_200), ["1 of 1,200 rows has gaps; what is there counts"]),
    (
        errors.gaps_in_fit,
        (1_100, 1, 1_200),
        ["1,100 of 1,200 rows have gaps", ". 1 of them has no value at all and tells nothing"],
    ),
    (errors.gaps_in_fit, (3, 2, 9), ["2 of them have no value at all and tell nothing of the"]),
    (errors.gaps_in_use, (3, 0, 9, "x"), ["3 of 9 rows have gaps; what is there counts"]),
    (
        errors.gaps_in_use,
        (3, 2, 9, "their density is 1"),
        ["2 of them have no value at all: their density is 1"],
    ),
    (errors.not_drawn, (1, ["a"]), ["leaves out 1 row with gaps in a"]),
    (errors.not_drawn, (1_200, ["a", "b"]), ["leaves out 1,200 rows with gaps in a or b"]),
    (errors.some_drawn, (1_000, 20_000), ["shows 1,000 of 20,000 rows", "at random"]),
    (errors.stdin_among_files, (), ["Standard input (-)", "Give it alone", "save it"]),
    (errors.pipe_among_files, ("/dev/fd/3",), ["/dev/fd/3 can be read once", "Give it alone"]),
    (errors.bins_in_files, (2,), ["--bins", "2 were named", "one table"]),
    (errors.bins_for_columns, (2,), ["2 columns", "--bins", "Give the values"]),
    (errors.bin_without_ends, ("line 3",), ["bin in line 3", "-inf", "remove the line"]),
    (
        errors.bin_without_width,
        (3.5, 2.0, "line 3"),
        ["line 3 has lower 3.5 and upper 2", "Exchange", "or mend the line"],
    ),
    (errors.bin_without_width, (2.0, 2.0, "line 3"), ["half a unit of its last digit", "mend"]),
    (errors.bad_weight_in_file, ("w", -3.0, "line 3"), ["'w'", "line 3 has -3", "weight 0"]),
    (errors.no_weight_at_all, ("w", "x.csv"), ["'w' of x.csv are 0", "leave --weight out"]),
    (
        errors.model_column_missing,
        (["eruptions"], ["eruptions", "waiting"], ["eruption", "waiting"], "x.csv"),
        ["fitted on 'eruptions', 'waiting'", "x.csv", "mean 'eruption'?", "--columns"],
    ),
    (
        errors.model_width,
        (2, ["a"], "x.csv"),
        ["The model has 2 columns, but 1 came from x.csv: 'a'", "--columns"],
    ),
]
#: Wording shared by the builders, not messages.
HELPERS = {"as_bytes"}


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_message(build, arguments, words):
    built = build(*arguments)
    assert isinstance(built, ValueError | ModuleNotFoundError | str)
    text = str(built)
    for word in words:
        assert word in text
    assert "  " not in text
    assert "\n" not in text


def test_every_builder_is_read():
    builders = {
        name
        for name, value in vars(messages).items()
        if inspect.isfunction(value)
        and value.__module__ == messages.__name__
        and not name.startswith("_")
    }
    assert builders - HELPERS == {build.__name__ for build, _, _ in CASES}


def test_long_lists_are_cut():
    names = [f"column {j}" for j in range(1_000)]
    for message in (
        errors.columns_left_out(dict.fromkeys(names, "text")),
        errors.model_column_missing(names, names, names, "x.csv"),
        errors.model_width(2, names, "x.csv"),
    ):
        assert len(str(message)) < 1_500


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 KB"), (1_234_567, "1.23 MB"), (8 * 10**12, "8 TB")],
)
def test_bytes_as_people_write_them(n, words):
    assert errors.as_bytes(n) == words
    assert errors.as_bytes(n, "") == words.replace(" ", "")
