"""Messages about the parameters of a mixture and the arguments of estimators."""

from collections.abc import Mapping, Sequence

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


def of_one_column(name: str, n_features: int, same: Sequence[str]) -> ValueError:
    """For a code of one column that was given for several."""
    volume = "equal" if name == "E" else "varying"
    return ValueError(
        f"covariance_type={name!r} ({volume} variance) is for one column, but there are "
        f"{n_features}. For several columns with {volume} volume choose among {listed(same, None)}."
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
        f"n_samples = {n_rows}. Rows of weight zero do not count. The largest possible is "
        f"n_components = {n_rows}."
    )


def size_changed(how: str, what: str, before: object, now: object) -> ValueError:
    """For going on from a fit after a parameter that fixes the model's size was changed."""
    return ValueError(
        f"{how} goes on from the fit before, which had {what} = {before!r}, but {what} is now "
        f"{now!r}. Set it back, or make a new estimator to fit anew."
    )


def no_statistics(owner: str) -> ValueError:
    """For statistics of an estimator that was given its parameters, or loaded."""
    return ValueError(
        f"This {owner} has parameters but no statistics of rows: it was built from known "
        "parameters or loaded from a file. Fit it to rows first."
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
    """For a sample of no rows, and what is no number of rows."""
    return ValueError(
        f"Invalid value for 'n_samples': {n_samples!r} . The sampling requires at least one "
        "sample: give a whole number from 1."
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


def hopeless_shapes(needed: Mapping[str, int], n_rows: int, n_features: int) -> str:
    """For several shapes of which `hopeless_shape` would be said, with the rows each needs."""
    if len(needed) == 1:
        (name,) = needed
        return hopeless_shape(name, needed[name], n_rows, n_features)
    by_need: dict[int, list[str]] = {}
    for name, rows in needed.items():
        by_need.setdefault(rows, []).append(name)
    shapes = "; ".join(f"{rows}: {listed(names, None)}" for rows, names in by_need.items())
    return (
        f"{len(needed)} of the shapes need more than the {n_rows} rows there are to have "
        f"covariances of full rank in {n_features} columns (more than {shapes}). Their results "
        "will rest on reg_covar, and each iteration factorises matrices of "
        f"{n_features} x {n_features}. covariance_types=['diag', 'tied_diag', 'spherical', "
        "'tied_spherical'] would work; so would fewer columns."
    )


def repeated_columns(columns: Sequence[object]) -> ValueError:
    """For a choice of columns that is empty or names one twice."""
    return ValueError(f"Expected one or more different columns, but got {list(columns)!r}.")


def cannot_save(kind: str) -> TypeError:
    """For a model of a kind that has no file format."""
    return TypeError(
        f"Cannot save a {kind}. Expected a GaussianMixture, a BayesianGaussianMixture, a "
        "GaussianMixtureSearch, a GaussianMixtureImputer, -OutlierDetector, -Classifier or "
        "-Regressor, or a Mixture."
    )


def noise_without_volume(column: str) -> ValueError:
    """For a noise component over a box without extent."""
    return ValueError(
        f"A noise component is uniform over the box around the rows, but {column} is constant, so "
        "the box has no volume. Leave the column out, or give the volume (noise_volume=...)."
    )


def volume_without_noise(volume: float) -> ValueError:
    """For the volume of a noise component that is not asked for."""
    return ValueError(
        "noise_volume says how large the noise component's volume is, but noise_component is "
        f"False; got noise_volume={volume!r}. Set noise_component=True, or leave noise_volume out."
    )


def fixed_without_value(name: str, parameter: str) -> ValueError:
    """For parameters that are to stay as they are but were not given."""
    return ValueError(
        f"fixed={name!r} keeps the {name} as they are given, but {parameter} is None. Give their "
        f"values as {parameter}=..., or do not fix them."
    )


def fixed_in_part(covariance_type: str, *, is_one: bool = True) -> ValueError:
    """For fixing some covariances of a family that has one for all, or a part of it."""
    shared = (
        "has one covariance for all components: fix it"
        if is_one
        else "makes all components share a part of their covariances: fix them"
    )
    return ValueError(
        f"covariance_type={covariance_type!r} {shared} for all of them or for none. A type whose "
        "covariances share nothing ('full', 'diag', 'spherical') takes a mask."
    )


def fixed_mask(name: str, mask: object, n_components: int) -> ValueError:
    """For a mask of components that is none."""
    return ValueError(
        f"fixed[{name!r}] should be True, False or {n_components} booleans, one for each "
        f"component, but got {mask!r}."
    )


def fixed_weights_leave_nothing(total: float) -> ValueError:
    """For fixed proportions that sum to one or more while others are to be estimated."""
    return ValueError(
        f"The fixed weights sum to {total:.6g}, which leaves nothing for the other components or "
        "for noise. Let the fixed ones sum to less than 1."
    )


def label_beyond_components(label: object, n_components: int, row: int | None = None) -> ValueError:
    """For a known label that names no component."""
    if row is None:
        held = f"The largest label, in labels or in the label column of a stream, is {label!r}"
    else:
        held = f"labels holds {label!r} in row {row}"
    return ValueError(
        f"{held}; with n_components = {n_components} a known label is an "
        f"integer from 0 to {n_components - 1}, and -1 stands for unknown."
    )


def fewer_than_labels(smallest: int, n_labels: int) -> ValueError:
    """For a search with fewer components than there are known labels."""
    return ValueError(
        f"The largest label is {n_labels - 1}, and labels count from 0, so there are {n_labels} "
        f"components or more, but n_components starts at {smallest}. Start n_components at "
        f"{n_labels}."
    )


def label_shape(shape: tuple[int, ...], n_rows: int) -> ValueError:
    """For labels that are not one for each row."""
    return ValueError(
        f"Expected one label for each row, shape ({n_rows},), but labels has shape {shape}. Give "
        "-1 to rows whose component is not known."
    )


def error_not_numbers(reason: str) -> ValueError:
    """For measurement errors that are no numbers."""
    return ValueError(
        f"X_covariance must hold numbers, the variances of the rows' errors: {reason}."
    )


def fixed_kind(value: object) -> ValueError:
    """For something that says not what is fixed."""
    return ValueError(
        "fixed should be None, a text such as 'means' or 'weights,covariances', or a dict with a "
        f"mask of components for each, but got {value!r}."
    )


def error_shape(shape: tuple[int, ...], n_rows: int, n_features: int) -> ValueError:
    """For measurement variances of the wrong shape."""
    return ValueError(
        f"X_covariance should hold a variance for each value, shape ({n_rows}, {n_features}), or a "
        f"covariance for each row, shape ({n_rows}, {n_features}, {n_features}), but got {shape}."
    )


def error_negative(value: float, place: str, column: str) -> ValueError:
    """For a measurement variance below zero."""
    return ValueError(
        f"X_covariance holds the variance {value:.6g} for {column} in {place}; a variance is at "
        "least 0. Where it holds standard deviations, square them."
    )


def error_not_a_covariance(place: str) -> ValueError:
    """For a measurement covariance that is not symmetric, or has a negative direction."""
    return ValueError(
        f"X_covariance in {place} is no covariance: it must be symmetric with no negative "
        "eigenvalue."
    )


def error_missing(place: str, column: str) -> ValueError:
    """For a value whose measurement error is missing or infinite."""
    return ValueError(
        f"X_covariance for {column} in {place} is not finite, but the value itself is there. Give "
        "its variance (0 where it is exact), or make the value NaN if nothing is known."
    )


def details_of_stream(what: str) -> ValueError:
    """For per-row arguments beside rows that are read from storage."""
    return ValueError(
        f"{what} cannot be given beside rows that are read from files or blocks, where rows have "
        "no numbers to go by. Name the column that holds it when you open them "
        "(gaussmix.open_stream(..., weight=..., label=...))."
    )


def error_of_intervals() -> ValueError:
    """For measurement errors of rows that are intervals."""
    return ValueError(
        "X_covariance cannot be given with IntervalData: an interval says already how well its "
        "value is known. Give X as an array, or leave X_covariance out."
    )


def callable_without_rows() -> ValueError:
    """For a callable start where the rows are not in memory."""
    return ValueError(
        "A callable init_params is given the rows as an array, but they are read from storage or "
        'lie on a cluster. Name a start ("kmeans"), or give means_init.'
    )


def fixed_and_ordered(order: object) -> ValueError:
    """For fixed parameters of components that are to be renumbered."""
    return ValueError(
        f"fixed keeps parameters of numbered components, but component_order={order!r} would "
        "number them anew. Leave component_order at 'auto' or 'start'."
    )
