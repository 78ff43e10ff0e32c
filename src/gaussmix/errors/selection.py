"""Warnings and messages about the choice of a model."""

from collections.abc import Sequence

from gaussmix.errors.words import counted, titled

#: Failed candidates that a message lists.
_LISTED = 10


class SearchWarning(UserWarning):
    """The best of what was tried may not be the best that there is."""


def best_on_edge(n_components: int, *, is_largest: bool) -> str:
    """For a winner beyond which nothing was tried, on one side."""
    if is_largest:
        return (
            f"The best has {counted(n_components, 'component')}, the largest number that was "
            f"tried; with more it might be better still. Try n_components up to "
            f"{2 * n_components}, or another shape if the number keeps rising."
        )
    return (
        f"The best has {counted(n_components, 'component')}, the smallest number that was tried; "
        f"with fewer it might be better still. Try n_components from 1 to {n_components}."
    )


def few_rows(n_parameters: int, n: float, n_rows: int) -> str:
    """For a winner with as many parameters as rows hold numbers; n is the rows' weight."""
    if n < n_rows and n_rows > n_parameters:
        return (
            f"The row weights sum to {n:.6g}, which counts as the number of rows, and the best has "
            f"{counted(n_parameters, 'parameter')}: from so few rows BIC and its like tell "
            f"nothing. Scale sample_weight to sum to the number of independent rows "
            f"(there are {n_rows} rows)."
        )
    return (
        f"The best has {counted(n_parameters, 'parameter')}, as many as the rows ({n:.6g}) hold "
        "numbers, or more: BIC and its like are meant for far more rows than parameters, and tell "
        "nothing here. Try fewer components, shapes of fewer parameters ('tied_diag', 'spherical', "
        "'tied_spherical') or a prior, and choose by criterion='cv'."
    )


def infinite_criterion(criterion: str, n: float, fewest: int) -> ValueError:
    """For a criterion that has no finite value for any candidate."""
    return ValueError(
        f"{titled(criterion)} is infinite for every candidate: it needs n > p + 1, but there are "
        f"n = {n:.6g} rows (the sum of their weights), and the smallest model has p = {fewest} "
        "parameters. Choose by criterion='bic', or try fewer components or shapes of fewer "
        "parameters ('diag', 'tied_spherical')."
    )


def no_candidate(reasons: Sequence[tuple[str, str]]) -> ValueError:
    """For a search in which no fit can be compared.

    Parameters
    ----------
    reasons : sequence of (str, str)
        What each candidate is called, and why it failed.
    """
    width = max((len(name) for name, _ in reasons[:_LISTED]), default=0)
    lines = [f"  {name.ljust(width)}  {reason}" for name, reason in reasons[:_LISTED]]
    hidden = len(reasons) - _LISTED
    if hidden > 0:
        lines.append(f"  and {hidden} more")
    return ValueError(
        "No candidate could be fitted. Why each of them failed:\n" + "\n".join(lines) + "\n"
        "Try fewer components, simpler shapes ('diag', 'tied'), or reg_covar or a prior above zero."
    )


def empty_range(asked: object) -> ValueError:
    """For numbers of components that are none."""
    hint = "give one number or several, such as range(1, 10)"
    if isinstance(asked, range):
        low, high = sorted((asked.start, asked.stop))
        hint = (
            f"a range counts up to its second number, which it leaves out: try "
            f"range({max(low, 1)}, {max(high, 1) + 1})"
        )
    return ValueError(f"n_components={asked!r} holds no number to try; {hint}.")


def none_is_no_mixture(asked: range, better: range) -> ValueError:
    """For a range of numbers of components that begins below one."""
    return ValueError(
        f"n_components={asked!r} holds {min(asked)}, but a mixture has at least 1 component: try "
        f"{better!r}."
    )


def reversed_range(low: int, high: int) -> str:
    """For a range of the command whose first number is the larger."""
    return f"The range {high}:{low} is reversed. Give the smaller number first: {low}:{high}."


def patience_with_cv() -> ValueError:
    """For stopping early by a criterion that is known at the end only."""
    return ValueError(
        "patience stops at once where a criterion gets worse, but criterion='cv' is known only "
        "when all is fitted. Leave patience out, or choose by 'bic', 'aic', 'aicc' or 'icl'."
    )


def groups_unused(criterion: str) -> ValueError:
    """For groups where nothing is held out."""
    return ValueError(
        f"groups say which rows are held out together, but criterion={criterion!r} holds out none. "
        "Give criterion='cv', or cv=5 for a column of cross-validation beside it."
    )


def group_shape(shape: tuple[int, ...], n_rows: int) -> ValueError:
    """For groups that are not one for each row."""
    return ValueError(
        f"Expected one group per row, shape ({n_rows},), but got groups of shape {shape}."
    )


def group_missing(row: str) -> ValueError:
    """For a row whose group is not known."""
    return ValueError(
        f"{row[:1].upper()}{row[1:]} has no group (it is missing). Give each row a group, or leave "
        "such rows out."
    )


def cv_needs_memory(kind: str) -> ValueError:
    """For cross-validation of rows that are not an array here."""
    return ValueError(
        f"Cross-validation takes rows in memory, but X is {kind}. Load the rows or a sample of "
        "them, or choose by 'bic', 'aic', 'aicc' or 'icl', which need no folds."
    )


def too_few_for_folds(n_folds: int, n_units: int, unit: str) -> ValueError:
    """For fewer rows, or groups, than folds."""
    fewer = (
        f"Give {n_units} folds or fewer"
        if n_units > 1
        else "Choose by 'bic', 'aic', 'aicc' or 'icl', which need no folds"
    )
    zero = " Rows of weight zero do not count." if unit == "row" else ""
    return ValueError(
        f"criterion 'cv' with {n_folds} folds needs at least {counted(n_folds, unit)}, but there "
        f"{'is' if n_units == 1 else 'are'} {n_units}.{zero} {fewer}."
    )


def bad_cv(owner: str, value: object) -> ValueError:
    """For a cv that makes no folds."""
    return ValueError(
        f"The 'cv' parameter of {owner} must be None, an int of 2 or more, a scikit-learn splitter "
        f"or pairs of (train, test) row numbers. Got {value!r} instead."
    )


def bad_fold(number: int, what: str) -> ValueError:
    """For a fold that cannot be used."""
    return ValueError(
        f"Fold {number} of cv cannot be used: {what}. Expected pairs (train, test) of row numbers, "
        "or of masks with an entry per row, that have no row in common."
    )


def fold_failed(number: int, n_folds: int, reason: str) -> str:
    """For a candidate that has no fit in a fold."""
    return f"Without the rows of fold {number} of {n_folds}: {reason}"


def fold_too_small(n_rows: int, n_components: int) -> str:
    """For more components than a fold leaves rows."""
    return f"{counted(n_rows, 'row')} cannot make {counted(n_components, 'component')}."


def not_tried(patience: int, criterion: str, best: int) -> str:
    """For a candidate that was left out by patience."""
    return (
        f"Not tried (patience={patience}): {titled(criterion)} was worse than that of "
        f"{counted(best, 'component')} {patience} times running."
    )


def no_priors() -> ValueError:
    """For an empty list of priors."""
    return ValueError(
        "prior=[] holds none to try. Give None, 'default', a prior, or several of these."
    )


def group_without_folds() -> str:
    """For groups of the command where nothing is held out."""
    return (
        "--group says which rows are held out together, and none are. Add --criterion cv, or "
        "--folds 5 to have the held-out log density beside another criterion."
    )


def patience_and_cv() -> str:
    """For stopping early by what is known at the end only, in the command."""
    return (
        "--patience stops where a criterion gets worse, but --criterion cv is known only when all "
        "is fitted. Leave --patience out, or choose by bic, aic, aicc or icl."
    )


def folds_of_stream(n_rows: int) -> ValueError:
    """For cross-validation of rows that the command streams."""
    return ValueError(
        f"Cross-validation takes rows in memory, but the {n_rows:,} rows would take more than "
        "--memory. Raise --memory, or leave --folds out and choose by bic, aic, aicc or icl."
    )
