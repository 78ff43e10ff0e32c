"""Messages about what is made of mixtures, and how two of them compare."""

from collections.abc import Sequence

from gaussmix.errors.words import counted


def gap_in_point(verb: str, row: int, column: str) -> ValueError:
    """For a missing value where a whole point is needed."""
    return ValueError(
        f"{verb} needs whole rows, and in row {row} {column} is missing. Leave the row out, or "
        "take the marginal of the columns that it has."
    )


def without_noise_only(verb: str, why: str) -> ValueError:
    """For a mixture with noise where the answer would not be a mixture."""
    return ValueError(
        f"{verb} is for mixtures without noise: {why}. Without it the Gaussians are "
        "Mixture(m.weights / m.weights.sum(), m.means, m.covariances, "
        "covariance_type=m.covariance_type)."
    )


def rank_too_low(rank: int, shape: tuple[int, ...]) -> ValueError:
    """For a matrix whose image has no density."""
    advice = f"Keep {rank} of its rows" if rank else "Give each row an entry other than zero"
    return ValueError(
        f"Expected the rows of A to be independent, but its rank is {rank} and its shape {shape}: "
        f"A x would lie in fewer dimensions than it has columns, where nothing has a density. "
        f"{advice}."
    )


def not_a_mixture(value: object) -> TypeError:
    """For something else where a second mixture should be."""
    return TypeError(
        f"Expected a Mixture, got {type(value).__name__}. The mixture of a fitted estimator is its "
        "mixture_."
    )


def other_columns(mine: Sequence[str] | int, theirs: Sequence[str] | int) -> ValueError:
    """For two mixtures that are not of the same columns."""
    told = [
        counted(value, "column") if isinstance(value, int) else f"the columns {list(value)}"
        for value in (mine, theirs)
    ]
    return ValueError(
        f"Expected two mixtures of the same columns, but one has {told[0]} and the other "
        f"{told[1]}. Take the marginal of the columns that they share."
    )


def wrong_error_shape(shape: tuple[int, ...], n_features: int) -> ValueError:
    """For the covariance of an error of another shape than a number, (D,) or (D, D)."""
    return ValueError(
        f"Expected the covariance of the error as one variance, ({n_features},) variances or a "
        f"({n_features}, {n_features}) matrix, got an array of shape {shape}."
    )


def not_symmetric_error(difference: float) -> ValueError:
    """For the covariance of an error that is not symmetric."""
    return ValueError(
        "Expected the covariance of the error to be symmetric, but it differs from its transpose "
        f"by up to {difference:.3g}. Average the two: 0.5 * (C + C.T)."
    )


def not_a_covariance(smallest: float) -> ValueError:
    """For an error whose covariance has a negative variance in some direction."""
    return ValueError(
        "Expected the covariance of the error to be symmetric and positive semi-definite, but in "
        f"some direction its variance is {smallest:.3g} (of columns of variance one). Variances, "
        "not standard deviations, and none below zero."
    )


def no_mixtures() -> ValueError:
    """For a union of nothing."""
    return ValueError("Expected at least one mixture to unite, got none.")


def different_noise() -> ValueError:
    """For a union of mixtures whose boxes differ."""
    return ValueError(
        "Expected all mixtures that have noise to have it in the same box, but their boxes differ, "
        "and a Mixture holds one. Fit them on the same rows, or unite the Gaussians alone."
    )


def gaussians_and_tails() -> ValueError:
    """For a union of Gaussians and Student t's."""
    return ValueError(
        "Expected mixtures of Gaussians alone or of Student t's alone, but got both kinds, and a "
        "Mixture holds one. Fit all with the same component='gaussian' or 'student_t'."
    )


def wrong_reduction(n_components: object, most: int) -> ValueError:
    """For a number of components that a mixture cannot be reduced to."""
    return ValueError(
        f"Expected n_components to be a whole number from 1 to {most}, the number there are, got "
        f"{n_components!r}. More components than these can only be fitted."
    )
