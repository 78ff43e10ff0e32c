"""Messages about mixtures of Student t's."""


def gaussian_only(verb: str) -> ValueError:
    """For what is worked out for Gaussian components alone."""
    return ValueError(
        f"{verb} is for mixtures of Gaussians, and these components are Student t's "
        "(Mixture.components.dof holds their degrees of freedom). Fit with component='gaussian', "
        "or draw from the mixture with sample and work out the answer from the draws."
    )


def tails_need_points() -> ValueError:
    """For Student t's of what is no point: an interval, or a value with a known error."""
    return ValueError(
        "component='student_t' is for values known exactly, with gaps or without: intervals and "
        "X_covariance belong to Gaussians. Give the values alone (for an interval its middle), or "
        "fit with component='gaussian'."
    )
