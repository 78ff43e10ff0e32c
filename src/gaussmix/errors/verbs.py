"""Messages of the verbs that learn from one table and answer for another."""

from collections.abc import Mapping, Sequence

from gaussmix.errors.words import counted, listed, near

#: The verb that uses what each job saved.
_VERBS = {
    "GaussianMixtureImputer": "impute",
    "GaussianMixtureOutlierDetector": "outliers",
    "GaussianMixtureClassifier": "classify",
    "GaussianMixtureRegressor": "regress",
}


def train_and_model() -> str:
    """For rows to learn from beside what was learnt."""
    return "--train gives rows to learn from, and --model what was learnt before. Give one of them."


def option_without_learning(name: str) -> str:
    """For an option of a fit where nothing is fitted."""
    return (
        f"--{name.replace('_', '-')} is about what is learnt, and with --model nothing is. Leave "
        "it out, or leave --model out."
    )


def stdin_twice() -> str:
    """For standard input as rows to learn from and rows to answer for."""
    return (
        "Standard input (-) can be read once only. Leave --train out to learn from DATA, or save "
        "one of the tables as a file."
    )


def two_thresholds_asked() -> str:
    """For a tail probability and a share of outliers."""
    return (
        "--p-value and --contamination both say which rows are outliers. Give one of them: "
        "--p-value how seldom an ordinary row may be called one, --contamination the share of the "
        "rows that are."
    )


def target_among_columns(name: str) -> ValueError:
    """For a target that is named as an input."""
    return ValueError(
        f"The column {name!r} is the target, so it cannot be among --columns as well. Leave it out "
        "of one of them."
    )


def column_not_in_data(
    missing: Sequence[str], known: Sequence[str], path: str, train: str
) -> ValueError:
    """For rows to answer for without a column of the rows learnt from."""
    columns = "column" if len(missing) == 1 else "columns"
    return ValueError(
        f"{train} has the {columns} {listed(missing)}, but {path} has not."
        f"{near(missing[0], known)} It has {listed(known, 30)}. Name the columns to use, which "
        "both must have, with --columns."
    )


def model_of_other_job(path: str, kind: str, verb: str) -> ValueError:
    """For the file of another job than a verb does."""
    return ValueError(
        f"{path} holds a {kind}, which `gaussmix {verb}` cannot use. Use it with `gaussmix "
        f"{_VERBS[kind]} --model`, or give a model that `gaussmix {verb} --save` wrote."
    )


def model_without_classes(path: str) -> ValueError:
    """For a mixture where classes are asked for."""
    return ValueError(
        f"{path} holds a mixture, which knows of no classes. Learn them from rows whose class is "
        "known (--target COLUMN --save MODEL); `gaussmix predict` tells which component of a "
        "mixture each row belongs to."
    )


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"


def mixture_in_words(n_components: int, kind: str, covariance_type: str) -> str:
    """What a mixture is, in a few words."""
    return f"{counted(n_components, kind)}, covariance {covariance_type}"


def outliers_found(
    n_outliers: int, n_rows: int, mixture: str, p_value: float, contamination: float | None
) -> str:
    """For how many outliers there are, and by what."""
    are = "is an outlier" if n_outliers == 1 else "are outliers"
    by = f"p_value below {p_value:.3g}"
    if contamination is not None:
        by = f"the least likely {contamination:g} of the rows learnt from, {by}"
    return (
        f"{n_outliers:,} of {_rows(n_rows)} ({n_outliers / n_rows:.1%}) {are}: {by}, "
        f"under a mixture of {mixture}. Of as many ordinary rows about "
        f"{n_rows * p_value:{',.0f' if n_rows * p_value > 10 else '.2g'}} would be"
    )


def outliers_to_see() -> str:
    """For how to see the outliers alone."""
    return "--only --explain shows the outliers alone, with the value that is furthest off"


def bad_probabilities(value: str) -> str:
    """For probabilities that are none."""
    return (
        f"{value!r} is no list of probabilities. Expected numbers between 0 and 1, both excluded, "
        "with commas between (0.1,0.5,0.9)."
    )


def target_not_named(verb: str) -> str:
    """For a verb that needs a target and has none."""
    return f"Name the column to predict: gaussmix {verb} DATA --target COLUMN."


def target_empty(targets: Sequence[str], path: str) -> ValueError:
    """For a target without a single value in the rows to learn from."""
    one = len(targets) == 1
    return ValueError(
        f"The {'column' if one else 'columns'} {listed(targets)} {'is' if one else 'are'} empty in "
        f"every row of {path}, so there is nothing to learn from. Give rows whose target is known "
        "with --train, or a model with --model."
    )


def no_inputs(targets: Sequence[str]) -> ValueError:
    """For a model all of whose columns are targets."""
    return ValueError(
        f"Every column of the model is a target ({listed(targets)}), so none is left to predict "
        "them from. Name fewer with --target."
    )


def only_targets(targets: Sequence[str], path: str, skipped: Mapping[str, str]) -> ValueError:
    """For a table without a column to predict from; `skipped` says what the others hold."""
    others = "; ".join(f"{name!r} holds {told}" for name, told in list(skipped.items())[:10])
    came = f"; {others}" if others else ""
    return ValueError(
        f"Beside the target ({listed(targets)}) {path} has no column of numbers to predict from"
        f"{came}. Give a table with more columns of numbers."
    )


def other_target(came: Sequence[str], fitted: Sequence[str]) -> ValueError:
    """For another target than a model's."""
    return ValueError(
        f"The model predicts {listed(fitted)}, but --target is {listed(came)}. Leave --target out, "
        "or learn anew with --train."
    )


def targets_learnt(targets: Sequence[str], n_rows: int, mixture: str) -> str:
    """For what a regression has learnt from."""
    return f"learnt {', '.join(targets)} from {_rows(n_rows)}: a mixture of {mixture}"


def targets_tested(target: str, where: str, explained: float, level: float, share: float) -> str:
    """For how well a target is predicted.

    Parameters
    ----------
    target, where : str
        The rows in question are told by `rows_held_out` or `rows_known`.
    explained : float
        R^2.
    level, share : float
        How many intervals were to hold the truth, and how many do.
    """
    return (
        f"{target} of {where}: R^2 {explained:.3f}, and {share:.1%} lie from lower to upper, where "
        f"{level:.4g} were to"
    )


def rows_held_out(n_rows: int, n_folds: int) -> str:
    """For rows that were left out of learning in turn."""
    return f"{_rows(n_rows)}, one in {n_folds} at a time held out"


def rows_known(n_rows: int, path: str) -> str:
    """For rows to answer for whose answer is known."""
    return f"{_rows(n_rows)} of {path} where it is known"


def draws_of_other_strategy(strategy: str) -> str:
    """For draws where something else is to be filled in."""
    return f"--draws fills in random draws, but --strategy is {strategy}. Leave one of them out."


def gaps_filled(n_fields: int, n_gappy: int, n_rows: int, mixture: str, n_empty: int) -> str:
    """For what was filled, and by what."""
    if not n_fields:
        return "no field of the columns of numbers is empty; nothing was filled"
    told = (
        f"filled {counted(n_fields, 'field')} in {n_gappy:,} of {_rows(n_rows)} by a "
        f"mixture of {mixture}"
    )
    if n_empty:
        have = "1 of them has" if n_empty == 1 else f"{n_empty:,} of them have"
        told += f". {have} no value at all, which tells nothing of the row"
    return told


def gaps_at_random() -> str:
    """For what filling takes for granted."""
    return (
        "this is right where the reason for a gap has nothing to do with the value it hides, once "
        "the rest of the row is known. Where values are missing because they are high, or low, "
        "what is filled in is not"
    )


def bad_priors(value: str) -> str:
    """For priors of the classes that are none."""
    return (
        f"{value!r} is no list of probabilities of classes. Expected 'equal', or each class with "
        "its probability and commas between (yes=0.1,no=0.9)."
    )


def target_is_continuous(name: str, value: object, place: str) -> ValueError:
    """For classes that are numbers with a fraction."""
    return ValueError(
        f"The column {name!r} holds numbers such as {value} in {place}, which are no classes. To "
        "predict a number use gaussmix regress; classes are whole numbers or text."
    )


def bad_given(value: str) -> str:
    """For a known value that is none."""
    return f"{value!r} is no known value. Expected a column, = and a number, such as length=4.2."


def given_twice(name: str) -> ValueError:
    """For a column that is given twice."""
    return ValueError(f"The column {name!r} is given twice. Give each column one value.")


def gaps_without_table() -> str:
    """For gaps like those of no table."""
    return "--gaps are those of the table that --like names. Name it, or leave --gaps out."


def rows_like(n_rows: int, path: str) -> str:
    """For rows that were made to look like a table's."""
    return f"{_rows(n_rows)} like those of {path}; none is one of its rows"


def components_of_job(path: str, kind: str) -> ValueError:
    """For components where a job has an answer of its own."""
    verb = _VERBS[kind]
    return ValueError(
        f"{path} holds a {kind}, whose components mean nothing by themselves. For its answers use "
        f"`gaussmix {verb} DATA --model {path}`."
    )


def one_class_only(name: str, label: object, path: str) -> ValueError:
    """For rows to learn from that are all of one class."""
    return ValueError(
        f"Every row of {path} whose class is known has {label!r} in column {name!r}, so there is "
        "nothing to tell apart. Give rows of two classes or more, with --train; for what is unlike "
        "one class see gaussmix outliers."
    )


def classes_learnt(
    classes: Sequence[tuple[object, float, str]], kind: str, n_without: int = 0
) -> str:
    """For what a classifier has learnt.

    Parameters
    ----------
    classes : sequence of (label, number of rows, words about its density)
    kind : str
        "edda" or "mclustda".
    n_without : int
        Number of rows without a class that had a say.
    """
    alike = len({words for *_, words in classes}) == 1
    told = [f"{label} ({n:g} rows{'' if alike else f', {words}'})" for label, n, words in classes]
    more = f" and {len(told) - 10} more" if len(told) > 10 else ""
    more += f", and {_rows(n_without)} without a class" if n_without else ""
    each = f"; each of {classes[0][2]}" if alike else ""
    return f"learnt {counted(len(told), 'class')} ({kind}): {', '.join(told[:10])}{more}{each}"


def classes_tested(target: str, where: str, n_wrong: int, n_rows: int) -> str:
    """For how often a classifier is wrong; `where` is as in `targets_tested`."""
    return f"{target} of {where}: {n_wrong:,} told wrong ({n_wrong / n_rows:.2%})"


def rows_rejected(n_rejected: int, n_rows: int) -> str:
    """For rows that are unlike any class."""
    are, their = ("is", "its") if n_rejected == 1 else ("are", "their")
    return f"{n_rejected:,} of {_rows(n_rows)} {are} unlike any class; {their} label is empty"
