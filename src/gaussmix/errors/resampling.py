"""Messages about standard errors, intervals and the bootstrap test."""

from collections.abc import Mapping, Sequence

from gaussmix.errors.words import counted


def not_in_memory(what: str) -> ValueError:
    """For rows that are read in parts where they must be looked at again and again."""
    return ValueError(
        f"{what} needs the rows in memory, as an array or a table, but got a stream, a path or a "
        "Dask collection. Read a part of the rows, or a sample of them, into memory first."
    )


def too_few_resamples(asked: int, needed: int) -> ValueError:
    """For a number of resamples that can answer nothing."""
    return ValueError(
        f"n_resamples={asked} is too few: at least {needed} are needed. Try 999, or 199 for a "
        "first look."
    )


def level_cannot_be_reached(n_resamples: int, level: float) -> ValueError:
    """For a test that could never reject."""
    needed = int(-(-(1.0 - level) // level))
    return ValueError(
        f"With n_resamples={n_resamples} no p-value is below {1.0 / (n_resamples + 1):.3g}, so "
        f"level={level:g} cannot be reached. Take at least {needed} resamples."
    )


def weights_sum_to_little(total: float, n_parameters: int) -> ValueError:
    """For row weights that are no numbers of rows."""
    return ValueError(
        f"The row weights sum to {total:.6g}, which must be the number of independent rows, and "
        f"{counted(n_parameters, 'parameter')} cannot be estimated from so few. Scale "
        "sample_weight to sum to the number of independent rows."
    )


def jackknife_too_long(n_rows: int, limit: int) -> ValueError:
    """For a jackknife of very many rows."""
    return ValueError(
        f"The jackknife makes one fit for each of {n_rows} rows, more than the {limit} it is "
        'meant for. Take method="weighted", whose answer is about the same, with a few hundred '
        "resamples."
    )


def every_replicate_failed(n_done: int, failures: Mapping[str, int]) -> ValueError:
    """For a method of which next to no replicate came to an end."""
    return ValueError(
        f"Of {counted(n_done, 'replicate')} fewer than two could be fitted: "
        f"{failure_counts(failures)}. The estimate hangs on a few rows: try fewer components, a "
        "simpler covariance_type or a larger reg_covar."
    )


def failure_counts(failures: Mapping[str, int]) -> str:
    """Reasons with how often each occurred; "no failures" for none."""
    return ", ".join(f"{n} {reason}" for reason, n in failures.items()) or "no failures"


def some_failed(n_failed: int, n_asked: int, failures: Mapping[str, int]) -> str:
    """Warning that the replicates that failed are missing from what is reported."""
    return (
        f"{n_failed} of {counted(n_asked, 'replicate')} failed ({failure_counts(failures)}) and "
        "are left out, which makes the parameters look more certain than they are. Try fewer "
        "components, a simpler covariance_type or a larger reg_covar."
    )


def not_at_maximum(distance: float) -> str:
    """Warning that the estimate is not where its rows have their maximum."""
    return (
        f"On these rows the estimate is {distance:.2g} standard errors away from the maximum that "
        "EM reaches from it, about which the uncertainty is told. Fit the same rows with tol=1e-6 "
        "or less, and a larger max_iter."
    )


def never_at_maximum(distance: float) -> ValueError:
    """For the observed information at a point that is no maximum."""
    return ValueError(
        f"EM ended {distance:.2g} standard errors away from where the likelihood is largest, so "
        "the observed information there says nothing. Increase max_iter, or take "
        'method="weighted".'
    )


def information_of_degenerate(reasons: Sequence[str]) -> ValueError:
    """For the observed information of a component that the penalty has made."""
    return ValueError(
        "The observed information of a degenerate fit measures reg_covar, not the data. "
        + " ".join(reasons)
    )


def singular_information(parameters: Sequence[str]) -> ValueError:
    """For parameters that the rows leave open."""
    return ValueError(
        "The observed information is not positive definite: the rows leave open a combination of "
        f"{', '.join(parameters)}. Try fewer components or a simpler covariance_type, or take "
        'method="weighted", which shows how far the estimates scatter.'
    )


def shape_not_determined(code: str, found: int, expected: int) -> ValueError:
    """For covariances at which their family has a corner."""
    return ValueError(
        f"Near this estimate covariances of the family {code} move in {found} directions instead "
        f"of {expected}: two of its axes or volumes cannot be told apart. Take a simpler "
        'covariance_type, or method="weighted".'
    )


def information_not_for(what: str) -> ValueError:
    """For fits whose observed information is not available."""
    return ValueError(
        f'method="information" is not available for {what}. Take method="weighted" or "bootstrap".'
    )


def parametric_not_for(what: str) -> ValueError:
    """For rows that cannot be drawn anew from the model."""
    return ValueError(
        f"{what} cannot be drawn anew from the fitted model. Take the method "
        '"weighted" or "bootstrap".'
    )


def level_out_of_range(level: object) -> ValueError:
    """For the level of an interval that is none."""
    return ValueError(f"The level of an interval must be between 0 and 1, but got {level!r}.")


def null_failed(n_components: int, reason: str) -> ValueError:
    """For a test whose smallest model has no sound fit."""
    return ValueError(
        f"The test cannot begin: the fit with {counted(n_components, 'component')} is {reason}. "
        "Look for copies of rows and columns that repeat each other, or take a larger reg_covar."
    )


def larger_failed(n_components: int, reason: str) -> str:
    """Note on a test that ended as the next model has no sound fit."""
    return (
        f"The fit with {counted(n_components, 'component')} is {reason}, so the test ends there: "
        "the rows show no more of this covariance_type."
    )


def edge_of_test(n_components: int) -> str:
    """Note on a test that rejected every number it tested."""
    return (
        f"Every number of components below {n_components} is rejected, and no larger one was "
        "tried: increase max_components."
    )


def stopped_test(n_components: int) -> str:
    """Note on a test that the user interrupted."""
    return (
        f"The test was stopped by the user; that of {n_components} against {n_components + 1} "
        "components rests on the resamples done by then."
    )
