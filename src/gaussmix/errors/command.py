"""Messages of the command."""

import difflib
from collections.abc import Mapping, Sequence

from gaussmix.errors.words import counted


def click_missing() -> str:
    """For the command without the packages it needs."""
    return (
        "The command needs click, which is not installed. Run: "
        'pip install "gaussmix[cli]" (the library itself works without it)'
    )


def matplotlib_missing() -> ModuleNotFoundError:
    """For a picture without matplotlib."""
    return ModuleNotFoundError(
        'Pictures need matplotlib, which is not installed. Run: pip install "gaussmix[plot]"',
        name="matplotlib",
    )


def interrupted() -> str:
    """For a command that the user stopped before it had a result."""
    return "stopped by the user; nothing was written"


def out_of_memory(reason: str) -> str:
    """For a table that does not fit into memory."""
    detail = f" ({reason})" if reason else ""
    return f"Out of memory{detail}. Take fewer columns (--columns) or fewer rows."


def bad_numbers(value: str) -> str:
    """For numbers of components that are none."""
    return (
        f"{value!r} is not a number of components. Expected a whole number of 1 or more (3), a "
        "range (1:9) or a list (1,2,5)."
    )


def no_shapes() -> str:
    """For an empty list of covariance shapes."""
    return "Expected one or more shapes separated by commas, or 'all', but got none."


def not_to_stdout() -> str:
    """For a file that cannot be standard output."""
    return "Standard output holds the report; expected the path of a file, but got '-'."


def unknown_picture(path: str, known: Sequence[str]) -> str:
    """For a picture of a kind that cannot be written."""
    return f"Expected a file name that ends in {', '.join(known)}, but got {path!r}."


def column_twice(name: str) -> ValueError:
    """For a column that is named twice."""
    return ValueError(
        f"The column {name!r} is asked for twice. Name each column once, in --columns, --bins, "
        "--weight, --known-labels or --group."
    )


def bad_memory(value: str) -> str:
    """For a size of memory that is none."""
    return (
        f"{value!r} is not a size of memory. Expected a number above 0 with a unit, such as 500MB, "
        "2GB or 1.5GiB."
    )


def bad_bins(value: str) -> str:
    """For ends of bins that are not two columns."""
    return (
        "Expected two columns with a comma between, those of the lower and of the upper ends "
        f"(lower,upper), but got {value!r}."
    )


def bins_and_columns() -> str:
    """For columns of values beside columns of bins."""
    return (
        "--bins names the columns that are read, so --columns has nothing to add. Leave one of "
        "them out."
    )


def checkpoint_of_search() -> str:
    """For a checkpoint where more than one candidate is to be fitted."""
    return (
        "--checkpoint keeps the state of one fit, and this is a search of several. Name one "
        "number of components and one shape with it, such as --components 3 --covariance full."
    )


def columns_left_out(reasons: Mapping[str, str]) -> str:
    """For columns that were not asked for and hold no numbers."""
    left_out = [f"{name!r} ({reason})" for name, reason in list(reasons.items())[:20]]
    more = f"; and {len(reasons) - 20} more" if len(reasons) > 20 else ""
    return f"columns left out: {'; '.join(left_out)}{more}"


def streaming(n_rows: int, n_files: int, n_bytes: int, memory: int) -> str:
    """For rows that are read anew for every pass."""
    return (
        f"streaming {n_rows:,} rows from {counted(n_files, 'file')}: they would take "
        f"{as_bytes(n_bytes)}, more than --memory {as_bytes(memory, '')}"
    )


def as_bytes(n: int, space: str = " ") -> str:
    """A number of bytes as people write it."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if n >= size:
            return f"{n / size:.3g}{space}{unit}"
    return f"{n}{space}B"


def gaps_in_fit(n_gappy: int, n_empty: int, n_rows: int) -> str:
    """For a fit of rows with missing values."""
    told = f"{_gaps(n_gappy, n_rows)}; what is there counts"
    if not n_empty:
        return told
    verb = "tells" if n_empty == 1 else "tell"
    return f"{told}. {_empty(n_empty)} no value at all and {verb} nothing of the components"


def gaps_in_use(n_gappy: int, n_empty: int, n_rows: int, nothing: str) -> str:
    """For rows with missing values that a model is asked about.

    Parameters
    ----------
    n_gappy, n_empty, n_rows : int
    nothing : str
        What is true of rows without any value.
    """
    told = f"{_gaps(n_gappy, n_rows)}; what is there counts"
    return f"{told}. {_empty(n_empty)} no value at all: {nothing}" if n_empty else told


def _gaps(n_gappy: int, n_rows: int) -> str:
    return f"{n_gappy:,} of {n_rows:,} rows {'has' if n_gappy == 1 else 'have'} gaps"


def _empty(n_empty: int) -> str:
    return "1 of them has" if n_empty == 1 else f"{n_empty:,} of them have"


def not_drawn(n_hidden: int, names: Sequence[str]) -> str:
    """For rows that a picture cannot show."""
    rows = "1 row" if n_hidden == 1 else f"{n_hidden:,} rows"
    return f"the picture leaves out {rows} with gaps in {' or '.join(names)}"


def some_drawn(n_shown: int, n_rows: int) -> str:
    """For a picture of rows that are too many for memory."""
    return f"the picture shows {n_shown:,} of {n_rows:,} rows, drawn at random"


def stdin_among_files() -> ValueError:
    """For standard input beside files."""
    return ValueError(
        "Standard input (-) cannot be read together with files. Give it alone, or save it as a "
        "file first."
    )


def pipe_among_files(path: str) -> ValueError:
    """For a pipe or a device beside other files."""
    return ValueError(
        f"{path} can be read once only, and several files are read more than once. Give it alone, "
        "or save it as a file first."
    )


def bins_in_files(n_files: int) -> ValueError:
    """For bins that are spread over files."""
    return ValueError(
        f"--bins reads the bins of one file, but {n_files} were named. Put them into one table."
    )


def bins_for_columns(n_features: int) -> ValueError:
    """For bins of one column and a model of several."""
    return ValueError(
        f"The model has {counted(n_features, 'column')}, but --bins gives intervals of one. "
        "Give the values themselves, or a model of one column."
    )


def bin_without_ends(place: str) -> ValueError:
    """For a bin of which neither end is known."""
    return ValueError(
        f"Both ends of the bin in {place} are missing, so nothing is known of it. Write -inf or "
        "inf for an open end, or remove the line."
    )


def bin_without_width(lower: float, upper: float, place: str) -> ValueError:
    """For a bin whose upper end is not above its lower end."""
    hint = "Exchange the two names in --bins if the columns are the wrong way round"
    if lower == upper:
        hint = "A value that was rounded lies within half a unit of its last digit"
    return ValueError(
        f"Expected the upper end of each bin above the lower one, but {place} has lower "
        f"{lower:g} and upper {upper:g}. {hint}, or mend the line."
    )


def bad_weight_in_file(column: str, value: float, place: str) -> ValueError:
    """For a weight that is negative, infinite or missing."""
    return ValueError(
        f"Expected weights of 0 or more in column {column!r}, but {place} has {value:g}. Correct "
        "it, or give weight 0 to a row that is not to count."
    )


def no_weight_at_all(column: str, path: str) -> ValueError:
    """For weights that leave no row."""
    return ValueError(
        f"All weights in column {column!r} of {path} are 0, so no row would count. Name another "
        "column, or leave --weight out to count every row once."
    )


def model_column_missing(
    missing: Sequence[str], fitted: Sequence[str], came: Sequence[str], path: str
) -> ValueError:
    """For a table without columns that the model was fitted on."""
    near = difflib.get_close_matches(missing[0], came, n=1, cutoff=0.5)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    return ValueError(
        f"The model was fitted on {_names(fitted)}, but {path} has no column {_names(missing)}."
        f"{suggestion} It has {_names(came)}. Where its columns are called something else, name "
        "them in the model's order with --columns."
    )


def model_width(expected: int, came: Sequence[str], path: str) -> ValueError:
    """For another number of columns than the model has."""
    return ValueError(
        f"The model has {expected} column{'s' * (expected != 1)}, but {len(came)} came from "
        f"{path}: {_names(came)}. Name {expected} of its columns, in the model's order, with "
        "--columns."
    )


def _names(names: Sequence[str], limit: int = 20) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(repr(name) for name in names[:limit]) + more
