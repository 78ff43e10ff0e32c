"""Messages about priors and equal proportions."""

from collections.abc import Sequence


def prior_kind(value: object) -> ValueError:
    """For a `prior` that is none."""
    return ValueError(
        f"prior={value!r} is no prior. Give None, 'default' for R's mclust's defaults, or "
        "ConjugatePrior(mean=..., shrinkage=..., dof=..., scale=...) from gaussmix."
    )


def prior_of_other_columns(name: str, needed: tuple[int, ...], got: tuple[int, ...]) -> ValueError:
    """For a part of a prior that is for another number of columns."""
    return ValueError(
        f"The prior's {name} has shape {got}, but the data have {needed[0]} columns: give shape "
        f"{needed}, in the order of the columns, or None for what follows from the data."
    )


def no_prior_of_factors(names: Sequence[str]) -> ValueError:
    """For a prior of families that have none."""
    return ValueError(
        f"There is no conjugate prior for covariance_type={' or '.join(map(repr, names))}: its "
        "covariances are made of factors. Leave prior out, and rely on reg_covar; or give a "
        "covariance_type without factors, such as 'full', 'tied' or 'diag'."
    )


def equal_and_given_weights(parameter: str) -> ValueError:
    """For proportions that are given although all are to be the same."""
    return ValueError(
        f"equal_proportions=True makes every proportion the same, but {parameter} gives them. "
        f"Leave {parameter} out, or set equal_proportions=False."
    )
