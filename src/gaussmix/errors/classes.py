"""Messages about classes: labels, priors, rows without a label, classes of few rows."""

from collections.abc import Sequence

from gaussmix.errors.words import counted, listed


def no_classes(owner: str) -> ValueError:
    """For a fit without y."""
    return ValueError(
        f"{owner} requires y to be passed, but the target y is None. Give the class of each row, "
        "with NaN or None where it is not known."
    )


def nothing_labelled(n_rows: int) -> ValueError:
    """For rows of which none has a class."""
    return ValueError(
        f"None of the {counted(n_rows, 'row')} of y that count has a class: all are missing or "
        "marked as unlabelled. Give the class of some rows, or cluster them with "
        "GaussianMixtureSearch, which needs none."
    )


def infinite_class(row: int) -> ValueError:
    """For an infinite value among the classes."""
    return ValueError(
        f"Input y contains infinity, in row {row}. Classes are finite numbers, text or booleans; "
        "use NaN or None where the class is not known."
    )


def mixed_classes(kinds: Sequence[str]) -> ValueError:
    """For classes of several types, which have no order."""
    return ValueError(
        f"The classes in y are of several types: {', '.join(kinds)}. Give them all as text, or "
        "all as numbers."
    )


def one_class_left(marker: object) -> str:
    """Where leaving out what is marked as unlabelled would leave fewer than two classes."""
    return (
        f"unlabelled={marker!r} leaves a single class. If {marker!r} is a class of its own, fit "
        "with unlabelled=None."
    )


def ambiguous_marker() -> str:
    """Where -1 may be a class or stand for rows without one."""
    return (
        "The classes in y are -1, 0 and 1. Rows of -1 are taken to have no label, as in "
        "scikit-learn's semi-supervised estimators. If -1 is a class, fit with unlabelled=None; "
        "if it is not, unlabelled=-1 says so without this warning."
    )


def few_rows_of_class(label: object, n_rows: int, n_features: int, shape: str) -> str:
    """Where a class has too few rows for an ellipsoid of its own."""
    return (
        f"Class {label!r} has {counted(n_rows, 'row')} in {counted(n_features, 'column')}: too few "
        f"for an ellipsoid of its own. It was given {shape}. Collect more rows, use fewer columns, "
        "or name poorer shapes in covariance_types to choose this for every class."
    )


def unsound_class(label: object, n_rows: int, n_features: int, reason: str, shape: str) -> str:
    """Where no mixture of a class alone is sound."""
    return (
        f"Class {label!r} ({counted(n_rows, 'row')}, {counted(n_features, 'column')}) has no sound "
        f"mixture of its own: {reason} It was given {shape}."
    )


def of_class(label: object, message: str) -> str:
    """A message about the fit of one class."""
    return f"Class {label!r}: {message}"


def no_sound_shape(reason: str) -> str:
    """Where no shape that the classes could share is sound."""
    return (
        f"No shape that the classes could share is sound: {reason} The one that was used measures "
        "reg_covar rather than the rows: probabilities are near 0 and 1 whatever they should be. "
        "Collect more rows of each class, or use fewer columns."
    )


def no_shape_for_classes(reasons: Sequence[str]) -> ValueError:
    """Where no shape could be fitted at all."""
    return ValueError(
        "No shape could be fitted to the classes: " + "; ".join(reasons) + ". Raise reg_covar "
        "above zero, or leave out columns that are constant."
    )


def unknown_class(parameter: str, label: object, classes: Sequence[object]) -> ValueError:
    """For an entry of a dict for a class that y does not have."""
    return ValueError(
        f"{parameter} names {label!r}, which is no class of y. The classes are {listed(classes)}."
    )


def missing_class(parameter: str, label: object) -> ValueError:
    """For a dict without an entry for a class."""
    return ValueError(f"{parameter} has no entry for class {label!r}; give one for each class.")


def wrong_priors(priors: object, classes: Sequence[object]) -> ValueError:
    """For priors that are no probabilities of the classes."""
    return ValueError(
        "priors must be None, 'equal', or one probability of at least zero for each of the "
        f"classes {listed(classes)}, summing to one; got {priors!r}."
    )


def reject_label_taken(label: object) -> ValueError:
    """For rejected rows that would look like rows of a class."""
    return ValueError(
        f"Rejected rows would be answered with {label!r}, which is a class of y. Set reject_label "
        "to a value that is no class."
    )


def more_folds_than_labels(label: object, n_rows: int) -> ValueError:
    """For a cross-validation of classes of which one has a single row."""
    return ValueError(
        f"criterion='cv' holds out rows of every class, but class {label!r} has "
        f"{counted(n_rows, 'labelled row')}. Use criterion='bic', or collect two rows at least."
    )


def one_gaussian_per_class(n_components: object) -> ValueError:
    """For several components where classes have one Gaussian each."""
    return ValueError(
        f"model='edda' has one Gaussian for each class, but n_components={n_components!r}. Leave "
        "n_components out, or use model='mclustda' for a mixture of each class."
    )


def more_components_than_rows(fewest: int) -> str:
    """Why a class has no mixture of its own, where more components are asked for than rows."""
    return f"it has fewer rows than the {counted(fewest, 'component')} asked for."


def empty_column_of_class(column: str) -> str:
    """Why a class has no mixture of its own, where a column has no value."""
    return f"{column} holds no value in any of its rows."


def constant_column_of_class(column: str) -> str:
    """Why a class has no mixture of its own, where a column varies in other classes only."""
    return f"{column} holds one value in all of its rows."


def orientation_of_few_rows(n_rows: int) -> str:
    """Why classes cannot each have an orientation."""
    return f"a class of {counted(n_rows, 'row')} shows no orientation of its own."


def narrow_component() -> str:
    """Why a class has no mixture of its own, where rounding has made one."""
    return "a component of every one is so narrow that it describes rounding."
