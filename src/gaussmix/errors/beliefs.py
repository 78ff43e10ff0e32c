"""Messages about what is believed of a Bayesian mixture before its rows are seen."""

from collections.abc import Sequence

from gaussmix.errors.words import listed, near

#: What the numbers of a prior mean, and what stands for None.
_MEANINGS = {
    "weight_concentration_prior": (
        "Smaller values expect fewer components; try 1.0, or None for 1 / n_components."
    ),
    "mean_precision_prior": (
        "It counts rows: mean_prior weighs as much in each component's mean. Try 0.01 for means "
        "that the rows alone decide, or None for 1."
    ),
}


def unknown_beliefs(value: object, known: Sequence[str]) -> ValueError:
    """For a `prior` of a Bayesian mixture that is none."""
    return ValueError(
        f"prior={value!r} is no prior of a Bayesian mixture. Give None for scikit-learn's defaults "
        f"or {listed(known, None)} for weakly informative ones in the data's own scale; single "
        "parts of either are set by weight_concentration_prior, mean_precision_prior, mean_prior, "
        "degrees_of_freedom_prior and covariance_prior."
    )


def prior_not_above_zero(owner: str, parameter: str, value: object) -> ValueError:
    """For a concentration or a mean precision that is no number above zero."""
    return ValueError(
        f"The {parameter!r} parameter of {owner} must be a float in the range (0.0, inf). Got "
        f"{value!r} instead. {_MEANINGS[parameter]}"
    )


def too_few_degrees(value: float, n_features: int) -> ValueError:
    """For degrees of freedom with which no Wishart distribution exists."""
    least = n_features - 1
    return ValueError(
        "The parameter 'degrees_of_freedom_prior' should be greater than "
        f"{least}, but got {value:.3f}. It counts rows: each covariance is believed in as if so "
        f"many had shown it, and of {n_features} columns that must be more than {least}. Try "
        f"{n_features + 2}, or None for scikit-learn's {n_features}."
    )


def mean_prior_shape(got: tuple[int, ...], n_features: int) -> ValueError:
    """For a prior mean of another number of columns."""
    return ValueError(
        f"The parameter 'means' should have the shape of {(n_features,)}, but got {got}. "
        "mean_prior holds one value for each column, in the columns' units and order; None stands "
        "for the columns' means."
    )


def prior_not_finite(parameter: str, value: object) -> ValueError:
    """For NaN, infinity or text in an array of a prior."""
    return ValueError(
        f"{parameter} should hold finite numbers, but got {value!r}. Give None to have it follow "
        "from the rows."
    )


def covariance_prior_shape(
    covariance_type: str, needed: tuple[int, ...], got: tuple[int, ...]
) -> ValueError:
    """For a prior covariance in another layout than the family's."""
    what = {
        0: "one number, a variance",
        1: "a variance for each column",
        2: "a covariance matrix of the columns",
    }[len(needed)]
    return ValueError(
        f"The parameter '{covariance_type} covariance_prior' should have the shape of {needed}, "
        f"but got {got}. For covariance_type={covariance_type!r} covariance_prior is {what}, in "
        "squared units; None stands for the rows' own."
    )


def covariance_prior_not_symmetric(i: int, j: int, above: float, below: float) -> ValueError:
    """For a prior covariance matrix that is not symmetric."""
    return ValueError(
        f"covariance_prior should be symmetric, positive-definite, but [{i}, {j}] is {above:.6g} "
        f"and [{j}, {i}] is {below:.6g}. Give (A + A.T) / 2 if that is rounding."
    )


def covariance_prior_not_positive(covariance_type: str, smallest: float) -> ValueError:
    """For a prior covariance with a direction, or a column, of no variance."""
    return ValueError(
        f"covariance_prior for covariance_type={covariance_type!r} should be positive-definite: "
        f"every variance it holds, along whatever direction, must be above 0, but the smallest is "
        f"{smallest:.6g}. Add a small variance to its diagonal, or give None for the rows' own."
    )


def no_posterior_of(covariance_type: str, known: Sequence[str]) -> ValueError:
    """For a family whose covariances have no conjugate posterior."""
    return ValueError(
        f"covariance_type={covariance_type!r} is not available in BayesianGaussianMixture: its "
        "components share a part of their covariances, or are made of factors, and then the "
        f"posterior has no closed form.{near(covariance_type, known)} Those that work: "
        f"{listed(known, None)}. GaussianMixture fits the others."
    )


def singular_covariance_of_rows(reg_covar: float) -> ValueError:
    """For rows whose covariance, the default of the prior's, is singular."""
    return ValueError(
        "The rows' covariance, which is the default covariance_prior, is singular: a column "
        "repeats or combines others, or there are no more rows than columns, and reg_covar="
        f"{reg_covar!r} adds too little to its diagonal. Set reg_covar=1e-6 or more, leave such "
        "columns out, give covariance_prior, or use covariance_type='diag'."
    )


def merge_of_another_kind(own: str, other: str) -> ValueError:
    """For sums made with estimated parameters and with believed ones, which do not add."""
    return ValueError(
        f"merge adds what estimators of one kind have learnt, but a {own} was given a {other}. "
        f"Fit each part with a {own}."
    )
