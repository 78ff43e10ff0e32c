"""Messages about mixtures of factor analysers."""


def too_many_factors(n_factors: int, n_features: int) -> ValueError:
    """For as many factors as columns, or more."""
    most = n_features - 1
    return ValueError(
        f"{n_factors} factors need more than {n_factors} columns, and there are {n_features}. "
        f"Take n_factors of at most {most}, or covariance_type='full', which is what as many "
        "factors as columns come to."
    )


def dense_for_factors(covariance_type: str) -> ValueError:
    """For covariances of another structure than loadings and noise."""
    return ValueError(
        f"covariance_type={covariance_type!r} is fitted, not given: a covariance or precision "
        "matrix does not tell its loadings from its noise. Give covariance_type='full' to keep "
        "the matrices as they are, or start from means_init or from responsibilities."
    )


def no_stream_of_factors(what: str) -> ValueError:
    """For sums of factor models that do not add."""
    return ValueError(
        f"{what} cannot be used with factors: what a pass sums up for them is projected on the "
        "loadings of that pass, and does not add to what another has summed. Use fit, which takes "
        "files and streams of blocks too, or another covariance_type such as 'diag'."
    )
