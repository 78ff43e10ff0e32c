"""Messages about the parameters of a mixture and the arguments of estimators."""

from collections.abc import Sequence

from gaussmix.errors.words import listed, near


def unknown_covariance_type(name: object, known: Sequence[str]) -> ValueError:
    """For a covariance_type that no family has."""
    return ValueError(
        f"Unknown covariance_type {name!r}.{near(name, known)} Known: {listed(known, None)}."
    )


def unknown_choice(parameter: str, value: object, known: Sequence[str]) -> ValueError:
    """For a word that is not among the ones a parameter takes."""
    return ValueError(
        f"Unknown {parameter} {value!r}.{near(value, known)} Known: {listed(known, None)}."
    )


def out_of_range(owner: str, parameter: str, needed: str, value: object) -> ValueError:
    """For a constructor parameter of the wrong type or outside its range."""
    return ValueError(
        f"The {parameter!r} parameter of {owner} must be {needed}. Got {value!r} instead."
    )


def wrong_shape(parameter: str, expected: tuple[int, ...], got: tuple[int, ...]) -> ValueError:
    """For a parameter array of the wrong shape."""
    return ValueError(
        f"The parameter '{parameter}' should have the shape of {expected}, but got {got}"
    )


def weights_out_of_range(low: float, high: float) -> ValueError:
    """For proportions outside [0, 1]."""
    return ValueError(
        "The parameter 'weights' should be in the range [0, 1], but got "
        f"max value {high:.5f}, min value {low:.5f}"
    )


def weights_not_normalized(total: float) -> ValueError:
    """For proportions that do not sum to one."""
    return ValueError(
        f"The parameter 'weights' should be normalized, but got sum(weights) = {total:.5f}. "
        "Divide them by their sum."
    )


def not_finite_parameter(parameter: str) -> ValueError:
    """For NaN or infinity in a parameter array."""
    return ValueError(f"The parameter '{parameter}' should be finite, but holds NaN or infinity.")


def not_positive_definite(what: str, requirement: str, component: int) -> ValueError:
    """For a precision or covariance that no Gaussian has."""
    return ValueError(f"'{what}' should be {requirement}; that of component {component} is not.")


def not_of_family(covariance_type: str, words: str) -> ValueError:
    """For covariances without the structure that their type promises."""
    return ValueError(
        f"The covariances do not have the structure of {covariance_type!r} ({words}). Give "
        "covariance_type='full' to keep them as they are."
    )


def wrong_row_shape(shape: tuple[int, ...], n_features: int) -> ValueError:
    """For an array that does not hold rows of the mixture's columns."""
    return ValueError(
        f"Expected rows of {n_features} columns, shape (N, {n_features}), but got shape {shape}. "
        "Write a single row as [[...]]."
    )


def not_numbers(dtype: str) -> ValueError:
    """For an array of dates, durations or booleans."""
    return ValueError(
        f"Expected an array of numbers, but got dtype {dtype}. Convert it (X.astype(float)) if its "
        "values are quantities; leave it out if they are not."
    )


def too_few_rows(n_components: int, n_rows: int) -> ValueError:
    """For fewer rows (with positive weight) than components."""
    return ValueError(
        f"Expected n_samples >= n_components but got n_components = {n_components}, "
        f"n_samples = {n_rows}. Rows of weight zero do not count. Try fewer components."
    )


def warm_start_changed(what: str, before: object, now: object) -> ValueError:
    """For a warm start after a parameter that fixes the model's size was changed."""
    return ValueError(
        f"warm_start=True goes on from the fit before, which had {what} = {before!r}, but "
        f"{what} is now {now!r}. Set warm_start=False to fit anew, or set it back."
    )


def wrong_start(shape: tuple[int, ...], n_rows: int, n_components: int) -> ValueError:
    """For init_params that are an array of the wrong shape."""
    return ValueError(
        f"init_params as an array should hold one label per row, shape ({n_rows},), or "
        f"responsibilities, shape ({n_rows}, {n_components}), but got shape {shape}."
    )


def wrong_start_label(value: object, row: int, n_components: int) -> ValueError:
    """For a start label that names no component."""
    return ValueError(
        f"init_params holds the label {value!r} in row {row}; with n_components = "
        f"{n_components} labels are the integers 0 to {n_components - 1}."
    )


def wrong_responsibilities(row: int, total: float) -> ValueError:
    """For start responsibilities that are no probabilities."""
    return ValueError(
        "init_params as responsibilities should be at least zero and sum to one in every row, "
        f"but row {row} sums to {total:.6g} or holds a negative value. Divide each row by its sum."
    )


def invalid_n_samples(n_samples: object) -> ValueError:
    """For a sample of no rows."""
    return ValueError(
        f"Invalid value for 'n_samples': {n_samples!r} . The sampling requires at least one sample."
    )


def invalid_random_state(value: object) -> ValueError:
    """For something that seeds no generator."""
    return ValueError(
        f"{value!r} cannot be used to seed random numbers. Give None, an integer >= 0, a "
        "numpy.random.Generator or a numpy.random.RandomState."
    )


def hopeless_shape(covariance_type: str, needed: int, n_rows: int, n_features: int) -> str:
    """For ellipsoids that have more directions than the rows can show."""
    return (
        f"covariance_type={covariance_type!r} with {n_features} columns needs more than {needed} "
        f"rows to have a covariance of full rank in every component, but there are {n_rows}: the "
        "result will rest on reg_covar, and each iteration factorises matrices of "
        f"{n_features} x {n_features}. covariance_type='diag', 'tied_diag', 'spherical' or "
        "'tied_spherical' would work; so would fewer columns."
    )


def repeated_columns(columns: Sequence[object]) -> ValueError:
    """For a choice of columns that is empty or names one twice."""
    return ValueError(f"Expected one or more different columns, but got {list(columns)!r}.")


def cannot_save(kind: str) -> TypeError:
    """For a model of a kind that has no file format."""
    return TypeError(
        f"Cannot save a {kind}. Expected a GaussianMixture, a GaussianMixtureSearch or a Mixture."
    )
