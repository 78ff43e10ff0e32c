"""Messages about clusters: merged components, stability, directions."""

from collections.abc import Sequence


def wrong_n_clusters(n_clusters: object, n_components: int) -> ValueError:
    """For a number of clusters that merging the components cannot give."""
    return ValueError(
        f"n_clusters should be an integer from 1 to the number of components, {n_components}, "
        f"but is {n_clusters!r}. Leave it out to have it chosen, or fit more components."
    )


def not_posteriors(shape: tuple[int, ...], n_columns: int) -> ValueError:
    """For an array that does not hold the posteriors of the components that were merged."""
    return ValueError(
        f"Expected the posterior probabilities of the components that were merged, shape "
        f"(N, {n_columns}), but got shape {shape}. Give what predict_proba of the same fit answers."
    )


def resampling_needs_rows(kind: str) -> TypeError:
    """For a bootstrap of rows that are not in memory."""
    return TypeError(
        f"Resampling needs the rows in memory, as an array or a data frame, but got {kind}. "
        "Give a random sample of the rows."
    )


def every_refit_failed(n_resamples: int, reasons: Sequence[str]) -> ValueError:
    """For a bootstrap without a single fit."""
    return ValueError(
        f"None of {n_resamples} refits to resampled rows succeeded. The first failure: "
        f"{reasons[0]} Try fewer components, a simpler covariance_type or a larger reg_covar."
    )


def invalid_mean_share(value: object) -> ValueError:
    """For a share of the means beyond 0 and 1."""
    return ValueError(
        f"mean_share should be a number from 0 (differences of covariances only) to 1 "
        f"(differences of means only), but is {value!r}."
    )


def no_directions(n_components: int, mean_share: float) -> ValueError:
    """For components that differ in nothing that was asked for."""
    if n_components == 1:
        return ValueError(
            "A mixture of 1 component has no directions that tell components apart. Fit at least "
            "2 components."
        )
    return ValueError(
        f"With mean_share = {mean_share:g} the {n_components} components do not differ in any "
        "direction. mean_share=0.5 looks at means and covariances alike; fit fewer components if "
        "it finds none either."
    )


def too_many_directions(n_directions: object, most: int, mean_share: float) -> ValueError:
    """For more directions than tell the components apart."""
    more = (
        "" if mean_share < 1.0 else " A mean_share below 1 counts differences of covariances too."
    )
    return ValueError(
        f"n_directions should be an integer from 1 to {most}, the number of directions in which "
        f"the components differ, but is {n_directions!r}.{more}"
    )


def too_few_whole_rows(n_rows: int, n_features: int) -> ValueError:
    """For a covariance of fewer rows than it has directions."""
    return ValueError(
        f"The covariance of {n_features} columns needs more than {n_features} rows without gaps, "
        f"but there are {n_rows}. Leave X out to use the covariance of the fitted mixture."
    )
